"""Is every figure what an independent recount makes it? On random histories, for random units, periods and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.ratings.projections.questions import agree
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.sayings import history
from tests.support.views import Views

SAMPLE = range(16)
MANY = range(1_000, 1_300)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Views]]:
    """Makes empty views on SQLite, as many as are wanted."""
    made: list[Views] = []

    def make() -> Views:
        made.append(ratings_views(f"sqlite:///{tmp_path_factory.mktemp('views') / 'views.sqlite'}"))
        return made[-1]

    yield make
    for views in made:
        views.close()


@pytest.mark.parametrize("seed", SAMPLE)
def test_every_figure_is_as_recounted(fresh: Callable[[], Views], seed: int) -> None:
    told = history(seed)
    assert agree(fresh().feed(told.logs), told, Random(seed)) > 5


@pytest.mark.battery
@pytest.mark.parametrize("seed", MANY)
def test_every_figure_is_as_recounted_over_and_over(fresh: Callable[[], Views], seed: int) -> None:
    told = history(seed)
    agree(fresh().feed(told.logs, Random(seed)), told, Random(seed))


@pytest.mark.parametrize("seed", range(500, 503))
def test_every_figure_is_as_recounted_on_postgresql(postgres_url: str, seed: int) -> None:
    told = history(seed)
    views = ratings_views(postgres_url).feed(told.logs)
    assert agree(views, told, Random(seed)) > 5
    views.close()


@pytest.mark.parametrize("seed", [600, *(pytest.param(seed, marks=pytest.mark.battery) for seed in range(601, 620))])
def test_every_figure_is_as_it_was_known_at_a_past_moment(fresh: Callable[[], Views], seed: int) -> None:
    told, chance = history(seed), Random(seed)
    views = fresh().feed(told.logs)
    agree(views, told, chance, known=chance.randrange(told.logs.clock // 2, told.logs.clock))


@pytest.mark.parametrize("seed", range(700, 704))
def test_the_logs_in_any_order_and_batching_give_the_same_rows(fresh: Callable[[], Views], seed: int) -> None:
    told = history(seed)
    one, *others = (fresh().feed(told.logs, chance) for chance in (None, Random(seed), Random(-seed)))
    rows = one.everything()
    for other in others:
        assert other.everything() == rows
