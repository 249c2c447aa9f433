"""Has every fact of membership its rules, and has every refusal its test?"""

from __future__ import annotations

import re

import pytest

from services.membership.domain import DECIDERS
from shared.units import world
from tests.support.rulebook import contracts, domain_modules, expected, refusals

SERVICE = "membership"


def test_every_contract_has_a_decider() -> None:
    assert set(DECIDERS) == contracts(SERVICE)


def test_a_decider_accepts_what_it_is_asked_about() -> None:
    assert all(fact in decider.facts for fact, decider in DECIDERS.items())


def test_every_refusal_is_met_by_a_test() -> None:
    assert set(refusals(*domain_modules(SERVICE))) - expected(SERVICE) == set()


def test_every_refusal_says_what_the_rule_is_to_developers_and_to_users() -> None:
    found = refusals(*domain_modules(SERVICE))
    assert [name for name, cls in found.items() if not (cls.__doc__ and "vi" in vars(cls))] == []


def test_every_refusal_that_services_share_is_met_by_a_test() -> None:
    assert set(refusals(world)) - expected("membership", "meetings", "ratings") == set()


@pytest.mark.parametrize("service", ["membership", "meetings", "ratings"])
def test_a_code_is_the_words_of_the_refusals_name(service: str) -> None:
    for name, cls in {**refusals(world), **refusals(*domain_modules(service))}.items():
        assert cls.code == "-".join(re.findall(r"[A-Z](?=[A-Z])|[A-Z][a-z]*", name)).lower()
