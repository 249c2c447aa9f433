"""What do all steps of a rating share? Who signed, which decision is meant, and what was known when it was made."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AfterValidator, Field, model_validator

from shared.contracts.event import Part, instant
from shared.contracts.fields import Code, Count, Day, Hex32, OrganisationId, Period, PersonId

_RATINGS = UUID("5f0f6f0e-55a4-5bb5-9c43-8d0f3f8a5d10")
"""The name space of the ids below."""


def authority_id(axis: str) -> UUID:
    """The subject of every fact on who decides on an axis: the same for all organisations.

    UUID version 5, in the name space above, of `authority|` and the axis, in UTF-8.
    """
    return uuid5(_RATINGS, f"authority|{axis}")


def period_id(axis: str, period: Period) -> UUID:
    """The subject of every opening of a period on an axis: `period|`, axis, `|`, start, `/`, end, as above."""
    return uuid5(_RATINGS, f"period|{axis}|{_days(period)}")


def pool_id(rater: UUID, axis: str, period: Period) -> UUID:
    """The subject of a rater's pools on an axis for a period: `pool|`, rater, `|`, axis, `|`, start, `/`, end."""
    return uuid5(_RATINGS, f"pool|{rater}|{axis}|{_days(period)}")


class RatedPerson(Part):
    """A person who is rated in a unit (cá nhân được xếp loại): an opaque id and in what standing; never a name."""

    person: PersonId
    kind: Code
    """As the rule set's `subject_kind` has it: officer, member."""


def rated_id(unit: UUID, person: RatedPerson | None) -> UUID:
    """The subject of every fact on a rating: the rated unit itself; of a person the id that follows, as above.

    It follows from `person|`, unit, `|`, person, `|` and the kind: who is officer here and member there is rated twice.
    """
    return unit if person is None else uuid5(_RATINGS, f"person|{unit}|{person.person}|{person.kind}")


def _days(period: Period) -> str:
    start: date = period.start
    return f"{start.isoformat()}/{period.end.isoformat()}"


class Signer(Part):
    """Who signed for the body (người ký): an office, an opaque person, or both; never a name."""

    office: Code | None = None
    """Open list: chair, deputy-chair, secretary, deputy-secretary, standing-board …"""
    person: PersonId | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Signer:
        if self.office is None and self.person is None:
            message = "neither an office nor a person"
            raise ValueError(message)
        return self


def _moment(text: str) -> str:
    instant(text)
    return text


Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]
"""An instant with zone (RFC 3339)."""


class Reached(Part):
    """How far a log had been read."""

    service: Code
    """membership, meetings or ratings."""
    organisation: OrganisationId
    sequence: Count


class Basis(Part):
    """On what a decision rests, so that it can be computed again to the byte for ever (căn cứ tính).

    `GET /v1/proposals` hands it out ready to be posted. Without it the moment of recording counts.
    """

    known: Moment
    """Of logs that are not listed what had been recorded by then."""
    reached: Annotated[tuple[Reached, ...], Field(max_length=200)] = ()
    """The logs of the unit's own organisation, and of the territory."""
    tree: Day
    """The day on which units and places were looked at."""
    rules_digest: Hex32 | None = None
    """SHA-256 of the canonical JSON of the rule set's document; none: no rule set was posted."""
    proposal_digest: Hex32 | None = None
    """SHA-256 of the canonical JSON of the computed proposal; none: nothing was computed."""
