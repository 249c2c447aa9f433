"""What does ratings answer over HTTP? Figures with their events, in one unit or in all; reports; proposals; why."""

from __future__ import annotations

from services.ratings.api.conference import conference_router
from services.ratings.api.drafts import drafts_router
from services.ratings.api.everywhere import everywhere_router
from services.ratings.api.explain import explanations_router
from services.ratings.api.figures import figures_router
from services.ratings.api.proposals import proposals_router
from services.ratings.api.ratings import ratings_router

__all__ = [
    "conference_router",
    "drafts_router",
    "everywhere_router",
    "explanations_router",
    "figures_router",
    "proposals_router",
    "ratings_router",
]
