"""Does the oracle count dues, cards, discipline and plans as the decision says? Each case counted by hand."""

from __future__ import annotations

from tests.oracle.coverage import exemplary_households
from tests.oracle.figure import Figure, History, Item
from tests.oracle.standings import (
    card_items,
    discipline_items,
    disciplined_head_items,
    dues_items,
    leader_items,
    once,
    planning_head_items,
)
from tests.oracle.story import Story, branches, date, land, rate, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))
QUARTER = (date("2022-01-01"), date("2022-04-01"))
DAY = date("2022-12-31")


def pays(story: Story, person: str, start: str, end: str, name: str = "dues-paid", **more: str) -> str:
    """Somebody pays for whole months, or is exempted."""
    return story.say(name, person, end, branch="x", period={"start": start, "end": end}, **more)


def owed(history: History, unit: str = "x") -> Figure:
    """The first quarter of 2022."""
    return once(history.within(unit, dues_items(history, *QUARTER)), "person", "branch", "month")


def of(history: History, unit: str, items: list[Item], *keys: str) -> tuple[int, int | None]:
    """Different things in a unit."""
    return rate(once(history.within(unit, items), *keys))


def test_every_month_on_whose_last_day_one_is_a_member_is_owed() -> None:
    """Dues: lan from 10 January owes 3 months, hoa, who resigns on 31 March, 2; 3 of 5 are paid, one of them late."""
    story = branches()
    lan = story.say("member-joined", "lan", "2022-01-10", branch="x")
    hoa = story.say("member-entered", "hoa", "2021-05-01", branch="x")
    story.say("member-resigned", "hoa", "2022-03-31", branch="x")
    early = pays(story, "lan", "2022-01-01", "2022-03-01")
    late = pays(story, "hoa", "2021-12-01", "2022-02-01")
    pays(story, "hoa", "2022-04-01", "2022-05-01")
    assert owed(story.recount()) == Figure(3, 5, refs(lan, hoa, early, late))


def test_an_exempted_month_is_not_owed() -> None:
    """Dues: of lan's 3 months February is exempted and March paid: 1 of 2, the exemption behind it too."""
    story = branches()
    lan = story.say("member-joined", "lan", "2022-01-10", branch="x")
    free = pays(story, "lan", "2022-02-01", "2022-03-01", "dues-exempted", ground="hardship")
    paid = pays(story, "lan", "2022-03-01", "2022-04-01")
    assert owed(story.recount()) == Figure(1, 2, refs(lan, free, paid))


def test_dues_count_for_the_line_under_any_of_the_persons_ids() -> None:
    """Dues: lan, received in y on 15 February, paid all in x under her second id: 1 of 1 in x, 2 of 2 in y."""
    story = branches()
    story.say("member-joined", "lan", "2022-01-10", branch="x")
    story.say("transfer-received", "lan", "2022-02-15", branch="y", origin="x")
    merge = story.say("persons-merged", "lan too", "2022-03-01", branch="x", into="lan")
    paid = pays(story, "lan too", "2022-01-01", "2022-04-01")
    history = story.recount()
    assert rate(owed(history)) == (1, 1)
    assert rate(owed(history, "y")) == (2, 2)
    assert refs(merge, paid) <= owed(history, "y").events
    assert rate(owed(history, "b1")) == (3, 3)


def test_a_card_is_held_until_the_last_word_takes_it_back() -> None:
    """Card: lan and hoa have one, hoa's is taken back, tam never had one: 1 of 3; before that day 2 of 3."""
    story = branches()
    for person in ("lan", "hoa", "tam"):
        story.say("member-joined", person, "2022-01-10", branch="x")
    for person in ("lan", "hoa"):
        story.say("card-issued", person, "2022-02-01", branch="x")
    back = story.say("card-withdrawn", "hoa", "2022-06-01", branch="x")
    history = story.recount()
    assert of(history, "x", list(card_items(history, DAY)), "person", "branch") == (1, 3)
    assert of(history, "x", list(card_items(history, date("2022-05-31"))), "person", "branch") == (2, 3)
    assert refs(back) <= once(list(card_items(history, DAY)), "person").events


def test_who_is_disciplined_twice_counts_once() -> None:
    """Disciplined: lan warned and expelled, hoa reprimanded, and lifted: 2 persons; in 2023 none."""
    story = branches()
    said = [
        story.say("discipline-decided", "lan", "2022-03-01", branch="x", level="warning"),
        story.say("member-expelled", "lan", "2022-06-01", branch="x", cause="discipline"),
        story.say("discipline-decided", "hoa", "2022-05-01", branch="y", level="reprimand"),
    ]
    story.say("discipline-lifted", "hoa", "2022-11-01", branch="y")
    history = story.recount()
    here = once(history.within("b1", discipline_items(history, *YEAR)), "person")
    assert here == Figure(2, None, refs(*said))
    assert not list(discipline_items(history, date("2023-01-01"), date("2024-01-01")))


def test_leaders_are_those_in_office_and_only_then() -> None:
    """Leaders disciplined: lan heads x, hoa was deputy of b1 until May: x 1 of 1; b1 1 of 2, hoa's came too late."""
    story = branches()
    story.say("branch-head-took-office", "x", "2021-01-05", branch="x", person="lan", title="head")
    story.say("officer-elected", "b1", "2021-01-05", unit="b1", person="hoa", post="deputy")
    story.say("officer-left", "b1", "2022-05-01", unit="b1", person="hoa", post="deputy")
    for person, on in (("lan", "2022-03-01"), ("hoa", "2022-05-01"), ("tam", "2022-05-01")):
        story.say("discipline-decided", person, on, branch="y", level="reprimand")
    history = story.recount()
    assert of(history, "x", list(leader_items(history, *YEAR)), "person") == (1, 1)
    assert of(history, "b1", list(leader_items(history, *YEAR)), "person") == (1, 2)
    assert of(history, "b2", list(leader_items(history, *YEAR)), "person") == (0, None)


def test_a_head_is_judged_for_the_whole_period() -> None:
    """Head disciplined: lan heads x from November, warned in March elsewhere: 1 of 1; hoa, who left in May, is out."""
    story = branches()
    story.say("branch-head-took-office", "x", "2021-01-05", branch="x", person="hoa", title="head")
    story.say("branch-head-left-office", "x", "2022-05-01", branch="x", person="hoa")
    story.say("branch-head-took-office", "x", "2022-11-01", branch="x", person="lan", title="head")
    for person in ("lan", "hoa"):
        story.say("discipline-decided", person, "2022-03-01", branch="y", level="warning")
    history = story.recount()
    assert of(history, "x", list(disciplined_head_items(history, *YEAR)), "unit", "person") == (1, 1)


def test_a_plan_is_that_of_the_year_and_the_branch() -> None:
    """Plan registered: lan for x and 2022, hoa of y for 2021 only, tam of z for another branch: 1 of 3."""
    story = branches()
    for person, branch in (("lan", "x"), ("hoa", "y"), ("tam", "z")):
        story.say("branch-head-took-office", branch, "2021-01-05", branch=branch, person=person, title="head")
    story.say("plan-registered", "lan", "2022-02-01", unit="x", year=2022)
    story.say("plan-registered", "hoa", "2022-02-01", unit="y", year=2021)
    story.say("plan-registered", "tam", "2022-02-01", unit="y", year=2022)
    history = story.recount()
    assert of(history, "p", list(planning_head_items(history, DAY)), "unit", "person") == (1, 3)


def test_households_need_both_counts_in_one_place() -> None:
    """Exemplary households: h1 40 of 50 as last counted; h2 has no count of all, c2 none of the exemplary: 40 of 50."""
    story = land()
    for scope, group, count, on in (
        ("h1", "households", 60, "2021-06-01"),
        ("h1", "households", 50, "2022-06-01"),
        ("h1", "exemplary-households", 40, "2022-06-01"),
        ("h2", "exemplary-households", 30, "2022-06-01"),
        ("c2", "households", 99, "2022-06-01"),
    ):
        story.say("people-counted", f"{scope} {group} {on}", on, scope=scope, group=group, count=count, counted_on=on)
    history = story.recount()
    assert rate(exemplary_households(history, "p", DAY)) == (40, 50)
    assert rate(exemplary_households(history, "h2", DAY)) == (0, None)
