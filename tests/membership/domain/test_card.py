"""When is a card issued and taken back, and a training recorded?"""

from __future__ import annotations

from services.membership.domain.card import HoldsACard, HoldsNoCard
from services.membership.domain.life import NotAMember
from shared.contracts.membership import CardIssued, CardWithdrawn, MemberResigned, TrainingCompleted
from tests.support.given import given
from tests.support.landscape import BRANCH, YOUTH, YOUTH_BRANCH
from tests.support.lives import MEMBER, YOUNG, life

ISSUED = life(CardIssued, BRANCH, "2020-04-01")


def test_a_card_is_issued_and_taken_back_in_turn() -> None:
    given(MEMBER).when(ISSUED).then(CardIssued)
    given().when(ISSUED).then(NotAMember, "branch")
    given(MEMBER, ISSUED).when(life(CardIssued, BRANCH, "2021-04-01")).then(HoldsACard, "branch")
    back = life(CardWithdrawn, BRANCH, "2021-04-01")
    given(MEMBER, ISSUED).when(back).then(CardWithdrawn)
    given(MEMBER).when(back).then(HoldsNoCard, "branch")
    given(MEMBER, ISSUED, back).when(life(CardIssued, BRANCH, "2021-05-01")).then(CardIssued)


def test_each_organisation_has_cards_of_its_own() -> None:
    given(MEMBER, YOUNG, ISSUED).when(life(CardIssued, YOUTH_BRANCH, "2021-04-01", by=YOUTH)).then(CardIssued)


def test_a_card_is_taken_back_from_who_has_left() -> None:
    left = life(MemberResigned, BRANCH, "2021-01-01")
    given(MEMBER, ISSUED, left).when(life(CardWithdrawn, BRANCH, "2021-02-01")).then(CardWithdrawn)


def test_members_complete_trainings() -> None:
    done = life(TrainingCompleted, BRANCH, "2021-04-01", programme="member-training", result="good")
    given(MEMBER).when(done).then(TrainingCompleted)
    given().when(done).then(NotAMember, "branch")
