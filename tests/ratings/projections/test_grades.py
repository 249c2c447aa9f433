"""Which grades were given, proposed, reported? Shares of what was rated alike; scales never mixed."""

from __future__ import annotations

from shared.contracts.fields import EventReference, Grade
from shared.contracts.membership import Body
from shared.contracts.ratings import FigureReported, RatingDecided, RatingProposed
from tests.support.logs import Told
from tests.support.tale import Tale, id_of, land, roots, text, year
from tests.support.views import Views, asked

P = id_of("p")
EARLY_2023 = ("2023-01-01", "2023-04-01")


def decided(
    tale: Tale,
    unit: str,
    rank: int,
    at: str = "2023-01-15",
    *,
    of: int = 2022,
    scale: str = "strength",
    axis: str = "vertical",
    proposed: bool = False,
) -> Told:
    """The root body rates a unit for a year."""
    cls = RatingProposed if proposed else RatingDecided
    grade = Grade(scale=scale, rank=rank, label=f"loại {rank}")
    fact = cls(unit=id_of(unit), rater=id_of("root"), axis=axis, period=year(of), grade=grade)
    return tale.say(fact, unit, at)


def test_a_grade_is_a_share_of_all_that_were_decided_alike(views: Views) -> None:
    tale = land()
    behind = [decided(tale, "x", 1), decided(tale, "y", 1), decided(tale, "z", 2), decided(tale, "b1", 1)]
    behind.append(decided(tale, "x", 3, axis="territorial"))
    decided(tale, "w", 1, at="2023-04-01")
    decided(tale, "w", 1, proposed=True)
    views.feed(tale.logs)
    given = views.ask("grades", asked(P, *EARLY_2023, "level", "axis", "rank"))
    assert given.rows == {
        ("branch", "vertical", "1", "strength"): (2, 3),
        ("branch", "vertical", "2", "strength"): (1, 3),
        ("base-unit", "vertical", "1", "strength"): (1, 1),
        ("branch", "territorial", "3", "strength"): (1, 1),
    }
    assert given.events == roots(*behind)
    assert set(given.counts.values()) == {"units"}
    assert views.ask("grades", asked(P, *EARLY_2023, "rank")).rows[("1", "strength")] == (3, 5)


def test_what_was_reported_and_then_confirmed_by_its_rater_counts_once(views: Views) -> None:
    tale = land()
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.unit("committee", "committee", None, "d1", by="party")
    grade = Grade(scale="strength", rank=1, label="loại 1")
    fact = RatingDecided(
        unit=id_of("x"), rater=id_of("committee"), axis="party-committee", period=year(2022), grade=grade
    )
    report = tale.say(fact, "x", "2023-01-10")
    other = tale.say(fact.model_copy(update={"unit": id_of("y")}), "y", "2023-01-10")
    reference = EventReference(organisation=report.by, event=report.root.envelope.id)
    own = tale.say(fact.model_copy(update={"confirms": reference}), "x", "2023-01-20", "party")
    views.feed(tale.logs)
    given = views.ask("grades", asked(P, *EARLY_2023, "rank"))
    assert (given.rows, given.events) == ({("1", "strength"): (2, 2)}, roots(other, own))
    apart = views.ask("grades", asked(P, *EARLY_2023, "said_by"))
    assert apart.rows == {("rater", "strength"): (1, 1), ("subject", "strength"): (1, 1)}
    tale.logs.void(own)
    views.runner.take("ratings", [own.last])
    again = views.ask("grades", asked(P, *EARLY_2023, "rank"))
    assert (again.rows, again.events) == ({("1", "strength"): (2, 2)}, roots(other, report))


def test_scales_are_never_put_together(views: Views) -> None:
    tale = land()
    decided(tale, "x", 1)
    decided(tale, "y", 1, scale="completion")
    views.feed(tale.logs)
    assert views.ask("grades", asked(P, *EARLY_2023)).rows == {("completion",): (1, 1), ("strength",): (1, 1)}


def test_a_unit_rated_for_two_years_makes_unit_years(views: Views) -> None:
    tale = land()
    decided(tale, "x", 1)
    decided(tale, "x", 1, of=2021)
    decided(tale, "y", 2)
    views.feed(tale.logs)
    together = views.ask("grades", asked(P, *EARLY_2023, "rank"))
    assert together.rows == {("1", "strength"): (2, 3), ("2", "strength"): (1, 3)}
    assert set(together.counts.values()) == {"unit-years"}
    apart = views.ask("grades", asked(P, *EARLY_2023, "period", "rank"))
    assert apart.rows[("2021-01-01/2022-01-01", "1", "strength")] == (1, 1)
    assert apart.rows[("2022-01-01/2023-01-01", "1", "strength")] == (1, 2)
    assert set(apart.counts.values()) == {"units"}


def test_proposed_grades_stand_by_themselves(views: Views) -> None:
    tale = land()
    proposed = decided(tale, "x", 1, proposed=True)
    decided(tale, "y", 2)
    views.feed(tale.logs)
    given = views.ask("grades-proposed", asked(P, *EARLY_2023, "rank"))
    assert (given.rows, given.events) == ({("1", "strength"): (1, 1)}, roots(proposed))


def test_reported_figures_stand_report_by_report_and_enter_no_count(views: Views) -> None:
    tale = land()
    reports = [
        tale.new(
            FigureReported(
                indicator="admissions",
                scope=id_of(scope),
                period=year(2022),
                numerator=numerator,
                denominator=denominator,
                source="Báo cáo năm",
            ),
            "2023-01-20",
        )
        for scope, numerator, denominator in (("root", 50, 60), ("u1", 20, None))
    ]
    views.feed(tale.logs)
    given = views.ask("figures-reported", asked(P, *EARLY_2023))
    assert sorted(given.rows.values()) == [(20, None), (50, 60)]
    assert {keys[:2] for keys in given.rows} == {("admissions", *text("root")), ("admissions", *text("u1"))}
    assert given.events == roots(*reports)
    assert views.ask("admissions", asked(P, "2022-01-01", "2024-01-01")).rows == {(): (0, None)}
