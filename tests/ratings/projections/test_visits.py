"""Did cadres come? Visits, sittings, and who stayed below the duty of a month; counted by hand."""

from __future__ import annotations

from random import Random

import pytest

from shared.contracts import meetings
from shared.contracts.fields import Period
from tests.support.logs import Told
from tests.support.tale import Tale, day, id_of, land, roots, text
from tests.support.views import Views, asked

P = id_of("p")
IN_2022 = ("2022-01-01", "2023-01-01")
JANUARY = ("2022-01-01", "2022-02-01")


def duty(tale: Tale, at_least: int, starts: str, tier: str = "district", by: str = "women") -> Told:
    """Cadres of a tier owe so many visits a month."""
    return tale.say(meetings.VisitDutySet(tier=tier, at_least=at_least, starts=day(starts)), by, starts, by)


def assigned(tale: Tale, cadre: str, area: str, starts: str, tier: str = "district") -> Told:
    """A cadre is in charge of an area."""
    return tale.say(meetings.CadreAssigned(tier=tier, area=id_of(area), starts=day(starts)), cadre, starts)


def relieved(tale: Tale, cadre: str, area: str, ends: str, by: str = "women") -> Told:
    """And no longer."""
    return tale.say(meetings.CadreRelieved(area=id_of(area), ends=day(ends)), cadre, ends, by)


def test_each_cadre_at_a_sitting_is_a_visit_and_the_sitting_is_one(views: Views) -> None:
    tale = land()
    visits = [
        tale.visited("an", "x", "2022-01-05", "m1"),
        tale.visited("binh", "x", "2022-01-05", "m1", tier="province"),
        tale.visited("an", "z", "2022-02-05", "m2"),
    ]
    views.feed(tale.logs)
    given = views.ask("visits", asked(P, *IN_2022, "tier", "month"))
    assert given.rows == {
        ("district", "2022-01"): (1, None),
        ("district", "2022-02"): (1, None),
        ("province", "2022-01"): (1, None),
    }
    assert given.events == roots(*visits)
    assert views.ask("visits", asked(id_of("b1"), *IN_2022)).rows == {(): (2, None)}
    assert views.ask("sittings-visited", asked(P, *IN_2022)).rows == {(): (2, None)}
    tiers = {("district",): (2, None), ("province",): (1, None)}
    assert views.ask("sittings-visited", asked(P, *IN_2022, "tier")).rows == tiers, "tiers do not add up"


def test_below_duty_are_those_in_charge_all_month_with_too_few_visits_anywhere(views: Views) -> None:
    tale = land()
    duty(tale, 2, "2022-01-01")
    charge = assigned(tale, "an", "d1", "2022-01-01")
    assigned(tale, "binh", "d1", "2022-01-02")
    anywhere = tale.visited("an", "w", "2022-01-31", "m1")
    tale.visited("an", "x", "2022-02-01", "m2")
    views.feed(tale.logs)
    given = views.ask("cadres-below-duty", asked(id_of("d1"), *JANUARY, "cadre"))
    assert given.rows == {text("an"): (1, 1)}
    assert given.events == roots(charge, anywhere)
    assert views.ask("cadres-below-duty", asked(id_of("d2"), *JANUARY)).rows == {(): (0, None)}


def test_a_cadre_of_two_areas_is_one_cadre_in_a_unit_that_holds_both(views: Views) -> None:
    tale = land()
    duty(tale, 1, "2022-01-01")
    both = [assigned(tale, "an", area, "2021-12-01") for area in ("d1", "d2")]
    views.feed(tale.logs)
    given = views.ask("cadres-below-duty", asked(P, *JANUARY))
    assert given.rows == {(): (1, 1)}
    assert given.events == roots(*both)
    assert views.ask("cadres-below-duty", asked(id_of("d1"), *JANUARY)).rows == {(): (1, 1)}


def test_areas_that_follow_each_other_without_a_gap_make_one_month(views: Views) -> None:
    tale = land()
    duty(tale, 1, "2022-01-01")
    assigned(tale, "an", "d1", "2021-12-01")
    relieved(tale, "an", "d1", "2022-01-15")
    assigned(tale, "an", "d2", "2022-01-15")
    assigned(tale, "binh", "d1", "2021-12-01")
    relieved(tale, "binh", "d1", "2022-01-15")
    assigned(tale, "binh", "d2", "2022-01-16")
    views.feed(tale.logs)
    assert views.ask("cadres-below-duty", asked(P, *JANUARY, "cadre")).rows == {text("an"): (1, 1)}


def test_who_is_excused_on_any_day_owes_nothing_that_month(views: Views) -> None:
    tale = land()
    duty(tale, 1, "2022-01-01")
    assigned(tale, "an", "d1", "2021-12-01")
    leave = Period(start=day("2022-01-31"), end=day("2022-02-01"))
    tale.say(meetings.CadreExcused(period=leave, cause="leave"), "an", "2022-01-20")
    views.feed(tale.logs)
    given = views.ask("cadres-below-duty", asked(P, "2022-01-01", "2022-03-01", "month"))
    assert given.rows == {("2022-02",): (1, 1)}


def test_the_duty_in_force_on_the_first_of_the_month_counts_and_without_one_nobody_owes(views: Views) -> None:
    tale = land()
    assigned(tale, "an", "d1", "2021-12-01")
    duty(tale, 1, "2022-02-01")
    duty(tale, 2, "2022-02-02")
    tale.visited("an", "x", "2022-02-05", "m1")
    tale.visited("an", "x", "2022-03-05", "m2")
    views.feed(tale.logs)
    given = views.ask("cadres-below-duty", asked(P, "2022-01-01", "2022-04-01", "month"))
    assert given.rows == {("2022-02",): (0, 1), ("2022-03",): (1, 1)}


@pytest.mark.parametrize("seed", [None, 1])
def test_a_charge_passes_to_the_successor_with_its_duty_and_ends_by_its_word(views: Views, seed: int | None) -> None:
    """1 visit is owed to women, 2 to heir, who follows on 15 March; 1 is made a month, April is free, May is last."""
    tale = land()
    tale.organisation("heir")
    duty(tale, 1, "2022-01-01")
    duty(tale, 2, "2022-01-01", by="heir")
    given_by_women = assigned(tale, "an", "d1", "2022-01-01")
    assigned(tale, "binh", "d1", "2022-01-01")
    for month in range(1, 8):
        tale.visited("an", "x", f"2022-0{month}-05", f"m{month}")
    leave = Period(start=day("2022-04-10"), end=day("2022-04-11"))
    tale.say(meetings.CadreExcused(period=leave, cause="leave"), "an", "2022-03-01")
    tale.logs.close(id_of("women"), id_of("heir"), day("2022-03-15"))
    relieved(tale, "an", "d1", "2022-06-01", "heir")
    relieved(tale, "binh", "d1", "2022-02-20", "heir")
    views.feed(tale.logs, None if seed is None else Random(seed))
    given = views.ask("cadres-below-duty", asked(P, "2022-01-01", "2022-08-01", "cadre", "organisation", "month"))
    assert given.rows == {
        (*text("an"), *text("women"), "2022-01"): (0, 1),
        (*text("binh"), *text("women"), "2022-01"): (1, 1),
        (*text("an"), *text("women"), "2022-02"): (0, 1),
        (*text("an"), *text("women"), "2022-03"): (0, 1),
        (*text("an"), *text("heir"), "2022-05"): (1, 1),
    }
    assert roots(given_by_women) <= views.ask("cadres-below-duty", asked(P, "2022-05-01", "2022-06-01")).events
