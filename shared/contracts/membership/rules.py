"""By which rules do members come, stay and go? An organisation's own, as data, each from a day on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import (
    Code,
    Day,
    Name,
)


class Joining(StrEnum):
    """How two grounds are joined."""

    ANY = "any"
    """One is enough (hoặc)."""
    ALL = "all"
    """Both are needed (và)."""


class StrikeOffRule(Part):
    """When a member may be struck off for not attending or not paying."""

    grounds: Joining
    months: Annotated[int, Field(ge=1, le=120)]
    """How many months without attendance, or without dues."""
    consecutive: bool
    """True: one after another. False: within a calendar year."""
    proposes: Code | None = None
    """The kind of unit that must have proposed first: branch …; none: nobody need."""
    decides: Code
    """The kind of unit that decides: branch, base-unit …"""
    away_months: Annotated[int, Field(ge=0, le=600)] | None = None
    """A member who is away and said so is not struck off for that within so many months; none: no such protection."""
    causes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=40)]
    """The causes that this organisation knows; not-attending and dues-unpaid need the grounds above."""


class MaturityRule(Part):
    """When the organisation asks whether a member has grown out of it (trưởng thành)."""

    prompt_age: Annotated[int, Field(ge=1, le=120)]
    """Over this age in full years, the question stands."""
    latest_age: Annotated[int, Field(ge=1, le=120)]
    """Beyond this age nothing may be deferred to; officers elected or full-time stay outside the rule."""


class AgeRule(Part):
    """Who may be admitted, by age on the day."""

    least: Annotated[int, Field(ge=0, le=120)]
    """In full years."""
    most: Annotated[int, Field(ge=0, le=120)] | None = None
    """In full years; none: no upper bound is known."""


@event("vn.nennep.membership.member-rules-adopted.v1", aggregate="organisation", effect="effective")
class MemberRulesAdopted(Event):
    """The organisation's rules for its members from a day on (quy định về đoàn viên, hội viên). Subject: its id."""

    effective: Day
    strike_off: StrikeOffRule | None = None
    """None: no rule is known, so people decide and the software only shows."""
    maturity: MaturityRule | None = None
    """None: nobody matures; the Youth Union alone knows it."""
    admission: AgeRule | None = None
    exemption_months: Annotated[int, Field(ge=0, le=120)] | None = None
    """The longest exemption from dues; none: no bound is known."""
    least_members: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Below so many members a branch is shown as not viable; none: no bound is known."""
    source: Name
    """Where the rule is written, in the users' words."""
    weakly_sourced: bool = False
    """The source is second-hand or unclear; every prompt that rests on it says so."""
