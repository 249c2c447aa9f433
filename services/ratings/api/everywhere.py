"""What is a figure in every unit and place at once? A page of those that the caller may count in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.ratings.api.asked import AskedEverywhere, basis, require_keys, told
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.columns.everywhere import WITHIN
from shared.history.comparable import Lacking
from shared.history.figures import AskedTooMuch, Question
from shared.units.projection import titles
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right
from shared.units.waiting import withheld_everywhere
from shared.web.access import Needs, Reached
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.upkeep import positions_within

ROWS: Final = 1_000
MOST_ROWS: Final = 10_000
COMPARABLE: Final = "comparable"
_COUNTED: Final = frozenset({WITHIN, COMPARABLE, "numerator", "denominator"})


def everywhere_router(runner: Runner, producer: Producer, columns: Columns) -> APIRouter:
    """`/v1/figures/{name}/everywhere`: asked of the columns, which add up all units in one go."""
    door = [Depends(producer.access), Depends(Needs(Right.FIGURES)), Depends(producer.after)]
    router = APIRouter(tags=["figures"], dependencies=door)

    # `name` is read by `question_everywhere`.
    @router.get("/v1/figures/{name}/everywhere", summary="Số liệu ở mọi đơn vị · A figure in every unit and place")  # noqa: FAST003
    def everywhere(
        asked: AskedEverywhere,
        reach: Reached,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = ROWS,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        figure, wanted = asked
        require_keys(wanted, reach)
        position = positions_within(reach, runner.position())
        try:
            left = list(withheld_everywhere(reach.knowledge.tree, wanted.tree_on, wanted.start, wanted.end))
            table, lacking = columns.everywhere_marked(figure, wanted, left)
        except AskedTooMuch as error:
            raise TurnedAway(422, "period-too-long", "end") from error
        rows = sorted(_seen(_marked(table.to_pylist(), lacking), wanted, reach), key=_place)
        page = rows[offset : offset + limit]
        held_back = set[UUID]().union(*(lacking.units.get(UUID(row["unit"]), ()) for row in page))
        return told(
            {
                "figure": figure.name,
                "vi": figure.vi,
                "en": figure.en,
                "period": {"start": wanted.start.isoformat(), "end": wanted.end.isoformat()},
                **basis(wanted),
                "parameters": dict(wanted.parameters),
                "incomplete": runner.parked_count(figure.reads),
                "rows": page,
                "held_back": sorted(map(str, held_back)),
                "titles": titles(runner, {UUID(row["unit"]) for row in page} | held_back),
                "total": len(rows),
                "limit": limit,
                "offset": offset,
                "position": position,
            }
        )

    return router


def _marked(found: Iterable[Mapping[str, Any]], lacking: Lacking) -> Iterator[dict[str, Any]]:
    """Each row with whether it compares. What is not split by keys is told of a cell of which all is held back, too."""
    met: set[UUID] = set()
    for row in found:
        unit, keys = UUID(str(row[WITHIN])), tuple(_keys(row).values())
        met.add(unit)
        yield {**row, COMPARABLE: keys not in lacking.keys.get(unit, ())}
    for unit in sorted(unit for unit in lacking.keys.keys() - met if () in lacking.keys[unit]):
        yield {WITHIN: unit, "numerator": 0, "denominator": None, COMPARABLE: False}


def _seen(found: Iterable[Mapping[str, Any]], wanted: Question, reach: Reach) -> Iterator[dict[str, Any]]:
    """The rows of units within reach; what lies outside is left out as if it were not there."""

    @cache
    def within(unit: UUID) -> bool:
        try:
            reach.require_figure(unit, wanted.start, wanted.end, wanted.tree_on)
        except OutOfReach:
            return False
        return True

    return (_row(each) for each in found if within(UUID(str(each[WITHIN]))))


def _keys(found: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in found.items() if name not in _COUNTED}


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unit": str(found[WITHIN]),
        "keys": _keys(found),
        "numerator": int(found["numerator"] or 0),
        "denominator": None if found["denominator"] is None else int(found["denominator"]),
        COMPARABLE: found[COMPARABLE],
    }


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (row["unit"], *(value or "" for value in row["keys"].values()))
