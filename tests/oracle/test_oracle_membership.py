"""Does the oracle count members as the definitions say? Each case counted by hand in its first lines."""

from __future__ import annotations

from tests.oracle import Closing, Figure, History
from tests.oracle.branches import commendations, equipped, heads_with_benefit, participation
from tests.oracle.coverage import gathering, people, recruiting, recruiting_as_coverage, recruiting_of_target
from tests.oracle.membership import ADMISSION, PARTY_ADMISSION, REFERRAL, counted, members, persons
from tests.oracle.story import Story, date, land, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))
MAY, JUNE, JULY = "2022-05-01", "2022-06-01", "2022-07-01"


def here(story: Story, unit: str, on: str) -> int:
    """Members of a unit on a day."""
    return members(story.recount(), unit, date(on)).numerator


def branches() -> Story:
    """Branches x in h1 and y in h2 under b1, z in h3 under b2."""
    story = land()
    for branch, (parent, hamlet) in {"x": ("b1", "h1"), "y": ("b1", "h2"), "z": ("b2", "h3")}.items():
        story.unit(branch, "branch", parent, hamlet)
    return story


def rate(figure: Figure) -> tuple[int, int | None]:
    """Numerator and denominator."""
    return figure.numerator, figure.denominator


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
    """opening: 2 entered and 1 joined are 3 members and 1 admission; one person entered in two branches is 2 members."""
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
    story.say("transfer-introduced", "an", JUNE, branch="y")
    story.say("transfer-received", "an", JULY, branch="z")
    assert [here(story, branch, JULY) for branch in ("x", "y", "z")] == [1, 0, 1]


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
    """away: a cadre's trip, an introduction elsewhere, a year without a meeting: no fact of leaving, so 1 member."""
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
    """merge of branches: an and bình in x, bình and chi in y, merged into n on 1 June: 4 members before, 3 after.

    Who then leaves n has left: bình, in both, resigns once on 1 July: 2.
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
    """owner of a unit: org closes on 1 July: heir's members are 0 on 30 June and 1 on 1 July."""
    story = branches()
    story.say("member-entered", "an", MAY, branch="x")
    story.closed["org"] = Closing(date(JULY), "heir")
    history = story.recount()
    counts = [members(history, "p", date(day), organisation="heir").numerator for day in ("2022-06-30", JULY)]
    assert counts == [0, 1]


def test_recruiting_is_read_in_three_ways() -> None:
    """admission, referral, Party admission: 3 admitted, 5 members, 10 eligible, target 4: 3/10, 3/4 and 5/10."""
    story = branches()
    for person in ("an", "bình", "chi"):
        story.say("member-joined", person, MAY, branch="x")
    for person in ("dung", "em"):
        story.say("member-entered", person, MAY, branch="y")
    _people(story, "d1", "eligible", 10)
    period = {"start": "2022-01-01", "end": "2023-01-01"}
    for value in (9, 4):  # set again, it is revised
        story.say("target-set", "t", MAY, scope="d1", indicator="admissions", period=period, value=value)
    history = story.recount()
    assert rate(recruiting(history, "d1", *YEAR)) == (3, 10)
    assert rate(recruiting_of_target(history, "d1", *YEAR)) == (3, 4)
    assert rate(recruiting_as_coverage(history, "d1", *YEAR)) == (5, 10)
    assert rate(recruiting(history, "d2", *YEAR)) == (0, None)


def _people(story: Story, scope: str, group: str, count: int, on: str = MAY) -> str:
    fact = {"scope": scope, "group": group, "count": count, "source": "sổ", "counted_on": on}
    return story.say("people-counted", f"count-{len(story.events)}", on, **fact)


def test_the_gathering_rate_needs_people_of_the_group() -> None:
    """member: 1 member; youth of c1 counted 8 in May and 6 in June, of c2 4: d1 has 1/12 in May, 1/10 in June."""
    story = branches()
    story.say("member-entered", "an", MAY, branch="x")
    _people(story, "c1", "youth", 8)
    _people(story, "c2", "youth", 4)
    last = _people(story, "c1", "youth", 6, on=JUNE)
    history = story.recount()
    assert rate(gathering(history, "d1", "youth", date(MAY))) == (1, 12)
    assert rate(gathering(history, "d1", "youth", date(JUNE))) == (1, 10)
    assert rate(gathering(history, "d1", "farm-households", date(JUNE))) == (1, None)
    assert people(history, "c1", "youth", date(JUNE)) == Figure(6, None, refs(last))


def test_people_of_a_part_are_not_added_to_those_of_the_whole() -> None:
    """member: youth counted for d1 (20) and for its commune c1 (8): 20 people in d1, not 28, and 8 in c1."""
    story = branches()
    _people(story, "d1", "youth", 20)
    _people(story, "c1", "youth", 8)
    history = story.recount()
    assert [people(history, unit, "youth", date(MAY)).numerator for unit in ("d1", "c1", "p")] == [20, 8, 20]


def test_heads_in_office_with_a_benefit() -> None:
    """member: heads an (x), bình (y), chi (z, left in June); an and chi hold a card: 2/3 in May, 1/2 in June."""
    story = branches()
    for person, branch in {"an": "x", "bình": "y", "chi": "z"}.items():
        story.say("branch-head-took-office", branch, MAY, branch=branch, person=person, title="head")
    for person, branch in {"an": "x", "chi": "z"}.items():
        story.say("benefit-granted", f"card-{person}", MAY, branch=branch, person=person, benefit="card")
    story.say("branch-head-left-office", "z", JUNE, branch="z", person="chi")
    assert rate(heads_with_benefit(story.recount(), "p", "card", date(MAY))) == (2, 3)
    assert rate(heads_with_benefit(story.recount(), "p", "card", date(JUNE))) == (1, 2)
    story.say("unit-dissolved", "x", JULY, effective=JULY)
    assert rate(heads_with_benefit(story.recount(), "p", "card", date(JULY))) == (0, 1)
    assert rate(heads_with_benefit(story.recount(), "d2", "card", date(JULY))) == (0, None)


def test_a_branch_equipped_twice_is_one_branch() -> None:
    """day: x received the handbook twice and y once in 2022, z in 2023: 2 branches in 2022."""
    story = branches()
    for number, (branch, day) in enumerate([("x", MAY), ("x", JUNE), ("y", MAY), ("z", "2023-01-01")]):
        story.say("branch-equipped", f"book-{number}", day, branch=branch, equipment="handbook")
    assert equipped(story.recount(), "d1", "handbook", *YEAR).numerator == 2


def test_commendations_and_participants_are_sums_where_they_count() -> None:
    """as it was then: 2 commendations in d1; 100 exact and more than 50 participants: more than 150 in d1."""
    story = branches()
    for number, place in enumerate(["d1", "d1", "d2"]):
        story.say("commendation-awarded", f"k{number}", MAY, kind="giay-khen", recipient="not-split", place=place)
    period = {"start": "2022-01-01", "end": "2023-01-01"}
    for number, (count, more) in enumerate([(100, {}), (50, {"qualifier": "more-than"})]):
        story.say("participation-counted", f"n{number}", MAY, activity="thi", scope="u1", period=period, count=count, **more)
    history = story.recount()
    assert commendations(history, "d1", *YEAR).numerator == 2
    taking_part = participation(history, "d1", *YEAR)
    assert (taking_part.figure.numerator, taking_part.qualifier) == (150, "more-than")
    assert _without_last(story, history).qualifier == "exact"


def _without_last(story: Story, history: History) -> object:
    del history
    story.events.pop()
    return participation(story.recount(), "d1", *YEAR)
