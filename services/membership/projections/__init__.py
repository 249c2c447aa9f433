"""Which state does membership keep for its readers? One file a question; each after what it rests on."""

from __future__ import annotations

from typing import Final

from services.membership.projections.inspections import Inspections
from services.membership.projections.offices import Offices
from services.membership.projections.places import Places
from services.membership.projections.plans import Plans
from services.membership.projections.reviews import Reviews
from services.membership.projections.states import States
from services.membership.projections.work import OFFICES
from shared.contracts.event import Event
from shared.eventsourcing.projection import Projection
from shared.units.identities import Identities
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.units.projection import Rosters, Units

PROJECTIONS: Final[tuple[type[Projection], ...]] = (
    *(Units, Rosters, Places, Identities, States),
    *(Offices, Plans, Reviews, Inspections),
)
KEEPS: Final[frozenset[type[Event]]] = KNOWLEDGE_FACTS | OFFICES
"""What rules and work lists read back beside that."""
