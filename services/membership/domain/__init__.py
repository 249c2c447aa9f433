"""The rules of membership: which facts it accepts, and why it refuses the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.membership.domain import (
    benefit,
    branch_head,
    commendation,
    count,
    credential,
    equipment,
    lineage,
    mandate,
    organisation,
    person,
    target,
    unit,
)
from shared.contracts.event import Event
from shared.eventsourcing.decider import AnyDecider

_AGGREGATES: Final = (
    *(organisation, unit, lineage, credential, mandate),
    *(person, branch_head, benefit, equipment, commendation, count, target),
)

DECIDERS: Final[Mapping[type[Event], AnyDecider]] = {
    fact: aggregate.DECIDER for aggregate in _AGGREGATES for fact in aggregate.DECIDER.facts
}
"""The decider of every fact that membership takes; a correction is judged by that of the fact inside."""


def related(_fact: Event) -> tuple[UUID, ...]:
    """No rule here asks for another stream: what units and organisations are, tree and directory know."""
    return ()
