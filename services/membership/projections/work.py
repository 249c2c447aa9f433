"""What waits for people? Transfers not received, proposals undecided, members away too long, members due to mature.

A list shows and decides nothing. Where a rule says after how long, it is that of the day asked, of the organisation to
which the branch belongs then: after a closing, of the one that went on. Where none is known, the day that was named
counts, and nobody's age is guessed: it is what the book proves at least.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, select

from services.membership.domain import branch_head, officer
from services.membership.domain.states import Kind
from services.membership.projections.members import Row
from services.membership.projections.owners import owned, with_owner
from shared.contracts.event import Event
from shared.contracts.membership import (
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    MemberEntered,
    MemberJoined,
    MemberRulesAdopted,
    OfficerElected,
    OfficerLeft,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.runner import Runner
from shared.units.calendar import months_after
from shared.units.lasting import lasting

Rules = Callable[[UUID, dt.date], MemberRulesAdopted | None]
"""An organisation's rules for its members on a day."""
OFFICES: Final[frozenset[type[Event]]] = frozenset(
    {BranchHeadTookOffice, BranchHeadLeftOffice, OfficerElected, OfficerLeft}
)
YEARS = 12


class Work(StrEnum):
    """The lists."""

    TRANSFERS = "transfers"
    """Introduced, received nowhere yet (chờ tiếp nhận)."""
    PROPOSALS = "proposals"
    """Proposed to be struck off, undecided (chờ quyết định)."""
    AWAY = "away"
    """Away longer than the rule keeps a member, or past the day on which they were expected (đi quá hạn)."""
    MATURITY = "maturity"
    """Past the age at which the question stands (đến tuổi trưởng thành)."""
    CARDS = "cards"
    """Cards of those who are members no longer (thẻ cần thu hồi)."""


class WorkLists:
    """The work lists of a unit, asked of membership's views."""

    def __init__(self, runner: Runner, rules: Rules) -> None:
        self._runner = runner
        self._rules = rules

    def waiting(self, work: Work, unit: UUID, day: dt.date) -> list[dict[str, Any]]:
        """Who waits in a unit on a day, longest first."""
        with self._runner.generation.store.read() as connection:
            match work:
                case Work.TRANSFERS:
                    found = self._in_state(connection, Kind.INTRODUCED, unit, day)
                case Work.PROPOSALS:
                    found = self._in_state(connection, Kind.PROPOSED, unit, day)
                case Work.AWAY:
                    found = [
                        each for each in self._in_state(connection, Kind.AWAY, unit, day) if self._overdue(each, day)
                    ]
                case Work.MATURITY:
                    return self._due(connection, unit, day)
                case _:
                    found = self._cards(connection, unit, day)
        return sorted((_told(each) for each in found), key=lambda each: (each["since"], each["person"]))

    def _in_state(self, connection: Connection, kind: Kind, unit: UUID, day: dt.date) -> list[Row]:
        tables = self._runner.generation.metadata.tables
        state = tables["member_state"]
        query = self._under(owned(tables, state, day), state.c.branch, unit, day)
        query = query.where(state.c.kind == kind, lasting(state, day))
        return list(connection.execute(query).mappings())

    def _under(self, query: Select[Any], branch: Any, unit: UUID, day: dt.date) -> Select[Any]:  # noqa: ANN401
        above = self._runner.generation.metadata.tables["unit_above"]
        return query.join(above, above.c.unit == branch).where(above.c.above == unit, lasting(above, day))

    def _overdue(self, away: Row, day: dt.date) -> bool:
        rules = self._rules(away["organisation"], day)
        bound = None if rules is None or rules.strike_off is None else rules.strike_off.away_months
        if bound is not None:
            return day > months_after(away["since_day"], bound)
        return away["due_day"] is not None and away["due_day"] < day

    def _cards(self, connection: Connection, unit: UUID, day: dt.date) -> list[Row]:
        held = self._in_state(connection, Kind.CARD, unit, day)
        tables = self._runner.generation.metadata.tables
        roster = tables["roster"]
        rows, owner = with_owner(tables, roster, day)
        members = select(roster.c.person).select_from(rows).where(lasting(roster, day))
        left = []
        for each in held:
            member = members.where(roster.c.person == each["person"], owner == each["organisation"])
            if connection.execute(member.limit(1)).first() is None:
                left.append(each)
        return left

    # ── Maturity ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _due(self, connection: Connection, unit: UUID, day: dt.date) -> list[dict[str, Any]]:
        tables = self._runner.generation.metadata.tables
        roster = tables["roster"]
        query = self._under(owned(tables, roster, day), roster.c.branch, unit, day).where(lasting(roster, day))
        members = list(connection.execute(query).mappings())
        rules = {each["organisation"]: self._rules(each["organisation"], day) for each in members}
        asked = [each for each in members if (rule := rules[each["organisation"]]) is not None and rule.maturity]
        deferred = {each["person"] for each in self._in_state(connection, Kind.DEFERRED, unit, day)}
        candidates = sorted({each["person"] for each in asked} - deferred)
        said = self._runner.facts.said(connection, {MemberEntered, MemberJoined}, subjects=candidates)
        admitted: dict[UUID, list[dt.date]] = {}
        for told in said:
            admitted.setdefault(told.subject, []).append(_admitted_by(told))
        found = []
        for each in asked:
            rule = rules[each["organisation"]]
            if each["person"] in deferred or rule is None or rule.maturity is None or rule.admission is None:
                continue
            days = admitted.get(each["person"], [])
            age = at_least(rule.admission.least, min(days), day) if days else None
            if age is not None and age > rule.maturity.prompt_age:
                found.append({**_person(each), "age_at_least": age, "weakly_sourced": rule.weakly_sourced})
        officers = self._officers(connection, {each["person"] for each in found}, day)
        return sorted(
            (each for each in found if each["person"] not in officers),
            key=lambda each: (-each["age_at_least"], each["person"]),
        )

    def _officers(self, connection: Connection, persons: Iterable[UUID], day: dt.date) -> set[UUID]:
        """Those among them who hold office on the day: they stay as long as they serve."""
        persons = set(persons)
        facts = self._runner.facts
        units: set[UUID] = set()
        for cls in (BranchHeadTookOffice, OfficerElected):
            told = facts.standing(cls).subquery()
            units |= {
                row.subject
                for row in connection.execute(select(told.c.subject, told.c.person))
                if row.person in persons
            }
        by_unit: dict[UUID, list[Said]] = {}
        for said in facts.said(connection, OFFICES, subjects=units):
            if said.day <= day:
                by_unit.setdefault(said.subject, []).append(said)
        return {
            person
            for each in by_unit.values()
            for person in persons
            if branch_head.DECIDER.fold(each).head == person or officer.DECIDER.fold(each).holds(person)
        }


def at_least(least: int, admitted: dt.date, day: dt.date) -> int:
    """The age in full years that a member has reached by a day at least, admitted when no younger than `least`."""
    birthday = (day.month, day.day) < (admitted.month, admitted.day)
    return least + day.year - admitted.year - birthday


def _admitted_by(said: Said) -> dt.date:
    """The last day on which the admission may have been."""
    match said.fact:
        case MemberEntered(admitted_on=dt.date() as on):
            return on
        case MemberEntered(admitted_year=int() as year):
            return min(dt.date(year, YEARS, 31), said.day)
        case _:
            return said.day


def _told(row: Row) -> dict[str, Any]:
    return {
        **_person(row),
        "since": row["since_day"],
        "due": row["due_day"],
        "detail": row["detail"],
        "reported": row["reported"],
        "event": row["opened_by"],
    }


def _person(row: Row) -> dict[str, Any]:
    return {"person": row["person"], "branch": row["branch"], "organisation": row["organisation"]}
