"""What does the kit make of a declared select? Sums, distinct things, reached rates, shares; for any unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Integer, Select, case, cast, literal, select

from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, MeetingKind
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.views import Declaration
from shared.history import past
from shared.history.figures import (
    NO_UNIT,
    UNIT,
    AskedTooMuch,
    Distinct,
    Figure,
    Question,
    Reaching,
    Relations,
    UnknownKey,
    answer,
    events_behind,
)
from shared.units.knowledge import UNIT_FACTS
from shared.units.projection import Units
from tests.support.tale import Tale, day, id_of, land, roots
from tests.support.views import Views, asked

P = id_of("p")
IN_2022 = ("2022-01-01", "2023-01-01")
HEARD: frozenset[type[Event]] = frozenset({MeetingHeld})


def people(relations: Relations, *, stated: bool = True) -> Select[Any]:
    """Meetings: present out of expected, where anybody was expected; as `stated`, or nothing of the expected."""
    facts = relations.standing(MeetingHeld)
    expected = case((facts.c.roll_expected > 0, facts.c.roll_expected)) if stated else literal(None)
    return select(
        facts.c.branch.label("unit"),
        facts.c.day,
        facts.c.kind,
        facts.c.mode,
        facts.c.roll_present.label("numerator"),
        cast(expected, Integer).label("denominator"),
        facts.c.organisation.label("log"),
        facts.c.root_id.label("root"),
    )


def no_base(relations: Relations) -> Select[Any]:
    """The same without any denominator."""
    return people(relations, stated=False)


def monthly(relations: Relations) -> Select[Any]:
    """One row a month, for a branch; nobody said so."""
    month, unit = relations.months(), relations.tables["unit"]
    nobody = cast(literal(None), unit.c.id.type)
    return (
        select(
            unit.c.id.label("unit"),
            month.c.first.label("day"),
            cast(literal(1), Integer).label("numerator"),
            month.c.ends_quarter.label("denominator"),
            nobody.label("log"),
            nobody.label("root"),
        )
        .join(month, month.c.first >= unit.c.start_day)
        .where(unit.c.id == id_of("x"))
    )


FIGURES = {
    figure.name: figure
    for figure in (
        Figure("people", "…", "…", people, HEARD, keys=("kind",)),
        Figure("no-base", "…", "…", no_base, HEARD, keys=("kind",)),
        Figure("kinds", "…", "…", people, HEARD, measure=Distinct(("kind",)), keys=("mode",)),
        Figure("kinds-of-sum", "…", "…", people, HEARD, measure=Distinct(("kind",), of_sum=True)),
        Figure("often", "…", "…", people, HEARD, measure=Reaching("kind", "least"), parameters={"least": 50}),
        Figure("shares", "…", "…", people, HEARD, keys=("kind", "mode"), share_of=("mode",), units=(UNIT,)),
        Figure("apart", "…", "…", people, HEARD, keys=("kind",), apart=("kind",), common=()),
        Figure("monthly", "…", "…", monthly, HEARD),
    )
}


@pytest.fixture
def views(store: str) -> Iterator[Views]:
    """Views of units and meetings only, on each kind of store."""
    views = Views(store, Declaration("toy", UNIT_FACTS | HEARD, (Units,)), FIGURES)
    yield views
    views.close()


def met(tale: Tale) -> Tale:
    """Regular meetings of x (3 of 4) and y (1 of 4), a congress of x (2 of 2), in 2022; nobody was expected at z."""
    tale.met("x", "2022-01-31", present=3, absent=1)
    tale.met("y", "2022-02-01", present=1, absent=3)
    tale.met("x", "2022-02-02", present=2, kind=MeetingKind.CONGRESS)
    tale.met("z", "2022-02-03")
    return tale


def test_a_sum_counts_what_lies_in_the_unit_and_the_half_open_period(views: Views) -> None:
    views.feed(met(land()).logs)
    assert views.ask("people", asked(P, *IN_2022)).rows == {(): (6, 10)}
    assert views.ask("people", asked(id_of("y"), *IN_2022)).rows == {(): (1, 4)}
    assert views.ask("people", asked(P, "2022-01-31", "2022-02-01")).rows == {(): (3, 4)}
    by_month = {("2022-01",): (3, 4), ("2022-02",): (3, 6)}
    assert views.ask("people", asked(P, *IN_2022, "month")).rows == by_month


def test_where_no_fact_gives_a_denominator_there_is_none_whatever_the_measure(views: Views) -> None:
    views.feed(met(land()).logs)
    for name in ("people", "kinds", "kinds-of-sum", "often"):
        assert views.ask(name, asked(id_of("b3"), *IN_2022)).rows == {(): (0, None)}, name
    assert views.ask("people", asked(id_of("z"), *IN_2022)).rows == {(): (0, None)}, "a fact that states nothing"
    assert views.ask("no-base", asked(P, *IN_2022, "kind")).rows == {
        ("congress",): (2, None),
        ("regular",): (4, None),
    }


def test_different_things_count_once_each_where_any_row_of_theirs_counts(views: Views) -> None:
    views.feed(met(land()).logs)
    assert views.ask("kinds", asked(P, *IN_2022)).rows == {(): (2, 2)}
    assert views.ask("kinds", asked(id_of("y"), *IN_2022)).rows == {(): (1, 1)}
    assert views.ask("kinds", asked(P, *IN_2022, "month")).rows == {("2022-01",): (1, 1), ("2022-02",): (2, 2)}
    assert views.ask("kinds-of-sum", asked(P, *IN_2022)).rows == {(): (2, 10)}


@pytest.mark.parametrize(("least", "reaching"), [(0, 2), (50, 2), (51, 1), (100, 1)])
def test_a_rate_is_reached_at_the_threshold_itself_and_pooled_over_the_unit(
    views: Views, least: int, reaching: int
) -> None:
    views.feed(met(land()).logs)
    # Regular: 4 of 8; congress: 2 of 2.
    assert views.ask("often", asked(P, *IN_2022, least=least)).rows == {(): (reaching, 2)}


def test_a_threshold_not_asked_for_is_the_declared_one(views: Views) -> None:
    views.feed(met(land()).logs)
    assert views.ask("often", asked(P, *IN_2022)).rows == {(): (2, 2)}


def test_lines_of_a_distribution_are_shares_of_their_group_and_tell_units_from_unit_years(views: Views) -> None:
    views.feed(met(land()).logs)
    given = views.ask("shares", asked(P, *IN_2022, "kind", "mode"))
    assert given.rows == {("congress", "in-person"): (2, 6), ("regular", "in-person"): (4, 6)}
    assert set(given.counts.values()) == {"unit-years"}, "x met twice"
    january = views.ask("shares", asked(P, "2022-01-01", "2022-02-02", "kind"))
    assert (january.rows, january.counts) == ({("regular",): (4, 4)}, {("regular",): "units"})


def test_keys_that_stay_apart_split_every_answer(views: Views) -> None:
    views.feed(met(land()).logs)
    assert views.ask("apart", asked(P, *IN_2022)).rows == {("congress",): (2, 2), ("regular",): (4, 8)}


def test_an_unknown_key_is_refused(views: Views) -> None:
    for name, key in (("people", "mode"), ("apart", "month"), ("apart", "unit")):
        with pytest.raises(UnknownKey) as refusal:
            views.ask(name, asked(P, *IN_2022, key))
        assert (refusal.value.code, refusal.value.field) == ("unknown-key", "by")


def test_months_are_those_that_begin_within_the_period(views: Views) -> None:
    views.feed(land().logs)
    assert views.ask("monthly", asked(P, "2021-12-02", "2022-03-31")).rows == {(): (3, 1)}
    assert views.ask("monthly", asked(P, "2022-01-02", "2022-01-31")).rows == {(): (0, None)}
    assert views.ask("monthly", asked(P, *IN_2022)).events == frozenset(), "nobody said so"


def test_more_than_a_hundred_years_of_months_are_refused(views: Views) -> None:
    views.feed(land().logs)
    assert views.ask("monthly", asked(P, "1950-01-01", "2050-01-01")).rows == {(): (480, 160)}, "founded in 2010"
    with pytest.raises(AskedTooMuch) as refusal:
        views.ask("monthly", asked(P, "1950-01-01", "2050-01-02"))
    assert isinstance(refusal.value, Refused)
    assert refusal.value.code == "period-too-long"


def test_what_counts_under_no_unit_is_asked_for_by_itself_and_totals_reconcile(views: Views) -> None:
    tale = met(land())
    lost = tale.met("never founded", "2022-02-04", present=7)
    views.feed(tale.logs)
    given = views.ask("people", asked(NO_UNIT, *IN_2022))
    assert (given.rows, given.events) == ({(): (7, 7)}, roots(lost))
    assert views.ask("people", asked(P, *IN_2022)).rows == {(): (6, 10)}


def test_events_come_in_a_fixed_order_page_by_page(views: Views) -> None:
    tale = met(land())
    views.feed(tale.logs)
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, asked(P, *IN_2022))
    with views.runner.generation.store.read() as connection:
        pages = [
            events_behind(connection, FIGURES["people"], relations, limit=2, offset=offset) for offset in (0, 2, 4)
        ]
        every = events_behind(connection, FIGURES["people"], relations, limit=10, offset=0)
    assert [len(page) for page in pages] == [2, 2, 0]
    assert [*pages[0], *pages[1]] == every == sorted(every)


def test_behind_a_corrected_fact_stands_its_root(views: Views) -> None:
    tale = land()
    root = tale.met("x", "2022-01-31", present=3)
    tale.logs.correct(root, tale.met("y", "2021-01-31", present=1).fact, "2022-06-30")
    views.feed(tale.logs)
    given = views.ask("people", asked(P, *IN_2022, "month"))
    assert (given.rows, given.events) == ({("2022-06",): (1, 1)}, roots(root))


def test_an_answer_as_known_then_knows_neither_later_facts_nor_corrections_nor_units(views: Views) -> None:
    tale = land()
    first = tale.met("x", "2022-01-31", present=3)
    then = tale.logs.clock
    tale.logs.correct(first, tale.met("x", "2021-01-31", present=1).fact, "2022-01-31")
    tale.merge("y", "x", on="2022-01-01")
    views.feed(tale.logs)
    for known, present, branch in ((then, 3, "x"), (None, 1, "y")):
        assert views.ask("people", asked(id_of(branch), *IN_2022, known=known)).rows == {(): (present, present)}
    assert views.ask("people", asked(id_of("x"), *IN_2022)).rows == {(): (0, None)}, "it has merged"


def test_a_past_of_too_many_facts_is_refused(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    views.feed(land().logs)
    monkeypatch.setattr(past, "FACTS_AT_MOST", 3)
    with pytest.raises(past.PastTooLarge) as refusal:
        views.ask("people", asked(P, *IN_2022, known=10**6))
    assert (refusal.value.code, refusal.value.field) == ("past-too-large", "known")


def test_a_figure_says_on_what_it_rests(views: Views) -> None:
    figure = FIGURES["people"]
    assert figure.reads == {"units"}
    assert figure.hears == UNIT_FACTS | HEARD
    assert figure.splits == ("month", "unit", "kind")
    question = Question(P, day("2022-01-01"), day("2022-01-01"))
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, question)
    with views.runner.generation.store.read() as connection:
        assert [row.numerator for row in answer(connection, figure, relations)] == [0], "an empty period holds nothing"
