"""Which facts do histories of a branch's book tell? Members, heads, officers, plans, reviews, the records of units."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from shared.contracts import membership
from shared.contracts.event import Event
from shared.contracts.membership.records import directive_id
from tests.support.happenings import BRANCH_KINDS, LINES, Draft, Happenings, Saying
from tests.support.sayings import equipment, head, member_fact, same_person, standing_fact

PAPERS: Final = [
    ("96-KL/TU", "Tỉnh ủy", dt.date(2021, 2, 8)),
    ("243-CV/TU", "Tỉnh ủy", dt.date(2020, 8, 17)),
    ("732-CV/TU", "Huyện ủy", dt.date(2021, 6, 19)),
]
DIRECTIVES: Final = [directive_id(*paper) for paper in PAPERS]


def _unit(it: Happenings, day: dt.date) -> tuple[UUID, UUID] | None:
    """A unit of a line, and its organisation."""
    unit = it.unit(day, *BRANCH_KINDS, *BRANCH_KINDS, "base-unit", by=it.one(LINES))
    return None if unit is None else (unit, it.country.owners[unit])


def office(it: Happenings, day: dt.date) -> Draft | None:
    """Somebody takes or leaves a post."""
    if (found := _unit(it, day)) is None:
        return None
    unit, person, post = found[0], it.one(it.persons[:4]), it.one(["deputy", "committee-member"])
    term = it.period() if it.likely(40) else None
    elected = membership.OfficerElected(unit=unit, person=person, post=post, term=term, full_time=it.likely(20))
    left = membership.OfficerLeft(unit=unit, person=person, post=post)
    return elected if it.likely(70) else left, unit, found[1]


def plan(it: Happenings, day: dt.date) -> Draft | None:
    """A plan is registered, or assessed by somebody."""
    if (found := _unit(it, day)) is None:
        return None
    unit, year = found[0], it.one([2021, 2022])
    facts: list[Event] = [
        membership.PlanRegistered(unit=unit, year=year),
        membership.PlanRegistered(unit=unit, year=year),
        membership.PlanAssessed(
            unit=unit, year=year, assessor=it.one(list(membership.Assessor)), result=it.one(["kept", "not-kept"])
        ),
    ]
    return it.one(facts), it.one(it.persons[:4]), found[1]


def review(it: Happenings, day: dt.date) -> Draft | None:
    """A review is opened, finds something, or is closed."""
    wide, narrow = it.unit(day, "base-unit", "province-body", *BRANCH_KINDS, by=LINES[0]), it.unit(day, *BRANCH_KINDS)
    if wide is None or narrow is None:
        return None
    facts: list[Event] = [
        membership.ReviewOpened(unit=wide, period=it.period()),
        *(
            membership.MemberReviewed(
                branch=narrow, person=it.one(it.persons), finding=it.one(list(membership.Finding))
            )
            for _ in range(5)
        ),
        membership.ReviewClosed(unit=wide, before=it.chance.randint(0, 40), after=it.chance.randint(0, 40)),
    ]
    return it.one(facts), it.one(it.models[:3]), LINES[0]


def inspection(it: Happenings, day: dt.date) -> Draft | None:
    """A unit is inspected, or puts right what was found."""
    if (found := _unit(it, day)) is None:
        return None
    due = day + dt.timedelta(days=it.one([0, 30, 200])) if it.likely(60) else None
    held = membership.InspectionHeld(unit=found[0], finding=it.one(["in-order", "shortcomings"]), remedy_due=due)
    remedied = membership.FindingRemedied(unit=found[0])
    return held if it.likely(60) else remedied, it.one(it.meetings[:6]), found[1]


def support(it: Happenings, day: dt.date) -> Draft | None:
    """A unit or an officer receives something."""
    if (found := _unit(it, day)) is None:
        return None
    fact = membership.SupportGranted(
        unit=found[0],
        person=it.one([None, it.persons[0]]),
        kind=it.one(["loan", "training"]),
        amount=it.one([None, 5_000_000, 12_500_000]),
        source=it.one(["Ngân hàng Chính sách xã hội", "Huyện ủy"]),
    )
    return fact, it.id(), found[1]


def directive(it: Happenings, day: dt.date) -> Draft | None:
    """A paper enters the register of an organisation."""
    del day
    number, issuer, issued = paper = it.one(PAPERS)
    replaces = it.one([None, *DIRECTIVES])
    fact = membership.DirectiveIssued(number=number, issuer=issuer, issued=issued, replaces=replaces)
    return fact, directive_id(*paper), it.one(LINES)


def pledge(it: Happenings, day: dt.date) -> Draft | None:
    """A unit signs."""
    if (found := _unit(it, day)) is None:
        return None
    fact = membership.PledgeSigned(units=found[:1], matter="Giữ vững", directive=it.one([None, *DIRECTIVES]))
    return fact, it.id(), found[1]


SAYINGS: Final[tuple[Saying, ...]] = (
    *(member_fact for _ in range(9)),
    *(standing_fact for _ in range(5)),
    *(same_person, head, head, office, office, office, plan, plan, plan, equipment),
    *(review for _ in range(5)),
    *(inspection, inspection, inspection, support, support, directive, pledge),
)


def history(seed: int) -> Happenings:
    """The history of a seed."""
    return Happenings(seed, SAYINGS, steps=260)
