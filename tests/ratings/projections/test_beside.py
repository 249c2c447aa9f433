"""What stands beside a counted figure? What was reported of just that, with the difference and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.ratings.projections import FIGURES
from services.ratings.projections.beside import Beside, beside, differs_since, reported_of
from services.ratings.projections.replay import REPLAYED
from shared.contracts.fields import Grade, Qualifier
from shared.contracts.ratings import FigureReported, RatingDecided
from shared.contracts.ratings.reports import ReportedOf
from shared.history.figures import Question, Relations, Row, answer
from shared.history.replay import wording
from shared.history.replay.moments import end_of, local
from shared.units.calendar import day_text
from tests.support.logs import Told
from tests.support.tale import Tale, id_of, land, year
from tests.support.views import Views, asked

DAYS = 86_400_000_000
YEAR = asked(id_of("u1"), "2022-01-01", "2023-01-01")


class Asking:
    """A figure put to views, with what others reported of it."""

    def __init__(self, views: Views, name: str, question: Question) -> None:
        self.views, self.figure, self.question = views, FIGURES[name], question

    def lines(self, keys: tuple[str, ...], day: dt.date | None) -> Sequence[Row]:
        known = self.question.known if day is None else end_of(day)
        wanted = replace(self.question, by=keys, known=known)
        relations = Relations(self.views.runner.facts, self.views.runner.generation.metadata.tables, wanted)
        with self.views.runner.generation.store.read() as connection:
            return answer(connection, self.figure, relations)

    def beside(self) -> list[Beside]:
        with self.views.runner.generation.store.read() as connection:
            reports = reported_of(connection, self.views.runner.facts, self.figure, self.question)
        return beside(self.figure, reports, self.lines)

    def since(self, each: Beside, today: dt.date) -> dt.date | None:
        return differs_since(self.figure, each, today, self.lines)


def reports(tale: Tale, indicator: str, numerator: int | None, denominator: int | None = None, **more: Any) -> Told:
    """The line's own body reports a figure of 2022."""
    fact = FigureReported(
        indicator=indicator,
        scope=id_of(more.pop("scope", "u1")),
        period=more.pop("period", year(2022)),
        numerator=numerator,
        denominator=denominator,
        source="Báo cáo năm",
        **more,
    )
    return tale.new(fact, "2023-02-01")


def graded(tale: Tale, unit: str, rank: int) -> Told:
    grade = Grade(scale="strength", rank=rank, label=f"loại {rank}")
    fact = RatingDecided(unit=id_of(unit), rater=id_of("root"), axis="vertical", period=year(2022), grade=grade)
    return tale.say(fact, unit, "2022-12-15")


def test_only_reports_of_the_same_figure_scope_and_period_stand_beside(views: Views) -> None:
    tale = land()
    tale.joined("lan", "x", "2022-03-01")
    mine = reports(tale, "admissions", 2, scope_said="toàn huyện", document="12-BC/HPN", received_by="Huyện ủy")
    reports(tale, "admissions", 3, scope="u2")
    reports(tale, "admissions", 4, period=year(2021))
    reports(tale, "referrals", 5)
    views.feed(tale.logs)
    (found,) = Asking(views, "admissions", YEAR).beside()
    assert found.reported.event == mine.root.envelope.id
    assert (found.counted, found.difference.numerator, found.difference.agrees) == ((1, None), -1, False)
    fact = found.reported.fact
    assert (fact.scope_said, fact.document, fact.received_by) == ("toàn huyện", "12-BC/HPN", "Huyện ủy")
    on_the_day = Asking(views, "members", asked(id_of("u1"), "2022-12-31", "2023-01-01"))
    assert on_the_day.beside() == []


def test_a_figure_of_a_day_stands_beside_reports_whose_period_ends_with_it(views: Views) -> None:
    tale = land()
    tale.joined("lan", "x", "2022-03-01")
    reports(tale, "members", 1)
    views.feed(tale.logs)
    (found,) = Asking(views, "members", asked(id_of("u1"), "2022-12-31", "2023-01-01")).beside()
    assert found.difference.agrees is True


def test_a_line_of_a_distribution_stands_beside_that_line_and_none_is_nought_of_all(views: Views) -> None:
    tale = land()
    for unit, rank in (("x", 1), ("y", 1), ("z", 2)):
        graded(tale, unit, rank)
    for place, number in (("1", 2), ("2", 2), ("3", 1)):
        split = (ReportedOf(key="level", value="branch"), ReportedOf(key="rank", value=place))
        reports(tale, "grades", number, 3, split=split)
    reports(tale, "grades", None, qualifier=Qualifier.MOST, split=(ReportedOf(key="rank", value="1"),))
    reports(tale, "grades", 1, 3, split=(ReportedOf(key="colour", value="red"),))
    views.feed(tale.logs)
    found = {
        tuple(each.reported.keys.values()): (each.counted, each.difference.agrees)
        for each in Asking(views, "grades", YEAR).beside()
    }
    assert found == {
        ("branch", "1"): ((2, 3), True),
        ("branch", "2"): ((1, 3), False),
        ("branch", "3"): ((0, 3), False),
        ("1",): ((2, 3), True),
        ("red",): (None, None),
    }


def test_two_differ_from_the_recorded_day_on_which_they_fell_out(views: Views) -> None:
    """A report that was right when it came, and is no longer since a late admission was recorded forty days on."""
    tale = land()
    tale.joined("lan", "x", "2022-03-01")
    reports(tale, "admissions", 1)
    reports(tale, "admissions", 9)
    came = local(tale.logs.clock).date()
    tale.logs.clock += 40 * DAYS
    tale.joined("hoa", "y", "2022-04-01")
    late = local(tale.logs.clock).date()
    views.feed(tale.logs)
    asking = Asking(views, "admissions", YEAR)
    right, wrong = asking.beside()
    assert (late - came).days == 40
    assert asking.since(right, late + dt.timedelta(days=300)) == late
    assert asking.since(wrong, late + dt.timedelta(days=300)) == came
    then = Asking(views, "admissions", replace(YEAR, known=end_of(late - dt.timedelta(days=1))))
    assert [each.difference.agrees for each in then.beside()] == [True, False]
    assert then.since(then.beside()[0], late) is None


def test_a_replay_prints_what_was_reported_beside_each_figure(views: Views) -> None:
    """And finds by itself up to which day to look."""
    tale = land()
    tale.joined("lan", "x", "2022-03-01")
    reports(tale, "admissions", 1, document="12-BC/HPN")
    tale.logs.clock += 40 * DAYS
    tale.joined("hoa", "y", "2022-04-01")
    views.feed(tale.logs)
    asking = REPLAYED.asked(["admissions", "referrals"], id_of("u1"), dt.date(2022, 1, 1), dt.date(2023, 1, 1))
    (found,) = REPLAYED.beside(views.runner, asking)
    day = local(tale.logs.clock).date()
    assert (found["figure"], found["since"]) == ("admissions", day.isoformat())
    said = wording.beside(found)
    assert said == f"báo cáo: 1 (Báo cáo năm; 12-BC/HPN); đếm được 2: khác từ {day_text(day)}"
