"""Who holds which post of a unit from when to when? Heads of branches and officers, in one table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Index, MetaData, Table, Text, Uuid

from shared.contracts.event import Event
from shared.contracts.membership import BranchHeadLeftOffice, BranchHeadTookOffice, OfficerElected, OfficerLeft
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite

_Post = tuple[UUID, str, bool]
"""Who, which post, and whether that is heading the branch."""


class Offices(Projection):
    """Posts and who holds them. Keys: units."""

    name = "offices"
    listens: ClassVar[frozenset[type[Event]]] = frozenset(
        {OfficerElected, OfficerLeft, BranchHeadTookOffice, BranchHeadLeftOffice}
    )

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`office`: a row for each time in which one person holds one post."""
        self._office = Table(
            "office",
            metadata,
            Column("unit", Uuid, primary_key=True),
            Column("person", Uuid, primary_key=True),
            Column("post", Text, primary_key=True),
            Column("head", Boolean, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("term_start", Date),
            Column("term_end", Date),
            Column("full_time", Boolean, nullable=False),
            Column("opened_in", Uuid, nullable=False),
            Column("opened_by", Uuid, nullable=False),
        )
        Index("office_person", self._office.c.person)
        return [self._office]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The unit, which is the subject."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these units' posts again."""
        facts = views.about(self.listens, keys)
        rows = [row for unit, about in facts.items() for row in _rows(unit, about)]
        rewrite(views.connection, self._office, self._office.c.unit, keys, rows)


def _rows(unit: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    """A row for each time in a post, the last word on it counting; in and out on one day leaves none."""
    held: dict[_Post, Said] = {}
    for said in in_order(facts):
        for post in _ended(said, held):
            yield from _row(unit, post, held.pop(post), said.day)
        if (taken := _taken(said)) is not None:
            held[taken] = said
    for post, took in held.items():
        yield from _row(unit, post, took, None)


def _taken(said: Said) -> _Post | None:
    match said.fact:
        case OfficerElected(person=person, post=post):
            return person, post, False
        case BranchHeadTookOffice(person=person, title=title):
            return person, title, True
        case _:
            return None


def _ended(said: Said, held: Iterable[_Post]) -> list[_Post]:
    """The posts that a fact ends: the one that is taken anew too; a head leaves under whatever title he came."""
    match said.fact:
        case OfficerElected(person=person, post=post) | OfficerLeft(person=person, post=post):
            return [each for each in held if each == (person, post, False)]
        case BranchHeadTookOffice(person=person) | BranchHeadLeftOffice(person=person):
            return [each for each in held if each[0] == person and each[2]]
        case _:
            return []


def _row(unit: UUID, post: _Post, took: Said, end: dt.date | None) -> Iterator[dict[str, Any]]:
    if end is not None and end <= took.day:
        return
    term = took.fact.term if isinstance(took.fact, OfficerElected) else None
    yield {
        "unit": unit,
        "person": post[0],
        "post": post[1],
        "head": post[2],
        "start_day": took.day,
        "end_day": end,
        "term_start": None if term is None else term.start,
        "term_end": None if term is None else term.end,
        "full_time": isinstance(took.fact, OfficerElected) and took.fact.full_time,
        "opened_in": took.organisation,
        "opened_by": took.event,
    }
