"""What does membership publish? Organisations, territory, units, credentials, mandates, and the life of a member."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from shared.contracts.corrections import corrections_of
from shared.contracts.event import Event, Part, event
from shared.contracts.fields import (
    Code,
    Count,
    Day,
    Hex32,
    Name,
    OrganisationId,
    Period,
    PersonId,
    PlaceId,
    Positive,
    Qualifier,
    ScopeId,
    UnitId,
)

# ── Organisations and territory ──────────────────────────────────────────────────────────────────────────────────


class Body(StrEnum):
    """What sort of body owns a log."""

    OPERATOR = "operator"
    """Who runs the deployment: registers organisations, issues their first credentials (đơn vị vận hành)."""
    ORGANISATION = "organisation"
    """A mass organisation with a line of its own (tổ chức, đoàn thể)."""
    TERRITORIAL_BODY = "territorial-body"
    """A body that rates, visits, commends across organisations (cấp ủy, UBND, Ban Dân vận, MTTQ)."""


@event("vn.nennep.membership.organisation-registered.v1", aggregate="organisation")
class OrganisationRegistered(Event):
    """An organisation may post from now on (tổ chức, đoàn thể; cấp ủy, UBND, Dân vận, MTTQ). Subject: its id.

    Posted by the operator.
    """

    title: Name
    kind: Code
    """Open list: womens-union, youth-union, farmers-union, veterans, trade-union, party-committee …"""
    body: Body
    province: PlaceId | None = None


class Level(StrEnum):
    """Where a place stands in the territory; which levels exist between is a matter of the date."""

    PROVINCE = "province"
    """Province or city under the centre (tỉnh, thành phố trực thuộc trung ương)."""
    DISTRICT = "district"
    """Until 30 June 2025 (huyện, thị xã, thành phố thuộc tỉnh)."""
    COMMUNE = "commune"
    """Rural commune, ward, township, special zone (xã, phường, thị trấn, đặc khu)."""
    LOCALITY = "locality"
    """What lies below the commune (ấp, khóm, thôn, tổ dân phố, khu phố)."""


@event("vn.nennep.membership.territory-declared.v1", aggregate="unit", effect="effective", order_keys=("parent",))
class TerritoryDeclared(Event):
    """A place exists from a day on: province … hamlet, khu phố (địa bàn). Subject: the place's id."""

    title: Name
    level: Level
    kind: Code
    """Vietnamese, an open list: tinh, huyen, xa, phuong, thi-tran, dac-khu, ap, khom, thon, ban, buon, khu-pho …"""
    parent: PlaceId | None = None
    """The place around it; none for a province."""
    effective: Day
    code: Code | None = None
    """The code under which reference data know it."""
    decree: Name | None = None
    """The legal act, in the users' words."""


# ── Units: every change has a day of legal effect, and may have a later first day of operation ────────────────────


@event("vn.nennep.membership.unit-founded.v1", aggregate="unit", effect="effective", order_keys=("parent",))
class UnitFounded(Event):
    """A unit of an organisation's line exists (thành lập chi đoàn, chi hội, đoàn/hội cơ sở …). Subject: its id."""

    title: Name
    kind: Code
    """Open list: province-body, district-body, base-unit (đoàn cơ sở, hội cơ sở), branch (chi đoàn, chi hội),
    base-branch (chi đoàn cơ sở), sub-branch (tổ hội, phân hội, phân đoàn), front-board (Ban công tác Mặt trận) …"""
    parent: UnitId | None = None
    """The unit above; none for the root of the organisation."""
    territory: PlaceId | None = None
    """The place in which it works: a hamlet for most branches."""
    effective: Day
    operating: Day | None = None
    """First day of operation, where it is not the day of legal effect (ngày đi vào hoạt động)."""


@event("vn.nennep.membership.unit-renamed.v1", aggregate="unit", effect="effective")
class UnitRenamed(Event):
    """A unit or a place bears another name from a day on (đổi tên)."""

    title: Name
    effective: Day


@event("vn.nennep.membership.unit-moved.v1", aggregate="unit", effect="effective", order_keys=("parent",))
class UnitMoved(Event):
    """A unit stands under another unit, or works in another place, from a day on (chuyển về trực thuộc)."""

    parent: ScopeId
    territory: PlaceId | None = None
    """The new place; none leaves the place as it was."""
    effective: Day
    operating: Day | None = None


@event("vn.nennep.membership.unit-merged.v1", aggregate="unit", effect="effective", order_keys=("sources",))
class UnitMerged(Event):
    """The sources end and go on in the subject, which exists on that day (sáp nhập, hợp nhất)."""

    sources: Annotated[tuple[ScopeId, ...], Field(min_length=1, max_length=200)]
    effective: Day
    operating: Day | None = None


class Side(Part):
    """Which part of a split a child goes to."""

    child: ScopeId
    """A unit or place below the one that is split."""
    part: ScopeId
    """One of the parts."""


@event("vn.nennep.membership.unit-split.v1", aggregate="unit", effect="effective", order_keys=("parts",))
class UnitSplit(Event):
    """The subject is divided into parts (chia tách). A child that names no side waits above the parts."""

    parts: Annotated[tuple[ScopeId, ...], Field(min_length=1, max_length=200)]
    whole: bool
    """True: the subject ends. False: it goes on beside the parts that were taken out of it."""
    sides: Annotated[tuple[Side, ...], Field(max_length=2000)] = ()
    effective: Day
    operating: Day | None = None


@event("vn.nennep.membership.unit-dissolved.v1", aggregate="unit", effect="effective")
class UnitDissolved(Event):
    """The subject ends without going on in another (giải thể)."""

    effective: Day


# ── Access ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Role(StrEnum):
    """What a credential may do."""

    OPERATOR = "operator"
    """Registers organisations, issues and revokes credentials, grants mandates (quản trị)."""
    RECORDER = "recorder"
    """Posts facts for its organisation, and reads (người ghi sổ)."""
    READER = "reader"
    """Reads within its scope (người xem)."""
    AUDITOR = "auditor"
    """Reads the whole log, posts nothing (kiểm tra, giám sát)."""


@event("vn.nennep.membership.credential-issued.v1", aggregate="credential", effect="valid_from", correctable=False)
class CredentialIssued(Event):
    """A key may be used for an organisation, within subtrees, between two days (cấp khóa truy cập). Subject: its id.

    Posted by the operator.
    """

    organisation: OrganisationId
    role: Role
    roots: Annotated[tuple[ScopeId, ...], Field(max_length=50)] = ()
    """Subtrees in which the holder may post; none: the organisation's whole line."""
    key_hash: Hex32
    """HMAC-SHA256 of the secret under the deployment's pepper; useless as a key."""
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the key no longer counts; none: without end."""


@event("vn.nennep.membership.credential-revoked.v1", aggregate="credential", correctable=False)
class CredentialRevoked(Event):
    """The key is refused from the moment a service knows of this (thu hồi khóa truy cập). Subject: its id.

    Posted by the operator.
    """


class Act(StrEnum):
    """What a mandate allows outside one's own line."""

    RATE = "rate"
    """Propose and decide grades (xếp loại)."""
    VISIT = "visit"
    """Assign cadres and record their visits (dự sinh hoạt)."""
    COMMEND = "commend"
    """Award commendations (khen thưởng)."""
    REGISTER = "register"
    """Register community models (ghi sổ mô hình)."""


@event("vn.nennep.membership.mandate-granted.v1", aggregate="mandate", effect="valid_from", correctable=False)
class MandateGranted(Event):
    """The grantee may name the units of a subtree for these acts (ủy quyền). Subject: the mandate's id.

    Posted by the subtree's owner or the operator.
    """

    grantee: OrganisationId
    acts: Annotated[tuple[Act, ...], Field(min_length=1, max_length=4)]
    subtree: ScopeId
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the mandate no longer counts; none: until withdrawn."""


@event("vn.nennep.membership.mandate-withdrawn.v1", aggregate="mandate", effect="effective", correctable=False)
class MandateWithdrawn(Event):
    """The mandate ends before that day (thu hồi ủy quyền). Subject: the mandate's id."""

    effective: Day


# ── The life of a member. Subject: the person's opaque id ────────────────────────────────────────────────────────


@event("vn.nennep.membership.member-entered.v1", aggregate="person")
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


@event("vn.nennep.membership.member-joined.v1", aggregate="person")
class MemberJoined(Event):
    """The branch admits, the member joins (kết nạp)."""

    branch: UnitId


@event("vn.nennep.membership.transfer-introduced.v1", aggregate="person")
class TransferIntroduced(Event):
    """The old branch introduces (giới thiệu chuyển sinh hoạt). Still its member until the new branch receives."""

    branch: UnitId
    destination: UnitId | None = None
    """The receiving branch where it is known; it may belong to another organisation, then say nothing."""


@event("vn.nennep.membership.transfer-received.v1", aggregate="person")
class TransferReceived(Event):
    """The new branch receives (tiếp nhận chuyển sinh hoạt): the old membership ends on this day."""

    branch: UnitId
    origin: UUID | None = None
    """The old branch's unit id, possibly of another organisation (so not tested against one's own line)."""


@event("vn.nennep.membership.member-matured.v1", aggregate="person")
class MemberMatured(Event):
    """Grown out of the Youth Union with honour (trưởng thành đoàn)."""

    branch: UnitId


@event("vn.nennep.membership.member-struck-off.v1", aggregate="person")
class MemberStruckOff(Event):
    """Struck off the list (xóa tên): a lapse, not discipline."""

    branch: UnitId
    cause: Code
    """Open list: not-attending, dues-unpaid, gone-away, wrongly-admitted …"""


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


# ── Heads of branches, benefits, equipment, commendation, counts, targets ────────────────────────────────────────


@event("vn.nennep.membership.branch-head-took-office.v1", aggregate="branch-head", order_keys=("person",))
class BranchHeadTookOffice(Event):
    """A person heads a branch from this day (nhận nhiệm vụ bí thư chi đoàn, chi hội trưởng). Subject: the branch."""

    branch: UnitId
    person: PersonId
    title: Code
    """Open list: secretary (bí thư chi đoàn), head (chi hội trưởng) …"""


@event("vn.nennep.membership.branch-head-left-office.v1", aggregate="branch-head", order_keys=("person",))
class BranchHeadLeftOffice(Event):
    """The person no longer heads the branch (thôi nhiệm vụ bí thư chi đoàn, chi hội trưởng). Subject: the branch."""

    branch: UnitId
    person: PersonId


@event("vn.nennep.membership.benefit-granted.v1", aggregate="benefit")
class BenefitGranted(Event):
    """A person received a benefit (được hưởng chế độ). Subject: an id of the grant."""

    branch: UnitId
    person: PersonId
    benefit: Code
    """Open list: health-insurance-card (thẻ bảo hiểm y tế) …"""


@event("vn.nennep.membership.branch-equipped.v1", aggregate="equipment")
class BranchEquipped(Event):
    """A branch received equipment (trang bị cho chi đoàn, chi hội). Subject: an id of the handing over."""

    branch: UnitId
    equipment: Code
    """Open list: secretary-handbook (sổ tay bí thư chi đoàn) …"""


class Recipient(StrEnum):
    """Whom a commendation is for; a report may give one number for both."""

    UNIT = "unit"
    """A collective (tập thể)."""
    PERSON = "person"
    """One person (cá nhân)."""
    NOT_SPLIT = "not-split"
    """The source does not tell the two apart (tập thể và cá nhân)."""


@event("vn.nennep.membership.commendation-awarded.v1", aggregate="commendation", act="commend")
class CommendationAwarded(Event):
    """A commendation (khen thưởng). Subject: its id."""

    kind: Code
    """Open list: certificate-of-merit (bằng khen), commendation-letter (giấy khen) …"""
    recipient: Recipient
    unit: UnitId | None = None
    person: PersonId | None = None
    place: PlaceId
    """Where it counts: the territory of the awarding body."""


@event("vn.nennep.membership.people-counted.v1", aggregate="count", effect="counted_on")
class PeopleCounted(Event):
    """How many people of a group there are (số người, mẫu số của tỷ lệ tập hợp). Subject: an id of the count."""

    scope: ScopeId
    group: Code
    """Open list: youth (thanh niên), eligible (đủ điều kiện kết nạp), farm-households (hộ nông dân) …"""
    count: Count
    qualifier: Qualifier = Qualifier.EXACT
    source: Name
    """Who counted, in the users' words."""
    counted_on: Day


@event("vn.nennep.membership.target-set.v1", aggregate="target")
class TargetSet(Event):
    """A target for an indicator and a period (chỉ tiêu). Subject: an id of the target; set again, it is revised."""

    scope: ScopeId
    indicator: Code
    """What is to be reached: admissions, models …"""
    period: Period
    value: Positive


MembershipFactCorrected, MembershipFactVoided = corrections_of("membership")
