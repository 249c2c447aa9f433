"""What does duty hear, and which answers does it keep ready?"""

from __future__ import annotations

from typing import Final

from services.duty.projections import ratings, reports
from services.duty.projections.transfers import Transfers
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, PeriodicitySet, VisitCompleted, VisitDutySet
from shared.units import standing_in
from shared.units.on_duty import Charges

LISTENS: Final[frozenset[type[Event]]] = frozenset(
    {MeetingHeld, PeriodicitySet, VisitDutySet, VisitCompleted, *ratings.HEARD, *reports.HEARD, *standing_in.HEARD}
)
PROJECTIONS = (*standing_in.STATE, Charges, Transfers)
