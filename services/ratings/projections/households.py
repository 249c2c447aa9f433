"""How many households are exemplary? As last counted, out of those that the same body counted in the same place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Select, Subquery, and_, exists, select, union_all

from services.ratings.projections.coverage import last_counted, stated_within, whole
from services.ratings.projections.parts import RowColumns, behind, counts, last_day
from shared.contracts.membership import PeopleCounted
from shared.history.figures import Figure, Relations

EXEMPLARY: Final = "exemplary-households"
HOUSEHOLDS: Final = "households"
COLUMNS: Final = ("day", "organisation", "numerator", "denominator", "log", "root")


def _counted(relations: Relations, group: str, beside: str) -> Subquery:
    """The last counts of a group in places where the same body counted the other one too."""
    last, other = last_counted(relations), last_counted(relations)
    same = and_(other.c.organisation == last.c.organisation, other.c.scope == last.c.scope, other.c.group == beside)
    return select(last).where(last.c.group == group, exists().where(same)).subquery()


def _arms(relations: Relations) -> Iterator[tuple[Subquery, Select[Any]]]:
    """The counts above the line and those below it, each with its rows."""
    exemplary, households = (
        _counted(relations, *groups) for groups in ((EXEMPLARY, HOUSEHOLDS), (HOUSEHOLDS, EXEMPLARY))
    )
    yield exemplary, _stated(relations, exemplary, counts(exemplary.c["count"]))
    yield households, _stated(relations, households, counts(0, households.c["count"]))


def _stated(relations: Relations, facts: Subquery, numbers: RowColumns) -> Select[Any]:
    """One row for each count."""
    return select(
        facts.c.scope.label("unit"),
        last_day(relations).label("day"),
        facts.c.day.label("tree_day"),
        facts.c.organisation,
        *numbers,
        *behind(facts),
    )


def _rate(relations: Relations) -> Select[Any]:
    rows = (stated.where(whole(relations, facts)) for facts, stated in _arms(relations))
    return select(union_all(*rows).subquery())


def _rate_everywhere(relations: Relations) -> Select[Any]:
    rows = (stated_within(relations, facts, stated.subquery(), COLUMNS) for facts, stated in _arms(relations))
    return select(union_all(*rows).subquery())


FIGURES = (
    Figure(
        "exemplary-households",
        "Hộ đạt chuẩn (như “5 không, 3 sạch”) trên số hộ, theo lần đếm gần nhất của cùng nơi đếm; chỉ tính nơi có cả "
        "hai số; số của phần không cộng thêm vào toàn bộ.",
        "Exemplary households (“5 không, 3 sạch”) out of households, as last counted by the same body; only where both "
        "were counted; a part is not added to its whole.",
        _rate,
        frozenset({PeopleCounted}),
        keys=("organisation",),
        common=(),
        asked="day",
        everywhere=_rate_everywhere,
    ),
)
