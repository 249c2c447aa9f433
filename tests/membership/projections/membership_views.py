"""Which views does membership keep? Of its own facts."""

from __future__ import annotations

from services.membership.projections import KEEPS, PROJECTIONS
from shared.contracts.event import registered
from shared.eventsourcing.views import Declaration
from tests.support.views import Views

OWN = frozenset(cls for cls in registered().values() if cls.service == "membership")
DECLARATION = Declaration("membership", OWN, PROJECTIONS, KEEPS)


def membership_views(url: str) -> Views:
    """Empty views of membership in a store."""
    return Views(url, DECLARATION, {})
