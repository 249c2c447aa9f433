"""Until when must a person be answered, over Tết too? Against a count by hand, and on examples that one can check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest

from shared.contracts.event import Event
from shared.contracts.membership import (
    PersonRequestAcknowledged,
    PersonRequestAnswered,
    PersonRequestExtended,
    PersonRequestKind,
    PersonRequestReceived,
    RequestOutcome,
)
from shared.eventsourcing.decider import Said
from shared.personal.clock import Request, RulesRefused, State, read_rules, requests
from tests.personal import oracle

RULES = read_rules()
OFFICE, LAN, REQUEST = UUID(int=1), UUID(int=2), UUID(int=3)
RECEIVED = [dt.date(2026, 2, 12), dt.date(2026, 2, 18), dt.date(2026, 4, 20), dt.date(2026, 8, 20), dt.date(2026, 6, 5)]


def said(fact: Event, day: dt.date, sequence: int, subject: UUID = REQUEST) -> Said:
    return Said(fact, subject, OFFICE, UUID(int=100 + sequence), sequence, day)


def received(kind: str, on: dt.date, *, third_party: bool = False) -> Said:
    fact = PersonRequestReceived(person=LAN, kind=PersonRequestKind(kind), received_on=on, third_party=third_party)
    return said(fact, on, 1)


def look(today: dt.date, *facts: Said) -> Request:
    (found,) = requests(facts, RULES, today)
    return found


def test_sixty_requests_are_counted_as_by_hand(record_property: Callable[[str, object], None]) -> None:
    cases, failures = 0, []
    for kind, on, (third_party, extended) in product(oracle.TERMS, RECEIVED, [(False, False), (True, True)]):
        facts = [received(kind, on, third_party=third_party)]
        acknowledged = on + dt.timedelta(days=1)
        facts.append(said(PersonRequestAcknowledged(), acknowledged, 2))
        if extended:
            facts.append(said(PersonRequestExtended(cause="complex"), acknowledged, 3))
        acknowledge = oracle.acknowledge_by(on)
        answer = oracle.answer_by(kind, on, third_party=third_party, extended=extended)
        cases += 1
        for days in range(-12, 6):
            today = max(acknowledged, answer + dt.timedelta(days=days))
            found = look(today, *facts)
            wanted = (acknowledge, answer, oracle.state(today, acknowledge, answer, acknowledged, None))
            if (found.acknowledge_by, found.answer_by, found.state.value) != wanted:
                failures.append((kind, on, today))
    record_property("battery", ["P-06", cases, len(failures), ""])
    assert (cases, failures) == (60, [])


@pytest.mark.parametrize(
    ("on", "acknowledge", "answer"),
    [
        ("2026-02-12", "2026-02-23", "2026-02-23"),  # Thursday before Tết: 13 February and the Monday after it
        ("2026-01-08", "2026-01-10", "2026-01-19"),  # the worked Saturday counts; the tenth day is a Sunday
        ("2026-08-20", "2026-08-22", "2026-09-03"),  # the tenth day is a Sunday before three closed days
        ("2026-06-01", "2026-06-03", "2026-06-11"),
    ],
)
def test_examples_that_one_can_check_on_a_calendar(on: str, acknowledge: str, answer: str) -> None:
    found = look(dt.date.fromisoformat(on), received("access", dt.date.fromisoformat(on)))
    assert (found.acknowledge_by.isoformat(), found.answer_by.isoformat()) == (acknowledge, answer)


def test_what_was_missed_is_named_and_stays_late() -> None:
    on = dt.date(2026, 6, 1)
    asked = received("erasure", on)
    assert look(dt.date(2026, 6, 4), asked).late == ("acknowledge",)
    late_told = said(PersonRequestAcknowledged(), dt.date(2026, 6, 5), 2)
    assert look(dt.date(2026, 6, 8), asked, late_told).late == ("acknowledge",)
    assert look(dt.date(2026, 6, 23), asked, late_told).late == ("acknowledge", "answer")
    answered = said(PersonRequestAnswered(outcome=RequestOutcome.GRANTED), dt.date(2026, 6, 23), 3)
    assert look(dt.date(2026, 6, 30), asked, late_told, answered).state is State.ANSWERED_LATE


def test_who_is_answered_at_once_need_not_be_told_before() -> None:
    on = dt.date(2026, 6, 1)
    answered = said(PersonRequestAnswered(outcome=RequestOutcome.GRANTED), dt.date(2026, 6, 2), 2)
    found = look(dt.date(2026, 7, 1), received("access", on), answered)
    assert (found.state, found.late) == (State.ANSWERED, ())


def test_the_list_is_as_known_on_its_day_and_the_pressing_ones_come_first() -> None:
    first = received("erasure", dt.date(2026, 6, 1))
    second = received("access", dt.date(2026, 6, 3))._replace(subject=UUID(int=9))
    assert requests([first, second], RULES, dt.date(2026, 5, 31)) == []
    assert [each.id for each in requests([first, second], RULES, dt.date(2026, 6, 4))] == [UUID(int=9), REQUEST]


def test_terms_beyond_the_known_calendar_are_provisional() -> None:
    on = dt.date(2026, 12, 20)
    found = look(on, received("erasure", on))
    assert (found.provisional, found.unknown_years) == (True, (2027,))
    known = look(dt.date(2026, 6, 1), received("erasure", dt.date(2026, 6, 1)))
    assert (known.provisional, known.unknown_years) == (False, ())
    assert look(dt.date(2027, 3, 1), received("access", dt.date(2027, 3, 1))).unknown_years == (2027,)


def test_in_an_unknown_year_only_what_the_law_fixes_is_closed() -> None:
    fixed = (dt.date(2027, 1, 1), dt.date(2027, 4, 30), dt.date(2029, 5, 1), dt.date(2030, 9, 2))
    assert not any(RULES.calendar.is_open(day) for day in fixed)
    assert RULES.calendar.is_open(dt.date(2027, 2, 8)), "nobody has announced when Tết is kept"


def test_an_office_adds_the_year_that_was_announced_since(tmp_path: Path) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text("[years.2027]\nclosed = [2027-01-04, 2027-01-11]\nopen = [2027-01-09]\n")
    rules, on = read_rules(None, file), dt.date(2026, 12, 20)
    (found,) = requests([received("erasure", on)], rules, on)
    assert (found.answer_by, found.unknown_years) == (dt.date(2027, 1, 9), ())
    assert not rules.calendar.is_open(dt.date(2026, 2, 17)), "what comes along stands"
    assert not rules.calendar.is_open(dt.date(2027, 1, 1))


@pytest.mark.parametrize(
    "content",
    [
        "through = 2027-12-31\nclosed = []\n",
        "[years.2027]\nclosed = [2028-01-04]\n",
        "[years.27]\nclosed = []\n",
        'each_year = ["1-1"]\n[years.2027]\nclosed = []\n',
    ],
)
def test_a_calendar_that_says_something_else_stops_the_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "holidays.toml"
    file.write_text(content)
    with pytest.raises(RulesRefused):
        read_rules(None, file)


def test_an_office_may_bring_its_own_rules(tmp_path: Path) -> None:
    terms = tmp_path / "terms.toml"
    own = "".join(f'[{kind}]\ndays = 3\nunit = "working-days"\n' for kind in ("acknowledge", *oracle.TERMS))
    terms.write_text(own)
    rules = read_rules(terms)
    (found,) = requests([received("erasure", dt.date(2026, 6, 4))], rules, dt.date(2026, 6, 4))
    assert found.answer_by == dt.date(2026, 6, 9)


@pytest.mark.parametrize(
    "content", ["", '[access]\ndays = 0\nunit = "days"\n', "days", '[access]\ndays = 1\nunit = "weeks"\n']
)
def test_rules_that_say_too_little_stop_the_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "terms.toml"
    file.write_text(content)
    with pytest.raises(RulesRefused):
        read_rules(file)
    with pytest.raises(RulesRefused):
        read_rules(tmp_path / "none.toml")
