"""Who rates whom, in which steps, by when, and what a grade is good for? Rule data of each organisation, by axis."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import Code, Day, Name, Positive


class Step(StrEnum):
    """A step of a rating (bước)."""

    OPENED = "opened"
    """The period is opened (mở đợt xếp loại)."""
    SELF_RATED = "self-rated"
    """The unit rates itself (tự xếp loại)."""
    PROPOSED = "proposed"
    """The base proposes (cơ sở đề xuất)."""
    VERIFIED = "verified"
    """The advisory body verifies (thẩm định)."""
    POOL_CLOSED = "pool-closed"
    """The pool is closed, the cap tested (chốt nhóm)."""
    DECIDED = "decided"
    """The competent body decides (quyết định)."""
    PUBLISHED = "published"
    """The decision is published (công bố)."""
    OBJECTION_RAISED = "objection-raised"
    """Somebody objects (kiến nghị, khiếu nại)."""
    REVERIFIED = "re-verified"
    """It is verified again (thẩm định lại)."""
    SETTLED = "settled"
    """Upheld, changed or cancelled (giữ nguyên, thay đổi, hủy)."""


class Deadline(Part):
    """By when a step is due: so many days after another one."""

    step: Step
    days: Positive
    after: Step | None = None
    """None: after the last day of the period."""


class GradeEffect(Part):
    """What a grade opens elsewhere, from a rank on (hệ quả của mức xếp loại)."""

    effect: Code
    """Open list: direct-election-of-head (được bầu trực tiếp người đứng đầu), commendation-basis (căn cứ khen thưởng),
    party-referral-basis (căn cứ giới thiệu cho Đảng) …"""
    scale: Code
    worst_rank: Positive
    """The last rank of the scale that opens it: 2 is the second best or better."""
    legal_reference: Name


@event("vn.nennep.ratings.rating-authority-set.v1", aggregate="rating-authority", effect="effective_from")
class RatingAuthoritySet(Event):
    """Who decides on an axis over units of a kind, and how (thẩm quyền, quy trình xếp loại).

    Subject: the id that follows from the axis (`authority_id`). It holds for the units of the poster's own line, and on
    an axis on which their organisation has set nothing for whom the poster's bodies rate under a mandate.
    """

    axis: Code
    """Open list: vertical (ngành dọc), party-committee (cấp ủy), territorial (địa bàn) …"""
    subject_kind: Code
    """Kind of the rated units: branch, base-unit, district-body …"""
    decides: Code
    """Kind of the body that decides: the nearest such unit above the rated one, in its line or around its place."""
    proposes: Code | None = None
    """Kind of the body that proposes; none: whichever."""
    verifies: Code | None = None
    """Kind of the body that verifies; none: whichever."""
    settles: Code | None = None
    """Kind of the body that settles objections; none: who decided, or a body above it."""
    steps: Annotated[tuple[Step, ...], Field(max_length=10)] = ()
    """The steps without which the next may not be taken; empty: the decision alone."""
    deadlines: Annotated[tuple[Deadline, ...], Field(max_length=20)] = ()
    objections: Positive | None = None
    """How often one decision may be objected to; none: no limit is set."""
    effects: Annotated[tuple[GradeEffect, ...], Field(max_length=20)] = ()
    legal_reference: Name
    """Number and date of the document, in the users' words (căn cứ)."""
    issued: Day
    effective_from: Day
    effective_to: Day | None = None
    """The first day on which it no longer holds; none: until it is set anew."""
