"""Which reports are due? Random rules, reports and receipts asked on any day against a count by hand; then by cases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import pytest

from services.duty.domain.obligation import Kind, Obligation, State
from services.duty.projections import LISTENS, PROJECTIONS
from services.duty.projections.due import obligations
from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.membership import (
    RegisterKept,
    Reporting,
    ReportingSet,
    ReportReceived,
    ReportSent,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
)
from shared.operations.trial import Story, Told

WOMEN = UUID(int=1)
TOP, BASE, EAST, WEST = (UUID(int=11 + number) for number in range(4))
OLD = dt.date(2020, 1, 1)
LENGTH = {Reporting.MONTH: 1, Reporting.QUARTER: 3, Reporting.HALF_YEAR: 6, Reporting.YEAR: 12}
SEEDS = 4
Line = tuple[str, str, UUID, dt.date | None, tuple[dt.date, dt.date], str]


def first_of(number: int) -> dt.date:
    """The first day of a month, by months since the year 0."""
    return dt.date(number // 12, number % 12 + 1, 1)


def number_of(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def quarter(year: int, number: int) -> Period:
    start = year * 12 + 3 * (number - 1)
    return Period(start=first_of(start), end=first_of(start + 3))


@dataclass
class Office:
    """A province, a base under it, and two branches under that; what was said stands in the lists too."""

    story: Story = field(default_factory=lambda: Story(LISTENS, PROJECTIONS))
    rules: list[tuple[str, ReportingSet]] = field(default_factory=list)
    sent: list[tuple[ReportSent, dt.date]] = field(default_factory=list)

    def __post_init__(self) -> None:
        above = {TOP: None, BASE: TOP, EAST: BASE, WEST: BASE}
        kinds = {TOP: "province-body", BASE: "base-unit", EAST: "branch", WEST: "branch"}
        for unit, kind in kinds.items():
            self.say(UnitFounded(title=kind, kind=kind, parent=above[unit], effective=OLD), OLD, unit)

    def say(self, fact: Event, on: dt.date, subject: UUID | None = None) -> Told:
        return self.story.tells(fact, by=WOMEN, on=on.isoformat(), subject=subject)

    def ruled(self, every: Reporting, within: int, starts: dt.date, **fields: object) -> Told:
        told = {"unit_kind": "branch", "matter": "activity", "every": every, "within": within, "starts": starts}
        fact = ReportingSet.model_validate(told | fields)
        self.rules.append((fact.unit_kind, fact))
        return self.say(fact, starts, WOMEN)

    def sends(self, unit: UUID, period: Period, on: dt.date, matter: str = "activity", to: UUID | None = BASE) -> Told:
        fact = ReportSent(unit=unit, matter=matter, period=period, recipient=to)
        self.sent.append((fact, on))
        return self.say(fact, on)

    def due(self, on: dt.date, unit: UUID = TOP, kind: Kind = Kind.REPORT) -> list[Obligation]:
        with self.story.heard() as runner:
            return [each for each in obligations(runner, unit, on) if each.kind is kind]


def owed(unit: UUID, state: State, until: str, period: Period, matter: str = "activity") -> Obligation:
    return Obligation(Kind.REPORT, state, unit, dt.date.fromisoformat(until), period=period, matter=matter)


# ── Against a count by hand ──────────────────────────────────────────────────────────────────────────────────────


def random_day(chance: Random) -> dt.date:
    return dt.date(2023, 1, 1) + dt.timedelta(days=chance.randrange(730))


def lived(seed: int) -> Office:
    office, chance = Office(), Random(seed)
    starts = sorted(random_day(chance) for _ in range(chance.randrange(1, 7)))
    for day in starts:
        fields: dict[str, object] = {"matter": chance.choice(["activity", "dues"])}
        fields["unit_kind"] = chance.choice(["branch", "branch", "base-unit"])
        if chance.random() < 0.3:
            fields["until"] = day + dt.timedelta(days=chance.randrange(1, 300))
        office.ruled(chance.choice(list(Reporting)), chance.choice([-20, -5, 0, 10, 45, 200]), day, **fields)
    for _ in range(60):
        unit, every = chance.choice([BASE, EAST, WEST]), chance.choice(list(Reporting))
        start = (number_of(random_day(chance)) // LENGTH[every]) * LENGTH[every]
        period = Period(start=first_of(start), end=first_of(start + LENGTH[every]))
        on = period.start + dt.timedelta(days=chance.randrange(15, 200))
        to = chance.choice([TOP, TOP, TOP, None])
        told = office.sends(unit, period, on, chance.choice(["activity", "dues"]), to)
        if chance.random() < 0.1:
            office.story.voids(told)
            office.sent.pop()
    return office


def by_hand(office: Office, on: dt.date) -> set[Line]:
    """Every period since 2020 of every rule, one by one; of those that ran out only the last."""
    found: set[Line] = set()
    about = {(kind, rule.matter, rule.every) for kind, rule in office.rules}
    for kind, matter, every in about:
        told = [rule for of, rule in office.rules if (of, rule.matter, rule.every) == (kind, matter, every)]
        length, out = LENGTH[every], list[tuple[dt.date, Period, bool]]()
        for start in range(2020 * 12, 2026 * 12, length):
            period, read = Period(start=first_of(start), end=first_of(start + length)), first_of(start + length - 1)
            holding = [rule for rule in told if rule.starts <= read]
            if not holding or period.start > on:
                continue
            rule = holding[-1]
            until = period.end + dt.timedelta(days=rule.within - 1)
            out.append((until, period, read <= on and (rule.until is None or rule.until > read)))
        past = [each for each in out if each[0] < on]
        latest = max((period.start for _, period, _ in past), default=dt.date.min)
        for until, period, owes in out:
            if owes and period.start >= latest:
                for unit in (EAST, WEST) if kind == "branch" else (BASE,):
                    if not any(
                        (fact.unit, fact.matter, fact.period) == (unit, matter, period)
                        and fact.recipient is not None
                        and day <= on
                        for fact, day in office.sent
                    ):
                        state = "missed" if until < on else "due"
                        found.add(("report", state, unit, until, (period.start, period.end), matter))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_reports_that_are_due_are_those_that_one_counts_by_hand(seed: int) -> None:
    office, chance = lived(seed), Random(seed + SEEDS)
    with office.story.heard() as runner:
        for _ in range(12):
            on = random_day(chance)
            found = [each for each in obligations(runner, TOP, on) if each.kind is Kind.REPORT]
            told = {
                (each.kind, each.state, each.unit, each.until, (each.period.start, each.period.end), each.matter or "")
                for each in found
                if each.period is not None
            }
            begun = any(rule.starts <= on for _, rule in office.rules)
            assert told == by_hand(office, on), (seed, on)
            assert [each.state for each in found if each.period is None] == ([] if begun else [State.NOT_RECORDED])


def test_the_stories_tell_of_reports_in_time_and_late_ones_of_branches_and_of_bases() -> None:
    offices = [lived(seed) for seed in range(SEEDS)]
    days = [dt.date(year, month, 20) for year in (2023, 2024) for month in range(1, 13)]
    lines = {line for office in offices for day in days for line in by_hand(office, day)}
    states = [(state, matter) for state in ("due", "missed") for matter in ("activity", "dues")]
    assert {(line[1], line[5]) for line in lines} == set(states)
    assert {line[2] for line in lines} == {BASE, EAST, WEST}


# ── By cases ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def office() -> Office:
    return Office()


def test_without_a_rule_nothing_is_recorded_and_a_rule_for_other_units_is_none(office: Office) -> None:
    nothing = [Obligation(Kind.REPORT, State.NOT_RECORDED, TOP)]
    assert office.due(dt.date(2024, 6, 1)) == nothing
    office.ruled(Reporting.QUARTER, 10, dt.date(2024, 1, 1), unit_kind="district-body")
    assert office.due(dt.date(2024, 6, 1)) == nothing
    office.ruled(Reporting.QUARTER, 10, dt.date(2024, 6, 2))
    assert office.due(dt.date(2024, 6, 1)) == nothing
    assert office.due(dt.date(2024, 6, 30)) == []


def test_a_report_is_due_from_the_last_month_late_after_its_last_day_and_done_once_it_is_sent(office: Office) -> None:
    office.ruled(Reporting.QUARTER, 10, dt.date(2024, 4, 1))
    second, until = quarter(2024, 2), "2024-07-10"
    assert office.due(dt.date(2024, 5, 31), EAST) == []
    assert office.due(dt.date(2024, 6, 1), EAST) == [owed(EAST, State.DUE, until, second)]
    assert office.due(dt.date(2024, 7, 10), EAST) == [owed(EAST, State.DUE, until, second)]
    assert office.due(dt.date(2024, 7, 11), EAST) == [owed(EAST, State.MISSED, until, second)]
    told = office.sends(EAST, second, dt.date(2024, 7, 20))
    assert office.due(dt.date(2024, 7, 19), EAST) == [owed(EAST, State.MISSED, until, second)]
    assert office.due(dt.date(2024, 7, 20)) == [owed(WEST, State.MISSED, until, second)]
    office.story.voids(told)
    assert office.due(dt.date(2024, 7, 20), EAST) == [owed(EAST, State.MISSED, until, second)]


def test_a_report_to_outsiders_on_another_matter_or_period_discharges_nothing(office: Office) -> None:
    office.ruled(Reporting.QUARTER, 10, dt.date(2024, 4, 1))
    second, on = quarter(2024, 2), dt.date(2024, 7, 1)
    office.sends(EAST, second, on, to=None)
    office.sends(EAST, second, on, matter="dues")
    office.sends(EAST, quarter(2024, 1), on)
    assert office.due(on, EAST) == [owed(EAST, State.DUE, "2024-07-10", second)]


def test_a_rule_that_ended_leaves_nothing_behind_and_one_said_again_moves_the_last_day(office: Office) -> None:
    office.ruled(Reporting.QUARTER, 10, dt.date(2024, 4, 1))
    office.ruled(Reporting.QUARTER, 20, dt.date(2024, 6, 1))
    office.ruled(Reporting.QUARTER, 20, dt.date(2024, 7, 1), until=dt.date(2024, 9, 1))
    assert office.due(dt.date(2024, 7, 20), EAST) == [owed(EAST, State.DUE, "2024-07-20", quarter(2024, 2))]
    assert office.due(dt.date(2024, 10, 15), EAST) == [owed(EAST, State.MISSED, "2024-07-20", quarter(2024, 2))]
    assert office.due(dt.date(2024, 10, 21), EAST) == []
    assert office.due(dt.date(2026, 10, 21), EAST) == []


def test_what_a_unit_owed_is_owed_by_the_one_into_which_it_merged_and_a_dissolved_one_leaves_nothing(
    office: Office,
) -> None:
    office.ruled(Reporting.QUARTER, 10, dt.date(2024, 4, 1))
    office.say(UnitMerged(sources=(WEST,), effective=dt.date(2024, 6, 20)), dt.date(2024, 6, 20), EAST)
    second, on = quarter(2024, 2), dt.date(2024, 7, 1)
    assert office.due(on) == [owed(EAST, State.DUE, "2024-07-10", second)]
    office.sends(EAST, second, on)
    assert office.due(on) == []
    other = Office()
    other.ruled(Reporting.QUARTER, 10, dt.date(2024, 4, 1))
    other.say(UnitDissolved(effective=dt.date(2024, 6, 20)), dt.date(2024, 6, 20), WEST)
    assert [each.unit for each in other.due(on)] == [EAST]


def test_receiving_is_owed_where_the_organisation_says_that_it_records_it_until_it_is_recorded(office: Office) -> None:
    second, on = quarter(2024, 2), dt.date(2024, 7, 5)
    told = office.sends(EAST, second, on)
    kept = dt.date(2024, 7, 6)
    office.say(RegisterKept(book="report-receipt", starts=kept, until=dt.date(2024, 9, 1)), kept, WOMEN)
    assert office.due(kept, kind=Kind.RECEIPT) == []
    later = office.sends(WEST, second, kept)
    office.sends(WEST, second, kept, to=None)
    waits = Obligation(Kind.RECEIPT, State.DUE, BASE, period=second, matter="activity", sender=WEST)
    assert office.due(kept, kind=Kind.RECEIPT) == [waits]
    assert office.due(kept, WEST, Kind.RECEIPT) == []
    assert office.due(dt.date(2024, 9, 1), kind=Kind.RECEIPT) == []
    office.say(ReportReceived(unit=EAST), kept, told.root.envelope.content.subject)
    received = dt.date(2024, 7, 9)
    office.say(ReportReceived(unit=WEST), received, later.root.envelope.content.subject)
    assert office.due(received - dt.timedelta(days=1), kind=Kind.RECEIPT) == [waits]
    assert office.due(received, kind=Kind.RECEIPT) == []
