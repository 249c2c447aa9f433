"""Which facts do random histories tell? Draws of each contract of the three services, but for those of units."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from shared.contracts import meetings, membership, ratings
from shared.contracts.event import Event
from shared.contracts.fields import Grade, MeetingReference, Period, Qualifier
from tests.support.happenings import BRANCH_KINDS, COMMITTEE, END, LINES, Draft, Happenings, Saying

TIERS: Final = ("province", "district", "commune")
LEAVING: Final = (membership.MemberMatured, membership.MemberResigned, membership.MemberDied)


def _branch(it: Happenings, day: dt.date) -> tuple[UUID, UUID] | None:
    """A branch of some kind, and its organisation."""
    branch = it.unit(day, *BRANCH_KINDS)
    return None if branch is None else (branch, it.country.owners[branch])


def _scope(it: Happenings, day: dt.date, by: UUID) -> UUID:
    """A place of any level, or a unit of the line."""
    return it.unit(day, by=by) or it.unit(day, "commune", "district", "province") or by


def member_fact(it: Happenings, day: dt.date) -> Draft | None:
    """Any fact of a person's life; a reception always names its origin."""
    found, other = _branch(it, day), _branch(it, day)
    if found is None or other is None:
        return None
    branch, by = found
    person = it.one(it.persons)
    cause = "dues-unpaid"
    facts: list[Event] = [
        *(membership.MemberEntered(branch=branch), membership.MemberEntered(branch=branch)),
        *(membership.MemberJoined(branch=branch) for _ in range(4)),
        *(membership.TransferReceived(branch=branch, origin=other[0]) for _ in range(3)),
        membership.TransferIntroduced(branch=branch, destination=other[0] if it.likely(50) else None),
        *(leaving(branch=branch) for leaving in LEAVING),
        membership.MemberStruckOff(branch=branch, cause=cause),
        membership.MemberExpelled(branch=branch, cause=cause),
        membership.MemberReadmitted(branch=branch),
        *(membership.MemberReferredToParty(branch=branch), membership.MemberAdmittedToParty(branch=branch)),
    ]
    return it.one(facts), person, by


def standing_fact(it: Happenings, day: dt.date) -> Draft | None:
    """Any fact of how a member stands in the branch."""
    found, other = _branch(it, day), _branch(it, day)
    if found is None or other is None:
        return None
    branch, by = found
    later = day + dt.timedelta(days=it.one([1, 30, 400]))
    kind = it.one(list(membership.Affiliation))
    months = Period(start=dt.date(2021, it.chance.randint(1, 6), 1), end=dt.date(2021, it.chance.randint(7, 12), 1))
    facts: list[Event] = [
        *(membership.MemberAway(branch=branch, expected_return=later) for _ in range(2)),
        *(membership.MemberBack(branch=branch) for _ in range(2)),
        membership.AffiliationIntroduced(branch=branch, kind=kind, destination=other[0]),
        *(membership.AffiliationReceived(branch=branch, kind=kind, home=other[0], until=later) for _ in range(2)),
        membership.AffiliationEnded(branch=branch),
        membership.DuesPaid(branch=branch, period=months, amount=it.chance.randint(0, 60_000)),
        membership.DuesExempted(branch=branch, period=months, ground="hardship"),
        *(membership.CardIssued(branch=branch), membership.CardWithdrawn(branch=branch)),
        membership.TrainingCompleted(branch=branch, programme="member-training", result="good"),
        membership.DisciplineDecided(branch=branch, level=it.one(list(membership.DisciplineLevel))),
        *(membership.DisciplineLifted(branch=branch), membership.MaturityDeferred(branch=branch, until=later)),
        membership.StrikeOffProposed(branch=branch, cause="dues-unpaid"),
        *(membership.StrikeOffDeclined(branch=branch), membership.StrikeOffDeclined(branch=branch)),
    ]
    return it.one(facts), it.one(it.persons), by


def same_person(it: Happenings, day: dt.date) -> Draft | None:
    """Two ids are one person, or two after all; at times in a ring."""
    if (found := _branch(it, day)) is None:
        return None
    person, into = it.chance.sample(it.persons[:6], 2)
    cls = membership.PersonsMerged if it.likely(60) else membership.PersonsUnmerged
    return cls(branch=found[0], into=into), person, found[1]


def member_rules(it: Happenings, day: dt.date) -> Draft | None:
    """An organisation adopts rules for its members."""
    by = it.one(LINES)
    fact = membership.MemberRulesAdopted(effective=day, exemption_months=it.one([3, 6, None]), source="Điều lệ")
    return fact, by, by


def head(it: Happenings, day: dt.date) -> Draft | None:
    """A head takes or leaves office."""
    if (found := _branch(it, day)) is None:
        return None
    branch, person = found[0], it.one(it.persons[:4])
    took = membership.BranchHeadTookOffice(branch=branch, person=person, title="head")
    left = membership.BranchHeadLeftOffice(branch=branch, person=person)
    return took if it.likely(70) else left, branch, found[1]


def office(it: Happenings, day: dt.date) -> Draft | None:
    """Somebody takes or leaves a post of a branch or of a body above."""
    unit = it.unit(day, *BRANCH_KINDS, "base-unit", by=it.one(LINES))
    if unit is None:
        return None
    person, post = it.one(it.persons[:4]), it.one(["deputy", "committee-member"])
    took = membership.OfficerElected(unit=unit, person=person, post=post)
    left = membership.OfficerLeft(unit=unit, person=person, post=post)
    return took if it.likely(70) else left, unit, it.country.owners[unit]


def plan(it: Happenings, day: dt.date) -> Draft | None:
    """Somebody registers the plan of a year in a branch."""
    if (found := _branch(it, day)) is None:
        return None
    fact = membership.PlanRegistered(unit=found[0], year=it.one([2021, 2022]))
    return fact, it.one(it.persons[:4]), found[1]


def task(it: Happenings, day: dt.date) -> Draft | None:
    """A unit is given a task, or has done it."""
    unit = it.unit(day, *BRANCH_KINDS, "base-unit", by=it.one(LINES))
    if unit is None:
        return None
    due = day + dt.timedelta(days=it.one([0, 30, 200]))
    person = it.persons[due.day % 4] if due.day % 3 == 0 else None
    given = membership.TaskAssigned(unit=unit, person=person, title="Làm đường", due=due)
    done = membership.TaskCompleted(unit=unit, result=it.one(list(membership.TaskResult)))
    return given if it.likely(50) else done, it.one(it.meetings[:6]), it.country.owners[unit]


def unit_discipline(it: Happenings, day: dt.date) -> Draft | None:
    """A unit is disciplined, or an organisation says that it records all such here."""
    by = it.one(LINES)
    unit = it.unit(day, *BRANCH_KINDS, "base-unit", by=by)
    if unit is None or it.likely(60):
        starts, until = it.one([day, day.replace(day=1)]), it.one([None, None, day + dt.timedelta(days=400)])
        return membership.RegisterKept(book="unit-discipline", starts=starts, until=until), by, by
    return membership.UnitDisciplined(unit=unit, level="reprimand"), it.id(), it.country.owners[unit]


def benefit(it: Happenings, day: dt.date) -> Draft | None:
    """A person, at times a head, is granted something."""
    if (found := _branch(it, day)) is None:
        return None
    fact = membership.BenefitGranted(branch=found[0], person=it.one(it.persons[:6]), benefit=it.one(["card", "tour"]))
    return fact, it.id(), found[1]


def equipment(it: Happenings, day: dt.date) -> Draft | None:
    """A branch receives something."""
    if (found := _branch(it, day)) is None:
        return None
    fact = membership.BranchEquipped(branch=found[0], equipment=it.one(["handbook", "drum"]))
    return fact, it.id(), found[1]


def commendation(it: Happenings, day: dt.date) -> Draft | None:
    """Somebody is commended in a place."""
    place = it.unit(day, "commune", "district")
    recipient = it.one(list(membership.Recipient))
    fact = membership.CommendationAwarded(
        kind=it.one(["letter", "merit"]), recipient=recipient, place=place or COMMITTEE
    )
    return fact, it.id(), COMMITTEE


def people(it: Happenings, day: dt.date) -> Draft | None:
    """Somebody counts people; a part at times as well as its whole."""
    by = it.one(LINES)
    fact = membership.PeopleCounted(
        scope=_scope(it, day, by),
        group=it.one(["eligible", "eligible", "youth", "households", "exemplary-households"]),
        count=it.chance.randint(0, 50),
        qualifier=it.one(list(Qualifier)),
        source="Ban Thường vụ",
        counted_on=day,
    )
    return fact, it.id(), by


def target(it: Happenings, day: dt.date) -> Draft | None:
    """A target is set, or revised."""
    by = it.one(LINES)
    fact = membership.TargetSet(
        scope=_scope(it, day, by),
        indicator=it.one(["admissions", "admissions", "models"]),
        period=it.period(),
        value=it.chance.randint(1, 9),
    )
    return fact, it.one(it.models), by


def periodicity(it: Happenings, day: dt.date) -> Draft | None:
    """Branches owe a meeting each month or quarter from a day on."""
    by, kind = it.one(LINES), it.one(["branch", "branch", "base-branch", "front-board"])
    starts = it.one([day, day.replace(day=1)])
    return meetings.PeriodicitySet(unit_kind=kind, every=it.one(list(meetings.Every)), starts=starts), by, by


def meeting(it: Happenings, day: dt.date) -> Draft | None:
    """A branch meets; half of the rolls bear names."""
    if (found := _branch(it, day)) is None:
        return None
    kind = meetings.MeetingKind.REGULAR if it.likely(80) else meetings.MeetingKind.CONGRESS
    named = None
    present, excused, absent = (it.chance.randint(0, 9) for _ in range(3))
    if it.likely(60):
        persons = list(it.some(it.persons, 6)) or it.persons[:1]
        cut = sorted(it.chance.randint(0, len(persons)) for _ in range(2))
        parts = (persons[: cut[1]], persons[cut[1] :][: cut[0]], persons[cut[1] :][cut[0] :])
        named = meetings.NamedRoll(**dict(zip(("present", "excused", "absent"), map(tuple, parts), strict=True)))
        present, excused, absent = map(len, parts)
    roll = meetings.Roll(
        expected=present + excused + absent, present=present, excused=excused, absent=absent, guests=3, named=named
    )
    return meetings.MeetingHeld(branch=found[0], kind=kind, roll=roll), it.id(), found[1]


def duty(it: Happenings, day: dt.date) -> Draft | None:
    """Cadres of a tier owe so many visits a month."""
    by = it.one([*LINES, COMMITTEE])
    starts = it.one([day, day.replace(day=1)])
    return meetings.VisitDutySet(tier=it.one(TIERS[:2]), at_least=it.chance.randint(1, 3), starts=starts), by, by


def cadre(it: Happenings, day: dt.date) -> Draft | None:
    """A cadre is put in charge of an area, relieved, or excused."""
    by, who = it.one([*LINES, COMMITTEE]), it.one(it.cadres)
    area = it.unit(day, "province", "district") or it.unit(day, "commune")
    if area is None:
        return None
    assigned = meetings.CadreAssigned(tier=it.one(TIERS[:2]), area=area, starts=it.one([day, day.replace(day=1)]))
    start = it.day()
    excused = Period(start=start, end=start + dt.timedelta(days=it.one([1, 5, 60])))
    facts: list[Event] = [
        *(assigned for _ in range(5)),
        meetings.CadreRelieved(area=area, ends=day),
        meetings.CadreExcused(period=excused, cause="leave"),
    ]
    return it.one(facts), who, by


def visit(it: Happenings, day: dt.date) -> Draft | None:
    """A cadre attends a sitting."""
    unit = it.unit(day, *BRANCH_KINDS)
    if unit is None:
        return None
    reference = MeetingReference(organisation=it.one(LINES), meeting=it.one(it.meetings))
    fact = meetings.VisitCompleted(cadre=it.one(it.cadres), tier=it.one(TIERS), unit=unit, meeting=reference)
    return fact, it.id(), it.one([LINES[0], COMMITTEE])


def launch(it: Happenings, day: dt.date) -> Draft | None:
    """A model is launched for a commune or district, in some of the hamlets."""
    place = it.unit(day, "commune", "district")
    hamlets = it.some(it.country.every("locality"), 2)
    if place is None:
        return None
    fact = meetings.CommunityModelLaunched(
        title="mô hình",
        type=it.one(["club", "self-managed"]),
        field=it.one([None, "order"]),
        place=place,
        hamlets=hamlets,
        in_charge=LINES[:1],
        skilful_mobilisation=it.likely(40),
    )
    return fact, it.one(it.models), it.one(LINES)


def discontinue(it: Happenings, day: dt.date) -> Draft | None:
    """A model no longer runs."""
    del day
    return meetings.CommunityModelDiscontinued(cause="not-suitable"), it.one(it.models), it.one(LINES)


def participation(it: Happenings, day: dt.date) -> Draft | None:
    """Somebody states how many took part."""
    by = it.one(LINES)
    fact = meetings.ParticipationCounted(
        activity=it.one(["Ngày hội", "Chủ nhật xanh"]),
        scope=_scope(it, day, by),
        period=it.period(),
        count=it.chance.randint(0, 300),
        qualifier=it.one(list(Qualifier)),
    )
    return fact, it.id(), by


def rating(it: Happenings, day: dt.date) -> Draft | None:
    """A unit is given a grade, or it is proposed."""
    unit, rater = it.unit(day, *BRANCH_KINDS, "base-unit"), it.unit(day, "province-body")
    if unit is None or rater is None:
        return None
    year, rank = it.one([2021, 2022]), it.chance.randint(1, 3)
    cls = ratings.RatingDecided if it.likely(80) else ratings.RatingProposed
    fact = cls(
        unit=unit,
        rater=rater,
        axis=it.one(["vertical", "territorial"]),
        period=Period(start=dt.date(year, 1, 1), end=dt.date(year + 1, 1, 1)),
        grade=Grade(scale=it.one(["strength", "completion"]), rank=rank, label=f"loại {rank}"),
    )
    return fact, unit, it.country.owners[rater]


SAYINGS: Final[tuple[Saying, ...]] = (
    *(member_fact for _ in range(6)),
    *(standing_fact, standing_fact, standing_fact, same_person, member_rules),
    *(meeting for _ in range(6)),
    *(head, head, office, office, plan, plan, benefit, benefit, equipment, commendation),
    *(people, people, people, target, target, task, task, task, unit_discipline, unit_discipline),
    *(periodicity, periodicity, duty, duty, cadre, cadre, cadre, visit, visit, visit, visit),
    *(launch, launch, launch, discontinue, participation, rating, rating, rating),
)


def history(seed: int) -> Happenings:
    """The history of a seed: all that may happen, up to END."""
    return Happenings(seed, SAYINGS)


__all__ = ["END", "SAYINGS", "history"]
