"""What else do bodies put on record? Directives, pledges, inspections and support."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated, Final
from uuid import UUID, uuid5

from pydantic import Field

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Day,
    DirectiveId,
    Name,
    PersonId,
    UnitId,
)

Dong = Annotated[int, Field(ge=1, le=10**15)]
"""An amount of money in đồng."""

_DIRECTIVES: Final = UUID("5b0c9a4e-6d0f-5c0e-9f0a-0d6a8c5a7e21")


def directive_id(number: str, issuer: str, issued: dt.date) -> UUID:
    """The id of a directive: the same for everybody who has the paper, however number and issuer are spelt.

    Case, diacritics, spaces and punctuation say nothing: UUID version 5, in the name space above, of the letters and
    digits that are left of the number, `|`, those of the issuer, `|`, and the day as yyyy-mm-dd, in UTF-8.
    """
    return uuid5(_DIRECTIVES, f"{_bare(number)}|{_bare(issuer)}|{issued.isoformat()}")


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(char for char in folded if char.isalnum())


@event("vn.nennep.membership.directive-issued.v1", aggregate="directive", effect="issued", order_keys=("replaces",))
class DirectiveIssued(Event):
    """A directive, conclusion, official letter or programme is in the register (văn bản chỉ đạo).

    Subject: the id that follows from number, issuer and date (`directive_id`). Any fact cites a directive by naming
    these three as its document.
    """

    number: Name
    """As printed: 96-KL/TU."""
    issuer: Name
    """The body that issued it (cơ quan ban hành), in the users' words."""
    issued: Day
    title: Name | None = None
    """What it is about (trích yếu)."""
    replaces: DirectiveId | None = None
    """The directive that it replaces, issued before it."""


@event("vn.nennep.membership.pledge-signed.v1", aggregate="pledge")
class PledgeSigned(Event):
    """Units sign what they will do (ký cam kết, giao ước). Subject: an id of the pledge."""

    units: Annotated[tuple[UnitId, ...], Field(min_length=1, max_length=500)]
    matter: Name
    """To do what, in the users' words."""
    directive: DirectiveId | None = None
    """The directive that it follows."""


@event("vn.nennep.membership.inspection-held.v1", aggregate="inspection")
class InspectionHeld(Event):
    """A unit was inspected (kiểm tra, giám sát), which is no visit to a meeting. Subject: its id."""

    unit: UnitId
    inspector: UnitId | None = None
    """The body that inspects, where it is of the same organisation."""
    finding: Code
    """Open list: in-order (đúng quy định), shortcomings (còn thiếu sót), violation (vi phạm) …"""
    remedy_due: Day | None = None
    """By when the unit must put it right."""


@event("vn.nennep.membership.finding-remedied.v1", aggregate="inspection")
class FindingRemedied(Event):
    """What the inspection found was put right (khắc phục xong). Subject: the inspection's id."""

    unit: UnitId


@event("vn.nennep.membership.support-granted.v1", aggregate="support")
class SupportGranted(Event):
    """A unit or one of its officers received support (hỗ trợ). Subject: an id of the grant."""

    unit: UnitId
    person: PersonId | None = None
    """None: the unit as such."""
    kind: Code
    """Open list: operating-costs (kinh phí hoạt động), loan (vốn vay), training, study-tour (tham quan học tập) …"""
    amount: Dong | None = None
    """None: nothing that is counted in money."""
    source: Name
    """Who gives it (nguồn hỗ trợ), in the users' words."""
