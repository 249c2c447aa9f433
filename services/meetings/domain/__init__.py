"""The rules of meetings: which facts it accepts, and why it refuses the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.meetings.domain import cadre, community_model, meeting, organisation, participation, visit
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingsLogClosed
from shared.eventsourcing.decider import AnyDecider
from shared.units.closing import closing_decider

_AGGREGATES: Final = (organisation, meeting, cadre, visit, community_model, participation)

DECIDERS: Final[Mapping[type[Event], AnyDecider]] = {
    fact: aggregate.DECIDER for aggregate in _AGGREGATES for fact in aggregate.DECIDER.facts
} | {MeetingsLogClosed: closing_decider(MeetingsLogClosed)}
"""The decider of every fact that meetings takes; a correction is judged by that of the fact inside."""


def related(_fact: Event) -> tuple[UUID, ...]:
    """No rule here asks for another stream: a visit's meeting may be posted later than the visit."""
    return ()
