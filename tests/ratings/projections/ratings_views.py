"""Which views does ratings keep? Of everything that is ever said."""

from __future__ import annotations

from services.ratings.projections import FIGURES, PROJECTIONS
from shared.contracts.event import registered
from shared.eventsourcing.views import Declaration
from shared.units.knowledge import KNOWLEDGE_FACTS
from tests.support.views import Views

DECLARATION = Declaration("ratings", frozenset(registered().values()), PROJECTIONS, KNOWLEDGE_FACTS)


def ratings_views(url: str) -> Views:
    """Empty views of ratings in a store."""
    return Views(url, DECLARATION, FIGURES)
