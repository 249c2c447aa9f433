"""What is open on a day under a unit? Meetings and visits by their rules, members to be received, ratings, reports."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select

from services.duty.domain.obligation import Kind, Obligation, State, before, last_day, period_of, read_on
from services.duty.projections.heirs import Heirs
from services.duty.projections.question import Question
from services.duty.projections.ratings import Ratings
from services.duty.projections.reports import Reports
from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.meetings import (
    Every,
    MeetingHeld,
    MeetingKind,
    PeriodicitySet,
    VisitCompleted,
    VisitDutySet,
)
from shared.eventsourcing.runner import Runner
from shared.units.calendar import month_of
from shared.units.lasting import lasting
from shared.units.on_duty import on_duty
from shared.units.projection import SUB_BRANCH

OWING: Final = frozenset({"branch", "base-branch"})
"""Kinds of units of which one expects a periodicity: without one it is said that none is recorded."""
BACK: Final = dt.timedelta(days=190)
"""How far back anything matters to a month or quarter and the one before."""


def obligations(runner: Runner, unit: UUID, on: dt.date) -> list[Obligation]:
    """The open obligations under a unit or place, in the order of every list."""
    with runner.generation.store.read() as connection:
        heirs = Heirs.by(connection, runner.facts, on)
        question = (connection, runner.facts, runner.generation.metadata.tables, unit, on, heirs)
        asked = _Asked(*question)
        found = [*asked.meetings(), *asked.visits(), *asked.transfers()]
        found += [*Ratings(*question).owed(), *Reports(*question).owed()]
    return sorted(set(found), key=lambda each: each.place)


def unit_above(runner: Runner, unit: UUID, on: dt.date) -> UUID | None:
    """The nearest unit above in the organisation's line, which is asked about what is due; none above a topmost one."""
    tables = runner.generation.metadata.tables
    its, above, over = tables["unit"], tables["unit_above"], tables["unit_above"].alias()
    query = (
        select(above.c.above)
        .join(its, and_(its.c.id == above.c.above, its.c.level.is_(None)))
        .join(over, and_(over.c.unit == above.c.above, lasting(over, on)))
        .where(above.c.unit == unit, above.c.above != unit, lasting(above, on))
        .group_by(above.c.above)
        .order_by(func.count().desc(), above.c.above)
    )
    with runner.generation.store.read() as connection:
        return connection.execute(query).scalars().first()


class _Asked(Question):
    """What is asked about meetings, visits and transfers."""

    __slots__ = ()

    # ── Meetings ─────────────────────────────────────────────────────────────────────────────────────────────────

    def meetings(self) -> Iterator[Obligation]:
        """Of each branch: its current period, and the one before where that went by without a meeting.

        What a branch owed that has merged since is owed by the one that carries on.
        """
        rules, owners, met = self._rules(PeriodicitySet, "unit_kind"), self._owners(), self._met(self.on - BACK)
        for branch in self._branches():
            owner = owners.get(branch.id, branch.organisation)
            told, unit = rules.get((owner, branch.kind), []), self.heirs.of(branch.id)
            if not told and branch.kind in OWING and unit == branch.id:
                yield Obligation(Kind.MEETING, State.NOT_RECORDED, branch.id)
            for period, state in _periods(told, self.on):
                lived = branch.start_day <= period.start and (branch.end_day is None or period.start < branch.end_day)
                if lived and not self._has_met(branch.id, met, period):
                    yield Obligation(Kind.MEETING, state, unit, last_day(period))

    def _has_met(self, branch: UUID, met: Mapping[UUID, set[dt.date]], period: Period) -> bool:
        """Whether it met in a period, or since its merger the one that carries on."""
        until = min(self.on, last_day(period))
        line = ((branch, period.start), *self.heirs.line(branch))
        return any(max(since, period.start) <= day <= until for each, since in line for day in met[each])

    def _branches(self) -> list[Row[Any]]:
        """The units of a line under the asked one, which meet by themselves: alive, or merged not long ago."""
        unit, above = self.tables["unit"], self.tables["unit_above"]
        lately = and_(unit.c.end_day > self.on - BACK, unit.c.id.in_(sorted(self.heirs.into)))
        goes_on = or_(unit.c.end_day.is_(None), unit.c.end_day > self.on, lately)
        query = (
            select(unit.c.id, unit.c.kind, unit.c.organisation, unit.c.start_day, unit.c.end_day)
            .join(above, above.c.unit == unit.c.id)
            .where(above.c.above == self.unit, lasting(above, self.on), unit.c.start_day <= self.on, goes_on)
            .where(unit.c.level.is_(None), unit.c.kind != SUB_BRANCH)
        )
        return list(self.connection.execute(query))

    def _owners(self) -> dict[UUID, UUID]:
        """Whose the units are that were taken over."""
        tenure = self.tables["tenure"]
        found = self.connection.execute(select(tenure).where(lasting(tenure, self.on)))
        return {row.unit: row.organisation for row in found}

    def _met(self, since: dt.date) -> Mapping[UUID, set[dt.date]]:
        """Branch → days of regular meetings, its sub-branches' too."""
        held, sub = self._standing(MeetingHeld), self.tables["sub_branch"]
        regular = and_(held.c.kind == MeetingKind.REGULAR.value, held.c.day >= since, held.c.day <= self.on)
        of_sub = and_(sub.c.unit == held.c.branch, lasting(sub, held.c.day))
        query = select(held.c.branch, held.c.day, sub.c.branch.label("holder")).outerjoin(sub, of_sub).where(regular)
        days: dict[UUID, set[dt.date]] = defaultdict(set)
        for row in self.connection.execute(query):
            days[row.holder or row.branch].add(row.day)
        return days

    # ── Visits ───────────────────────────────────────────────────────────────────────────────────────────────────

    def visits(self) -> Iterator[Obligation]:
        """Of each cadre in charge all month of an area here: what is left of this month's visits, or of the last's."""
        rules = self._rules(VisitDutySet, "tier")
        now = month_of(self.on)
        for month, state in ((before(Every.MONTH, now), State.MISSED), (now, State.DUE)):
            made, excused = self._made(month), self._excused(month)
            for charge in self._charges(month):
                told = _in_force(rules.get((charge.organisation, charge.tier), []), month.start)
                if told is None and state is State.DUE:
                    yield Obligation(Kind.VISIT, State.NOT_RECORDED, self.heirs.of(charge.area), None, charge.cadre)
                if told is None or (charge.organisation, charge.cadre) in excused:
                    continue
                left = told.at_least - made.get(charge.cadre, 0)
                if left > 0:
                    area = self.heirs.of(charge.area)
                    yield Obligation(Kind.VISIT, state, area, last_day(month), charge.cadre, left)

    def _charges(self, month: Period) -> list[Row[Any]]:
        charge, above = self.tables["charge"], self.tables["unit_above"]
        here = and_(above.c.unit == charge.c.area, above.c.above == self.unit, lasting(above, self.on))
        whole = and_(on_duty(charge, month.start), lasting(charge, last_day(month)))
        return list(self.connection.execute(select(charge).join(above, here).where(whole)))

    def _made(self, month: Period) -> dict[UUID, int]:
        visit, made = self._standing(VisitCompleted), dict[UUID, int]()
        until = min(self.on, last_day(month))
        query = select(visit.c.cadre).where(visit.c.day >= month.start, visit.c.day <= until)
        for cadre in self.connection.execute(query).scalars():
            made[cadre] = made.get(cadre, 0) + 1
        return made

    def _excused(self, month: Period) -> set[tuple[UUID, UUID]]:
        excuse = self.tables["excused"]
        touches = and_(excuse.c.period_start < month.end, excuse.c.period_end > month.start)
        rows = self.connection.execute(select(excuse.c.organisation, excuse.c.cadre).where(touches))
        return {(row.organisation, row.cadre) for row in rows}

    # ── Transfers ────────────────────────────────────────────────────────────────────────────────────────────────

    def transfers(self) -> Iterator[Obligation]:
        """Members who wait for a branch here to receive them."""
        waiting, above = self.tables["introduced"], self.tables["unit_above"]
        here = and_(above.c.unit == waiting.c.destination, above.c.above == self.unit, lasting(above, self.on))
        for row in self.connection.execute(select(waiting).join(above, here).where(lasting(waiting, self.on))):
            yield Obligation(Kind.TRANSFER, State.DUE, self.heirs.of(row.destination), None, row.person)

    def _rules(self, kind: type[Event], about: str) -> Mapping[tuple[UUID, str], list[Row[Any]]]:
        """(organisation, what it is about) → its rules, by day and place in the log."""
        rule, rules = self._standing(kind), defaultdict[tuple[UUID, str], list[Row[Any]]](list)
        for row in self.connection.execute(select(rule).order_by(rule.c.day, rule.c.sequence)):
            rules[row.organisation, getattr(row, about)].append(row)
        return rules

    def _standing(self, kind: type[Event]) -> Any:  # noqa: ANN401 — a subquery of that type's columns
        return self.facts.standing(kind).subquery()


def _periods(rules: list[Row[Any]], on: dt.date) -> Iterator[tuple[Period, State]]:
    """The period that a day lies in, and the one before, by the rule that held in the last month of each."""
    for every in Every:
        current = period_of(every, on)
        for period, state in ((before(every, current), State.MISSED), (current, State.DUE)):
            rule = _in_force(rules, read_on(period))
            if rule is not None and rule.every == every.value:
                yield period, state


def _in_force(rules: Iterable[Row[Any]], day: dt.date) -> Row[Any] | None:
    """The last word that has begun."""
    begun = [rule for rule in rules if rule.day <= day]
    return begun[-1] if begun else None
