"""How does a person live in branches? Each fact's subject is the person's opaque id."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import (
    Code,
    Day,
    UnitId,
)


@event("vn.nennep.membership.member-entered.v1", aggregate="person", personal=True)
class MemberEntered(Event):
    """Already a member when the book is opened (đã có trong sổ, số dư đầu kỳ): a member, never an admission."""

    branch: UnitId
    admitted_on: Day | None = None
    admitted_year: Annotated[int, Field(ge=1930, le=9998)] | None = None
    """Where only the year is known. Neither field: unknown."""

    @field_validator("admitted_year")
    @classmethod
    def _one_or_none(cls, year: int | None, info: ValidationInfo) -> int | None:
        if year is not None and info.data.get("admitted_on") is not None:
            message = "give the day of admission or its year, not both"
            raise ValueError(message)
        return year


@event("vn.nennep.membership.member-joined.v1", aggregate="person", personal=True)
class MemberJoined(Event):
    """The branch admits, the member joins (kết nạp)."""

    branch: UnitId


@event("vn.nennep.membership.transfer-introduced.v1", aggregate="person", personal=True)
class TransferIntroduced(Event):
    """The old branch introduces (giới thiệu chuyển sinh hoạt). Still its member until the new branch receives."""

    branch: UnitId
    destination: UnitId | None = None
    """The receiving branch where it is known; it may belong to another organisation, then say nothing."""


@event("vn.nennep.membership.transfer-received.v1", aggregate="person", personal=True)
class TransferReceived(Event):
    """The new branch receives (tiếp nhận chuyển sinh hoạt): the old membership ends on this day."""

    branch: UnitId
    origin: UUID | None = None
    """The old branch's unit id, possibly of another organisation (so not tested against one's own line)."""


@event("vn.nennep.membership.member-matured.v1", aggregate="person")
class MemberMatured(Event):
    """Grown out of the Youth Union with honour (trưởng thành đoàn)."""

    branch: UnitId


class Grounds(Part):
    """What a striking off rests upon, as the branch counted it from its rolls and its dues book (căn cứ xóa tên)."""

    months_absent: Annotated[int, Field(ge=0, le=600)] = 0
    """Months without attendance and without good reason."""
    months_unpaid: Annotated[int, Field(ge=0, le=600)] = 0
    """Months for which no dues were paid and no exemption stands."""
    consecutive: bool = False
    """True: these months followed one another. False: they lie in one calendar year."""


@event("vn.nennep.membership.strike-off-proposed.v1", aggregate="person")
class StrikeOffProposed(Event):
    """A body asks that a member be struck off (đề nghị xóa tên); people decide, and may decide otherwise."""

    branch: UnitId
    cause: Code
    """Open list, as for the decision."""
    proposed_by: UnitId | None = None
    """The body that proposes; none: the branch itself."""
    grounds: Grounds | None = None


@event(
    "vn.nennep.membership.strike-off-declined.v1",
    aggregate="person",
    concludes=("vn.nennep.membership.strike-off-proposed.v1",),
    alike=("branch",),
)
class StrikeOffDeclined(Event):
    """The proposal was looked at, and the member stays (không đồng ý xóa tên, tiếp tục giúp đỡ)."""

    branch: UnitId
    decided_by: UnitId | None = None
    """The body that decides; none: the branch itself."""


@event(
    "vn.nennep.membership.member-struck-off.v1",
    aggregate="person",
    concludes=("vn.nennep.membership.strike-off-proposed.v1",),
    alike=("branch",),
)
class MemberStruckOff(Event):
    """Struck off the list (xóa tên): a lapse, not discipline."""

    branch: UnitId
    cause: Code
    """Open list: not-attending, dues-unpaid, gone-away, wrongly-admitted, own-request …"""
    decided_by: UnitId | None = None
    """The body that decides; none: the branch itself."""
    grounds: Grounds | None = None


@event("vn.nennep.membership.member-readmitted.v1", aggregate="person")
class MemberReadmitted(Event):
    """Admitted again after having left (kết nạp lại); counts as an admission of its own kind."""

    branch: UnitId


@event("vn.nennep.membership.member-resigned.v1", aggregate="person")
class MemberResigned(Event):
    """Left at the member's own wish (xin ra khỏi Đoàn, Hội)."""

    branch: UnitId


@event("vn.nennep.membership.member-expelled.v1", aggregate="person")
class MemberExpelled(Event):
    """Expelled (khai trừ): the heaviest discipline."""

    branch: UnitId
    cause: Code
    """Open list: discipline (kỷ luật) …"""


@event("vn.nennep.membership.member-died.v1", aggregate="person")
class MemberDied(Event):
    """Died (qua đời): ends every membership in the poster's organisation."""

    branch: UnitId


@event("vn.nennep.membership.member-referred-to-party.v1", aggregate="person")
class MemberReferredToParty(Event):
    """The branch recommends an outstanding member to the Party (giới thiệu đoàn viên ưu tú)."""

    branch: UnitId


@event("vn.nennep.membership.member-admitted-to-party.v1", aggregate="person")
class MemberAdmittedToParty(Event):
    """Admitted to the Party (kết nạp Đảng): decided elsewhere, recorded here."""

    branch: UnitId
