"""How does a poster put a recorded fact right? Two events that every producing service has.

`corrects` in the envelope names the root (organisation, event id) and the event that is replaced: the root itself
or the last correction of it. A correction carries the whole new fact, never a patch, and is judged in the old
one's place; a voiding carries none. Both stay visible for ever.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, StringConstraints

from shared.contracts.event import Event, event

EventName = Annotated[
    str, StringConstraints(pattern=r"^vn\.nennep\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$", max_length=120)
]
"""The permanent name of an event."""


def _finite(fact: dict[str, Any]) -> dict[str, Any]:
    """Refuse NaN and infinity, which pydantic lets into a value of any type and no JSON text may hold."""
    json.dumps(fact, allow_nan=False)
    return fact


class FactCorrected(Event):
    """The fact under the root is replaced by this whole new one, of the same type and subject (đính chính)."""

    type: EventName
    fact: Annotated[dict[str, Any], AfterValidator(_finite)]
    """The whole new fact, as the contract named by `type` has it."""
    corrected: ClassVar[bool] = True


class FactVoided(Event):
    """The fact under the root no longer counts (hủy). To restore it, it is posted anew under a new id."""

    type: EventName


def corrections_of(service: str) -> tuple[type[FactCorrected], type[FactVoided]]:
    """Register the two events for a producing service and give them back."""
    corrected = type("FactCorrected", (FactCorrected,), {"__doc__": FactCorrected.__doc__, "__module__": __name__})
    voided = type("FactVoided", (FactVoided,), {"__doc__": FactVoided.__doc__, "__module__": __name__})
    return (
        event(f"vn.nennep.{service}.fact-corrected.v1", aggregate="fact")(corrected),
        event(f"vn.nennep.{service}.fact-voided.v1", aggregate="fact")(voided),
    )
