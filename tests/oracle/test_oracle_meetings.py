"""Does the oracle count meetings and visits as the definitions say? Each case counted by hand in its first lines."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle import Figure
from tests.oracle.meetings import attendance, attending_regularly, held, held_items, met, met_items, strangers
from tests.oracle.membership import members
from tests.oracle.story import Story, date, land, rate, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))


def monthly(story: Story, every: str = "month", kind: str = "branch", starts: str = "2010-01-01") -> None:
    """The organisation's branches owe a meeting each month, unless said otherwise."""
    story.say("periodicity-set", "org", unit_kind=kind, every=every, starts=starts)


def test_all_regular_meetings_are_held_by_branch_and_local_month() -> None:
    """held: x meets twice in March and once at 17:30Z on 31 March (that is April); a thematic one is left out."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    for day in ("2022-03-05", "2022-03-20", "2022-03-31T17:30:00Z"):
        story.met("x", day)
    story.met("x", "2022-03-25", kind="thematic")
    history = story.recount()
    rows = history.rows("p", held_items(history, *YEAR), "branch", "month")
    assert {keys: figure.numerator for keys, figure in rows.items()} == {("x", "2022-03"): 2, ("x", "2022-04"): 1}
    assert held(history, "d2", *YEAR).numerator == 0


def test_a_meeting_of_a_sub_branch_counts_in_the_branch_above() -> None:
    """sub-branch: s of x meets in March: x has held 1, and its March is met; s itself owes nothing: 1 of 12."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.unit("s", "sub-branch", "x")
    monthly(story)
    monthly(story, kind="sub-branch")
    story.met("s", "2022-03-05")
    history = story.recount()
    assert held(history, "x", *YEAR).numerator == 1
    assert rate(met(history, "x", *YEAR)) == (1, 12)
    assert rate(met(history, "s", *YEAR)) == (0, None)


def test_a_month_is_due_when_the_branch_lives_on_its_first_and_last_day() -> None:
    """due: x lives from 2 February to 30 June (dissolved on that day): due March, April, May = 3."""
    story = land()
    story.unit("x", "branch", "b1", "h1", on="2022-02-02")
    story.say("unit-dissolved", "x", "2022-06-30", effective="2022-06-30")
    monthly(story)
    history = story.recount()
    months = history.rows("p", met_items(history, *YEAR), "month")
    assert set(months) == {("2022-03",), ("2022-04",), ("2022-05",)}


def test_a_quarter_stands_in_its_last_month() -> None:
    """due: quarterly from 2010: in February to May only Q1 (in March); a year has 4; founded on 2 July, Q4 alone."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.unit("y", "branch", "b2", "h3", on="2022-07-02")
    monthly(story, "quarter")
    story.met("x", "2022-01-15")
    history = story.recount()
    assert rate(met(history, "x", date("2022-02-01"), date("2022-06-01"))) == (1, 1)
    assert rate(met(history, "x", *YEAR)) == (1, 4)
    assert rate(met(history, "y", *YEAR)) == (0, 1)


def test_the_periodicity_is_that_of_the_first_of_the_month() -> None:
    """due: monthly, quarterly from 2 May, base-branches never: due January to May (5), then Q2, Q3, Q4: 8."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.unit("y", "base-branch", "b1", "h1")
    monthly(story)
    monthly(story, "quarter", starts="2022-05-02")
    history = story.recount()
    assert rate(met(history, "x", *YEAR)) == (0, 8)
    assert rate(met(history, "y", *YEAR)) == (0, None)


def test_a_due_period_is_met_once() -> None:
    """met: x meets twice in March, once in May, and extraordinarily in April: 2 of 12, with 3 meetings behind it."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    monthly(story)
    behind = [story.met("x", day) for day in ("2022-03-05", "2022-03-20", "2022-05-05")]
    story.met("x", "2022-04-05", kind="extraordinary")
    assert met(story.recount(), "p", *YEAR) == Figure(2, 12, refs(*behind))


def test_a_merged_branch_owes_and_meets_as_the_new_one() -> None:
    """due: x and y merge into n on 1 July: 6 + 6 before, 6 after = 18; x met in June and n in July: 2."""
    story = land()
    for branch, hamlet in {"x": "h1", "y": "h2"}.items():
        story.unit(branch, "branch", "b1", hamlet)
    story.unit("n", "branch", "b1", "h1", on="2022-07-01")
    story.merge("n", ["x", "y"], "2022-07-01")
    monthly(story)
    story.met("x", "2022-06-10")
    story.met("n", "2022-07-10")
    assert rate(met(story.recount(), "b1", *YEAR)) == (2, 18)


def test_attendance_is_the_sum_of_those_present_of_those_expected() -> None:
    """attendance: 8 of 10 and 1 of 2 (1 excused) are 9 of 12; 5 guests and a thematic meeting of 50 stay out."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.met("x", "2022-03-05", present=8, absent=2, guests=5)
    story.met("x", "2022-04-05", present=1, excused=1)
    story.met("x", "2022-04-06", present=50, kind="thematic")
    assert rate(attendance(story.recount(), "p", *YEAR)) == (9, 12)
    assert rate(attendance(story.recount(), "d2", *YEAR)) == (0, None)


def test_who_is_away_is_not_expected() -> None:
    """away: 3 members, 1 of them away: the roll expects 2, both there: 2/2, and still 3 members."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    for person in ("an", "bình", "chi"):
        story.say("member-entered", person, "2022-01-01", branch="x")
    story.met("x", "2022-03-05", present=2, named={"present": ["an", "bình"]})
    history = story.recount()
    assert rate(attendance(history, "x", *YEAR)) == (2, 2)
    assert members(history, "x", date("2022-03-05")).numerator == 3


def test_a_named_roll_may_leave_out_members_but_holds_no_other() -> None:
    """Named roll: an is a member of x, bình of its sub-branch; chi left on the day, dung joins the day after."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.unit("s", "sub-branch", "x")
    for person, branch in {"an": "x", "bình": "s", "chi": "x", "em": "x"}.items():
        story.say("member-entered", person, "2022-01-01", branch=branch)
    story.say("member-resigned", "chi", "2022-03-05", branch="x")
    story.say("member-joined", "dung", "2022-03-06", branch="x")
    story.met("x", "2022-03-04", present=2, absent=1, named={"present": ["an", "bình"], "absent": ["chi"]})
    assert strangers(story.recount()) == {}
    wrong = story.met("x", "2022-03-05", present=3, named={"present": ["an", "chi", "dung"]})
    assert strangers(story.recount()) == {("org", wrong): {"chi", "dung"}}


def test_a_person_attends_regularly_over_the_rolls_that_name_it() -> None:
    """Attending regularly: of four named rolls an was at 3 of 4, bình at 1 of 1, chi at 1 of 2, dung at 0 of 1.

    At 75 %: an and bình = 2 of 4; at 50 %: chi too = 3 of 4; above 75 %: bình alone. The roll by counts is left out.
    """
    story = land()
    story.unit("x", "branch", "b1", "h1")
    rolls = [
        {"present": ["an", "bình"], "absent": ["chi"]},
        {"present": ["an", "chi"]},
        {"present": ["an"], "excused": ["dung"]},
        {"absent": ["an"]},
    ]
    for month, named in enumerate(rolls, start=1):
        counts = {part: len(people) for part, people in named.items()}
        story.met("x", f"2022-0{month}-05", named=named, **counts)
    story.met("x", "2022-09-05", present=50)
    history = story.recount()
    assert rate(attending_regularly(history, "p", *YEAR, 75)) == (2, 4)
    assert rate(attending_regularly(history, "p", *YEAR, 50)) == (3, 4)
    assert rate(attending_regularly(history, "p", *YEAR, Fraction(751, 10))) == (1, 4)
    assert rate(attending_regularly(history, "d2", *YEAR, 50)) == (0, None)


def test_a_person_of_two_branches_is_pooled_in_the_unit_above() -> None:
    """Attending regularly: an at 1 of 1 in x and 0 of 1 in y; at 60 %: 1/1 in x, 0/1 in y, 0/1 in b1."""
    story = land()
    for branch, hamlet in {"x": "h1", "y": "h2"}.items():
        story.unit(branch, "branch", "b1", hamlet)
    story.met("x", "2022-03-05", present=1, named={"present": ["an"]})
    story.met("y", "2022-03-06", absent=1, named={"absent": ["an"]})
    history = story.recount()
    found = {unit: rate(attending_regularly(history, unit, *YEAR, 60)) for unit in ("x", "y", "b1")}
    assert found == {"x": (1, 1), "y": (0, 1), "b1": (0, 1)}
