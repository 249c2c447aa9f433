"""Is a figure in every unit at once what it is when each is asked by itself? And what cannot be asked so?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from sqlalchemy import Engine

from services.ratings.projections import FIGURES
from shared.history.columns import columns
from shared.history.columns.everywhere import WITHIN, OneUnitOnly, everywhere
from shared.history.figures import NO_UNIT, Figure, Relations, UnknownKey
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.columns import ColumnViews
from tests.support.happenings import Happenings
from tests.support.sayings import history
from tests.support.tale import day
from tests.support.views import asked

OF_ONE_UNIT = {"grades", "grades-proposed"}
HISTORY = asked(NO_UNIT, "2021-01-01", "2023-06-01")


@pytest.fixture(scope="module")
def told() -> Happenings:
    """One history for all of these tests."""
    return history(60)


@pytest.fixture(scope="module")
def views(told: Happenings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColumnViews]:
    """Its columns, some of it still in the tail."""
    folder = tmp_path_factory.mktemp("columns")
    sql = ratings_views(f"sqlite:///{folder / 'views.sqlite'}").feed(told.logs)
    made = ColumnViews(folder, sql).file(told.logs, Random(60))
    yield made
    made.close()
    sql.close()


@pytest.mark.parametrize("name", sorted(set(FIGURES) - OF_ONE_UNIT))
def test_every_unit_has_what_it_has_when_asked_by_itself(views: ColumnViews, told: Happenings, name: str) -> None:
    figure, chance = FIGURES[name], Random(name)
    bases = (None, day("2022-03-01"))
    for basis in bases:
        question = replace(HISTORY, tree_on=basis, known=chance.choice([None, told.logs.clock // 2]))
        rows = views.columns.everywhere(figure, question).to_pylist()
        keys = figure.apart
        found: dict[str, dict[tuple[str, ...], tuple[int, int | None]]] = {}
        for row in rows:
            values = tuple(str(row[key]) for key in keys)
            found.setdefault(str(row[WITHIN]), {})[values] = (row["numerator"] or 0, row["denominator"])
        units = told.country.every()
        for unit in [*chance.sample(units, 4), *told.country.every("province")]:
            alone = views.columns.answer(figure, replace(question, unit=unit))
            wanted = {tuple(str(row.keys[key]) for key in keys): (row.numerator, row.denominator) for row in alone}
            assert found.get(str(unit), {} if keys else {(): (0, None)}) == wanted, (unit, basis)


@pytest.mark.parametrize("name", sorted(OF_ONE_UNIT))
def test_figures_that_look_at_the_asked_unit_are_refused(views: ColumnViews, name: str) -> None:
    with pytest.raises(OneUnitOnly) as refusal:
        views.columns.everywhere(FIGURES[name], HISTORY)
    assert (refusal.value.code, refusal.value.field) == ("one-unit-only", "name")


def test_an_unknown_key_is_refused(views: ColumnViews) -> None:
    with pytest.raises(UnknownKey):
        views.columns.everywhere(FIGURES["attendance"], replace(HISTORY, by=("tier",)))


def test_months_are_told_apart(views: ColumnViews, told: Happenings) -> None:
    (province, *_) = told.country.every("province")
    rows = views.columns.everywhere(FIGURES["meetings-held"], replace(HISTORY, by=("month",))).to_pylist()
    found = {row["month"]: row["numerator"] for row in rows if str(row[WITHIN]) == str(province)}
    alone = views.columns.answer(FIGURES["meetings-held"], replace(HISTORY, unit=province, by=("month",)))
    assert found == {row.keys["month"]: row.numerator for row in alone}
    assert found


def test_rows_pass_what_is_carried_back_and_are_not_held(views: ColumnViews, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = list[tuple[str, str]]()

    def explained(database: DuckDBPyConnection, engine: Engine, figure: Figure, relations: Relations) -> pa.Table:
        query = everywhere(figure, relations, ()).compile(engine, compile_kwargs={"render_postcompile": True})
        values = [query.params[name] for name in query.positiontup or ()]
        plans.extend(database.execute(f"EXPLAIN {query}", values).fetchall())
        return pa.table({})

    monkeypatch.setattr(columns, "asked_everywhere", explained)
    views.columns.everywhere(FIGURES["attendance"], replace(HISTORY, tree_on=day("2022-03-01")))
    assert "unit_carried" in str(plans)
    assert "delim" not in str(plans), "all rows are kept in memory, to be asked for one by one"
