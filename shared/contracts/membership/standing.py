"""How does a member stand in the branch? Away, affiliated elsewhere, dues, discipline, maturity, card, training.

The subject of each is the person's opaque id.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Count,
    Day,
    Period,
    PersonId,
    UnitId,
)

# ── Away, and affiliated with another branch for a while ─────────────────────────────────────────────────────────


@event("vn.nennep.membership.member-away.v1", aggregate="person", personal=True)
class MemberAway(Event):
    """Working away (đi làm ăn xa): still a member; whether it is a ground to strike off is the organisation's rule."""

    branch: UnitId
    reported: bool = True
    """Whether the member told the branch where to (có báo cáo); the address itself is personal data."""
    expected_return: Day | None = None


@event("vn.nennep.membership.member-back.v1", aggregate="person")
class MemberBack(Event):
    """Back from working away (trở về)."""

    branch: UnitId


class Affiliation(StrEnum):
    """Why a member takes part in a branch that is not the member's own."""

    TEMPORARY = "temporary"
    """For a time away from home (chuyển sinh hoạt tạm thời)."""
    RESIDENCE = "residence"
    """At the place where the member lives, beside the own branch (sinh hoạt nơi cư trú)."""


@event("vn.nennep.membership.affiliation-introduced.v1", aggregate="person")
class AffiliationIntroduced(Event):
    """The own branch introduces the member to another (giới thiệu sinh hoạt tạm thời, nơi cư trú)."""

    branch: UnitId
    kind: Affiliation
    destination: UnitId | None = None
    """The other branch where it is known; it may belong to another organisation, then say nothing."""
    until: Day | None = None


@event("vn.nennep.membership.affiliation-received.v1", aggregate="person")
class AffiliationReceived(Event):
    """The host branch takes the member in (tiếp nhận sinh hoạt tạm thời, nơi cư trú): a guest, counted at home only."""

    branch: UnitId
    """The host."""
    kind: Affiliation
    home: UUID | None = None
    """The own branch's unit id, possibly of another organisation (so not tested against one's own line)."""
    until: Day | None = None


@event("vn.nennep.membership.affiliation-ended.v1", aggregate="person")
class AffiliationEnded(Event):
    """The member no longer takes part in the host branch (thôi sinh hoạt tạm thời, nơi cư trú)."""

    branch: UnitId
    """The host."""


# ── Dues, card, training ─────────────────────────────────────────────────────────────────────────────────────────


@event("vn.nennep.membership.dues-paid.v1", aggregate="person")
class DuesPaid(Event):
    """Dues were paid for these months (đóng đoàn phí, hội phí)."""

    branch: UnitId
    period: Period
    """Whole months: from the first day of one to the first day of another."""
    amount: Count | None = None
    """In đồng."""


@event("vn.nennep.membership.dues-exempted.v1", aggregate="person")
class DuesExempted(Event):
    """The member need not pay for these months (miễn đoàn phí, hội phí)."""

    branch: UnitId
    period: Period
    """Whole months; how many at most is the organisation's rule."""
    ground: Code
    """Open list: hardship (khó khăn) …"""


@event("vn.nennep.membership.card-issued.v1", aggregate="person", personal=True)
class CardIssued(Event):
    """The member holds a card from this day (phát thẻ đoàn viên, hội viên); its number is personal data."""

    branch: UnitId


@event("vn.nennep.membership.card-withdrawn.v1", aggregate="person")
class CardWithdrawn(Event):
    """The card was taken back (thu hồi thẻ)."""

    branch: UnitId


@event("vn.nennep.membership.training-completed.v1", aggregate="person")
class TrainingCompleted(Event):
    """The member took part in a training programme (rèn luyện đoàn viên, tập huấn, bồi dưỡng)."""

    branch: UnitId
    programme: Code
    """Open list: member-training (rèn luyện đoàn viên), branch-work (nghiệp vụ công tác chi đoàn, chi hội) …"""
    result: Code
    """Open list: excellent, good, passed, failed …"""


# ── Discipline and maturity ──────────────────────────────────────────────────────────────────────────────────────


class DisciplineLevel(StrEnum):
    """The levels below expulsion, which is a fact of its own."""

    REPRIMAND = "reprimand"
    """Khiển trách."""
    WARNING = "warning"
    """Cảnh cáo."""
    REMOVAL = "removal"
    """Removed from office; for cadres only (cách chức)."""


@event("vn.nennep.membership.discipline-decided.v1", aggregate="person")
class DisciplineDecided(Event):
    """A member was disciplined (kỷ luật): the member stays. Sensitive."""

    branch: UnitId
    level: DisciplineLevel
    decided_by: UnitId | None = None
    """The body that decides; none: the branch itself."""
    office: UnitId | None = None
    """The unit whose office a removal ends; none: the branch's own."""


@event("vn.nennep.membership.discipline-lifted.v1", aggregate="person")
class DisciplineLifted(Event):
    """The discipline in force ended (công nhận tiến bộ, xóa kỷ luật)."""

    branch: UnitId


@event("vn.nennep.membership.maturity-deferred.v1", aggregate="person")
class MaturityDeferred(Event):
    """Past the age, the member stays in the Youth Union for a while (tiếp tục tham gia sinh hoạt Đoàn)."""

    branch: UnitId
    until: Day
    """The first day on which the question stands again."""


# ── One person under two ids ─────────────────────────────────────────────────────────────────────────────────────


@event("vn.nennep.membership.persons-merged.v1", aggregate="person", order_keys=("into",))
class PersonsMerged(Event):
    """Two ids are one person (gộp hồ sơ trùng). Subject: the id that is given up; all facts stay where they are."""

    branch: UnitId
    """A branch in whose book the id given up stands or stood."""
    into: PersonId
    """The id that is kept."""


@event("vn.nennep.membership.persons-unmerged.v1", aggregate="person", order_keys=("into",))
class PersonsUnmerged(Event):
    """They were two persons after all (tách hồ sơ gộp nhầm). Subject: the id that had been given up."""

    branch: UnitId
    """A branch in whose book that id stands or stood."""
    into: PersonId
    """The id that had been kept."""
