"""Which ratings are due under a unit? Of every period that was opened the next step, by the deadlines that are set.

A unit that merged is rated with the unit that carries on: what was said of either counts from the merger on. Persons
are rated where they are now; those who wait for the same step in the same unit are one obligation.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select, true

from services.duty.domain.obligation import ONE_DAY, Kind, Obligation, State
from services.duty.projections.question import Question
from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.ratings import (
    RatedPerson,
    RatingAuthoritySet,
    RatingCancelled,
    RatingDecided,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingProposed,
    RatingPublished,
    RatingVerified,
    Step,
    UnitSelfRated,
    rated_id,
)
from shared.units.lasting import lasting
from shared.units.standing_in import STANDINGS, kept_ids, standing_in

STEPS: Final[Mapping[Step, type[Event]]] = {
    Step.SELF_RATED: UnitSelfRated,
    Step.PROPOSED: RatingProposed,
    Step.VERIFIED: RatingVerified,
    Step.POOL_CLOSED: RatingPoolClosed,
    Step.DECIDED: RatingDecided,
    Step.PUBLISHED: RatingPublished,
}
"""In their order. The decision is always owed; of the others those that the posted rule names."""
HEARD: Final[frozenset[type[Event]]] = frozenset(
    {RatingPeriodOpened, RatingAuthoritySet, RatingCancelled, *STEPS.values()}
)
RECENT: Final = dt.timedelta(days=366)
"""A period that ended longer ago than this is nobody's work any more."""
Key = tuple[str, Period]
"""Axis and period."""
Days = dict[Step, dt.date]
"""Each step that stands, with its first day."""
DaysOf = Callable[[UUID, UUID, str], Days]
"""Of a unit, a person in it and the standing: the steps that stand."""
Taken = Mapping[UUID, list[tuple[Step, dt.date]]]
"""What is rated → the steps that stand."""
Rules = Mapping[tuple[UUID, str, str], list[Row[Any]]]
"""(organisation, axis, kind of what is rated) → its rules, by the day from which each holds."""


class Ratings(Question):
    """What is asked about ratings."""

    __slots__ = ()

    def owed(self) -> Iterator[Obligation]:
        """The next step of every rating that was opened here; *not recorded* where no period was."""
        openings = self._openings()
        if not any(units for _, units in openings):
            yield Obligation(Kind.RATING, State.NOT_RECORDED, self.unit)
            return
        rules, taken = self._rules(), self._taken()
        for opening, units in openings:
            key = (opening.axis, Period(start=opening.period_start, end=opening.period_end))
            if opening.subject_kind in STANDINGS:
                yield from self._of_persons(opening, units, key, rules, self._same(taken[key]))
                continue
            for unit in units:
                days = {Step.OPENED: opening.day, **self._days(taken[key], unit.id)}
                rule = _rule(rules, opening, (unit.owner, self._owner(opening.body, opening.organisation)), self.on)
                step = _next(days, rule)
                if step is not None:
                    yield _obligation(self.heirs.of(unit.id), key, step, _until(step, key[1], days, rule), self.on)

    # ── Persons ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _of_persons(
        self, opening: Row[Any], units: list[Row[Any]], key: Key, rules: Rules, taken: DaysOf
    ) -> Iterator[Obligation]:
        """Of whoever has the standing in one of these units since before the period was over."""
        owners = {self.heirs.of(unit.id): unit.owner for unit in units}
        standing, opener = opening.subject_kind, self._owner(opening.body, opening.organisation)
        there = standing_in(self.connection, self.facts, self.tables, standing, owners, self.on)
        for unit, owner in owners.items():
            rule = _rule(rules, opening, (owner, opener), self.on)
            waiting: dict[tuple[Step, dt.date | None], list[UUID]] = defaultdict(list)
            for person, since in there.get(unit, {}).items():
                days = {Step.OPENED: opening.day, **taken(unit, person, standing)}
                step = _next(days, rule) if since < key[1].end else None
                if step is not None:
                    waiting[step, _until(step, key[1], days, rule)].append(person)
            for (step, until), persons in waiting.items():
                owed = _obligation(unit, key, step, until, self.on)
                yield replace(owed, standing=standing, persons=tuple(sorted(persons)), left=len(persons))

    def _same(self, taken: Taken) -> DaysOf:
        """The first day of each step of a person, said in the unit or one that merged into it, under any of the ids."""
        before, given_up = defaultdict[UUID, list[UUID]](list), defaultdict[UUID, list[UUID]](list)
        for unit in self.heirs.into:
            for later, _ in self.heirs.line(unit):
                before[later].append(unit)
        for person, kept in kept_ids(self.connection, self.tables).items():
            given_up[kept].append(person)

        def days_of(unit: UUID, person: UUID, standing: str) -> Days:
            days: Days = {}
            for one in (person, *given_up[person]):
                rated = RatedPerson.model_construct(person=one, kind=standing)
                for each in (unit, *before[unit]):
                    for step, day in taken.get(rated_id(each, rated), ()):
                        days[step] = min(day, days.get(step, day))
            return days

        return days_of

    # ── Which units are rated ────────────────────────────────────────────────────────────────────────────────────

    def _openings(self) -> list[tuple[Row[Any], list[Row[Any]]]]:
        opened = self.facts.standing(RatingPeriodOpened).subquery()
        lately = and_(opened.c.day <= self.on, opened.c.period_end > self.on - RECENT)
        rows = self.connection.execute(select(opened).where(lately).order_by(opened.c.day, opened.c.sequence)).all()
        return [(row, self._covered(row)) for row in rows]

    def _covered(self, opening: Row[Any]) -> list[Row[Any]]:
        """The units of the kind under the opener, or around whose place it works, that go on under the asked unit.

        Of an opening for persons those of every kind.
        """
        unit, above, here = self.tables["unit"], self.tables["unit_above"], self.tables["unit_above"].alias()
        tenure = self.tables["tenure"]
        owner = func.coalesce(tenure.c.organisation, unit.c.organisation)
        place = self._place(opening.body)
        over = above.c.above == opening.body
        if place is not None:
            own = self._owner(opening.body, opening.organisation)
            over = or_(over, and_(above.c.above == place, owner != own))
        of_kind = true() if opening.subject_kind in STANDINGS else unit.c.kind == opening.subject_kind
        lived = and_(unit.c.start_day <= self.on, or_(unit.c.end_day.is_(None), unit.c.end_day > opening.day))
        query = (
            select(unit.c.id, owner.label("owner"))
            .join(above, and_(above.c.unit == unit.c.id, lasting(above, opening.day)))
            .join(here, and_(here.c.unit == unit.c.id, here.c.above == self.unit, lasting(here, self.on)))
            .outerjoin(tenure, and_(tenure.c.unit == unit.c.id, lasting(tenure, self.on)))
            .where(of_kind, unit.c.level.is_(None), lived, over)
            .where(or_(unit.c.end_day.is_(None), unit.c.end_day > self.on, unit.c.id.in_(sorted(self.heirs.into))))
        )
        return list(self.connection.execute(query.distinct()))

    def _place(self, body: UUID) -> UUID | None:
        """The place in which a body works: of all above it the one that has the most above itself."""
        unit, above, over = self.tables["unit"], self.tables["unit_above"], self.tables["unit_above"].alias()
        places = (
            select(above.c.above, func.count().label("depth"))
            .join(unit, and_(unit.c.id == above.c.above, unit.c.level.is_not(None)))
            .join(over, and_(over.c.unit == above.c.above, lasting(over, self.on)))
            .where(above.c.unit == body, lasting(above, self.on))
            .group_by(above.c.above)
        )
        found = self.connection.execute(places.order_by(func.count().desc(), above.c.above)).first()
        return None if found is None else found.above

    def _owner(self, body: UUID, otherwise: UUID) -> UUID:
        unit, tenure = self.tables["unit"], self.tables["tenure"]
        owner = func.coalesce(tenure.c.organisation, unit.c.organisation)
        held = and_(tenure.c.unit == unit.c.id, lasting(tenure, self.on))
        found = self.connection.execute(select(owner).outerjoin(tenure, held).where(unit.c.id == body)).scalar()
        return found or otherwise

    # ── How far each has come ────────────────────────────────────────────────────────────────────────────────────

    def _taken(self) -> Mapping[Key, Taken]:
        """Axis and period → what is rated (`rated_id`) → the steps that stand by the day."""
        found: dict[Key, dict[UUID, list[tuple[Step, dt.date]]]] = defaultdict(lambda: defaultdict(list))
        cancelled = self._cancelled()
        for step, kind in STEPS.items():
            fact = self.facts.standing(kind).subquery()
            for row in self.connection.execute(select(fact).where(fact.c.day <= self.on)):
                key = (row.axis, Period(start=row.period_start, end=row.period_end))
                if step is Step.POOL_CLOSED:
                    # A list may be of persons: it closes nothing of the units in which they are rated.
                    for each in json.loads(row.members):
                        found[key][_rated(each)].append((step, row.day))
                elif step is not Step.DECIDED or (row.organisation, row.root_id) not in cancelled:
                    # Of a unit the subject is the unit; what is said of a person in it is another rating's.
                    found[key][row.subject].append((step, row.day))
        return found

    def _cancelled(self) -> set[tuple[UUID, UUID]]:
        """The decisions that hold no longer, each with the report that it confirms or that confirms it."""
        fact, made = self.facts.standing(RatingCancelled).subquery(), self.facts.standing(RatingDecided).subquery()
        named = select(fact.c.decision_organisation, fact.c.decision_event).where(fact.c.day <= self.on)
        found = {(organisation, event) for organisation, event in self.connection.execute(named)}
        pairs = select(made.c.organisation, made.c.root_id, made.c.confirms_organisation, made.c.confirms_event)
        for *decision, other, event in self.connection.execute(pairs.where(made.c.confirms_event.is_not(None))):
            twins = {(decision[0], decision[1]), (other, event)}
            found |= twins if not twins.isdisjoint(found) else set()
        return found

    def _days(self, taken: Taken, unit: UUID) -> Days:
        """The first day of each step of a unit, and since its merger of the one that carries on."""
        days: Days = {}
        for each, since in ((unit, dt.date.min), *self.heirs.line(unit)):
            for step, day in taken.get(each, ()):
                if day >= since:
                    days[step] = min(day, days.get(step, day))
        return days

    def _rules(self) -> Rules:
        """(organisation, axis, kind of unit) → who rates, in which steps, by when; by the day from which it holds."""
        rule, rules = self.facts.standing(RatingAuthoritySet).subquery(), defaultdict[Any, list[Row[Any]]](list)
        for row in self.connection.execute(select(rule).where(rule.c.day <= self.on).order_by(rule.c.day)):
            rules[row.organisation, row.axis, row.subject_kind].append(row)
        return rules


def _rated(member: Mapping[str, Any]) -> UUID:
    """Whose rating a line of a closed list is about."""
    person = member.get("person")
    rated = None if not person else RatedPerson.model_construct(person=UUID(person["person"]), kind=person["kind"])
    return rated_id(UUID(member["unit"]), rated)


def _rule(rules: Rules, opening: Row[Any], owners: Iterable[UUID], on: dt.date) -> Row[Any] | None:
    """The rule that holds: the unit's own organisation's, else the opener's; none where none was posted."""
    for owner in owners:
        told = rules.get((owner, opening.axis, opening.subject_kind), [])
        if told:
            last = told[-1]
            return last if last.effective_to is None or on < last.effective_to else None
    return None


def _next(days: Days, rule: Row[Any] | None) -> Step | None:
    """The first step that is asked for and does not stand; none when all is done."""
    asked = {Step.DECIDED} if rule is None else {Step.DECIDED, *map(Step, json.loads(rule.steps))}
    before = [step for step in STEPS if step is not Step.PUBLISHED] if Step.DECIDED not in days else [Step.PUBLISHED]
    return next((step for step in before if step in asked and step not in days), None)


def _until(step: Step, period: Period, days: Days, rule: Row[Any] | None) -> dt.date | None:
    """The last day for a step; none where no deadline is set, or where it has not begun to run."""
    for limit in () if rule is None else json.loads(rule.deadlines):
        if limit["step"] == step.value:
            after = limit.get("after")
            start = period.end - ONE_DAY if after is None else days.get(Step(after))
            return None if start is None else start + dt.timedelta(days=limit["days"])
    return None


def _obligation(unit: UUID, key: Key, step: Step, until: dt.date | None, on: dt.date) -> Obligation:
    state = State.MISSED if until is not None and until < on else State.DUE
    return Obligation(Kind.RATING, state, unit, until, step=step, axis=key[0], period=key[1])
