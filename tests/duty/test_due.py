"""What is due where? Random stories of branches, cadres and members, asked on any day, against a count by hand."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import pytest

from services.duty.projections import LISTENS, PROJECTIONS
from services.duty.projections.due import obligations
from shared.contracts.event import Event
from shared.contracts.fields import MeetingReference
from shared.contracts.meetings import (
    CadreAssigned,
    CadreRelieved,
    Every,
    MeetingHeld,
    MeetingKind,
    PeriodicitySet,
    Roll,
    VisitCompleted,
    VisitDutySet,
)
from shared.contracts.membership import MemberJoined, TransferIntroduced, TransferReceived, UnitFounded
from shared.operations.trial import Story, Told

ORGANISATIONS = (UUID(int=1), UUID(int=2))
CADRES = (UUID(int=61), UUID(int=62), UUID(int=63))
PERSONS = tuple(UUID(int=number) for number in range(81, 89))
FIRST = dt.date(2024, 1, 1)
SEEDS = 6
Line = tuple[str, str, UUID, dt.date | None, UUID | None, int | None]


def random_day(chance: Random) -> dt.date:
    return FIRST + dt.timedelta(days=chance.randrange(366))


@dataclass
class Life:
    """A story, and the same as plain lists from which one counts by hand."""

    chance: Random
    story: Story = field(default_factory=lambda: Story(LISTENS, PROJECTIONS))
    branches: dict[UUID, tuple[UUID, dt.date]] = field(default_factory=dict)
    rules: list[tuple[UUID, Every, dt.date]] = field(default_factory=list)
    duties: list[tuple[UUID, int, dt.date]] = field(default_factory=list)
    met: list[tuple[UUID, dt.date]] = field(default_factory=list)
    charges: list[tuple[UUID, UUID, UUID, dt.date, dt.date | None]] = field(default_factory=list)
    visits: list[tuple[UUID, dt.date]] = field(default_factory=list)
    moves: list[tuple[UUID, dt.date, UUID | None]] = field(default_factory=list)
    """Person, day, and the branch that the person waits for from then on, if any."""

    def tell(self, fact: Event, by: UUID, on: dt.date, subject: UUID | None = None) -> Told:
        return self.story.tells(fact, by=by, on=on.isoformat(), subject=subject)

    def top(self, number: int) -> UUID:
        return UUID(int=11 + number)


def lived(seed: int) -> Life:
    """A year of two organisations with three branches each."""
    life = Life(Random(seed))
    chance = life.chance
    for number, by in enumerate(ORGANISATIONS):
        top, start = life.top(number), dt.date(2020, 1, 1)
        life.tell(UnitFounded(title="Tỉnh", kind="province-body", effective=start), by, start, top)
        for each in range(3):
            branch = UUID(int=100 + 10 * number + each)
            founded = start if chance.random() < 0.7 else random_day(chance)
            fact = UnitFounded(title=f"Chi hội {each}", kind="branch", parent=top, effective=founded)
            life.tell(fact, by, founded, branch)
            life.branches[branch] = (by, founded)
        for starts in sorted({random_day(chance) for _ in range(chance.randrange(3))}):
            every = chance.choice([Every.MONTH, Every.QUARTER])
            life.tell(PeriodicitySet(unit_kind="branch", every=every, starts=starts), by, starts, by)
            life.rules.append((by, every, starts))
        if chance.random() < 0.7:
            starts, least = random_day(chance), chance.randint(1, 3)
            life.tell(VisitDutySet(tier="commune", at_least=least, starts=starts), by, starts, by)
            life.duties.append((by, least, starts))
    meet(life)
    visit(life)
    move(life)
    return life


def meet(life: Life) -> None:
    """Meetings, some voided, some put right to another branch."""
    roll = Roll(expected=10, present=9, absent=1)
    for branch, (by, _) in life.branches.items():
        for _ in range(life.chance.randrange(14)):
            day, kind = random_day(life.chance), life.chance.choice([MeetingKind.REGULAR, MeetingKind.THEMATIC])
            told = life.tell(MeetingHeld(branch=branch, kind=kind, roll=roll), by, day)
            what = life.chance.random()
            if what < 0.15:
                life.story.voids(told)
            elif what < 0.3:
                life.story.corrects(told, MeetingHeld(branch=branch, kind=MeetingKind.REGULAR, roll=roll))
                life.met.append((branch, day))
            elif kind is MeetingKind.REGULAR:
                life.met.append((branch, day))


def visit(life: Life) -> None:
    """Cadres in charge of one branch each, some relieved; their visits anywhere."""
    for cadre in CADRES:
        branch = life.chance.choice(list(life.branches))
        by, start = life.branches[branch][0], random_day(life.chance)
        life.tell(CadreAssigned(tier="commune", area=branch, starts=start), by, start, cadre)
        end = random_day(life.chance) if life.chance.random() < 0.4 else None
        if end is not None and end > start:
            life.tell(CadreRelieved(area=branch, ends=end), by, end, cadre)
        life.charges.append((by, cadre, branch, start, end if end is not None and end > start else None))
        for _ in range(life.chance.randrange(12)):
            day = random_day(life.chance)
            meeting = MeetingReference(organisation=by, meeting=UUID(int=7))
            life.tell(VisitCompleted(cadre=cadre, tier="commune", unit=branch, meeting=meeting), by, day)
            life.visits.append((cadre, day))


def move(life: Life) -> None:
    """Members introduced to another branch of their organisation, some received later."""
    for person in PERSONS:
        branch = life.chance.choice(list(life.branches))
        by = life.branches[branch][0]
        other = life.chance.choice([each for each, (of, _) in life.branches.items() if of == by and each != branch])
        life.tell(MemberJoined(branch=branch), by, FIRST, person)
        introduced, received = sorted((random_day(life.chance), random_day(life.chance)))
        if introduced == FIRST:
            continue
        life.tell(TransferIntroduced(branch=branch, destination=other), by, introduced, person)
        life.moves.append((person, introduced, other))
        if life.chance.random() < 0.5 and received > introduced:
            life.tell(TransferReceived(branch=other, origin=branch), by, received, person)
            life.moves.append((person, received, None))


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────────────────────


def month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def stretch(every: Every, day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month or quarter."""
    if every is Every.MONTH:
        return day.replace(day=1), month_end(day.year, day.month)
    first = 3 * ((day.month - 1) // 3) + 1
    return dt.date(day.year, first, 1), month_end(day.year, first + 2)


def stretches(every: Every, on: dt.date) -> list[tuple[tuple[dt.date, dt.date], str]]:
    """The one before, and the one that the day lies in."""
    start, end = stretch(every, on)
    return [(stretch(every, start - dt.timedelta(days=1)), "missed"), ((start, end), "due")]


def by_hand(life: Life, number: int, on: dt.date) -> set[Line]:
    """What is open under the topmost unit of an organisation."""
    organisation, top = ORGANISATIONS[number], life.top(number)
    mine = {branch: founded for branch, (by, founded) in life.branches.items() if by == organisation and founded <= on}
    found: set[Line] = {(kind, "not-recorded", top, None, None, None) for kind in ("rating", "report")}
    rules = [(every, starts) for by, every, starts in life.rules if by == organisation]
    for branch, founded in mine.items():
        if not rules:
            found.add(("meeting", "not-recorded", branch, None, None, None))
        for every in Every:
            for (first, last), state in stretches(every, on):
                begun = [each for each, starts in rules if starts <= last.replace(day=1)]
                met = any(of == branch and first <= day <= min(last, on) for of, day in life.met)
                if begun and begun[-1] is every and founded <= first and not met:
                    found.add(("meeting", state, branch, last, None, None))
    found |= visits_by_hand(life, mine, on)
    for person in PERSONS:
        said = [where for who, day, where in life.moves if who == person and day <= on]
        if said and said[-1] in mine:
            found.add(("transfer", "due", said[-1], None, person, None))
    return found


def visits_by_hand(life: Life, mine: dict[UUID, dt.date], on: dt.date) -> set[Line]:
    found: set[Line] = set()
    for (first, last), state in stretches(Every.MONTH, on):
        made = Counter(cadre for cadre, day in life.visits if first <= day <= min(last, on))
        for by, cadre, branch, begins, ends in life.charges:
            if branch not in mine or begins > first or (ends is not None and ends <= last):
                continue
            owed = [least for of, least, starts in life.duties if of == by and starts <= first]
            if not owed and state == "due":
                found.add(("visit", "not-recorded", branch, None, cadre, None))
            if owed and made[cadre] < owed[-1]:
                found.add(("visit", state, branch, last, cadre, owed[-1] - made[cadre]))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_due_is_what_one_counts_by_hand(seed: int) -> None:
    life = lived(seed)
    days = [*(random_day(life.chance) for _ in range(12)), dt.date(2024, 3, 31), dt.date(2024, 12, 31)]
    with life.story.heard() as runner:
        for on in days:
            for number in range(2):
                found = obligations(runner, life.top(number), on)
                told = {(each.kind, each.state, each.unit, each.until, each.person, each.left) for each in found}
                assert told == by_hand(life, number, on), (seed, on)
                assert len(found) == len(told)


def test_the_stories_tell_of_everything_that_can_be_due() -> None:
    lives = [lived(seed) for seed in range(SEEDS)]
    days = [dt.date(2024, month, 20) for month in range(1, 13)]
    assert {line[:2] for life in lives for day in days for line in by_hand(life, 0, day)} == {
        *(("meeting", state) for state in ("due", "missed", "not-recorded")),
        *(("visit", state) for state in ("due", "missed", "not-recorded")),
        *(("transfer", "due"), ("rating", "not-recorded"), ("report", "not-recorded")),
    }
