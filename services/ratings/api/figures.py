"""What is a figure in one unit? Its numerator and denominator, the events behind it, what moved it; and the reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.ratings.api.asked import Within, basis, moment_of, told
from services.ratings.projections import FIGURES
from services.ratings.projections.beside import put_beside
from services.ratings.projections.beside import told as told_beside
from services.ratings.projections.replay import REPLAYED
from services.ratings.projections.weighing import in_columns
from shared.contracts.envelope import recorded_text
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.comparable import Keys, held_back
from shared.history.figures import MONTH, UNIT, AskedTooMuch, Figure, Question, Relations, Row, answer, events_behind
from shared.history.replay.compare import compared
from shared.units.openings import openness
from shared.units.projection import Rosters, titles
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.units.waiting import withheld
from shared.web.access import Needs, Reached
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.reports import reports_router
from shared.web.turns import Turns
from shared.web.upkeep import positions_within

EVENTS: Final = 1_000
MOST_EVENTS: Final = 100_000


def figures_router(runner: Runner, producer: Producer, columns: Columns | None = None) -> APIRouter:
    """`/v1/figures`: the catalogue, each figure, the events behind it, what moved it; and `/v1/reports`.

    What was known at a past moment, or rests on very many facts, is asked of the columns, where there are any.
    """
    door = [Depends(producer.access), Depends(Needs(Right.FIGURES)), Depends(producer.after)]
    router = APIRouter(tags=["figures"], dependencies=door)
    facts = [Depends(Needs(Right.EVENTS))]
    one = Turns()

    @router.get("/v1/figures", summary="Danh mục số liệu · The catalogue of figures")
    def catalogue() -> Response:
        return told({"figures": [_described(figure) for figure in FIGURES.values()]})

    # `name` is read by `question`.
    @router.get("/v1/figures/{name}", summary="Một số liệu · One figure: numerator, denominator, scope, position")  # noqa: FAST003
    def figure(asked: Within, reach: Reached) -> Response:
        return told(_answered(runner, columns, *asked, reach))

    @router.get(
        "/v1/figures/{name}/events",  # noqa: FAST003
        dependencies=facts,
        summary="Sự việc làm nên số liệu · The events behind a figure",
    )
    def behind(
        asked: Within,
        limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = EVENTS,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        declared, wanted = asked
        if columns is not None and in_columns(runner, columns, declared, wanted):
            found = columns.events_behind(declared, wanted, limit=limit, offset=offset)
        else:
            with runner.generation.store.read() as connection:
                found = events_behind(connection, declared, _relations(runner, wanted), limit=limit, offset=offset)
        events = [{"organisation": str(organisation), "event": str(event)} for organisation, event in found]
        return told({"figure": declared.name, **basis(wanted), "events": events, "limit": limit, "offset": offset})

    @router.get(
        "/v1/figures/{name}/compare",  # noqa: FAST003
        dependencies=facts,
        summary="Hai thời điểm khác nhau ở đâu · What moved a figure",
    )
    def compare(
        asked: Within,
        reach: Reached,
        and_: Annotated[str | None, Query(alias="and", min_length=10, max_length=40)] = None,
    ) -> Response:
        declared, wanted = asked
        later = None if and_ is None else moment_of("and", and_)
        if wanted.known is None:
            raise TurnedAway(422, "required", "known")
        if later is not None and later < wanted.known:
            raise TurnedAway(422, "period-empty", "and")
        with one, runner.generation.store.read() as connection:
            found = compared(connection, declared, _relations(runner, wanted), wanted.known, later)
        both = basis(wanted) | {"and": None if later is None else recorded_text(later)}
        return told({"figure": declared.name, **both, **found.told(), "position": _position(runner, reach)})

    router.include_router(reports_router(REPLAYED, producer, one))
    return router


def _described(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "vi": figure.vi,
        "en": figure.en,
        "asked": figure.asked,
        "keys": [MONTH, UNIT, *figure.keys],
        "parameters": dict(figure.parameters),
        "listens": sorted(cls.name for cls in figure.listens),
    }


def _relations(runner: Runner, question: Question) -> Relations:
    return Relations(runner.facts, runner.generation.metadata.tables, question)


def rows_of(runner: Runner, columns: Columns | None, figure: Figure, question: Question) -> list[Row]:
    """The lines of a figure: of the past, and over very many facts, from the columns where there are any."""
    if columns is not None and in_columns(runner, columns, figure, question):
        return columns.answer(figure, question)
    with runner.generation.store.read() as connection:
        return answer(connection, figure, _relations(runner, question))


def _answered(
    runner: Runner, columns: Columns | None, figure: Figure, question: Question, reach: Reach
) -> dict[str, Any]:
    position = _position(runner, reach)
    try:
        rows = rows_of(runner, columns, figure, question)
    except AskedTooMuch as error:
        raise TurnedAway(422, "period-too-long", "end") from error
    lacking = _held_back(runner, figure, question, reach)
    found = put_beside(runner, partial(rows_of, runner, columns), figure, question)
    reported = [told_beside(*each) for each in found]
    posters = {UUID(each["organisation"]) for each in reported}
    named = titles(runner, _units_in(question, [row.keys for row in rows]) | lacking.keys() | posters)
    incomplete = runner.parked_count(figure.reads)
    return {
        "figure": figure.name,
        "vi": figure.vi,
        "en": figure.en,
        "unit": str(question.unit),
        "unit_title": named.get(str(question.unit)),
        "period": {"start": question.start.isoformat(), "end": question.end.isoformat()},
        **basis(question),
        "parameters": dict(question.parameters),
        "stopped": sorted(set(runner.stopped()) & set(figure.reads)),
        "rows": [
            {
                "keys": dict(row.keys),
                "numerator": row.numerator,
                "denominator": row.denominator,
                "incomplete": incomplete,
                "comparable": not any(tuple(row.keys.values()) in keys for keys in lacking.values()),
                **({} if row.counts is None else {"counts": row.counts}),
            }
            for row in rows
        ],
        "reported": reported,
        "held_back": [str(unit) for unit in sorted(lacking)],
        "marks": openness(runner, reach.knowledge.tree, question.unit, question.last_day, question.known).marks
        if Rosters in figure.state
        else [],
        "titles": named,
        "position": position,
    }


def _held_back(runner: Runner, figure: Figure, question: Question, reach: Reach) -> dict[UUID, set[Keys]]:
    """The units of which something is left out here because a division left them waiting, with the keys concerned."""
    left_out = withheld(reach.knowledge.tree, question.unit, question.tree_on, question.start, question.end)
    with runner.generation.store.read() as connection:
        return held_back(connection, figure, _relations(runner, question), left_out)


def _units_in(question: Question, keys: Sequence[Mapping[str, str | None]]) -> set[UUID]:
    found = {question.unit}
    for row in keys:
        for value in row.values():
            try:
                found.add(UUID(value or ""))
            except ValueError:
                continue
    return found


def _position(runner: Runner, reach: Reach) -> dict[str, dict[str, int]]:
    return positions_within(reach, runner.position())
