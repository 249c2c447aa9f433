"""Which facts moved a grade between two moments, and on what did a decision rest? Explanations that look back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from services.ratings.api.asked import Axis, Known, Person, moment_of, require_sensitive, told
from services.ratings.domain.raters import VERTICAL
from services.ratings.projections.decided import Decided
from services.ratings.projections.explaining import Adopted, Explaining
from services.ratings.projections.judging import Cited
from services.ratings.projections.moved import Movement
from shared.contracts.event import plausible
from shared.contracts.ratings import RatingDecided
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question
from shared.units.calendar import Language
from shared.units.reach import OutOfReach, Reach
from shared.web.access import Reached
from shared.web.problem import TurnedAway
from shared.web.turns import Turns
from shared.web.upkeep import positions_within

SHOWN: Final = 20
"""Facts shown behind each criterion unless more are asked for."""
MOST: Final = 1_000
PATIENCE: Final = 5.0
"""Seconds for which one who asks about the past waits for another."""


def wanted(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    unit: UUID,
    rule_set: UUID,
    person: Person,
    year: Annotated[int | None, Query(ge=1930, le=9997)] = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    known: Known = None,
    axis: Axis = VERTICAL,
) -> tuple[Cited, Question]:
    """A rule set, an axis and a person; a unit, a period, as known when."""
    then = None if known is None else moment_of("known", known)
    return Cited(rule_set, axis, person), Question(unit, *_period(year, start, end), known=then)


Asking = Annotated[tuple[Cited, Question], Depends(wanted)]


@dataclass(frozen=True, slots=True)
class Past:
    """What these addresses share with the others."""

    runner: Runner
    found: Callable[[tuple[Cited, Question], Reach], tuple[Adopted, Question]]
    explaining: Callable[[Reach], Explaining]
    answered: Callable[[dict[str, Any], Reach, Language, str], Response]


def past_explanations(past: Past) -> APIRouter:
    """`/v1/explanations/moved` and `/v1/explanations/decided`, behind the door of the explanations."""
    router, one = APIRouter(), Turns(1, PATIENCE)

    @router.get(
        "/v1/explanations/moved",
        summary="Sự việc nào làm thay đổi giữa hai thời điểm · Which facts moved it between two moments",
    )
    def moved(
        asked: Asking,
        reach: Reached,
        and_: Annotated[str | None, Query(alias="and", min_length=10, max_length=40)] = None,
    ) -> Response:
        cited, question = asked
        later = None if and_ is None else moment_of("and", and_)
        if question.known is None:
            raise TurnedAway(422, "required", "known")
        if later is not None and later < question.known:
            raise TurnedAway(422, "period-empty", "and")
        # The rules are those of the later moment: what moved is the facts.
        named, _ = past.found((cited, replace(question, known=later)), reach)
        with one:
            content = Movement(past.explaining(reach)).between(named, question, question.known, later)
        return told(content | {"position": positions_within(reach, past.runner.position())})

    @router.get(
        "/v1/explanations/decided",
        summary="Giải thích một quyết định xếp loại · A decided grade explained, then and now",
    )
    def decided(
        organisation: UUID,
        event: UUID,
        reach: Reached,
        facts: Annotated[int, Query(ge=0, le=MOST)] = SHOWN,
        language: Language = Language.VIETNAMESE,
        accept: Annotated[str, Header(max_length=500)] = "application/json",
    ) -> Response:
        work = Decided(past.explaining(reach), reach.knowledge.tree)
        decision = work.find((organisation, event))
        fact = None if decision is None else decision.fact
        if decision is None or not isinstance(fact, RatingDecided) or not _reaches(reach, fact):
            raise TurnedAway(404, "not-found", "event")
        with one:
            document = work.explained(decision, fact, facts, lambda named: require_sensitive(named, reach))
        if document is None:
            raise TurnedAway(404, "unknown-rule-set", "event")
        return past.answered(document, reach, language, accept)

    return router


def _reaches(reach: Reach, decision: RatingDecided) -> bool:
    """Whether the rated unit is the caller's; a decision on another one is to him as one that nobody made."""
    try:
        reach.require_figure(decision.unit, decision.period.start, decision.period.end)
    except OutOfReach:
        return False
    return True


def _period(year: int | None, start: dt.date | None, end: dt.date | None) -> tuple[dt.date, dt.date]:
    if year is not None and start is None and end is None:
        return dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    for name, day in (("start", start), ("end", end)):
        if day is None or year is not None:
            raise TurnedAway(422, "period-missing", name)
        try:
            plausible(day)
        except ValueError:
            raise TurnedAway(422, "year-out-of-range", name) from None
    if start is None or end is None or start >= end:
        raise TurnedAway(422, "period-empty", "end")
    return start, end
