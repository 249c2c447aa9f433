"""Are grades shared out, and years set beside each other, as a slow recount of the raw events has it?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ratings.domain.distribution import Rated, grouped
from services.ratings.domain.years import Comparable, Reason, series
from services.ratings.projections.rated import rated
from shared.history.figures import Question, Relations
from shared.units.calendar import percent_text
from shared.units.knowledge import Knowledge
from tests.oracle.grading import decided, moved, percent, shares
from tests.ratings.projections.ratings_views import ratings_views
from tests.ratings.reports.reviewed import drawn, reviewed
from tests.support.recounting import recounted
from tests.support.tale import Tale, id_of
from tests.support.views import Views

START, END, UNTIL = dt.date(2020, 1, 1), dt.date(2023, 1, 1), dt.date(2024, 1, 1)
SPLITS = ((), ("level",), ("period",), ("level", "axis", "rater", "period"))


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    views = ratings_views(f"sqlite:///{tmp_path / 'views.sqlite'}")
    yield views
    views.close()


def ratings(views: Views, tale: Tale, unit: str, until: dt.date = UNTIL) -> list[Rated]:
    tree = Knowledge().told(told.said for told in tale.logs.told).tree
    question = Question(id_of(unit), START, END)
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, question)
    with views.runner.generation.store.read() as connection:
        return rated(connection, relations, until, tree)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_split_is_as_recounted_and_every_percentage_rounded_alike(views: Views, seed: int) -> None:
    tale = drawn(seed)
    views.feed(tale.logs)
    history = recounted(tale.logs)
    for unit, until in (("root", UNTIL), ("u1", UNTIL), ("d2", UNTIL), ("root", END)):
        expected = decided(history, str(id_of(unit)), START, END, until)
        found = ratings(views, tale, unit, until)
        assert len(found) == len(expected) > 0
        for by in SPLITS:
            told = {
                (*group.keys.values(), group.scale, str(share.rank)): (share.numerator, share.denominator, group.counts)
                for group in grouped(found, by)
                for share in group.shares
            }
            assert told == shares(history, expected, by), (unit, by)
    assert all(percent_text(part, whole) == percent(part, whole) for whole in range(1, 60) for part in range(2 * whole))


@pytest.mark.parametrize("seed", [3, 4])
def test_units_rated_in_both_periods_are_counted_by_themselves(views: Views, seed: int) -> None:
    tale = drawn(seed)
    views.feed(tale.logs)
    history = recounted(tale.logs)
    facts = decided(history, str(id_of("root")), START, END, UNTIL)
    steps = [(each, step) for each in series(ratings(views, tale, "root")) for step in each.steps]
    assert any(step.moved for _, step in steps)
    for each, step in steps:
        sides = [
            [
                fact
                for fact in facts
                if (history.tree.kind(fact.body["unit"]), fact.body["axis"]) == (each.level, each.axis)
                and f"{fact.body['period']['start']}/{fact.body['period']['end']}" == group.keys["period"]
                and fact.body["grade"]["scale"] == group.scale
            ]
            for group in (step.before, step.after)
        ]
        if step.before.scale != step.after.scale:
            assert (step.comparable, step.moved) == (Comparable.NO, None)
        else:
            assert step.moved is not None
            assert step.moved._asdict() == moved(*sides)


def test_scales_never_compare_and_each_reason_is_named(views: Views) -> None:
    tale = reviewed()
    views.feed(tale.logs)
    branches = next(each for each in series(ratings(views, tale, "root")) if each.level == "branch")
    rules, scale = branches.steps
    assert (rules.comparable, set(rules.reasons)) == (
        Comparable.LIMITED,
        {Reason.OTHER_RULE_SET, Reason.OTHER_RATERS, Reason.OTHER_UNITS},
    )
    assert (scale.comparable, scale.moved) == (Comparable.NO, None)
    assert Reason.OTHER_SCALE in scale.reasons
    open_division = series(ratings(views, tale, "root"), frozenset({id_of("x")}))
    assert {step.comparable for each in open_division for step in each.steps} == {Comparable.NO}


@pytest.mark.parametrize(
    ("before", "after", "across"),
    [((2024, 2025), (2025, 2026), True), ((2023, 2024), (2024, 2025), False), ((2026, 2027), (2027, 2028), False)],
)
def test_a_step_over_the_reform_says_so(before: tuple[int, int], after: tuple[int, int], *, across: bool) -> None:
    def one(years: tuple[int, int]) -> Rated:
        start, end = (dt.date(number, 1, 1) for number in years)
        unit, rater = id_of("x"), id_of("root")
        return Rated(unit, unit, "branch", rater, "base-unit", "vertical", start, end, "s", 1, "Mạnh", rater, end)

    (found,) = series([one(before), one(after)])
    (step,) = found.steps
    assert (Reason.ACROSS_REFORM in step.reasons) is across
    assert step.comparable is (Comparable.LIMITED if across else Comparable.YES)
