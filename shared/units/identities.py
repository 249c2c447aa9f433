"""Which ids does a figure take for one person? A table of the ids given up, with the id kept and the merges between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Uuid, or_, select

from shared.contracts.membership import DuesExempted, DuesPaid
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import found_by, rewrite
from shared.units.identity import IDENTITY_FACTS, Merge, identity, merge_of


class Identities(Projection):
    """Each id that was given up: the id that is kept, and a row for each merge that leads there. Keys: persons."""

    name = "identities"
    version = 2
    listens = IDENTITY_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`identity`: `step` counts the merges from 0, `given_up` is the id in whose stream the merge stands.

        What is said of dues each month is found by the ids that mean a person.
        """
        for contract in (DuesPaid, DuesExempted):
            found_by(metadata, contract, "subject")
        self._identity = Table(
            "identity",
            metadata,
            Column("person", Uuid, primary_key=True),
            Column("step", BigInteger, primary_key=True),
            Column("kept", Uuid, nullable=False),
            Column("given_up", Uuid, nullable=False),
            Column("merged_in", Uuid, nullable=False),
            Column("merged_by", Uuid, nullable=False),
        )
        Index("identity_kept", self._identity.c.kept)
        Index("identity_given_up", self._identity.c.given_up)
        return [self._identity]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The id, and every id that leads to it."""
        table = self._identity.c
        leading = select(table.person).where(or_(table.kept == said.subject, table.given_up == said.subject))
        return {said.subject, *views.connection.execute(leading).scalars()}

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Follow the merges from these ids again."""
        merges: dict[UUID, Merge | None] = {}
        ahead = set(keys)
        while ahead:
            merges |= _merges(views, ahead)
            ahead = {each.into for each in merges.values() if each is not None} - set(merges)
        rows = [row for person in sorted(keys) for row in _rows(person, merges)]
        rewrite(views.connection, self._identity, self._identity.c.person, keys, rows)


def _merges(views: Views, persons: set[UUID]) -> dict[UUID, Merge | None]:
    facts = views.about(IDENTITY_FACTS, persons)
    return {person: merge_of(facts.get(person, [])) for person in persons}


def _rows(person: UUID, merges: dict[UUID, Merge | None]) -> Iterator[dict[str, Any]]:
    found = identity(person, merges.get)
    given_up = person
    for step, merge in enumerate(found.merges):
        yield {
            "person": person,
            "step": step,
            "kept": found.kept,
            "given_up": given_up,
            "merged_in": merge.merged_in,
            "merged_by": merge.merged_by,
        }
        given_up = merge.into
