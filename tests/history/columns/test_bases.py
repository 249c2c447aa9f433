"""Do the trees of all dates hold the same facts? As it was then, and under the tree of a date, on all three engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from shared.contracts.membership import UnitMoved
from shared.history.figures import NO_UNIT, Question
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.columns import ColumnViews
from tests.support.sayings import history
from tests.support.tale import Tale, day, id_of, land
from tests.support.views import Views, asked

IN_2022 = ("2022-01-01", "2023-01-01")
BEFORE, AFTER = day("2022-01-31"), day("2022-12-31")


@pytest.fixture(params=["sqlite", "postgresql", "columns"])
def views(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Views]:
    """Views of ratings on each engine."""
    url = request.getfixturevalue("postgres_url" if request.param == "postgresql" else "sqlite_url")
    views = ratings_views(url)
    if request.param == "columns":
        columns = ColumnViews(tmp_path, views)
        yield columns
        columns.close()
    else:
        yield views
    views.close()


def told(views: Views, tale: Tale) -> None:
    """Feed the views, and the files where there are any."""
    views.feed(tale.logs)
    if isinstance(views, ColumnViews):
        views.file(tale.logs)


def test_a_branch_that_moved_counts_where_the_tree_of_the_date_has_it(views: Views) -> None:
    tale = land()
    tale.met("x", "2022-02-01", present=3)
    tale.say(UnitMoved(parent=id_of("b3"), territory=id_of("h4"), effective=day("2022-07-01")), "x", "2022-07-01")
    tale.met("x", "2022-08-01", present=4)
    tale.met("y", "2022-08-01", present=2)
    told(views, tale)

    def present(unit: str, tree_on: dt.date | None) -> int:
        question = replace(asked(id_of(unit), *IN_2022), tree_on=tree_on)
        return views.ask("attendance", question).rows[()][0]

    as_then, before, after = (
        {unit: present(unit, basis) for unit in ("u1", "u2", "root", "d1", "d2", "p")}
        for basis in (None, BEFORE, AFTER)
    )
    assert as_then == {"u1": 5, "u2": 4, "root": 9, "d1": 5, "d2": 4, "p": 9}
    assert before == {"u1": 9, "u2": 0, "root": 9, "d1": 9, "d2": 0, "p": 9}
    assert after == {"u1": 2, "u2": 7, "root": 9, "d1": 2, "d2": 7, "p": 9}


def test_a_branch_that_merged_counts_in_its_target(views: Views) -> None:
    tale = land()
    tale.met("x", "2022-02-01", present=3)
    tale.merge("w", "x", on="2022-07-01")
    told(views, tale)
    question = asked(id_of("u2"), *IN_2022)
    assert views.ask("attendance", question).rows == {(): (0, None)}
    assert views.ask("attendance", replace(question, tree_on=AFTER)).rows == {(): (3, 3)}


@pytest.mark.parametrize("seed", range(40, 43))
def test_roots_and_what_has_none_hold_everything_under_any_tree(views: Views, seed: int) -> None:
    story, chance = history(seed), Random(seed)
    views.feed(story.logs)
    if isinstance(views, ColumnViews):
        views.file(story.logs, chance)
    roots = [NO_UNIT, *story.country.every("province")]
    whole: set[int] = set()
    for basis in (None, story.day(), story.day()):
        asking = (Question(root, day("2021-01-01"), day("2024-01-01"), tree_on=basis) for root in roots)
        whole.add(sum(views.ask("meetings-held", each).rows[()][0] for each in asking))
    assert len(whole) == 1, whole
