"""Whom would rules move that nobody has adopted yet? A draft is posted, tried on past years, and forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.ratings.api.asked import Known, moment_of, told
from services.ratings.domain.rule_set import MOST_TOLD, RulesUnsound
from services.ratings.domain.rules.sheet import read_sheet
from services.ratings.projections.bulk import Bulk
from services.ratings.projections.capped import raters
from services.ratings.projections.drafts import Draft, Drafting
from services.ratings.projections.explaining import asks_sensitive
from shared.contracts.envelope import recorded_text
from shared.contracts.event import FIRST_DAY
from shared.contracts.ratings import RuleDocument
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.figures import Question
from shared.units.directory import RoleMayNot
from shared.units.projection import titles
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right
from shared.units.standing_in import STANDINGS
from shared.web.access import Needs, Reached
from shared.web.body import Budget, read_body
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.turns import Turns
from shared.web.upkeep import positions_within

MOST_BYTES: Final = 256 * 2**10
"""Of one draft."""
HELD: Final = 16 * 2**20
"""Bytes of drafts that one process reads at once."""
SHOWN, MOST = 200, 10_000
LAST_YEAR: Final = 9997
PATIENCE: Final = 5.0
"""Seconds for which a second draft waits for the first."""
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            media: {"schema": {"$ref": "#/components/schemas/RuleSetAdopted"}}
            for media in ("application/json", "application/yaml")
        },
    }
}


def drafts_router(runner: Runner, producer: Producer, columns: Columns) -> APIRouter:
    """`POST /v1/drafts`: a rule set as it would be adopted, put to past years; nothing is recorded."""
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    router = APIRouter(tags=["drafts"], dependencies=door)
    one, drafting, budget = Turns(1, PATIENCE), Drafting(Bulk(runner, columns)), Budget(HELD)

    @router.post(
        "/v1/drafts",
        openapi_extra=_BODY,
        summary="Chạy thử dự thảo bộ tiêu chí trên các năm đã qua · Try a draft on past years; nothing is recorded",
    )
    async def tried(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
        request: Request,
        reach: Reached,
        unit: UUID,
        years: Annotated[str, Query(pattern="^[0-9]{4}(,[0-9]{4})*$", max_length=49, description="2023,2024,2025")],
        against: Annotated[UUID | None, Query(description="A rule set; else those in force in each year")] = None,
        known: Known = None,
        limit: Annotated[int, Query(ge=0, le=MOST)] = SHOWN,
        skip: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        with budget.reserve() as reservation:
            draft = read_draft(await read_body(request, reservation))
        _require_sensitive(draft, [draft.rules], reach)
        questions = [_question(unit, year, known, reach) for year in sorted({*years.split(",")})]

        def work() -> Response:
            with one:
                rates = raters(runner, reach.knowledge.tree, draft.subject_kind)
                found = [
                    drafting.tried(draft, each, against, _within(each, reach), rates(each.last_day))
                    for each in questions
                ]
            if against is not None and any(each.against is None for each in found):
                raise TurnedAway(404, "unknown-rule-set", "against")
            _require_sensitive(draft, [each.against.rules.rules for each in found if each.against is not None], reach)
            moved = [each for tried in found for each in tried.moved]
            page = moved[skip : skip + limit]
            over = {rater for tried in found for each in tried.caps for rater in each.raters}
            return told(
                {
                    "unit": str(unit),
                    "known": None if questions[0].known is None else recorded_text(questions[0].known),
                    "years": [each.told() for each in found],
                    "moved": [each.told() for each in page],
                    "total": len(moved),
                    "skip": skip,
                    "limit": limit,
                    "titles": titles(runner, {unit, *(each.unit for each in page), *over}),
                    "position": positions_within(reach, runner.position()),
                }
            )

        return await asyncio.to_thread(work)

    return router


def read_draft(body: bytes) -> Draft:
    """The rule set that a body says in YAML or JSON. TurnedAway (413); RulesUnsound, each finding with its line."""
    if len(body) > MOST_BYTES:
        raise TurnedAway(413, "body-too-large")
    sheet = read_sheet(body)
    if sheet.fact is None or not sheet.sound:
        grave = [each for each in sheet.findings if each.grave]
        told = "\n".join(f"{each.line}: {each.place} {each.code}" for each in grave[:MOST_TOLD])
        raise RulesUnsound(grave[0].place or "draft", findings=told)
    return Draft(sheet.fact.rules, sheet.fact.subject_kind)


def _require_sensitive(draft: Draft, documents: Iterable[RuleDocument], reach: Reach) -> None:
    """Raise RoleMayNot where points of persons would tell of discipline to somebody who may not read it."""
    if draft.subject_kind in STANDINGS and not reach.has(Right.SENSITIVE) and any(map(asks_sensitive, documents)):
        raise RoleMayNot("draft")


def _question(unit: UUID, year: str, known: str | None, reach: Reach) -> Question:
    number = int(year)
    if not FIRST_DAY.year <= number <= LAST_YEAR:
        raise TurnedAway(422, "year-out-of-range", "years")
    then = None if known is None else moment_of("known", known)
    question = Question(unit, dt.date(number, 1, 1), dt.date(number + 1, 1, 1), known=then)
    reach.require_figure(unit, question.start, question.end)
    return question


def _within(question: Question, reach: Reach) -> Any:  # noqa: ANN401 — a function
    @cache
    def within(unit: UUID) -> bool:
        try:
            reach.require_figure(unit, question.start, question.end)
        except OutOfReach:
            return False
        return True

    return within
