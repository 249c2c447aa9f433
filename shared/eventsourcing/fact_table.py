"""How do facts of one type stand? In a table with a column for each field, and lists of ids in tables beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Date, Index, LargeBinary, MetaData, Table, Text, Uuid, select

from shared.contracts.envelope import Recorded
from shared.contracts.event import Event
from shared.eventsourcing.bulk import insert_columns, insert_rows
from shared.eventsourcing.fields import fields_of
from shared.eventsourcing.stream import shape_of

CONTRACT: Final = "contract"
"""Under this key a fact table's `info` holds its contract, so that projections can add indexes to what they look up."""


class Version(NamedTuple):
    """One version of a fact as it came: a root, or the correction of one."""

    recorded: Recorded
    fact: Event
    day: dt.date
    """The local day that counts."""
    organisation: UUID
    root: UUID
    sequence: int | None
    """The root's sequence; none while the root, in another organisation's log, has not been seen."""


class FactTable:
    """The typed table of one event type, and a child table for each of its lists of ids."""

    def __init__(self, cls: type[Event], metadata: MetaData, *, kept: bool) -> None:
        self.cls = cls
        self.kept = kept
        """Whether the exact bytes are kept too, so that rules can read the fact back."""
        _, _, service, fact, _ = cls.name.split(".")
        name = f"fact_{service}_{fact.replace('-', '_')}"
        self.fields = tuple(fields_of(cls))
        """Where each of the contract's fields goes."""
        self.table = Table(
            name,
            metadata,
            Column("poster", Uuid, primary_key=True),
            Column("poster_sequence", BigInteger, primary_key=True, autoincrement=False),
            Column("event_id", Uuid, nullable=False),
            Column("organisation", Uuid, nullable=False),
            Column("root_id", Uuid, nullable=False),
            Column("sequence", BigInteger, nullable=True),
            Column("recorded", BigInteger, nullable=False),
            Column("occurred", Text, nullable=False),
            Column("day", Date, nullable=False),
            Column("subject", Uuid, nullable=False),
            *(Column(each.column, each.kind or Text) for each in self.fields if not each.child),
            *((Column("fact", LargeBinary, nullable=False),) if kept else ()),
            info={CONTRACT: cls},
        )
        Index(f"{name}_root", self.table.c.root_id)
        waits = self.table.c.sequence.is_(None)
        Index(f"{name}_waiting", self.table.c.root_id, sqlite_where=waits, postgresql_where=waits)
        self.waiting = select(self.table.c.organisation, self.table.c.root_id).where(waits)
        """The roots, not seen yet, of versions that are here already: nearly always none."""
        if kept:
            Index(f"{name}_subject", self.table.c.subject)
        self.children = {
            each.column: Table(
                f"{name}__{each.column}",
                metadata,
                Column("poster", Uuid, primary_key=True),
                Column("poster_sequence", BigInteger, primary_key=True, autoincrement=False),
                Column("place", BigInteger, primary_key=True, autoincrement=False),
                Column("value", Uuid, nullable=False),
            )
            for each in self.fields
            if each.child
        }

    def insert(self, connection: Connection, versions: Sequence[Version]) -> None:
        """Write versions in bulk, with their lists."""
        insert_columns(connection, self.table, self._columns(versions))
        for field in self.fields:
            if field.child:
                rows = [
                    {
                        "poster": version.recorded.envelope.organisation,
                        "poster_sequence": version.recorded.envelope.sequence,
                        "place": place,
                        "value": value,
                    }
                    for version in versions
                    for place, value in enumerate(field.value(version.fact))
                ]
                insert_rows(connection, self.children[field.column], rows)

    def _columns(self, versions: Sequence[Version]) -> dict[str, list[Any]]:
        envelopes = [version.recorded.envelope for version in versions]
        contents = [envelope.content for envelope in envelopes]
        facts = [version.fact for version in versions]
        columns: dict[str, list[Any]] = {
            "poster": [each.organisation for each in envelopes],
            "poster_sequence": [each.sequence for each in envelopes],
            "event_id": [each.id for each in envelopes],
            "organisation": [version.organisation for version in versions],
            "root_id": [version.root for version in versions],
            "sequence": [version.sequence for version in versions],
            "recorded": [each.recorded for each in envelopes],
            "occurred": [each.occurred for each in contents],
            "day": [version.day for version in versions],
            "subject": [each.subject for each in contents],
            **{each.column: each.values(facts) for each in self.fields if not each.child},
        }
        if self.kept:
            columns["fact"] = [shape_of(each) for each in contents]
        return columns


def version_of(recorded: Recorded, fact: Event) -> Version:
    """A plain event as the version of its own root."""
    envelope = recorded.envelope
    day = fact.effect_day(envelope.content.occurred)
    return Version(recorded, fact, day, envelope.organisation, envelope.id, envelope.sequence)
