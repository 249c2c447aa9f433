"""Does the oracle read the log as the definitions say? One small history for each line about what counts."""

from __future__ import annotations

import random

import pytest

from tests.oracle import posted, recount
from tests.oracle.meetings import attendance, held
from tests.oracle.membership import ADMISSION, counted, members, memberships
from tests.oracle.standing import Closing, standing
from tests.oracle.story import Story, date, land, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))


def test_the_local_day_of_the_instant_decides_the_period() -> None:
    """day: 16:59:59Z on 31 December is still 2022 in Viet Nam, 17:00:00Z is 2023; so 1 admission, not 2."""
    story = land()
    kept = story.say("member-joined", "an", "2022-12-31T16:59:59.999Z", branch="b1")
    story.say("member-joined", "bình", "2022-12-31t17:00:00z", branch="b1")
    story.say("member-joined", "chi", "2023-01-01T01:00:00+14:00", branch="b1")
    story.say("member-joined", "dung", "2022-01-01", branch="b1")
    assert [fact.day.isoformat() for fact in story.recount().named("member-joined")] == [
        "2022-01-01",
        "2022-12-31",  # 01:00 at +14 is 18:00 of the day before at +7
        "2022-12-31",
        "2023-01-01",
    ]
    figure = counted(story.recount(), ADMISSION, "p", date("2022-12-01"), date("2023-01-01"))
    assert figure.numerator == 2
    assert kept in figure.ids


def test_the_effect_date_counts_before_the_day_of_occurring() -> None:
    """day: a branch decided on 1 June and effective on 1 July lives on 1 July, not on 30 June."""
    story = land()
    fact = {"title": "x", "kind": "branch", "parent": "b1", "territory": "h1", "effective": "2022-07-01"}
    story.say("unit-founded", "x", "2022-06-01", **fact)
    tree = story.recount().tree
    assert not tree.lives("x", date("2022-06-30"))
    assert tree.lives("x", date("2022-07-01"))


def test_a_period_takes_its_first_day_and_leaves_its_last() -> None:
    """day: meetings on 1 and 31 January and 1 February; January has 2, February 1."""
    story = land()
    for day in ("2022-01-01", "2022-01-31", "2022-02-01"):
        story.met("b1", day)
    history = story.recount()
    assert held(history, "p", date("2022-01-01"), date("2022-02-01")).numerator == 2
    assert held(history, "p", date("2022-02-01"), date("2022-03-01")).numerator == 1


def test_the_last_link_up_to_the_position_counts() -> None:
    """What counts: a roll of 5 of 10, corrected to 6 of 10, then to 7 of 10; positions 1, 2, 3 see each in turn."""
    story = land()
    root = story.met("b1", "2022-03-05", present=5, absent=5)
    first = story.correct(
        root, root, "2022-03-05", branch="b1", kind="regular", roll={"expected": 10, "present": 6, "absent": 4}
    )
    story.correct(
        root, first, "2022-03-05", branch="b1", kind="regular", roll={"expected": 10, "present": 7, "absent": 3}
    )
    seen = []
    for last in (0, 1, 2, 3):
        at = {("membership", "org"): 99, ("membership", "operator"): 99} | ({("meetings", "org"): last} if last else {})
        figure = attendance(recount(story.events, at=at), "p", *YEAR)
        seen.append((figure.numerator, figure.denominator))
        assert figure.events == (refs(root) if last else frozenset())
    assert seen == [(0, None), (5, 10), (6, 10), (7, 10)]


def test_a_voided_root_does_not_count() -> None:
    """What counts: 2 meetings, one of them voided, leave 1; before the voiding there were 2."""
    story = land()
    wrong = story.met("b1", "2022-03-05")
    right = story.met("b1", "2022-04-05")
    assert held(story.recount(), "p", *YEAR).numerator == 2
    story.void(wrong, wrong)
    figure = held(story.recount(), "p", *YEAR)
    assert (figure.numerator, figure.events) == (1, refs(right))


def test_facts_are_folded_by_day_then_organisation_then_sequence() -> None:
    """What counts: told as (b, day 2), (b, day 1), (a, day 2), (a, day 2); folded b1, a1, a2, b2's day 2 last."""
    story = Story()
    told = [
        story.say("member-joined", "an", "2022-01-02", by="b", branch="x"),
        story.say("member-joined", "an", "2022-01-01", by="b", branch="y"),
        story.say("member-joined", "an", "2022-01-02", by="a", branch="x"),
        story.say("member-joined", "an", "2022-01-02", by="a", branch="y"),
    ]
    assert [fact.root for fact in standing(story.events)] == [told[1], told[2], told[3], told[0]]


def test_within_a_day_the_order_of_the_log_decides() -> None:
    """Order within a day: joined then resigned on one day leaves 0 members; resigned then joined leaves 1."""
    story = land()
    story.say("member-joined", "an", "2022-05-01", branch="b1")
    story.say("member-resigned", "an", "2022-05-01", branch="b1")
    story.say("member-resigned", "bình", "2022-05-01", branch="b1")
    story.say("member-joined", "bình", "2022-05-01", branch="b1")
    assert {membership.person for membership in memberships(story.recount(), date("2022-05-01"))} == {"bình"}


def test_the_order_of_reading_and_repeats_change_nothing() -> None:
    """Order within a day: no reading order matters; every shuffle, with every event twice, gives the same facts."""
    story = land()
    root = story.met("b1", "2022-03-05", present=5, absent=5)
    story.void(root, root)
    story.say("member-joined", "an", "2022-05-01", branch="b1")
    story.say("member-resigned", "an", "2022-05-01", branch="b1")
    plain = standing(story.events)
    for seed in range(20):
        twice = [*story.events, *story.events]
        random.Random(seed).shuffle(twice)
        assert standing(twice) == plain


def test_an_id_counts_once_whatever_its_content() -> None:
    """Same id again: the id posted again with another branch counts once, as it was first said."""
    story = land()
    first = story.say("member-joined", "an", "2022-05-01", branch="b1")
    again = story.say("member-joined", "an", "2022-05-01", branch="b2")
    told = [{**event, "id": first} if event["id"] == again else event for event in story.events]
    history = recount(told)
    assert counted(history, ADMISSION, "b1", *YEAR).events == refs(first)
    assert counted(history, ADMISSION, "b2", *YEAR).numerator == 0


def test_two_organisations_may_use_one_id() -> None:
    """Same id again: an id belongs to its organisation's log; the same id in two logs is two facts."""
    story = land()
    one = story.say("member-joined", "an", "2022-05-01", branch="b1", by="org")
    other = story.say("member-joined", "bình", "2022-05-01", branch="b1", by="other")
    told = [{**event, "id": one} if event["id"] == other else event for event in story.events]
    figure = counted(recount(told), ADMISSION, "p", *YEAR)
    assert figure.numerator == 2
    assert figure.events == refs(one) | refs(one, by="other")


def test_the_content_of_a_standing_fact_does_not_count_again() -> None:
    """already: the same content under a second id is 1 admission; after the voiding of the first, a third id counts."""
    story = land()
    first = story.say("member-joined", "an", "2022-05-01", branch="b1")
    story.say("member-joined", "an", "2022-05-01", branch="b1")
    assert counted(story.recount(), ADMISSION, "p", *YEAR).events == refs(first)
    story.void(first, first)
    assert counted(story.recount(), ADMISSION, "p", *YEAR).numerator == 0
    third = story.say("member-joined", "an", "2022-05-01", branch="b1")
    assert counted(story.recount(), ADMISSION, "p", *YEAR).events == refs(third)


def test_the_content_that_was_corrected_away_counts_again() -> None:
    """already: joined b1, corrected to b2, then joined b1 said anew: 2 admissions, one in each."""
    story = land()
    first = story.say("member-joined", "an", "2022-05-01", branch="b1")
    story.correct(first, first, "2022-05-01", branch="b2")
    anew = story.say("member-joined", "an", "2022-05-01", branch="b1")
    assert counted(story.recount(), ADMISSION, "b1", *YEAR).events == refs(anew)
    assert counted(story.recount(), ADMISSION, "b2", *YEAR).events == refs(first)


def test_another_log_may_say_the_same() -> None:
    """already: the same content in another organisation's log is a fact of its own; 2 admissions."""
    story = land()
    story.say("member-joined", "an", "2022-05-01", branch="b1", by="org")
    story.say("member-joined", "an", "2022-05-01", branch="b1", by="other")
    assert counted(story.recount(), ADMISSION, "p", *YEAR).numerator == 2


def test_a_voiding_ends_the_chain() -> None:
    """voiding: a correction that replaces the voiding is not used; the same fact under a new id counts."""
    story = land()
    root = story.met("b1", "2022-03-05", present=5, absent=5)
    voiding = story.void(root, root)
    roll = {"expected": 10, "present": 9, "absent": 1}
    story.correct(root, voiding, "2022-03-05", branch="b1", kind="regular", roll=roll)
    assert attendance(story.recount(), "p", *YEAR).denominator is None
    anew = story.met("b1", "2022-03-05", present=9, absent=1)
    assert attendance(story.recount(), "p", *YEAR).events == refs(anew)


def test_a_successor_does_not_restore_by_correcting_a_voiding() -> None:
    """Voiding: org voids its meeting and closes; its successor's correction of the voiding is not used: no meeting."""
    story = land()
    root = story.met("b1", "2022-03-05")
    voiding = story.void(root, root)
    story.closed["org"] = Closing(date("2025-07-01"), "heir")
    story.correct(root, voiding, "2022-03-05", by="heir", branch="b1", kind="regular", roll={"present": 9})
    assert held(story.recount(), "p", *YEAR).numerator == 0


def test_the_second_replacement_of_a_link_is_not_used() -> None:
    """What counts: two corrections name the same link; the first in the log stands, 6 of 10."""
    story = land()
    root = story.met("b1", "2022-03-05", present=5, absent=5)
    for present in (6, 7):
        roll = {"expected": 10, "present": present, "absent": 10 - present}
        story.correct(root, root, "2022-03-05", branch="b1", kind="regular", roll=roll)
    assert attendance(story.recount(), "p", *YEAR).numerator == 6


def test_a_correction_is_of_the_same_type_as_its_root() -> None:
    """What counts: an admission "corrected" to a resignation is no link of the chain: the admission stands."""
    story = land()
    root = story.say("member-joined", "an", "2022-05-01", branch="b1")
    said = {"type": "vn.nennep.membership.member-resigned.v1", "fact": {"branch": "b2"}}
    kind = "vn.nennep.membership.fact-corrected.v1"
    story.record(kind, "an", "2022-05-01", "org", said, corrects=f"org/{root}/{root}")
    assert counted(story.recount(), ADMISSION, "b1", *YEAR).events == refs(root)


def test_a_correction_counts_on_the_corrected_facts_own_day() -> None:
    """Correction's day: a meeting of 5 March, corrected in May to 5 April, counts in April and under the root's id."""
    story = land()
    root = story.met("b1", "2022-03-05")
    story.correct(root, root, "2022-04-05", branch="b1", kind="regular", roll={"expected": 0, "present": 0})
    history = story.recount()
    assert held(history, "p", date("2022-03-01"), date("2022-04-01")).numerator == 0
    assert held(history, "p", date("2022-04-01"), date("2022-05-01")).events == refs(root)


def test_a_correction_stands_in_the_roots_place_in_the_log() -> None:
    """Correction's day: resigned b2 (a slip for b1), joined b1; the correction to b1 comes last but is folded first."""
    story = land()
    story.say("member-entered", "an", "2022-01-01", branch="b1")
    slip = story.say("member-resigned", "an", "2022-05-01", branch="b2")
    story.say("member-joined", "an", "2022-05-01", branch="b1")
    story.correct(slip, slip, "2022-05-01", branch="b1")
    assert members(story.recount(), "b1", date("2022-05-01")).numerator == 1


def test_only_the_poster_or_its_named_successor_corrects() -> None:
    """Correction's day: a stranger's voiding changes nothing; the successor's counts, in the root's organisation."""
    story = land()
    root = story.met("b1", "2022-03-05", present=5, absent=5)
    story.void(root, root, by="stranger")
    assert held(story.recount(), "p", *YEAR).numerator == 1
    roll = {"expected": 10, "present": 6, "absent": 4}
    story.correct(root, root, "2022-03-05", by="heir", branch="b1", kind="regular", roll=roll)
    assert attendance(story.recount(), "p", *YEAR).numerator == 5
    story.closed["org"] = Closing(date("2025-07-01"), "heir")
    figure = attendance(story.recount(), "p", *YEAR)
    assert (figure.numerator, figure.events) == (6, refs(root))


def test_posted_events_are_counted_before_they_have_a_sequence() -> None:
    """Order within a day: the place in what one organisation posts is the order; joined then resigned leaves 0."""
    story = land()
    story.say("member-joined", "an", "2022-05-01", branch="b1")
    story.say("member-resigned", "an", "2022-05-01", branch="b1")
    story.say("member-joined", "bình", "2022-05-01", branch="b1")
    unsent = []
    bodies = [{key: value for key, value in event.items() if key != "sequence"} for event in story.events]
    for organisation in ("operator", "org"):
        mine = [body for body in bodies if body["organisation"] == organisation]
        bare = [{key: value for key, value in body.items() if key != "organisation"} for body in mine]
        unsent += posted(organisation, [*bare, *bare])
    history = recount(unsent)
    assert members(history, "b1", date("2022-05-01")).numerator == 1
    assert [fact.sequence for fact in history.named("member-joined")] == [7, 9]


def test_one_spelling_of_an_id_is_all_spellings() -> None:
    """Same id again: a UUID in upper case, without hyphens or as a URN names the same event, person and branch."""
    text = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"
    story = land()
    story.say("member-joined", text, "2022-05-01", branch="b1")
    story.say("member-resigned", f"urn:uuid:{text}", "2022-06-01", branch="b1")
    facts = story.recount().named("member-joined", "member-resigned")
    assert {fact.subject for fact in facts} == {text.lower()}
    assert members(story.recount(), "b1", date("2022-06-01")).numerator == 0


def test_a_log_that_contradicts_itself_is_not_counted() -> None:
    """What counts: two events with one sequence, or a log half recorded and half posted, are no log."""
    story = land()
    story.met("b1", "2022-03-05")
    last = story.events[-1]
    with pytest.raises(ValueError, match="one sequence"):
        recount([*story.events, {**last, "id": "other"}])
    with pytest.raises(ValueError, match="mixed"):
        recount([*story.events, {key: value for key, value in last.items() if key != "sequence"}])
