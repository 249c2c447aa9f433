"""How old is a unit at the end of a period, and did it come of a merger or split? On both stores; and what is rated."""

from __future__ import annotations

import datetime as dt

import pytest

from services.ratings.domain.rules import Evidence, Life, Why, evaluate
from services.ratings.projections.ages import life_of, lives_of, months_between
from services.ratings.projections.indicators import asked_of, measure, put
from services.ratings.projections.proposals import Views as Proposing
from shared.contracts import membership
from shared.contracts.ratings import RuleDocument
from tests.support.tale import day, id_of, land
from tests.support.views import Views, asked


def lived(views: Views, unit: str, end: str = "2026-01-01") -> Life | None:
    return life_of(views.runner, asked(id_of(unit), "2025-01-01", end))


def rules(**more: object) -> RuleDocument:
    criterion = {"code": "a", "title": "A", "clause": "1", "points": 100, "indicator": "admissions", "counts": True}
    return RuleDocument.model_validate(
        {
            "schema_version": 2,
            "grades": [{"scale": "s", "rank": 1, "label": "Tốt"}],
            "criteria": [{**criterion, "bands": [{"at_least": 0, "points": 100}]}],
            "thresholds": [{"rank": 1, "at_least": 0}],
            **more,
        },
        strict=False,
    )


def test_age_is_counted_in_full_months_up_to_the_end_of_the_period() -> None:
    end = dt.date(2026, 1, 1)
    ages = [months_between(day(start), end) for start in ("2025-01-01", "2025-01-02", "2025-07-01", "2025-12-02")]
    assert ages == [12, 11, 6, 0]


def test_a_unit_that_came_of_a_merger_or_a_split_is_known_and_one_that_took_others_in_is_as_old_as_it_was(
    views: Views,
) -> None:
    tale = land()
    tale.unit("v", "branch", "b1", "h1", on="2025-07-01")
    tale.merge("v", "x", "y", on="2025-07-01")
    tale.unit("k", "branch", "b2", "h1", on="2025-06-01")
    tale.split("z", "k", on="2025-06-01")
    tale.unit("n", "branch", "b3", "h1", on="2025-03-01")
    tale.unit("o", "branch", "b3", "h1", on="2025-03-02")
    tale.merge("w", "o", on="2025-08-01")
    views.feed(tale.logs)
    assert lived(views, "v") == Life(6, of_change=True)
    assert lived(views, "k") == Life(7, of_change=True)
    assert lived(views, "n") == Life(10, of_change=False)
    found = lived(views, "w")
    assert found is not None
    assert (found.months > 12, found.of_change) == (True, False)
    assert lived(views, "v", "2025-07-01") is None
    assert lived(views, "nobody") is None
    names = ("v", "k", "n", "w", "nobody")
    every = lives_of(views.runner, asked(id_of("root"), "2025-01-01", "2026-01-01"), map(id_of, names))
    assert every == {id_of(name): lived(views, name) for name in names if name != "nobody"}


def test_a_unit_too_young_is_not_rated_and_one_of_a_merger_sooner(views: Views) -> None:
    tale = land()
    tale.unit("v", "branch", "b1", "h1", on="2025-07-01")
    tale.merge("v", "x", "y", on="2025-07-01")
    tale.unit("n", "branch", "b3", "h1", on="2025-07-01")
    for unit in ("v", "n"):
        tale.joined(f"lan {unit}", unit, "2025-08-01")
    views.feed(tale.logs)
    document = rules(youngest={"months": 12, "after_change": 6, "clause": "I"})
    asking = Proposing(views.runner)
    found = {
        unit: evaluate(document, asking.evidence(document, asked(id_of(unit), "2025-01-01", "2026-01-01")))
        for unit in ("v", "n")
    }
    assert (found["v"].grade is not None, found["n"].grade, found["n"].why) == (True, None, (Why.TOO_YOUNG,))


def test_nought_is_recorded_only_where_a_list_of_members_is_kept(views: Views) -> None:
    tale = land()
    tale.say(membership.MemberEntered(branch=id_of("x")), "lan", "2022-01-01")
    tale.joined("hoa", "z", "2025-05-01")
    views.feed(tale.logs)
    found = {
        unit: measure(views.runner, rules(), asked(id_of(unit), "2025-01-01", "2026-01-01")) for unit in ("x", "y", "z")
    }
    assert {unit: {key: each.numerator for key, each in said.items()} for unit, said in found.items()} == {
        "x": {"admissions": 0},
        "y": {},
        "z": {"admissions": 1},
    }


def test_a_criterion_over_three_years_is_measured_over_three_years(views: Views) -> None:
    tale = land()
    for year in (2022, 2023, 2025):
        tale.joined(f"lan {year}", "x", f"{year}-05-01")
    views.feed(tale.logs)
    document = rules()
    criterion = document.criteria[0].model_copy(update={"months": 36})
    document = document.model_copy(update={"criteria": (criterion,)})
    found = measure(views.runner, document, asked(id_of("x"), "2025-01-01", "2026-01-01"))
    assert {key: each.numerator for key, each in found.items()} == {"admissions:months=36": 2}
    assert evaluate(document, Evidence(found)).lines[0].numerator == 2


@pytest.mark.parametrize("indicator", ["concerns-answered", "books-kept", "nothing-like-it"])
def test_what_nobody_posts_facts_for_is_not_recorded(indicator: str) -> None:
    criterion = rules().criteria[0].model_copy(update={"indicator": indicator})
    document = rules().model_copy(update={"criteria": (criterion,)})
    wanted = asked_of(document)[indicator]
    assert put(wanted, asked(id_of("x"), "2025-01-01", "2026-01-01")) is None
