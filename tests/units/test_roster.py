"""Who is a member of which branch when? Line by line of the definitions, and against a count by hand."""

from __future__ import annotations

import datetime as dt
import random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.event import Event
from shared.contracts.membership import (
    MemberAdmittedToParty,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReadmitted,
    MemberReferredToParty,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
    UnitRenamed,
)
from shared.eventsourcing.decider import Said
from shared.units.roster import Membership, MembershipState, Standing, standing
from shared.units.tree import Tree
from tests.units.recount import Book
from tests.units.story import Story, named

PERSON = named("một người")
D1, D2, D3, D4, D5 = (dt.date(2022, month, 1) for month in range(1, 6))


@pytest.fixture
def youth() -> Story:
    """An organisation with three branches."""
    story = Story()
    for name in ("A", "B", "C"):
        story.unit(name)
    return story


def _standing(*stories: Story) -> Standing:
    facts = [said for story in stories for said in story.facts]
    return standing([said for said in facts if said.subject == PERSON], Tree.empty().with_facts(facts))


def _spans(found: Standing) -> list[tuple[UUID, dt.date, dt.date | None]]:
    return [(each.branch, each.start, each.end) for each in sorted(found.memberships, key=lambda each: each.start)]


def test_who_joins_is_a_member_from_that_day(youth: Story) -> None:
    said = youth.tell(MemberJoined(branch=named("A")), PERSON, D2)
    found = _standing(youth)
    expected = Membership(named("A"), youth.organisation, D2, None, said.event, None, entered=False)
    assert found.memberships == (expected,)
    assert [found.member_of(named("A"), day) for day in (D1, D2, D3)] == [False, True, True]
    assert found.branches(D2) == (named("A"),)


def test_who_was_entered_on_the_book_is_told_from_who_joined(youth: Story) -> None:
    youth.tell(MemberEntered(branch=named("A")), PERSON, D1)
    youth.tell(MemberJoined(branch=named("B")), PERSON, D1)
    assert {each.branch: each.entered for each in _standing(youth).memberships} == {named("A"): True, named("B"): False}


@pytest.mark.parametrize(
    "leaving",
    [
        MemberMatured(branch=named("A")),
        MemberStruckOff(branch=named("A"), cause="gone-away"),
        MemberResigned(branch=named("A")),
        MemberExpelled(branch=named("A"), cause="discipline"),
        MemberDied(branch=named("A")),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_who_leaves_is_a_member_until_the_day_before(youth: Story, leaving: Event) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    said = youth.tell(leaving, PERSON, D3)
    found = _standing(youth)
    assert [found.member_of(named("A"), day) for day in (D2, D3)] == [True, False]
    assert found.memberships[0].ended_by == said.event


def test_who_leaves_on_the_day_of_joining_never_was_a_member(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(MemberResigned(branch=named("A")), PERSON, D1)
    assert _standing(youth).memberships == ()


def test_who_left_may_join_again(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(MemberResigned(branch=named("A")), PERSON, D2)
    youth.tell(MemberJoined(branch=named("A")), PERSON, D3)
    assert _spans(_standing(youth)) == [(named("A"), D1, D2), (named("A"), D3, None)]


def test_a_member_cannot_become_one_again_and_leaving_elsewhere_changes_nothing(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(MemberJoined(branch=named("A")), PERSON, D2)
    youth.tell(MemberResigned(branch=named("B")), PERSON, D3)
    assert _spans(_standing(youth)) == [(named("A"), D1, None)]


def test_a_late_fact_takes_its_place_by_its_own_day(youth: Story) -> None:
    youth.tell(MemberResigned(branch=named("A")), PERSON, D3)
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    assert _spans(_standing(youth)) == [(named("A"), D1, D3)]


# ── Transfers ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_introduced_stays_a_member_until_received(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(TransferIntroduced(branch=named("A")), PERSON, D2)
    assert _standing(youth).introduced == {named("A")}
    youth.tell(TransferReceived(branch=named("B")), PERSON, D3)
    found = _standing(youth)
    assert _spans(found) == [(named("A"), D1, D3), (named("B"), D3, None)]
    assert found.introduced == frozenset()


def test_reception_ends_the_origin_that_it_names_whether_introduced_or_not(youth: Story) -> None:
    for branch in ("A", "C"):
        youth.tell(MemberJoined(branch=named(branch)), PERSON, D1)
    youth.tell(TransferIntroduced(branch=named("A")), PERSON, D2)
    youth.tell(TransferReceived(branch=named("B"), origin=named("C")), PERSON, D3)
    assert set(_standing(youth).branches(D3)) == {named("A"), named("B")}


def test_reception_without_origin_ends_nothing_when_several_branches_have_introduced(youth: Story) -> None:
    for branch in ("A", "C"):
        youth.tell(MemberJoined(branch=named(branch)), PERSON, D1)
        youth.tell(TransferIntroduced(branch=named(branch)), PERSON, D2)
    youth.tell(TransferReceived(branch=named("B")), PERSON, D3)
    assert set(_standing(youth).branches(D3)) == {named("A"), named("B"), named("C")}


def test_reception_where_nobody_introduced_is_a_second_membership(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(TransferReceived(branch=named("B")), PERSON, D2)
    assert set(_standing(youth).branches(D2)) == {named("A"), named("B")}


def test_across_organisations_the_receivers_fact_alone_ends_the_old_membership(youth: Story) -> None:
    other = Story("Tỉnh Đoàn Lâm Đồng")
    other.unit("D")
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    other.tell(TransferReceived(branch=named("D"), origin=named("A")), PERSON, D2)
    assert _spans(_standing(youth, other)) == [(named("A"), D1, D2), (named("D"), D2, None)]


def test_without_its_name_a_branch_of_another_organisation_is_not_left(youth: Story) -> None:
    other = Story("Hội Nông dân")
    other.unit("D")
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(TransferIntroduced(branch=named("A")), PERSON, D1)
    other.tell(TransferReceived(branch=named("D")), PERSON, D2)
    assert set(_standing(youth, other).branches(D2)) == {named("A"), named("D")}


def test_death_ends_every_membership_in_the_posters_organisation_and_no_other(youth: Story) -> None:
    other = Story("Hội Nông dân")
    other.unit("D")
    other.tell(MemberJoined(branch=named("D")), PERSON, D1)
    for branch in ("A", "B"):
        youth.tell(MemberJoined(branch=named(branch)), PERSON, D1)
    youth.tell(MemberDied(branch=named("A")), PERSON, D2)
    assert _standing(youth, other).branches(D2) == (named("D"),)


# ── Mergers of branches ──────────────────────────────────────────────────────────────────────────────────────────


def test_members_pass_to_the_new_branch_on_the_day_of_the_merger(youth: Story) -> None:
    joined = youth.tell(MemberEntered(branch=named("A")), PERSON, D1)
    merged = youth.merge([named("A")], named("B"), D3)
    assert sorted(_standing(youth).memberships, key=lambda each: each.start) == [
        Membership(named("A"), youth.organisation, D1, D3, joined.event, merged.event, entered=True),
        Membership(named("B"), youth.organisation, D3, None, joined.event, None, entered=True),
    ]


def test_a_person_in_both_branches_is_in_the_new_one_once(youth: Story) -> None:
    for branch in ("A", "B"):
        youth.tell(MemberJoined(branch=named(branch)), PERSON, D1)
    youth.merge([named("A"), named("B")], youth.unit("AB", None, D3), D3)
    assert _standing(youth).branches(D3) == (named("AB"),)
    assert set(_standing(youth).branches(D2)) == {named("A"), named("B")}


def test_what_names_a_merged_branch_means_where_it_goes_on(youth: Story) -> None:
    youth.merge([named("A")], named("B"), D2)
    youth.tell(MemberJoined(branch=named("A")), PERSON, D3)
    youth.tell(MemberResigned(branch=named("A")), PERSON, D4)
    assert _spans(_standing(youth)) == [(named("B"), D3, D4)]


def test_members_pass_along_a_chain_of_mergers_and_take_their_introduction_along(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(TransferIntroduced(branch=named("A")), PERSON, D1)
    youth.merge([named("A")], named("B"), D2)
    youth.merge([named("B")], named("C"), D3)
    assert _spans(_standing(youth)) == [(named("A"), D1, D2), (named("B"), D2, D3), (named("C"), D3, None)]
    assert _standing(youth).introduced == {named("C")}


def test_members_who_pass_into_another_organisation_belong_to_it(youth: Story) -> None:
    other = Story("Tỉnh Đoàn Lâm Đồng")
    other.unit("D")
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    other.merge([named("A")], named("D"), D2)
    other.tell(MemberDied(branch=named("D")), PERSON, D3)
    assert _standing(youth, other).branches(D2) == (named("D"),)
    assert _standing(youth, other).branches(D3) == ()


def test_order_in_the_log_tells_who_passes_on_the_day_of_the_merger(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.tell(MemberJoined(branch=named("B")), PERSON, D1)
    youth.tell(MemberResigned(branch=named("A")), PERSON, D2)
    youth.merge([named("A")], named("B"), D2)
    assert _standing(youth).branches(D2) == (named("B"),)
    youth.tell(MemberResigned(branch=named("A")), PERSON, D2)
    assert _standing(youth).branches(D2) == ()


def test_members_of_a_dissolved_or_divided_branch_stay_on_its_page(youth: Story) -> None:
    for branch in ("A", "B"):
        youth.tell(MemberJoined(branch=named(branch)), PERSON, D1)
    youth.dissolve(named("A"), D2)
    youth.split(named("B"), [named("C")], D2)
    assert set(_standing(youth).branches(D3)) == {named("A"), named("B")}


def test_branches_that_merge_in_a_ring_do_not_hang(youth: Story) -> None:
    youth.tell(MemberJoined(branch=named("A")), PERSON, D1)
    youth.merge([named("A")], named("B"), D2)
    youth.merge([named("B")], named("A"), D3)
    assert len(_standing(youth).branches(D4)) == 1


# ── The Party, and the state that a decider folds ────────────────────────────────────────────────────────────────


def test_referral_and_admission_to_the_party_are_told_by_organisation(youth: Story) -> None:
    youth.tell(MemberReferredToParty(branch=named("A")), PERSON, D1)
    assert _standing(youth).referred_by == {youth.organisation}
    assert not _standing(youth).in_party
    youth.tell(MemberAdmittedToParty(branch=named("A")), PERSON, D2)
    assert _standing(youth).in_party == {youth.organisation}


def test_the_state_of_a_decider_folds_to_the_same_standing(youth: Story) -> None:
    state = MembershipState()
    for said in (
        youth.tell(MemberJoined(branch=named("A")), PERSON, D1),
        youth.tell(TransferIntroduced(branch=named("A")), PERSON, D2),
        youth.tell(UnitRenamed(title="khác", effective=D2), PERSON, D2),
    ):
        state = state.evolved(said)
    assert len(state.facts) == 2
    assert state.standing(youth.tree) == _standing(youth)


# ── Against a count by hand ──────────────────────────────────────────────────────────────────────────────────────

DAYS = [dt.date(2022, 1, 1) + dt.timedelta(days=number) for number in range(10)]


def _life(seed: int, steps: int) -> tuple[list[Said], list[Said]]:
    """Branches of two organisations that merge and end, and the facts of one person in them."""
    chance = random.Random(seed)
    stories = [Story("một"), Story("hai")]
    branches = [chance.choice(stories).unit(f"chi hội {number}") for number in range(6)]
    day = DAYS[0]
    for _ in range(steps):
        day = min(day + dt.timedelta(days=chance.choice((0, 0, 1))), DAYS[-1])
        story, branch, other = chance.choice(stories), chance.choice(branches), chance.choice([None, *branches])
        facts: list[Event] = [
            *(MemberJoined(branch=branch), MemberReadmitted(branch=branch), MemberEntered(branch=branch)),
            *(TransferIntroduced(branch=branch), TransferReceived(branch=branch, origin=other)),
            *(TransferReceived(branch=branch), MemberResigned(branch=branch), MemberDied(branch=branch)),
        ]
        if chance.random() < 0.3 and len(branches) > 2:
            branches.remove(branch)
            if chance.random() < 0.8:
                story.merge([branch], chance.choice(branches), day)
            else:
                story.dissolve(branch, day)
        else:
            story.tell(chance.choice(facts), PERSON, day)
    told = [said for story in stories for said in story.facts]
    return [said for said in told if said.subject != PERSON], [said for said in told if said.subject == PERSON]


@given(st.integers(0, 2**32), st.integers(0, 30), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_roster_is_what_a_count_by_hand_finds_day_by_day(seed: int, steps: int, shuffle: random.Random) -> None:
    units, person = _life(seed, steps)
    shuffled = list(person)
    shuffle.shuffle(shuffled)
    found = standing(shuffled, Tree.empty().with_facts(units))
    for day in DAYS:
        assert set(found.branches(day)) == set(Book.on(day, units, person).pages)
    assert found.introduced == Book.on(DAYS[-1], units, person).introduced
    assert all(each.end is None or each.start < each.end for each in found.memberships)
