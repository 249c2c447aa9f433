"""When may a rule set be adopted?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.ratings.domain.rule_set import (
    AlreadyAdopted,
    EndsBeforeItBegins,
    RulesUnsound,
    SupersedesAnothers,
    SupersedesItself,
    UnknownRuleSet,
)
from shared.contracts.event import calendar_day
from shared.contracts.fields import Grade
from shared.contracts.membership import MembershipLogClosed
from shared.contracts.ratings import Criterion, RuleDocument, RuleSetAdopted, Threshold
from tests.support.given import given
from tests.support.landscape import WOMEN, YOUTH, says
from tests.support.posts import Post, again, corrected, id_of, voided

RULES, OLD_RULES = id_of("rule-set"), id_of("rule-set/old")
LABELS = ("Mạnh", "Khá", "Trung bình", "Yếu")
GRADES = tuple(Grade(scale="strength", rank=rank, label=label) for rank, label in enumerate(LABELS, start=1))


def adopted(rule_set: UUID = RULES, *, grades: tuple[Grade, ...] = GRADES, **fields: Any) -> Post:
    criterion = Criterion(code="movement", title="Phong trào", clause="Mục II", points=10000)
    values = {
        "title": "Hướng dẫn xếp loại chi hội",
        "subject_kind": "branch",
        "issuer": "Ban Thường vụ",
        "legal_reference": "08/HD-BTV",
        "issued": calendar_day("2022-02-15"),
        "effective_from": calendar_day("2022-01-01"),
        "rules": RuleDocument(schema_version=1, grades=grades, criteria=(criterion,)),
        **fields,
    }
    return says(RuleSetAdopted.model_validate(values), rule_set, on="2022-02-15")


def test_a_rule_set_is_adopted_also_with_effect_before_its_issue() -> None:
    given().when(adopted()).then(RuleSetAdopted)


def test_a_rule_set_is_adopted_once_whatever_the_day() -> None:
    post = adopted()
    given(post).when(again(post)).then()
    given(post).when(adopted(effective_from=calendar_day("2021-01-01"))).then(AlreadyAdopted, "subject")


def test_a_rule_set_is_corrected_and_voided() -> None:
    post = adopted()
    given(post).when(corrected(post, adopted(title="Hướng dẫn").fact)).then(RuleSetAdopted)
    given(post, voided(post)).when(again(post)).then(RuleSetAdopted)


def test_a_rule_set_holds_on_at_least_one_day() -> None:
    given().when(adopted(effective_to=calendar_day("2022-01-02"))).then(RuleSetAdopted)
    given().when(adopted(effective_to=calendar_day("2022-01-01"))).then(EndsBeforeItBegins, "effective_to")


def test_a_rule_set_that_is_not_sound_is_refused_at_the_place() -> None:
    criterion = Criterion(code="movement", title="Phong trào", clause="Mục II", points=10000, indicator="happiness")
    rules = RuleDocument(
        schema_version=1, grades=GRADES, criteria=(criterion,), thresholds=(Threshold(at_least=10001, rank=1),)
    )
    given().when(adopted(rules=rules)).then(RulesUnsound, "rules.criteria.0.indicator")


def test_what_is_wrong_with_it_is_told_place_by_place() -> None:
    criterion = Criterion(code="movement", title="Phong trào", clause="Mục II", points=100, indicator="secret-word")
    rules = RuleDocument(schema_version=1, grades=(), criteria=(criterion, criterion.model_copy(update={"code": "b"})))
    verdict = given().when(adopted(rules=rules))
    verdict.then(RulesUnsound, "rules.criteria.0.indicator")
    assert isinstance(verdict.outcome, RulesUnsound)
    assert verdict.outcome.values == {
        "findings": "rules.criteria.0.indicator unknown-indicator\nrules.criteria.1.indicator unknown-indicator"
    }


def test_what_it_supersedes_stands_in_the_log() -> None:
    old = adopted(OLD_RULES, effective_from=calendar_day("2019-01-01"))
    given(old).when(adopted(supersedes=OLD_RULES)).then(RuleSetAdopted)
    given().when(adopted(supersedes=OLD_RULES)).then(UnknownRuleSet, "supersedes")
    given(old, voided(old)).when(adopted(supersedes=OLD_RULES)).then(UnknownRuleSet, "supersedes")


def test_nobody_supersedes_the_rules_of_others() -> None:
    """Else one post would leave another organisation's branches without rules."""
    others = says(adopted(OLD_RULES).fact, OLD_RULES, on="2022-02-15", by=YOUTH)
    given(others).when(adopted(supersedes=OLD_RULES)).then(SupersedesAnothers, "supersedes")
    closing = MembershipLogClosed(successors=(WOMEN,), effective=calendar_day("2022-02-01"))
    merged = says(closing, YOUTH, on="2022-02-01", by=YOUTH)
    given(others, merged).when(adopted(supersedes=OLD_RULES)).then(RuleSetAdopted)


def test_it_supersedes_another_one() -> None:
    given().when(adopted(supersedes=RULES)).then(SupersedesItself, "supersedes")
