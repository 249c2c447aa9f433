"""Which step of a rating may follow, where does a rating stand, and how many may be at the top? Written from the rules.

A life is told in the order of its days, a fact a day: then everything is a plain machine that keeps a few words. It is
the slow second reading of what `services.ratings.domain` judges by counting over days. Nothing of it is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

ORDER = ("opened", "self-rated", "proposed", "verified", "decided")
NAMES = {
    "unit-self-rated": "self-rated",
    "rating-proposed": "proposed",
    "rating-verified": "verified",
    "rating-decided": "decided",
}
SCORES = ("criterion-scored", "votes-counted")
OUTCOMES = ("rating-upheld", "rating-changed", "rating-cancelled")


@dataclass
class Decision:
    """What has become of a decision."""

    id: str
    rater: str
    grade: int
    rule_set: str | None
    instead_of: str | None
    published: bool = False
    waits: bool = False
    """An objection, or an order to rate again, waits."""
    verified: bool = False
    """What waits was verified again."""
    objections: int = 0
    cancelled: bool = False


@dataclass
class Rule:
    """What an organisation has posted, as far as this machine knows it."""

    decides: str
    steps: frozenset[str] = frozenset()
    proposes: str | None = None
    verifies: str | None = None
    settles: str | None = None
    objections: int | None = None
    effects: Mapping[str, int] = field(default_factory=dict)
    """Effect → the worst rank that opens it."""


@dataclass
class Machine:
    """One unit, one axis, one period. `above`: which bodies stand over which, nearest first; `kinds`: what they are."""

    unit: str
    above: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    rule: Rule | None = None
    criteria: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """By its code: who judges it (human, votes), and the most points that it gives."""
    taken: set[str] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)

    def take(self, kind: str, fact: Mapping[str, Any], id: str) -> bool:
        """Go on by a fact, if it may be said; whether it might."""
        if not self._may(kind, fact):
            return False
        self._go_on(kind, fact, id)
        return True

    # ── May it be said? ──────────────────────────────────────────────────────────────────────────────────────────

    def _may(self, kind: str, fact: Mapping[str, Any]) -> bool:
        if kind in NAMES:
            return self._may_before(NAMES[kind], fact)
        if kind in SCORES:
            return self._may_judge(kind, fact)
        return self._may_after(kind, fact)

    def _may_judge(self, kind: str, fact: Mapping[str, Any]) -> bool:
        """«Until the decision; afterwards only while an objection or an order to rate again waits», and by whom."""
        rule, body, by_whom = self.rule, fact["body"], {"criterion-scored": "human", "votes-counted": "votes"}
        judge, most = self.criteria.get(fact["criterion"], ("", 0))
        itself, above = body == self.unit, body in self.above[self.unit]
        closed = any(not each.cancelled for each in self.decisions) and not any(each.waits for each in self.decisions)
        if judge != by_whom[kind] or closed or not (itself or above):
            return False
        if kind == "votes-counted":
            return True
        step = fact["step"]
        if (step == "self-rated") != itself or fact["score"]["points"] > most:
            return False
        if rule is None:
            return True
        before = {each for each in ORDER[: ORDER.index(step)] if each in rule.steps}
        nearest = next((each for each in self.above[self.unit] if self.kinds[each] == rule.decides), None)
        called = {"proposed": rule.proposes, "verified": rule.verifies}.get(step)
        return before <= self.taken and self._is(called, body) and (step != "decided" or body == nearest)

    def _may_before(self, step: str, fact: Mapping[str, Any]) -> bool:
        rule, body = self.rule, fact.get("rater", fact.get("body"))
        decided = any(not each.cancelled for each in self.decisions)
        if rule is not None and not {each for each in ORDER[: ORDER.index(step)] if each in rule.steps} <= self.taken:
            return False
        match step:
            case "self-rated":
                return not decided
            case "proposed":
                # Without a posted rule proposals may come whenever they like.
                return rule is None or (not decided and self._is(rule.proposes, body))
            case "verified":
                something = bool({"self-rated", "proposed"} & self.taken)
                return not decided and something and (rule is None or self._is(rule.verifies, body))
            case _:
                return self._may_decide(fact)

    def _may_decide(self, fact: Mapping[str, Any]) -> bool:
        rater, rule, place = fact["rater"], self.rule, fact.get("instead_of")
        if rater == self.unit:
            return False
        if rule is not None:
            nearest = next((each for each in self.above[self.unit] if self.kinds[each] == rule.decides), None)
            if rater != nearest:
                return False
        if place is not None and not any(each.id == place and each.cancelled for each in self.decisions):
            return False
        same = [each for each in self.decisions if (each.rule_set, each.instead_of) == (fact.get("rule_set"), place)]
        return not any(rule is not None or each.rater == rater for each in same)

    def _may_after(self, kind: str, fact: Mapping[str, Any]) -> bool:
        decision = self._meant(fact)
        if decision is None or decision.cancelled:
            return False
        rule, over = self.rule, fact["body"] in self.above[decision.rater]
        match kind:
            case "rating-published":
                return not decision.published and fact["effects"] == self.opened(decision.grade)
            case "objection-raised":
                known = rule is None or "published" not in rule.steps or decision.published
                often = rule is not None and rule.objections is not None and decision.objections >= rule.objections
                return known and not often and not decision.waits
            case "rerating-ordered":
                return over and not decision.waits
            case "rating-reverified":
                return decision.waits and not decision.verified
            case _:
                return self._may_settle(kind, fact, decision, over=over)

    def _may_settle(self, kind: str, fact: Mapping[str, Any], decision: Decision, *, over: bool) -> bool:
        if fact["body"] == self.unit:
            return False
        of_own_accord = kind == "rating-cancelled" and over
        if not of_own_accord and not (decision.waits and self._called(fact["body"], decision, over=over)):
            return False
        if kind != "rating-changed":
            return True
        expected = self.opened(fact["grade"]) if decision.published else []
        return bool(fact["grade"] != decision.grade and fact["effects"] == expected)

    def _called(self, body: str, decision: Decision, *, over: bool) -> bool:
        """Whether this body settles what waits, and whether it was verified again where the rule asks for that."""
        rule = self.rule
        if rule is not None and "re-verified" in rule.steps and not decision.verified:
            return False
        if rule is None or rule.settles is None:
            return body == decision.rater or over
        return self.kinds[body] == rule.settles and body in self.above[self.unit]

    def opened(self, grade: int) -> list[str]:
        """What a grade opens by the rule, in the order of the words."""
        return [] if self.rule is None else sorted(e for e, worst in self.rule.effects.items() if grade <= worst)

    def _is(self, kind: str | None, body: str | None) -> bool:
        return kind is None or (body is not None and self.kinds[body] == kind)

    def _meant(self, fact: Mapping[str, Any]) -> Decision | None:
        return next((each for each in self.decisions if each.id == fact["decision"]), None)

    # ── What it makes of the rating ──────────────────────────────────────────────────────────────────────────────

    def _go_on(self, kind: str, fact: Mapping[str, Any], id: str) -> None:
        if kind in NAMES:
            self.taken.add(NAMES[kind])
            if kind == "rating-decided":
                found = Decision(id, fact["rater"], fact["grade"], fact.get("rule_set"), fact.get("instead_of"))
                self.decisions.append(found)
            return
        if kind in SCORES:
            return
        decision = self._meant(fact)
        if decision is None:
            raise KeyError(fact["decision"])
        match kind:
            case "rating-published":
                decision.published = True
            case "objection-raised":
                decision.objections += 1
                decision.waits, decision.verified = True, False
            case "rerating-ordered":
                decision.waits, decision.verified = True, False
            case "rating-reverified":
                decision.verified = True
            case _:
                decision.waits = decision.verified = False
                decision.cancelled = kind == "rating-cancelled"
                decision.grade = fact.get("grade", decision.grade)


def most_at_the_top(pool: int, share: int, reading: str, rounding: str = "down", least: int = 0) -> int:
    """How many of a pool may be given the top grade: tried number by number, from the words of the rule.

    Reading `left`: x ≤ share of the (pool − x) that are left; `all`: x ≤ share of the pool. `share` is in hundredths of
    a per cent. Down: the most that satisfies it; else the exact bound, rounded.
    """
    part = Fraction(share, 10_000)
    if rounding == "down":
        fits = [x for x in range(pool + 1) if x <= part * ((pool - x) if reading == "left" else pool)]
        found = max(fits)
    else:
        # x = part · (pool − x) at the bound of the first reading.
        bound = part * pool / (1 + part) if reading == "left" else part * pool
        whole = bound.numerator // bound.denominator
        rest = bound - whole
        up = rest >= Fraction(1, 2) if rounding == "nearest" else rest > 0
        found = whole + up
    return min(pool, max(found, least))


def counted(ranks: Iterable[int], best: int, below: int) -> tuple[int, int]:
    """(units at the grade below or better, units at the best)."""
    ranks = list(ranks)
    return sum(rank <= below for rank in ranks), sum(rank <= best for rank in ranks)
