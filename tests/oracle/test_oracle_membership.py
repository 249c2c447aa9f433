"""Does the oracle count members as the definitions say? Each case counted by hand in its first lines."""

from __future__ import annotations

from tests.oracle import Closing, Figure
from tests.oracle.membership import ADMISSION, PARTY_ADMISSION, REFERRAL, counted, members, persons
from tests.oracle.story import Story, branches, date, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))
MAY, JUNE, JULY = "2022-05-01", "2022-06-01", "2022-07-01"


def here(story: Story, unit: str, on: str) -> int:
    """Members of a unit on a day."""
    return members(story.recount(), unit, date(on)).numerator


def test_members_are_pairs_and_persons_are_persons() -> None:
    """member: an in x and y, bình in x, chi left x on 1 June: in b1 on that day 3 members, 2 persons; in x 2 and 2."""
    story = branches()
    behind = [
        story.say("member-entered", "an", MAY, branch="x"),
        story.say("member-joined", "an", MAY, branch="y"),
        story.say("member-joined", "bình", MAY, branch="x"),
    ]
    story.say("member-joined", "chi", MAY, branch="x")
    story.say("member-resigned", "chi", JUNE, branch="x")
    history = story.recount()
    assert members(history, "b1", date(JUNE)) == Figure(3, None, refs(*behind))
    assert persons(history, "b1", date(JUNE)) == Figure(2, None, refs(*behind))
    assert members(history, "x", date(JUNE)).numerator == persons(history, "x", date(JUNE)).numerator == 2
    assert members(history, "x", date("2022-05-31")).numerator == 3
    assert members(history, "p", date("2022-04-30")).numerator == 0


def test_each_way_of_leaving_ends_a_membership() -> None:
    """member: matured, struck off, resigned and expelled end it on their day: 4 members on 31 May, 0 on 1 June."""
    story = branches()
    for leaving in ("member-matured", "member-struck-off", "member-resigned", "member-expelled"):
        story.say("member-joined", leaving, MAY, branch="x")
        story.say(leaving, leaving, JUNE, branch="x", cause="any")
    assert (here(story, "x", "2022-05-31"), here(story, "x", JUNE)) == (4, 0)


def test_the_opening_of_the_book_is_no_admission() -> None:
    """opening: 2 entered and 1 joined are 3 members, 1 admission; a person entered in two branches is 2."""
    story = branches()
    story.say("member-entered", "an", MAY, branch="x")
    story.say("member-entered", "an", MAY, branch="z")
    story.say("member-joined", "bình", MAY, branch="x")
    history = story.recount()
    assert members(history, "p", date(MAY)).numerator == 3
    assert counted(history, ADMISSION, "p", *YEAR).numerator == 1


def test_a_sub_branch_counts_in_the_branch_above_it() -> None:
    """sub-branch: an in x, bình in its sub-branch s, chi in both: 3 members of x, 1 of them told by s alone."""
    story = branches()
    story.unit("s", "sub-branch", "x")
    story.say("member-entered", "an", MAY, branch="x")
    story.say("member-entered", "bình", MAY, branch="s")
    assert (here(story, "x", MAY), here(story, "s", MAY), here(story, "h1", MAY)) == (2, 1, 2)
    story.say("member-entered", "chi", MAY, branch="x")
    story.say("member-entered", "chi", MAY, branch="s")
    assert (here(story, "x", MAY), here(story, "b1", MAY)) == (3, 3)


def test_a_transfer_counts_in_the_old_branch_until_the_reception() -> None:
    """transfer: introduced by x on 1 June, received by z on 1 July: in x up to 30 June, in z from 1 July, always 1."""
    story = branches()
    story.say("member-joined", "an", MAY, branch="x")
    story.say("transfer-introduced", "an", JUNE, branch="x", destination="z")
    received = story.say("transfer-received", "an", JULY, branch="z", origin="x")
    assert [(here(story, "x", day), here(story, "z", day)) for day in (JUNE, "2022-06-30", JULY)] == [
        (1, 0),
        (1, 0),
        (0, 1),
    ]
    assert members(story.recount(), "p", date(JULY)).events == refs(received)


def test_a_reception_without_an_origin_ends_the_membership_that_was_introduced() -> None:
    """transfer: an in x and y, introduced by y, received by z: x and z remain."""
    story = branches()
    story.say("member-joined", "an", MAY, branch="x")
    story.say("member-joined", "an", MAY, branch="y")
    story.say("transfer-introduced", "an", JUNE, branch="x", destination="b3")  # to somewhere else
    story.say("transfer-introduced", "an", JUNE, branch="y")
    story.say("transfer-received", "an", JULY, branch="z")
    assert [here(story, branch, JULY) for branch in ("x", "y", "z")] == [1, 0, 1]


def test_a_reception_that_names_no_origin_ends_the_one_other_membership_in_the_organisation() -> None:
    """Transfer: bình in x and z, received by z: x ends. An in x and y, received by z: which is not said, so 3 remain.

    Chi was introduced by y, left it and came back: the old introduction is spent, so she is as an.
    """
    story = branches()
    for person, branch in (("an", "x"), ("an", "y"), ("bình", "x"), ("bình", "z"), ("chi", "x"), ("chi", "y")):
        story.say("member-entered", person, MAY, branch=branch)
    story.say("transfer-introduced", "chi", MAY, branch="y")
    story.say("member-resigned", "chi", JUNE, branch="y")
    story.say("member-joined", "chi", JUNE, branch="y")
    for person in ("an", "bình", "chi"):
        story.say("transfer-received", person, JULY, branch="z")
    assert [here(story, branch, JULY) for branch in ("x", "y", "z")] == [2, 2, 3]


def test_who_joins_twice_is_one_member_since_the_first_fact() -> None:
    """Member: an entered x in May and joined it in June: 1 member, behind it the entry."""
    story = branches()
    entered = story.say("member-entered", "an", MAY, branch="x")
    story.say("member-joined", "an", JUNE, branch="x")
    assert members(story.recount(), "p", date(JULY)) == Figure(1, None, refs(entered))


def test_the_receivers_fact_alone_ends_a_membership_in_another_organisation() -> None:
    """transfer: other's branch o receives an from org's x; org says nothing: 0 in x and 1 in o from that day."""
    story = branches()
    story.unit("o", "branch", on=MAY, by="other")
    story.say("member-joined", "an", MAY, branch="x")
    story.say("member-joined", "bình", MAY, branch="x")
    story.say("transfer-received", "an", JULY, by="other", branch="o", origin="x")
    story.say("transfer-received", "bình", JULY, by="other", branch="o")  # from where is not said: x goes on
    assert (here(story, "x", JULY), here(story, "o", JULY)) == (1, 2)


def test_who_is_away_is_still_a_member() -> None:
    """away: introduced elsewhere and never received, no meeting for years: no fact of leaving, so still 1 member."""
    story = branches()
    story.say("member-joined", "an", MAY, branch="x")
    story.say("transfer-introduced", "an", JUNE, branch="x")
    assert here(story, "x", "2029-01-01") == 1


def test_death_ends_all_memberships_of_the_posters_organisation() -> None:
    """death: an in x and y of org and in o of other; org says died: 0 in x, 0 in y, 1 in o."""
    story = branches()
    story.unit("o", "branch", on=MAY, by="other")
    for branch, by in {"x": "org", "y": "org", "o": "other"}.items():
        story.say("member-entered", "an", MAY, by=by, branch=branch)
    story.say("member-died", "an", JUNE, branch="x")
    assert [here(story, branch, JUNE) for branch in ("x", "y", "o")] == [0, 0, 1]


def test_a_merge_takes_the_members_along_and_counts_a_person_once() -> None:
    """Merge of branches: an and bình in x, bình and chi in y, merged into n on 1 June: 4 members before, 3 after.

    On 1 July dung is entered in the sub-branch of the old y, and bình, who was in both, leaves n once: 3 + 1 - 1 = 3.
    """
    story = branches()
    for person, branch in (("an", "x"), ("bình", "x"), ("bình", "y"), ("chi", "y")):
        story.say("member-entered", person, MAY, branch=branch)
    story.unit("n", "branch", "b1", "h1", on=JUNE)
    story.unit("s", "sub-branch", "y")
    story.merge("n", ["x", "y"], JUNE)
    assert (here(story, "b1", "2022-05-31"), here(story, "b1", JUNE), here(story, "n", JUNE)) == (4, 3, 3)
    story.say("member-entered", "dung", JULY, branch="s")  # the sub-branch followed without a fact of its own
    story.say("member-resigned", "bình", JULY, branch="n")
    assert here(story, "n", JULY) == 3


def test_members_of_a_dissolved_branch_count_where_it_was_carried() -> None:
    """member: x is dissolved on 1 June with an still in the book: nobody has left, so 1 member of b1, none of x."""
    story = branches()
    story.say("member-entered", "an", MAY, branch="x")
    story.say("unit-dissolved", "x", JUNE, effective=JUNE)
    assert (here(story, "x", JUNE), here(story, "b1", JUNE)) == (0, 1)


def test_admissions_and_referrals_count_by_their_own_day_in_the_branch_named() -> None:
    """admission, referral, Party admission: in 2022 x has 2, 1, 0; y has 0, 0, 1; all still count after leaving."""
    story = branches()
    story.say("member-joined", "an", MAY, branch="x")
    story.say("member-joined", "bình", "2022-12-31", branch="x")
    story.say("member-joined", "chi", "2023-01-01", branch="x")
    story.say("member-referred-to-party", "an", MAY, branch="x")
    story.say("member-admitted-to-party", "an", JUNE, branch="y")
    story.say("member-resigned", "an", JULY, branch="x")
    history = story.recount()
    found = {
        unit: [counted(history, name, unit, *YEAR).numerator for name in (ADMISSION, REFERRAL, PARTY_ADMISSION)]
        for unit in ("x", "y", "b1")
    }
    assert found == {"x": [2, 1, 0], "y": [0, 0, 1], "b1": [2, 1, 1]}


def test_members_pass_to_the_successors_figures_with_their_branch() -> None:
    """Owner of a unit: org closes on 1 July: heir's members are 0 on 30 June and 1 on 1 July."""
    story = branches()
    story.say("member-entered", "an", MAY, branch="x")
    story.closed["org"] = Closing(date(JULY), "heir")
    history = story.recount()
    counts = [members(history, "p", date(day), organisation="heir").numerator for day in ("2022-06-30", JULY)]
    assert counts == [0, 1]
