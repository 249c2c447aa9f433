"""Do the evaluation of rule sets and the recount of it agree? Over the published documents and over made-up ones."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.ratings.domain.rules import allowed, evaluate
from shared.contracts.ratings import Cap, RuleDocument
from tests.oracle.rules import capped, recount
from tests.support.rated import as_evidence, document, evidence, published
from tests.support.seeds import drawn

Json = dict[str, Any]
UNITS = 2_000
SEEDS = (366, pytest.param(None, marks=pytest.mark.battery, id="fresh"))


@pytest.mark.parametrize("seed", SEEDS)
def test_published_rule_sets_give_what_the_recount_gives(seed: int | None) -> None:
    """Each of the examples in turn, and the cap in pools of what came out."""
    documents, first = published(), drawn(seed)
    assert len(documents) == 9
    given = [_agreed(documents[index % 8], random.Random(first + index)) for index in range(UNITS)]
    # Not vacuous: grades are given and withheld, and every rank of the two with thresholds occurs.
    assert {index % 8 for index in range(UNITS) if given[index] is not None} >= {1, 4, 6, 7}
    without = {index % 8 for index in range(UNITS)} - {index % 8 for index in range(UNITS) if given[index] is not None}
    assert without == {0, 2, 3, 5}, "where no threshold is public there is no grade"
    _pools_agree(given, random.Random(first))


@pytest.mark.parametrize("seed", SEEDS)
def test_made_up_rule_sets_give_what_the_recount_gives(seed: int | None) -> None:
    first, given = drawn(seed), []
    for index in range(UNITS):
        dice = random.Random(first * 1_000 + index)
        given.append(_agreed(document(dice), dice))
    assert len({rank for rank in given if rank is not None}) >= 3
    assert 0.1 < sum(rank is None for rank in given) / UNITS < 0.9
    _pools_agree(given, random.Random(first))


def _agreed(rules: Json, dice: random.Random) -> int | None:
    """The rank that both give; they agree on every criterion and on the sum too."""
    said = evidence(dice, rules)
    found = evaluate(RuleDocument.model_validate(rules, strict=False), as_evidence(said))
    expected = recount(rules, said)
    assert {line.code: line.points for line in found.lines} == expected.points, (rules, said)
    assert (found.least, found.most) == (expected.least, expected.most), (rules, said)
    assert (None if found.grade is None else found.grade.rank) == expected.rank, (rules, said)
    assert (found.grade is None) == bool(found.why), (rules, said)
    return expected.rank


def _pools_agree(given: list[int | None], dice: random.Random) -> None:
    """Pools of every size, empty ones too: how many are at the capped rank, how many may be, by every reading."""
    start = 0
    over = set()
    while start < len(given):
        size = dice.choice((0, 0, 1, 2, 5, 12, 20, 144))
        pool, start = given[start : start + size], start + max(size, 1)
        good, top = sum(rank is not None and rank <= 2 for rank in pool), pool.count(1)
        for of in ("left", "all"):
            for rounding in ("down", "nearest", "up"):
                cap: Json = {"pool": "p", "rank": 1, "below": 2, "share": dice.choice((2000, 2500, 3333)), "of": of}
                cap |= {"rounding": rounding, "clause": "1", "least": dice.choice((0, 0, 1))}
                cap["exception"] = dice.choice((None, 3000, 10_000))
                rule = Cap.model_validate(cap, strict=False)
                for exceptional in (False, True):
                    may = allowed(good, rule, exceptional=exceptional)
                    assert may == capped(good, cap, exceptional=exceptional), (good, cap)
                    over.add(top > may)
    assert over == {True, False}
