"""What is recorded of a person beside his or her life in branches? Details, what is forgotten, and what was asked.

Details travel beside the fact, encrypted under the person's own key; nothing in these facts says who the person is.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from shared.contracts.event import Event, event
from shared.contracts.fields import Code, Day, PersonId, UnitId


@event("vn.nennep.membership.person-described.v1", aggregate="person", personal=True)
class PersonDescribed(Event):
    """Details of a person are recorded or changed (cập nhật thông tin cá nhân). Subject: the person."""

    branch: UnitId
    """A branch whose member the person is or was."""


@event("vn.nennep.membership.person-forgotten.v1", aggregate="person", correctable=False)
class PersonForgotten(Event):
    """The person's key is destroyed wherever it is kept, and what was under it is gone (xóa dữ liệu cá nhân).

    Subject: the person. An organisation forgets what it holds itself; the operator's forgetting is everybody's.
    """

    ground: Code
    """Open list: at-own-request, purpose-done, retention-over, authority-decision …"""
    requested_on: Day | None = None
    """The day on which the person asked, where the person did."""


@event("vn.nennep.membership.hold-placed.v1", aggregate="person", correctable=False)
class HoldPlaced(Event):
    """Nothing of the person may be destroyed for now (tạm giữ dữ liệu, chưa được xóa). Subject: the person."""

    ground: Code
    """Open list: inspection, complaint, court, authority-decision …"""
    until: Day | None = None
    """The first day on which it no longer holds; none: until it is released."""


@event("vn.nennep.membership.hold-released.v1", aggregate="person", correctable=False)
class HoldReleased(Event):
    """A hold no longer stands (thôi tạm giữ dữ liệu). Subject: the person."""

    hold: UUID
    """The event that placed it."""


class PersonRequestKind(StrEnum):
    """What a person may ask for by law."""

    ACCESS = "access"
    """To see what is held (xem, cung cấp dữ liệu)."""
    CORRECTION = "correction"
    """To have it put right (chỉnh sửa)."""
    ERASURE = "erasure"
    """To have it erased (xóa dữ liệu)."""
    WITHDRAWAL = "withdrawal"
    """To withdraw consent (rút lại sự đồng ý)."""
    RESTRICTION = "restriction"
    """To have its use restricted (hạn chế xử lý)."""
    OBJECTION = "objection"
    """To object to its use (phản đối xử lý)."""


@event("vn.nennep.membership.person-request-received.v1", aggregate="person-request", order_keys=("person",))
class PersonRequestReceived(Event):
    """A person asks for a right over his or her data (tiếp nhận yêu cầu của chủ thể dữ liệu). Subject: the request."""

    person: PersonId
    kind: PersonRequestKind
    received_on: Day
    """The day from which the terms run."""
    third_party: bool = False
    """Whether a processor or another party has to act too, which may lengthen the term."""


@event("vn.nennep.membership.person-request-acknowledged.v1", aggregate="person-request")
class PersonRequestAcknowledged(Event):
    """The person was told that the request is there and what follows (phản hồi đã nhận yêu cầu)."""


@event("vn.nennep.membership.person-request-extended.v1", aggregate="person-request")
class PersonRequestExtended(Event):
    """The term is lengthened, once (gia hạn trả lời yêu cầu)."""

    cause: Code
    """Open list: complex, many-requests, third-party …"""


class RequestOutcome(StrEnum):
    """How a request ended."""

    GRANTED = "granted"
    """What was asked was done (đã thực hiện)."""
    PARTLY = "partly"
    """It was done in part (thực hiện một phần)."""
    REFUSED = "refused"
    """It was not done; the ground says why (từ chối)."""


@event("vn.nennep.membership.person-request-answered.v1", aggregate="person-request")
class PersonRequestAnswered(Event):
    """The person was answered (trả lời yêu cầu của chủ thể dữ liệu)."""

    outcome: RequestOutcome
    ground: Code | None = None
    """Why it was not done, or only in part: forbidden-by-law, under-hold, statistics …"""
