"""What became of each event? Accounts, moved in the transactions that move positions: four counts an organisation.

An event is a version in a fact table, a voiding, passed because nobody listens to its type, or unread: one of these,
once. So the four add up to the position, at any moment, or something was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, Uuid, bindparam, insert, update

from shared.contracts.envelope import Recorded

Kind = Literal["facts", "voids", "passed", "unread"]
KINDS: Final[Sequence[Kind]] = ("facts", "voids", "passed", "unread")
Tally = dict[tuple[UUID, Kind], int]
"""(organisation, what became of its events) → how many."""


def account_table(metadata: MetaData) -> Table:
    """What became of the events up to each position."""
    return Table(
        "account",
        metadata,
        Column("service", Text, primary_key=True),
        Column("organisation", Uuid, primary_key=True),
        *(Column(kind, BigInteger, nullable=False) for kind in KINDS),
    )


class Accounts:
    """The accounts of one generation of views, moved in the transactions that move its positions."""

    def __init__(self, table: Table) -> None:
        self._table = table
        of = (table.c.service == bindparam("in"), table.c.organisation == bindparam("of"))
        self._raise = update(table).where(*of).values({kind: table.c[kind] + bindparam(f"n_{kind}") for kind in KINDS})

    def add(self, connection: Connection, service: str, after: Mapping[UUID, int], tally: Tally) -> None:
        """Account for events that were just read: of each organisation those after a sequence; 0 opens its account."""
        counts = {each: {kind: tally.get((each, kind), 0) for kind in KINDS} for each in after}
        if begun := [each for each, sequence in after.items() if sequence == 0]:
            rows = [{"service": service, "organisation": each, **counts[each]} for each in begun]
            connection.execute(insert(self._table), rows)
        if raised := [_raised(service, each, counts[each]) for each, sequence in after.items() if sequence]:
            connection.execute(self._raise, raised)

    def exchange(self, connection: Connection, recorded: Recorded, tally: Tally) -> None:
        """An event that could not be read was read after all."""
        organisation = recorded.envelope.organisation
        counts = {kind: tally.get((organisation, kind), 0) for kind in KINDS}
        counts["unread"] -= 1
        connection.execute(self._raise, [_raised(recorded.envelope.service, organisation, counts)])


def _raised(service: str, organisation: UUID, counts: Mapping[Kind, int]) -> dict[str, Any]:
    return {"in": service, "of": organisation, **{f"n_{kind}": counts[kind] for kind in KINDS}}
