"""Who is in a branch's book on a day, who of them is expected, and who is a guest? And one member's card."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.sql.selectable import FromClause

from services.membership.domain.dues import settled
from services.membership.domain.states import Kind
from services.membership.projections.states import PERSON_FACTS
from shared.contracts.membership import Affiliation, DuesExempted, DuesPaid
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said
from shared.eventsourcing.runner import Runner
from shared.units.lasting import lasting

Row = Mapping[Any, Any]


class Listed(NamedTuple):
    """A person in a branch's book, or a guest, with the states of the day."""

    person: UUID
    kept: UUID
    """The id that is kept for the person; the same unless ids were merged."""
    branch: UUID
    since: dt.date | None
    states: tuple[Row, ...]
    entered: bool = False


@dataclass(frozen=True)
class Book:
    """A branch on a day: its own pages and those of its sub-branches."""

    members: tuple[Listed, ...]
    guests: tuple[Listed, ...]

    @property
    def persons(self) -> int:
        """How many persons; ids of one person count once."""
        return len({each.kept for each in self.members})

    @property
    def expected(self) -> int:
        """How many of them a meeting expects: not those who are away, nor those who are elsewhere for a time."""
        return len({each.kept for each in self.members} - {each.kept for each in self.members if _elsewhere(each)})


def _elsewhere(listed: Listed) -> bool:
    return any(
        each["kind"] == Kind.AWAY or (each["kind"] == Kind.AFFILIATED and each["detail"] == Affiliation.TEMPORARY)
        for each in listed.states
    )


class Members:
    """Questions about members, asked of membership's views."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def book(self, branch: UUID, day: dt.date) -> Book:
        """Who is in the branch's book on a day, and who is its guest."""
        with self._runner.generation.store.read() as connection:
            sub, roster, state = (self._table(name) for name in ("sub_branch", "roster", "member_state"))
            below = connection.execute(select(sub.c.unit).where(sub.c.branch == branch, lasting(sub, day))).scalars()
            branches = [branch, *below]
            stays = list(
                connection.execute(
                    select(roster).where(roster.c.branch.in_(branches), lasting(roster, day)).order_by(*roster.c)
                ).mappings()
            )
            guests = list(
                connection.execute(
                    select(state).where(
                        state.c.branch.in_(branches), state.c.kind == Kind.AFFILIATED, lasting(state, day)
                    )
                ).mappings()
            )
            persons = sorted({each["person"] for each in (*stays, *guests)})
            states, kept = self._states(connection, persons, day), self._kept(connection, persons)
        first = {(each["person"], each["branch"]): each for each in reversed(stays)}
        return Book(
            tuple(
                Listed(
                    person,
                    kept.get(person, person),
                    at,
                    each["start_day"],
                    _own(states[person], at),
                    entered=each["entered"],
                )
                for (person, at), each in sorted(first.items())
            ),
            tuple(
                Listed(each["person"], kept.get(each["person"], each["person"]), each["branch"], None, (each,))
                for each in sorted(guests, key=lambda each: each["person"])
            ),
        )

    def card(self, person: UUID) -> dict[str, list[Row]]:
        """One person's memberships and states, whenever they lasted, and the ids that mean the same person."""
        with self._runner.generation.store.read() as connection:
            roster, state, identity = (self._table(name) for name in ("roster", "member_state", "identity"))
            kept = self._kept(connection, [person]).get(person, person)
            found: dict[str, list[Row]] = {
                name: list(
                    connection.execute(select(table).where(table.c.person == person).order_by(*table.c)).mappings()
                )
                for name, table in (("memberships", roster), ("states", state))
            }
            ids = connection.execute(select(identity.c.person).where(identity.c.kept == kept)).scalars()
            also = sorted({kept, *ids} - {person})
        return {**found, "same_person": [{"person": each, "kept": each == kept} for each in also]}

    def paid_through(self, person: UUID) -> dict[UUID, dt.date]:
        """Organisation → the end of the run of months, from the first one told of, for which dues are settled."""
        facts: dict[UUID, list[Said]] = defaultdict(list)
        with self._runner.generation.store.read() as connection:
            said = self._runner.facts.said(connection, {DuesPaid, DuesExempted}, subjects=[person])
        for each in said:
            facts[each.organisation].append(each)
        return {organisation: _through(each) for organisation, each in facts.items()}

    def told(self, person: UUID) -> list[Said]:
        """Everything that stands of a person."""
        with self._runner.generation.store.read() as connection:
            return self._runner.facts.said(connection, PERSON_FACTS, subjects=[person])

    def _table(self, name: str) -> FromClause:
        return self._runner.generation.metadata.tables[name]

    def _states(self, connection: Connection, persons: list[UUID], day: dt.date) -> dict[UUID, list[Row]]:
        state = self._table("member_state")
        found: dict[UUID, list[Row]] = defaultdict(list)
        for chunk in chunks(persons):
            theirs = select(state).where(state.c.person.in_(chunk), lasting(state, day))
            for row in connection.execute(theirs.order_by(*state.c)).mappings():
                found[row["person"]].append(row)
        return found

    def _kept(self, connection: Connection, persons: list[UUID]) -> dict[UUID, UUID]:
        identity = self._table("identity")
        kept: dict[UUID, UUID] = {}
        for chunk in chunks(persons):
            theirs = select(identity.c.person, identity.c.kept).where(identity.c.person.in_(chunk))
            kept |= {row.person: row.kept for row in connection.execute(theirs)}
        return kept


def _own(states: Iterable[Row], branch: UUID) -> tuple[Row, ...]:
    """The states that belong to a page: those of other branches only where the member is a guest there."""
    return tuple(each for each in states if each["branch"] == branch or each["kind"] == Kind.AFFILIATED)


def _through(facts: Iterable[Said]) -> dt.date:
    """The end of the run of settled months that begins with the first of them."""
    months = settled(facts)
    month = min(months)
    while month in months:
        month += 1
    year, number = divmod(month - 1, 12)
    return dt.date(year, number + 1, 1)
