"""Why this grade, what would have changed it, and which facts are behind it? As JSON, as text, as a page to print."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from services.ratings.api.asked import require_sensitive, told
from services.ratings.api.explain_past import MOST, SHOWN, Asking, Past, past_explanations
from services.ratings.api.printed import Printed, text_of
from services.ratings.projections.explaining import Adopted, Explaining, adopted
from services.ratings.projections.judging import Cited
from services.ratings.projections.proposals import Views
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.figures import Question
from shared.history.replay.retold import Retold
from shared.history.replay.sentences import Titles
from shared.units.calendar import Language
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Needs, Reached
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.upkeep import positions_within

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


def explanations_router(runner: Runner, producer: Producer, columns: Columns | None = None) -> APIRouter:
    """`/v1/explanations`: from a grade down to the facts, and what would have changed it."""
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    router = APIRouter(tags=["explanations"], dependencies=door)
    views, printed = Views(runner), Printed()

    def found(asked: tuple[Cited, Question], reach: Reach) -> tuple[Adopted, Question]:
        cited, question = asked
        reach.require_figure(question.unit, question.start, question.end)
        named = adopted(views, cited, question.known)
        if named is None:
            raise TurnedAway(404, "unknown-rule-set", "rule_set")
        require_sensitive(named, reach)
        return named, question

    def explaining(reach: Reach) -> Explaining:
        return Explaining(runner, titles_of(reach), _sees(reach), columns)

    @router.get(
        "/v1/explanations", summary="Giải thích mức xếp loại đến từng sự việc · A grade explained down to the facts"
    )
    def explained(
        asked: Asking,
        reach: Reached,
        facts: Annotated[int, Query(ge=0, le=MOST, description="Facts shown behind each criterion")] = SHOWN,
        language: Language = Language.VIETNAMESE,
        accept: Annotated[str, Header(max_length=500)] = JSON,
    ) -> Response:
        return answered(explaining(reach).explained(*found(asked, reach), facts), reach, language, accept)

    def answered(document: dict[str, Any], reach: Reach, language: Language, accept: str) -> Response:
        match form(accept):
            case "text/html":
                return printed.page(document, language)
            case "text/plain":
                return Response(text_of(document, language), media_type=TEXT)
            case _:
                return told(document | {"position": positions_within(reach, runner.position())})

    @router.get("/v1/explanations/facts", summary="Sự việc đứng sau một tiêu chí · The facts behind one criterion")
    def facts(
        asked: Asking,
        reach: Reached,
        criterion: Annotated[str, Query(min_length=1, max_length=60)],
        skip: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> Response:
        page = explaining(reach).facts(*found(asked, reach), criterion, skip, limit)
        if page is None:
            raise TurnedAway(404, "unknown-criterion", "criterion")
        return told({**page, "skip": skip, "limit": limit})

    router.include_router(past_explanations(Past(runner, found, explaining, answered)))
    return router


def form(accept: str) -> str:
    """The first of the three forms that the header names; JSON where it names none of them."""
    named = (each.partition(";")[0].strip().lower() for each in accept.split(","))
    return next((each for each in named if each in {JSON, TEXT, HTML}), JSON)


def titles_of(reach: Reach) -> Titles:
    """Names of units, places and organisations on a day, as the service knows them."""

    def title(named: UUID, day: dt.date) -> str | None:
        organisation = reach.knowledge.directory.organisation(named)
        return reach.knowledge.tree.title(named, day) or (None if organisation is None else organisation.title)

    return title


def _sees(reach: Reach) -> Any:  # noqa: ANN401 — a function
    def sees(each: Retold) -> bool:
        if each.fact is None:
            return reach.everything
        return reach.sees_fact(each.spot.poster, each.fact, each.subject, each.spot.day)

    return sees
