"""Does a branch's book say what an independent recount says? On random histories, both stores, whatever the order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.membership.projections.agreeing import agree
from tests.membership.projections.membership_views import membership_views
from tests.support.book_sayings import history
from tests.support.views import Views

SAMPLE = range(8)
MANY = range(1_000, 1_300)
ENOUGH = 20
"""Lines that a history compares at least, so that none passes for being empty."""


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Views]]:
    """Makes empty views on SQLite, as many as are wanted."""
    made: list[Views] = []

    def make() -> Views:
        made.append(membership_views(f"sqlite:///{tmp_path_factory.mktemp('views') / 'views.sqlite'}"))
        return made[-1]

    yield make
    for views in made:
        views.close()


@pytest.mark.parametrize("seed", SAMPLE)
def test_books_reviews_and_registers_are_as_recounted(fresh: Callable[[], Views], seed: int) -> None:
    told = history(seed)
    assert agree(fresh().feed(told.logs), told, Random(seed)) > ENOUGH


@pytest.mark.battery
@pytest.mark.parametrize("seed", MANY)
def test_they_are_as_recounted_over_and_over(fresh: Callable[[], Views], seed: int) -> None:
    told = history(seed)
    agree(fresh().feed(told.logs, Random(seed)), told, Random(seed))


def test_they_are_as_recounted_on_postgresql(postgres_url: str) -> None:
    told = history(500)
    views = membership_views(postgres_url).feed(told.logs)
    assert agree(views, told, Random(500)) > ENOUGH
    views.close()


@pytest.mark.parametrize("seed", range(700, 703))
def test_the_logs_in_any_order_and_batching_give_the_same_rows(fresh: Callable[[], Views], seed: int) -> None:
    told = history(seed)
    one, *others = (fresh().feed(told.logs, chance) for chance in (None, Random(seed), Random(-seed)))
    rows = one.everything()
    for other in others:
        assert other.everything() == rows
