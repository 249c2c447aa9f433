"""What do a service's decisions rest upon? Its rules, and units and access as far as the service has seen them.

Membership owns these facts (`owned_ground.py`); every other service judges by what it has seen of them
(`seen_ground.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from shared.contracts.closings import LogClosed
from shared.contracts.event import Event
from shared.eventsourcing.decider import AnyDecider, Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.stream import is_voiding
from shared.units.knowledge import Knowledge
from shared.units.scope import check_replaced, check_scope
from shared.units.tree import ONE_DAY

OWNER: Final = "membership"
"""The service whose facts make the knowledge."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one service: a decider for each fact, and the other streams that a fact's rules look at."""

    deciders: Mapping[type[Event], AnyDecider]
    related: Callable[[Event], Iterable[UUID]]
    documented: Mapping[type[Event], type[Refused]] = field(default_factory=dict)
    """Facts that rest on a document in their envelope, and what refuses them without."""

    def require_document(self, draft: Draft) -> None:
        """Raise what the rules say of a fact whose document is missing."""
        unsigned = self.documented.get(type(draft.inner or draft.fact))
        if unsigned is not None and draft.content.document is None:
            raise unsigned("docnumber")

    def check(self, knowledge: Knowledge, poster: Poster, draft: Draft, replaced: Said | None) -> None:
        """Document, scope and mandates, as of the fact's day; Refused where the poster may not say this."""
        self.require_document(draft)
        if replaced is not None:
            check_replaced(poster, replaced, knowledge.tree, knowledge.directory)
        if not is_voiding(draft.content.type):
            check_scope(poster, draft, _day(draft), knowledge.tree, knowledge.directory)


def _day(draft: Draft) -> dt.date:
    """The day on which scope is looked at: the fact's own; of a closing, the last one before it."""
    day = (draft.inner or draft.fact).effect_day(draft.content.occurred)
    return day - ONE_DAY if isinstance(draft.fact, LogClosed) else day


def nobody(_person: UUID, _branch: UUID, _day: dt.date) -> bool:
    """Where rosters are not asked: whoever is named is on no book."""
    return False
