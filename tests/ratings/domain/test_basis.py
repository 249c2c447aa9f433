"""On what may a decision say that it rests?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.ratings.domain.basis import BasisAhead, OtherRules, require_basis, rules_digest
from services.ratings.domain.rule_set import adoptions
from shared.contracts.ratings import Basis, RatingDecided, Reached, RuleSetAdopted
from shared.eventsourcing.decider import Said
from tests.ratings.domain.cycle_posts import YEAR, decided
from tests.ratings.domain.test_rule_set import RULES, adopted
from tests.support.given import given
from tests.support.landscape import BRANCH, WOMEN

NOW = dt.datetime(2022, 12, 20, 8, tzinfo=dt.UTC)
ADOPTED = adopted()


def basis(**fields: Any) -> Basis:
    values = {"known": "2022-12-20T07:59:59.000001Z", "tree": dt.date(2022, 12, 31), **fields}
    return Basis.model_validate(values)


def reached(sequence: int) -> tuple[Reached, ...]:
    return (Reached(service="meetings", organisation=WOMEN, sequence=sequence),)


def judged(found: Basis | None) -> str | None:
    """Of a service that has seen five of the Women's Union's meetings, at eight o'clock UTC on 20 December 2022."""
    world = replace(
        given(ADOPTED).world("ratings", [RULES]),
        reached=lambda service, organisation: 5 if (service, organisation) == ("meetings", WOMEN) else 0,
        moment=lambda: NOW,
    )
    said = Said(decided().fact, BRANCH, WOMEN, UUID(int=1), 1, dt.date(2022, 12, 20))
    (rules,) = adoptions(RULES, world)
    try:
        require_basis(found, YEAR, rules, said, world)
    except (BasisAhead, OtherRules) as refusal:
        return f"{refusal.code} {refusal.field}"
    return None


def digest() -> str:
    assert isinstance(ADOPTED.fact, RuleSetAdopted)
    return rules_digest(ADOPTED.fact)


def test_what_was_known_by_then_is_a_basis() -> None:
    assert judged(None) is None
    assert judged(basis(rules_digest=digest(), reached=reached(5))) is None
    given(ADOPTED).when(decided(rule_set=RULES, basis=basis(rules_digest=digest()))).then(RatingDecided)


@pytest.mark.parametrize(
    ("ahead", "answer"),
    [
        (basis(known="2022-12-20T08:00:00.000001Z"), "basis-ahead basis.known"),
        (basis(tree=dt.date(2023, 1, 1)), "basis-ahead basis.tree"),
        (basis(reached=reached(6)), "basis-ahead basis.reached.0.sequence"),
    ],
)
def test_nothing_of_it_lies_ahead(ahead: Basis, answer: str) -> None:
    assert judged(ahead) == answer
    assert BasisAhead.foreign


def test_the_tree_may_be_that_of_the_day_of_a_late_decision() -> None:
    given().when(decided("2023-02-01", basis=basis(tree=dt.date(2023, 2, 1)))).then(RatingDecided)
    given().when(decided("2023-02-01", basis=basis(tree=dt.date(2023, 2, 2)))).then(BasisAhead, "basis.tree")


def test_the_digest_is_that_of_the_rule_set_as_it_stands() -> None:
    assert judged(basis(rules_digest="0" * 64)) == "other-rules basis.rules_digest"
    wrong = basis(rules_digest="0" * 64)
    given(ADOPTED).when(decided(rule_set=RULES, basis=wrong)).then(OtherRules, "basis.rules_digest")
    given().when(decided(basis=basis(rules_digest=digest()))).then(OtherRules, "basis.rules_digest")


def test_a_rule_document_has_the_same_digest_whatever_defaults_a_later_program_knows() -> None:
    assert digest() == "934200e0a711a4d30cb8b26877ac4c72ec6fda3a0a42485c399432424aaac200"
