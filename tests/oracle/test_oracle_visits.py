"""Does the oracle count visits and duties as the definitions say? Each case counted by hand in its first lines."""

from __future__ import annotations

from tests.oracle import Closing
from tests.oracle.figure import month_of
from tests.oracle.story import Story, date, land, rate
from tests.oracle.visits import below_duty, cadres_below, duties, sittings, visit_items, visits

YEAR = (date("2022-01-01"), date("2023-01-01"))


def test_visits_are_counted_one_by_one_and_sittings_once() -> None:
    """lượt, cuộc: k and l (district) and m (commune) at one sitting, k at another next month: 4 lượt, 2 cuộc.

    District 3 lượt in 2 cuộc, commune 1 in 1: the cuộc of the tiers add up to 3, not to 2.
    """
    story = land()
    story.unit("x", "branch", "b1", "h1")
    for cadre, tier in (("k", "district"), ("l", "district"), ("m", "commune")):
        story.visited(cadre, "x", "2022-03-05", tier, meeting="one")
    story.visited("k", "x", "2022-04-05", meeting="two")
    history = story.recount()
    assert visits(history, "p", *YEAR).numerator == 4
    assert sittings(history, "p", *YEAR).numerator == 2
    assert [sittings(history, "p", *YEAR, tier=tier).numerator for tier in ("district", "commune")] == [2, 1]
    rows = history.rows("d1", visit_items(history, *YEAR), "tier", "month")
    assert {keys: figure.numerator for keys, figure in rows.items()} == {
        ("district", "2022-03"): 2,
        ("commune", "2022-03"): 1,
        ("district", "2022-04"): 1,
    }


def test_a_sitting_is_named_by_its_organisation_and_its_id() -> None:
    """lượt, cuộc: two organisations visit org's meeting one: 1 cuộc; other's meeting one is another: 2."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.visited("k", "x", "2022-03-05", meeting="one")
    story.visited("q", "x", "2022-03-05", meeting="one", by="party")
    assert sittings(story.recount(), "p", *YEAR).numerator == 1
    story.visited("k", "x", "2022-03-05", meeting="one", host="other")
    assert sittings(story.recount(), "p", *YEAR).numerator == 2


def duty(story: Story, tier: str = "district", at_least: int = 1, starts: str = "2010-01-01", by: str = "org") -> None:
    """Cadres of a tier owe so many visits a month."""
    story.say("visit-duty-set", by, by=by, tier=tier, at_least=at_least, starts=starts)


def assigned(story: Story, cadre: str, area: str, starts: str, tier: str = "district") -> None:
    """A cadre is in charge of an area."""
    story.say("cadre-assigned", cadre, starts, tier=tier, area=area, starts=starts)


def test_a_cadre_who_visits_too_seldom_is_below_duty() -> None:
    """Below duty: owed 1, from 2 March 2: k visits once each month. March (1 owed): 0 of 1; April (2 owed): 1 of 1."""
    story = land()
    duty(story)
    duty(story, at_least=2, starts="2022-03-02")
    assigned(story, "k", "d1", "2022-01-01")
    story.visited("k", "b3", "2022-03-05")  # outside the area, which is not tested
    story.visited("k", "b1", "2022-04-05")
    history = story.recount()
    found = below_duty(history, "d1", date("2022-03-01"), date("2022-05-01"))
    assert {month: rate(figure) for month, figure in found.items()} == {"2022-03": (0, 1), "2022-04": (1, 1)}
    assert cadres_below(history, "p", date("2022-04-01")) == {"k"}
    assert cadres_below(history, "d2", date("2022-04-01")) == frozenset()


def test_duty_asks_for_the_whole_month() -> None:
    """Below duty: k is in charge from 2 February to 30 April: owed in March and April, not in February, not in May.

    k moves from d1 to d2 on 15 April without a gap, so April is owed; l, in charge from 1 February, is relieved on
    14 April and assigned again on the 15th: one day is missing, so April is not. Nobody visits: all owing are below.
    """
    story = land()
    duty(story)
    assigned(story, "k", "d1", "2022-02-02")
    assigned(story, "k", "d2", "2022-04-15")
    story.say("cadre-relieved", "k", "2022-04-15", area="d1", ends="2022-04-15")
    story.say("cadre-relieved", "k", "2022-05-01", area="d2", ends="2022-05-01")
    assigned(story, "l", "d1", "2022-02-01")
    story.say("cadre-relieved", "l", "2022-04-14", area="d1", ends="2022-04-14")
    assigned(story, "l", "d1", "2022-04-15")
    found = below_duty(story.recount(), "p", date("2022-02-01"), date("2022-06-01"))
    assert {month: rate(figure) for month, figure in found.items()} == {
        "2022-02": (1, 1),  # l alone: k began on the 2nd
        "2022-03": (2, 2),
        "2022-04": (1, 1),  # k alone
        "2022-05": (1, 1),  # l alone
    }


def test_the_last_day_of_the_month_belongs_to_it() -> None:
    """Below duty: relieved from 30 April on: in charge on 29 April and not on the 30th, so April is not owed."""
    story = land()
    duty(story)
    assigned(story, "k", "d1", "2022-01-01")
    story.say("cadre-relieved", "k", "2022-04-30", area="d1", ends="2022-04-30")
    assert set(below_duty(story.recount(), "p", date("2022-03-01"), date("2022-05-01"))) == {"2022-03"}


def test_one_day_of_excuse_frees_the_month() -> None:
    """Below duty: excused from 31 March to before 1 May: March and April are free, February and May are owed."""
    story = land()
    duty(story)
    assigned(story, "k", "d1", "2022-01-01")
    period = {"start": "2022-03-31", "end": "2022-05-01"}
    story.say("cadre-excused", "k", "2022-03-31", period=period, cause="training")
    found = below_duty(story.recount(), "p", date("2022-02-01"), date("2022-06-01"))
    assert set(found) == {"2022-02", "2022-05"}


def test_without_a_duty_in_force_nobody_is_below() -> None:
    """Below duty: the duty starts on 2 March and holds for districts: March owes nothing, April 1, commune nothing."""
    story = land()
    duty(story, starts="2022-03-02")
    assigned(story, "k", "d1", "2022-01-01")
    assigned(story, "m", "c1", "2022-01-01", tier="commune")
    found = below_duty(story.recount(), "p", date("2022-03-01"), date("2022-05-01"))
    assert {month: rate(figure) for month, figure in found.items()} == {"2022-04": (1, 1)}


def test_the_successors_duty_holds_after_the_closing() -> None:
    """Owner of a unit: org asks for 1 visit, heir for 2; k visits once a month: below from July, when org is closed."""
    story = land()
    duty(story)
    duty(story, at_least=2, by="heir")
    assigned(story, "k", "d1", "2022-01-01")
    for month in (6, 7):
        story.visited("k", "b1", f"2022-0{month}-05")
    story.closed["org"] = Closing(date("2022-07-01"), "heir")
    found = below_duty(story.recount(), "p", date("2022-06-01"), date("2022-08-01"))
    assert {month: figure.numerator for month, figure in found.items()} == {"2022-06": 0, "2022-07": 1}


def test_a_charge_passes_on_with_its_area_and_the_successor_relieves() -> None:
    """Owner of a unit: org closes for heir on 15 June: June is org's, July heir's; heir relieves k later, m before."""
    story = land()
    duty(story)
    duty(story, by="heir")
    assigned(story, "k", "d1", "2022-01-01")
    assigned(story, "m", "d1", "2022-01-01")
    story.closed["org"] = Closing(date("2022-06-15"), "heir")
    story.say("cadre-relieved", "k", "2022-08-01", by="heir", area="d1", ends="2022-08-01")
    story.say("cadre-relieved", "m", "2022-05-31", by="heir", area="d1", ends="2022-05-31")
    found = duties(story.recount(), date("2022-05-01"), date("2022-10-01"))
    assert {(owed.organisation, owed.cadre, month_of(owed.month)) for owed in found} == {
        ("org", "k", "2022-05"),
        ("org", "k", "2022-06"),
        ("heir", "k", "2022-07"),
    }
