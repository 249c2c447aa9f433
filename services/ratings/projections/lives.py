"""How did a unit's rating come about? Every step by axis, the decisions side by side, what holds, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.ratings.domain.course import Key, aftermath, keyed, named, opened, reported, root_of
from services.ratings.domain.effects import effects_of
from services.ratings.domain.pool import pooled
from services.ratings.domain.raters import Rater, rater_of
from services.ratings.domain.waiting import Reached, next_step
from services.ratings.projections.freezing import Freezing
from services.ratings.projections.record import Kept, Record
from services.ratings.projections.standings import STEP_COLUMNS, steps_of
from shared.contracts.fields import Period
from shared.contracts.ratings import (
    RatedPerson,
    RatingChanged,
    RatingDecided,
    RatingPublished,
    Step,
    period_id,
    pool_id,
    rated_id,
)
from shared.eventsourcing.decider import Said
from shared.units.tree import Tree

Sees = Callable[[Said], bool]
"""Whether the asker may read a fact itself."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Tells how ratings came about."""

    record: Record
    tree: Tree
    freezing: Freezing
    sees: Sees
    today: dt.date
    sensitive: bool = False
    """Whether the asker may read what only few may: computing a person's rating may tell of it."""

    def told(self, unit: UUID, period: Period, person: RatedPerson | None = None) -> dict[str, Any]:
        """All axes of the rating of a unit, or of a person in it, for a period."""
        subject = rated_id(unit, person)
        kept = self.record.kept([subject])[subject]
        axes = sorted({key[0] for each in kept if (key := keyed(each.said)) is not None and key[1] == period})
        told = [self._axis(unit, (axis, period), kept, person) for axis in axes]
        return {
            "unit": str(unit),
            "unit_title": self.tree.title(unit, self.today),
            "person": None if person is None else person.model_dump(mode="json"),
            "period": period.model_dump(mode="json"),
            "axes": told,
            "comparison": _compared(told),
        }

    def _axis(self, unit: UUID, key: Key, kept: list[Kept], person: RatedPerson | None) -> dict[str, Any]:
        axis, period = key
        mine = [each for each in kept if keyed(each.said) == key]
        facts = [each.said for each in kept]
        openings = self.record.openings(period_id(axis, period))
        opening = opened((each.said for each in openings), unit, key, self.tree, self.today, person=person)
        rules = self.record.rules(axis)
        raters = {body for each in mine if (body := getattr(each.said.fact, "rater", None)) is not None}
        rater = rater_of(rules, self.tree, unit, axis, self.today, raters, person=person)
        made = [each for each in mine if isinstance(each.said.fact, RatingDecided)]
        return {
            "axis": axis,
            "steps": [
                *(self._entry(each) for each in openings if opening is not None and each.said == opening),
                *(self._entry(each) for each in mine),
            ],
            "decisions": [self._decision(each, facts, rater) for each in made],
            "rater": self.rater(rater),
            "next": self._next((unit, person), key, facts, opening, rater),
        }

    def entitlements(self, unit: UUID, day: dt.date, person: RatedPerson | None = None) -> list[dict[str, Any]]:
        """What published grades open for a unit, or a person in it: the last of published, changed, cancelled."""
        facts, found = self.record.facts(rated_id(unit, person)), list[dict[str, Any]]()
        for said in facts:
            # What is said of a report that was confirmed is said of the decision that confirms it, once.
            if not isinstance(said.fact, RatingDecided) or said.day > day or _confirmed_by(said, facts) is not None:
                continue
            after = aftermath(said, facts, day)
            words = after.of(RatingPublished, RatingChanged)
            last = words[-1].fact if after.published is not None and after.cancelled is None else None
            if isinstance(last, RatingPublished | RatingChanged):
                found += (
                    {
                        "effect": effect,
                        "axis": said.fact.axis,
                        "period": said.fact.period.model_dump(mode="json"),
                        "decision": {"organisation": str(said.organisation), "event": str(said.event)},
                        "since": words[-1].day.isoformat(),
                        "by": {"organisation": str(words[-1].organisation), "event": str(words[-1].event)},
                    }
                    for effect in last.effects
                )
        return found

    def _entry(self, each: Kept) -> dict[str, Any]:
        return each.told(self.tree, whole=self.sees(each.said))

    def _decision(self, each: Kept, facts: list[Said], rater: Rater) -> dict[str, Any]:
        said, fact = each.said, each.said.fact
        if not isinstance(fact, RatingDecided):
            raise TypeError
        after = aftermath(said, facts, dt.date.max)
        grade, confirmed = after.grade, _confirmed_by(said, facts)
        told = reported(said, fact.rater, self.tree)
        return {
            "organisation": str(said.organisation),
            "event": str(said.event),
            "day": said.day.isoformat(),
            "rater": str(fact.rater),
            "rater_title": self.tree.title(fact.rater, said.day),
            "decided": fact.grade.model_dump(mode="json"),
            "holds": None if grade is None else grade.model_dump(mode="json"),
            "cancelled": after.cancelled is not None,
            "reported": told,
            "confirmed_by": confirmed,
            "reported_by_subject": told and confirmed is None,
            "open_objections": max(0, after.open),
            "published": after.published is not None,
            "effects": list(effects_of(rater.rule, grade)),
            **(self.freezing.beside(fact, each.recorded.envelope.recorded) if self._computes(said, fact) else {}),
        }

    def _computes(self, said: Said, decision: RatingDecided) -> bool:
        return self.sees(said) and (self.sensitive or not self.freezing.tells_sensitive(decision))

    def _next(
        self,
        rated: tuple[UUID, RatedPerson | None],
        key: Key,
        facts: list[Said],
        opening: Said | None,
        rater: Rater,
    ) -> dict[str, Any] | None:
        (axis, period), unit = key, rated[0]
        row = steps_of(key, facts)
        days = {step: row[name] for step, name in STEP_COLUMNS.items() if row[name] is not None}
        if opening is not None:
            days[Step.OPENED] = opening.day
        pools = [] if rater.body is None else self.record.pools(pool_id(rater.body, axis, period))
        if (closed := pooled(each.said for each in pools).get(rated_id(*rated))) is not None:
            days[Step.POOL_CLOSED] = closed
        reached = Reached(unit, axis, period, days, row["rater"], row["open"] > 0, row["reverified"], row["cancelled"])
        waiting = next_step(reached, rater, self.tree, self.today)
        if waiting is None:
            return None
        return {
            "step": waiting.step.value,
            "body": None if waiting.body is None else str(waiting.body),
            "body_title": None if waiting.body is None else self.tree.title(waiting.body, self.today),
            "due": None if waiting.due is None else waiting.due.isoformat(),
        }

    def rater(self, rater: Rater, day: dt.date | None = None) -> dict[str, Any]:
        """Who rates, or that it is not set, and by which rule."""
        rule = rater.rule
        return {
            "answer": "rater-not-set" if rater.body is None else "rater",
            "rater": None if rater.body is None else str(rater.body),
            "rater_title": None if rater.body is None else self.tree.title(rater.body, day or self.today),
            "why": rater.why.value,
            "rule": None
            if rule is None
            else {
                "legal_reference": rule.legal_reference,
                "decides": rule.decides,
                "steps": [step.value for step in rule.steps],
                "effective_from": rule.effective_from.isoformat(),
                "effective_to": None if rule.effective_to is None else rule.effective_to.isoformat(),
            },
        }


def _confirmed_by(said: Said, facts: Iterable[Said]) -> dict[str, str] | None:
    """The event by which the body itself says what was reported of it."""
    for other in facts:
        confirms = other.fact.confirms if isinstance(other.fact, RatingDecided) else None
        if confirms is not None and named(confirms) == root_of(said):
            return {"organisation": str(other.organisation), "event": str(other.event)}
    return None


def _compared(axes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The grades that hold, axis by axis, and a question where bodies see the unit differently."""
    held = [
        {"axis": axis["axis"], "rater": each["rater"], "rater_title": each["rater_title"], "grade": each["holds"]}
        for axis in axes
        for each in axis["decisions"]
        if each["holds"] is not None and each["confirmed_by"] is None
    ]
    found: list[dict[str, Any]] = []
    for number, one in enumerate(held):
        for other in held[number + 1 :]:
            if one["axis"] == other["axis"]:
                continue
            alike = one["grade"]["scale"] == other["grade"]["scale"]
            same = alike and one["grade"]["rank"] == other["grade"]["rank"]
            said = None if same else _question(one, other, alike=alike)
            found.append({"between": [one, other], "comparable": alike, "same": same, "question": said})
    return found


def _question(one: Mapping[str, Any], other: Mapping[str, Any], *, alike: bool) -> dict[str, str]:
    a, b = (each["rater_title"] or each["rater"] for each in (one, other))
    x, y = (each["grade"]["label"] for each in (one, other))
    if not alike:
        return {
            "vi": f"{a} xếp “{x}”, {b} xếp “{y}” theo hai thang khác nhau: có cùng một nhận định không?",
            "en": f"{a} says “{x}”, {b} says “{y}”, on two scales: do they mean the same?",
        }
    return {
        "vi": f"{a} xếp “{x}”, {b} xếp “{y}”: vì sao khác nhau?",
        "en": f"{a} says “{x}”, {b} says “{y}”: why do they differ?",
    }
