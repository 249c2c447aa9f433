"""Which views do tests of figures have? Ratings', on each kind of store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ratings.projections.ratings_views import ratings_views
from tests.support.views import Views


@pytest.fixture
def views(store: str) -> Iterator[Views]:
    """Empty views; the test runs once on each kind of store."""
    views = ratings_views(store)
    yield views
    views.close()
