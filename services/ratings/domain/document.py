"""Which facts of ratings rest on a document? Every step of the cycle and every count of votes: it is in the envelope.

The two oldest facts, *proposed* and *decided*, were taken without one before there were steps, and still are. A score
names the filed document that it rests on itself.
"""

from __future__ import annotations

from typing import Final

from services.ratings.domain.course import AFTER
from shared.contracts.event import Event
from shared.contracts.ratings import (
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingVerified,
    UnitSelfRated,
    VotesCounted,
)
from shared.eventsourcing.errors import Refused


class StepWithoutDocument(Refused):
    """A step of the rating rests on a document: its number, its issuer and its date."""

    vi = "Mỗi bước xếp loại phải có văn bản: số, nơi ban hành, ngày."


DOCUMENTED: Final[dict[type[Event], type[Refused]]] = dict.fromkeys(
    (RatingPeriodOpened, UnitSelfRated, RatingVerified, RatingPoolClosed, VotesCounted, *AFTER), StepWithoutDocument
)
"""Facts that rest on a document in their envelope, and what refuses them without."""
