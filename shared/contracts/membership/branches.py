"""What else is on a branch's book? Its head, benefits, equipment, commendation; counts of people, and targets."""

from __future__ import annotations

from enum import StrEnum

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Count,
    Day,
    Name,
    Period,
    PersonId,
    PlaceId,
    Positive,
    Qualifier,
    ScopeId,
    UnitId,
)


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
    """Open list: admissions (kết nạp mới), models (mô hình) …"""
    period: Period
    value: Positive
