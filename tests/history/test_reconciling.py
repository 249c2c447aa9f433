"""Does the check that runs by itself find what would make the bases differ, and nothing else?"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, insert

from services.ratings.projections import FIGURES
from shared.history.figures import NO_UNIT, Question, Relations
from shared.history.reconciling import reconciling, unreconciled
from tests.ratings.projections.conftest import views
from tests.support.tale import id_of, land
from tests.support.views import Views

__all__ = ["views"]
TODAY = dt.date(2023, 3, 1)


def wrong(views: Views, tree_on: dt.date | None) -> int:
    """Members who do not count exactly once."""
    question = Question(NO_UNIT, TODAY, TODAY + dt.timedelta(days=1), tree_on=tree_on)
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, question)
    with views.runner.generation.store.read() as connection:
        return unreconciled(connection, FIGURES["members"], relations)


@pytest.fixture
def told(views: Views) -> Views:
    """Two members; the communes' base units have merged since."""
    tale = land()
    tale.joined("lan", "x", "2022-01-10")
    tale.joined("hoa", "z", "2022-01-10")
    tale.merge("b1", "b2", on="2022-06-01")
    return views.feed(tale.logs)


def test_what_was_told_soundly_reconciles_under_every_tree(told: Views) -> None:
    assert [wrong(told, on) for on in (None, TODAY, dt.date(2022, 2, 1), dt.date(2009, 1, 1))] == [0, 0, 0, 0]


def test_what_was_carried_back_and_lost_is_found(views: Views) -> None:
    tale = land()
    tale.joined("lan", "x", "2022-01-10")
    tale.joined("hoa", "z", "2022-01-10")
    tale.merge("b1", "b2", on="2022-06-01")
    tale.merge("x", "z", on="2022-07-01")
    views.feed(tale.logs)
    before = dt.date(2022, 2, 1)
    assert wrong(views, before) == 0
    carried = views.runner.generation.metadata.tables["unit_carried"]
    with views.runner.generation.store.write() as connection:
        connection.execute(delete(carried).where(carried.c.unit == id_of("x"), carried.c.above == id_of("root")))
    assert wrong(views, before) == 2


def test_a_row_that_is_lost_or_doubled_is_found(told: Views) -> None:
    above = told.runner.generation.metadata.tables["unit_above"]
    with told.runner.generation.store.write() as connection:
        connection.execute(delete(above).where(above.c.unit == id_of("x"), above.c.above == id_of("root")))
        connection.execute(delete(above).where(above.c.unit == id_of("x"), above.c.above == id_of("x")))
        connection.execute(
            delete(above).where(above.c.unit == id_of("x"), above.c.above.in_([id_of("u1"), id_of("b1")]))
        )
    assert wrong(told, None) == 1
    with told.runner.generation.store.write() as connection:
        row = {"unit": id_of("z"), "above": id_of("u2"), "start_day": dt.date(2010, 1, 1), "end_day": None}
        connection.execute(insert(above).values(row))
        connection.execute(delete(above).where(above.c.unit == id_of("u2"), above.c.above == id_of("root")))
    assert wrong(told, TODAY) == 2


async def test_the_part_says_so_in_readiness(told: Views) -> None:
    part = reconciling(told.runner, [FIGURES["members"], FIGURES["admissions"]], lambda: TODAY, lambda: True)
    await part._taken()  # noqa: SLF001 — one round, without waiting for the hour
    assert part.problem is None
    above = told.runner.generation.metadata.tables["unit_above"]
    with told.runner.generation.store.write() as connection:
        connection.execute(delete(above).where(above.c.unit == id_of("x")))
    await part._taken()  # noqa: SLF001
    assert part.problem == "BasesDiffer"
