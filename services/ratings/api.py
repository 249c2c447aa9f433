"""What does ratings answer over HTTP? Figures with their events, as known on any day; reports; computed proposals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from services.ratings.domain.proposal import propose
from services.ratings.projections import FIGURES
from services.ratings.projections.proposals import Views
from services.ratings.projections.replay import REPLAYED
from shared.contracts.envelope import recorded_text
from shared.contracts.event import FIRST_DAY, plausible
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.comparable import Keys, held_back
from shared.history.figures import MONTH, UNIT, AskedTooMuch, Figure, Question, Relations, Row, answer, events_behind
from shared.history.replay.compare import compared
from shared.history.replay.moments import moment
from shared.units.directory import RoleMayNot
from shared.units.projection import titles
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
PERSONS: Final = frozenset({"cadre"})
"""Keys of figures that are ids of persons."""
AS_IT_WAS_THEN: Final = "as-it-was-then"
TREE_OF_A_DATE: Final = "tree-of-date"
_encode = msgspec.json.Encoder().encode

Known = Annotated[
    str | None,
    Query(min_length=10, max_length=40, description="Only what was recorded by the end of a day, or by an instant"),
]
Tree = Annotated[dt.date | None, Query(description="Under the tree of this day; else as it was then")]


def question(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    name: str,
    unit: UUID,
    start: dt.date | None = None,
    end: dt.date | None = None,
    on: dt.date | None = None,
    by: Annotated[str, Query(max_length=200, description="Keys with commas, e.g. `tier,month`")] = "",
    threshold: Annotated[int | None, Query(ge=0, le=100)] = None,
    known: Known = None,
    tree: Tree = None,
) -> tuple[Figure, Question]:
    """What a request asks: a declared figure, a unit or place, a period or a day, as known when, under which tree."""
    figure = FIGURES.get(name)
    if figure is None:
        raise TurnedAway(404, "unknown-figure", "name")
    first, last = _period(figure, start, end, on)
    parameters = {} if threshold is None else {"threshold": threshold}
    if not parameters.keys() <= figure.parameters.keys():
        raise TurnedAway(422, "unknown-parameter", "threshold")
    _require_plausible("tree", tree)
    then = None if known is None else _moment("known", known)
    return figure, Question(unit, first, last, _keys(figure, by), dict(figure.parameters) | parameters, then, tree)


Asked = Annotated[tuple[Figure, Question], Depends(question)]


def within(asked: Asked, reach: Reached) -> tuple[Figure, Question]:
    """The same, if the caller may count there. Keys by persons are for those who may read facts."""
    wanted = asked[1]
    reach.require_figure(wanted.unit, wanted.start, wanted.end, wanted.tree_on)
    if PERSONS & set(wanted.by) and not reach.has(Right.EVENTS):
        raise RoleMayNot("by")
    return asked


Within = Annotated[tuple[Figure, Question], Depends(within)]


def figures_router(runner: Runner, producer: Producer, columns: Columns | None = None) -> APIRouter:
    """`/v1/figures`: the catalogue, each figure, the events behind it, what moved it; and `/v1/reports`.

    What was known at a past moment is asked of the columns, where there are any.
    """
    door = [Depends(producer.access), Depends(Needs(Right.FIGURES)), Depends(producer.after)]
    router = APIRouter(tags=["figures"], dependencies=door)
    facts = [Depends(Needs(Right.EVENTS))]
    one = Turns()

    @router.get("/v1/figures", summary="Danh mục số liệu · The catalogue of figures")
    def catalogue() -> Response:
        return _json({"figures": [_described(figure) for figure in FIGURES.values()]})

    # `name` is read by `question`.
    @router.get("/v1/figures/{name}", summary="Một số liệu · One figure: numerator, denominator, scope, position")  # noqa: FAST003
    def figure(asked: Within, reach: Reached) -> Response:
        return _json(_answered(runner, columns, *asked, reach))

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
        if columns is not None and wanted.known is not None:
            found = columns.events_behind(declared, wanted, limit=limit, offset=offset)
        else:
            with runner.generation.store.read() as connection:
                found = events_behind(connection, declared, _relations(runner, wanted), limit=limit, offset=offset)
        events = [{"organisation": str(organisation), "event": str(event)} for organisation, event in found]
        return _json({"figure": declared.name, **_basis(wanted), "events": events, "limit": limit, "offset": offset})

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
        later = None if and_ is None else _moment("and", and_)
        if wanted.known is None:
            raise TurnedAway(422, "required", "known")
        if later is not None and later < wanted.known:
            raise TurnedAway(422, "period-empty", "and")
        with one, runner.generation.store.read() as connection:
            found = compared(connection, declared, _relations(runner, wanted), wanted.known, later)
        both = _basis(wanted) | {"and": None if later is None else recorded_text(later)}
        return _json({"figure": declared.name, **both, **found.told(), "position": _position(runner, reach)})

    router.include_router(reports_router(REPLAYED, producer, one))
    return router


def proposals_router(runner: Runner, producer: Producer) -> APIRouter:
    """`/v1/proposals`: points and grade that a rule set gives a branch for a year, with the explanation."""
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    router = APIRouter(prefix="/v1/proposals", tags=["proposals"], dependencies=door)
    views = Views(runner)

    @router.get("", summary="Đề xuất xếp loại, có giải thích · A computed proposal, explained")
    def proposal(
        branch: UUID,
        year: Annotated[int, Query(ge=1930, le=9997)],
        rule_set: UUID,
        reach: Reached,
        known: Known = None,
    ) -> Response:
        then = None if known is None else _moment("known", known)
        asked = Question(branch, dt.date(year, 1, 1), dt.date(year + 1, 1, 1), known=then)
        reach.require_figure(asked.unit, asked.start, asked.end)
        adopted = views.rule_set(rule_set, then)
        if adopted is None:
            raise TurnedAway(404, "unknown-rule-set", "rule_set")
        return _json(
            {
                "branch": str(branch),
                "branch_title": titles(runner, {branch}).get(str(branch)),
                "year": year,
                "known": None if then is None else recorded_text(then),
                "rule_set": {"id": str(rule_set), "title": adopted.title, "legal_reference": adopted.legal_reference},
                **propose(adopted.rules, views.measured(adopted.rules, asked)),
                "position": _position(runner, reach),
            }
        )

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


def _period(figure: Figure, start: dt.date | None, end: dt.date | None, on: dt.date | None) -> tuple[dt.date, dt.date]:
    for name, day in (("on", on), ("start", start), ("end", end)):
        _require_plausible(name, day)
    if on is not None and start is None and end is None:
        start, end = on, on + dt.timedelta(days=1)
    if start is None or end is None or on not in {None, start}:
        raise TurnedAway(422, "period-missing", "on" if figure.asked == "day" else "start")
    if start >= end:
        raise TurnedAway(422, "period-empty", "end")
    return start, end


def _require_plausible(name: str, day: dt.date | None) -> None:
    """A day on which facts may lie: beyond it the calendar itself ends."""
    try:
        plausible(day or FIRST_DAY)
    except ValueError:
        raise TurnedAway(422, "year-out-of-range", name) from None


def _moment(name: str, text: str) -> int:
    try:
        return moment(text)
    except ValueError:
        raise TurnedAway(422, "bad-format", name) from None


def _keys(figure: Figure, by: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(key for key in by.split(",") if key))
    if not set(keys) <= {MONTH, UNIT, *figure.keys}:
        raise TurnedAway(422, "unknown-key", "by")
    return keys


def _relations(runner: Runner, question: Question) -> Relations:
    return Relations(runner.facts, runner.generation.metadata.tables, question)


def _basis(question: Question) -> dict[str, Any]:
    return {
        "basis": AS_IT_WAS_THEN if question.tree_on is None else TREE_OF_A_DATE,
        "tree": None if question.tree_on is None else question.tree_on.isoformat(),
        "known": None if question.known is None else recorded_text(question.known),
    }


def _rows(runner: Runner, columns: Columns | None, figure: Figure, question: Question) -> list[Row]:
    if columns is not None and question.known is not None:
        return columns.answer(figure, question)
    with runner.generation.store.read() as connection:
        return answer(connection, figure, _relations(runner, question))


def _answered(
    runner: Runner, columns: Columns | None, figure: Figure, question: Question, reach: Reach
) -> dict[str, Any]:
    position = _position(runner, reach)
    try:
        rows = _rows(runner, columns, figure, question)
    except AskedTooMuch as error:
        raise TurnedAway(422, "period-too-long", "end") from error
    lacking = _held_back(runner, figure, question, reach)
    named = titles(runner, _units_in(question, [row.keys for row in rows]) | lacking.keys())
    incomplete = runner.parked_count(figure.reads)
    return {
        "figure": figure.name,
        "vi": figure.vi,
        "en": figure.en,
        "unit": str(question.unit),
        "unit_title": named.get(str(question.unit)),
        "period": {"start": question.start.isoformat(), "end": question.end.isoformat()},
        **_basis(question),
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
        "held_back": [str(unit) for unit in sorted(lacking)],
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


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json")
