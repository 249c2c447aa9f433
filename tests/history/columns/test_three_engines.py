"""Do SQLite, PostgreSQL and the columns answer every figure alike? And as the independent recount, at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from services.ratings.projections import FIGURES
from tests.ratings.projections.questions import agree, questions
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.columns import ColumnViews
from tests.support.sayings import history
from tests.support.views import Views

Opening = Callable[[str], Views]


@pytest.fixture
def opened() -> Iterator[Callable[[str], Views]]:
    """Opens empty views of ratings in a store."""
    made: list[Views] = []

    def open_views(url: str) -> Views:
        made.append(ratings_views(url))
        return made[-1]

    yield open_views
    for views in made:
        views.close()


@pytest.mark.parametrize("seed", range(2))
def test_all_figures_are_the_same_on_all_three_engines(
    opened: Opening, sqlite_url: str, postgres_url: str, tmp_path: Path, seed: int
) -> None:
    told = history(seed)
    sqlite, postgresql = (opened(url).feed(told.logs) for url in (sqlite_url, postgres_url))
    columns = ColumnViews(tmp_path, sqlite).file(told.logs)
    asking = dict(islice(questions(told, Random(seed)), seed, None, 2))
    for name in FIGURES:
        question = asking.get(name) or replace(asking["meetings-held"], by=())
        given = [views.ask(name, question) for views in (sqlite, postgresql, columns)]
        assert given[0] == given[1] == given[2], (name, question)
    columns.close()


def test_what_was_known_at_past_moments_is_the_same_in_views_made_for_it(
    opened: Opening, sqlite_url: str, tmp_path: Path
) -> None:
    told, chance = history(7), Random(7)
    sqlite = opened(sqlite_url).feed(told.logs)
    columns = ColumnViews(tmp_path, sqlite).file(told.logs, chance)
    known = chance.randrange(told.logs.clock // 3, told.logs.clock)
    for name, question in islice(questions(told, chance, known), chance.randrange(5), None, 5):
        assert sqlite.ask(name, question) == columns.ask(name, question), (name, question)
    columns.close()


@pytest.mark.parametrize("seed", [2_000])
def test_files_and_tail_of_any_cut_answer_as_recounted(
    opened: Opening, sqlite_url: str, tmp_path: Path, seed: int
) -> None:
    told, chance = history(seed), Random(seed)
    columns = ColumnViews(tmp_path, opened(sqlite_url).feed(told.logs)).file(told.logs, chance)
    assert agree(columns, told, chance) > 5
    agree(columns, told, chance, known=chance.randrange(told.logs.clock // 3, told.logs.clock))
    columns.close()


@pytest.mark.battery
@pytest.mark.parametrize("seed", range(3_000, 3_060))
def test_files_and_tail_of_any_cut_answer_as_recounted_over_and_over(
    opened: Opening, sqlite_url: str, tmp_path: Path, seed: int
) -> None:
    told, chance = history(seed), Random(seed)
    columns = ColumnViews(tmp_path, opened(sqlite_url).feed(told.logs)).file(told.logs, chance)
    agree(columns, told, chance)
    agree(columns, told, chance, known=chance.randrange(told.logs.clock // 3, told.logs.clock))
    columns.close()
