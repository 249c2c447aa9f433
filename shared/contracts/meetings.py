"""What does meetings publish? Periodicity, meetings with their rolls, cadres' visits, community models."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from shared.contracts.closings import closing_of
from shared.contracts.corrections import corrections_of
from shared.contracts.event import Event, Part, event
from shared.contracts.fields import (
    Code,
    Count,
    Day,
    MeetingReference,
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


class Every(StrEnum):
    """How often a regular meeting is due."""

    MONTH = "month"
    """Each calendar month (hằng tháng)."""
    QUARTER = "quarter"
    """Each calendar quarter (hằng quý)."""


@event("vn.nennep.meetings.periodicity-set.v1", aggregate="organisation", effect="starts")
class PeriodicitySet(Event):
    """Units of a kind owe a regular meeting each month or quarter (sinh hoạt định kỳ). Subject: the organisation."""

    unit_kind: Code
    """The kind of unit that owes, as its founding says it: branch, base-branch …"""
    every: Every
    starts: Day


class MeetingKind(StrEnum):
    """What sort of meeting it was (loại cuộc sinh hoạt)."""

    REGULAR = "regular"
    """As the periodicity asks (định kỳ); the only kind that counts as held."""
    THEMATIC = "thematic"
    """On one theme (chuyên đề)."""
    EXTRAORDINARY = "extraordinary"
    """Called for a cause (bất thường)."""
    CONGRESS = "congress"
    """Elects the committee for a term (đại hội)."""
    BRIEFING = "briefing"
    """Reports and tasks (giao ban)."""


class Mode(StrEnum):
    """How people met."""

    IN_PERSON = "in-person"
    """In one place (trực tiếp)."""
    ONLINE = "online"
    """Over the network (trực tuyến)."""
    MIXED = "mixed"
    """Some in the place, some over the network (kết hợp trực tiếp và trực tuyến)."""


Persons = Annotated[tuple[PersonId, ...], Field(max_length=5000)]
"""Person ids, at most 5.000."""


class NamedRoll(Part):
    """The roll by names. It may leave out members; it never holds a non-member."""

    present: Persons = ()
    excused: Persons = ()
    absent: Persons = ()


class Roll(Part):
    """The roll of a meeting (điểm danh): members expected = present + excused + absent; guests stand apart."""

    expected: Count
    """How many members should have come."""
    present: Count
    """How many members came (có mặt)."""
    excused: Count = 0
    """Absent with reason (vắng có phép)."""
    absent: Count = 0
    """Absent without reason (vắng không phép)."""
    guests: Count = 0
    """Others who were there (khách mời)."""
    named: NamedRoll | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Roll:
        if self.expected != self.present + self.excused + self.absent:
            message = "expected is not present + excused + absent"
            raise ValueError(message)
        if (named := self.named) is not None:
            everyone = (*named.present, *named.excused, *named.absent)
            if len(set(everyone)) != len(everyone):
                message = "a person stands on the roll twice"
                raise ValueError(message)
            if (len(named.present), len(named.excused), len(named.absent)) != (self.present, self.excused, self.absent):
                message = "the names are not as many as the counts"
                raise ValueError(message)
        return self


@event("vn.nennep.meetings.meeting-held.v1", aggregate="meeting")
class MeetingHeld(Event):
    """A branch met (sinh hoạt chi đoàn, chi hội). Subject: the meeting's id."""

    branch: UnitId
    kind: MeetingKind
    mode: Mode = Mode.IN_PERSON
    roll: Roll


@event("vn.nennep.meetings.visit-duty-set.v1", aggregate="organisation", effect="starts")
class VisitDutySet(Event):
    """Cadres of a tier owe at least so many visits a month (quy định dự sinh hoạt). Subject: the organisation."""

    tier: Code
    """Open list: province (cấp tỉnh), district (cấp huyện), commune (cấp xã) …"""
    at_least: Positive
    """Visits a month."""
    starts: Day


@event("vn.nennep.meetings.cadre-assigned.v1", aggregate="cadre", effect="starts", act="visit")
class CadreAssigned(Event):
    """A cadre is in charge of an area from a day on (phân công phụ trách địa bàn). Subject: the cadre's person id."""

    tier: Code
    """The tier whose duty is the cadre's."""
    area: ScopeId
    starts: Day


@event("vn.nennep.meetings.cadre-relieved.v1", aggregate="cadre", effect="ends", act="visit")
class CadreRelieved(Event):
    """The cadre is no longer in charge of the area from a day on (thôi phụ trách địa bàn). Subject: the cadre."""

    area: ScopeId
    ends: Day


@event("vn.nennep.meetings.cadre-excused.v1", aggregate="cadre")
class CadreExcused(Event):
    """The cadre owes no visit in any month that the period touches (được miễn dự sinh hoạt). Subject: the cadre."""

    period: Period
    cause: Code
    """Open list: leave (nghỉ phép), training (đi học, tập huấn) …"""


@event("vn.nennep.meetings.visit-completed.v1", aggregate="visit", act="visit")
class VisitCompleted(Event):
    """A cadre attended a sitting (dự sinh hoạt). Subject: the visit's id.

    Each is one visit (lượt); several cadres at one sitting (cuộc) are several; `meeting` says which sitting.
    """

    cadre: PersonId
    """Who came, by an opaque id."""
    tier: Code
    """The cadre's tier on that day."""
    unit: UnitId
    """The unit whose sitting it was."""
    meeting: MeetingReference


@event("vn.nennep.meetings.community-model-launched.v1", aggregate="community-model", act="register")
class CommunityModelLaunched(Event):
    """A model of the community was established (ra mắt, thành lập mô hình). Subject: the model's id."""

    title: Name
    type: Code
    """Open list: self-managed (mô hình tự quản), hoi-quan (Hội quán), club (câu lạc bộ),
    road-stretch (đoạn đường tự quản) …; counts by type never mix."""
    field: Code | None = None
    """The one main field: environment, culture, economy, social-evils, order, violence, child-marriage, family …"""
    place: PlaceId
    """The district or commune for which it counts."""
    hamlets: Annotated[tuple[PlaceId, ...], Field(max_length=200)] = ()
    """None for a Hội quán without boundary; one or many else."""
    in_charge: Annotated[tuple[OrganisationId, ...], Field(min_length=1, max_length=20)]
    skilful_mobilisation: bool = False
    """Tied to that movement (Dân vận khéo)."""


@event("vn.nennep.meetings.community-model-discontinued.v1", aggregate="community-model", act="register")
class CommunityModelDiscontinued(Event):
    """The model no longer runs (ngừng, xóa mô hình không phù hợp). It stays among those established."""

    cause: Code
    """Open list: not-suitable (không phù hợp), not-effective (không hiệu quả), merged-away (đã sáp nhập) …"""


@event("vn.nennep.meetings.participation-counted.v1", aggregate="participation")
class ParticipationCounted(Event):
    """How many took part, members and others together (số người tham gia). Subject: an id of the count."""

    activity: Name
    """The programme, in the users' words."""
    scope: ScopeId
    period: Period
    count: Count
    qualifier: Qualifier = Qualifier.EXACT


MeetingsFactCorrected, MeetingsFactVoided = corrections_of("meetings")
MeetingsLogClosed = closing_of("meetings")
