"""What does a rule set give a unit? Recounted from `docs/formats/rule-set.md`, slowly, by trying every way there is.

Documents and evidence are plain values as JSON has them. Nothing of the product is used: points are fractions, a
condition is read by hand, and a grade stands only if every way of settling what is open gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

Json = dict[str, Any]
Range = tuple[Fraction, Fraction]
"""«A condition has three answers: met, not met, not recorded» — True, False, None."""
WORDS = {"và": "and", "hoặc": "or", "không": "not"}


@dataclass(frozen=True)
class Outcome:
    """What came of it: each criterion's points or None, the sum as a range, and the rank, if one is certain."""

    points: Mapping[str, int | None]
    least: int
    most: int
    rank: int | None


def recount(rules: Json, evidence: Json) -> Outcome:
    """The outcome of a rule document and what is recorded."""
    points = {each["code"]: _points(rules, each, evidence) for each in rules["criteria"]}
    spans = {each["code"]: _span(each, points[each["code"]]) for each in rules["criteria"]}
    # «Each group sums its criteria, least and most, each bounded by `most`»
    sums: dict[str, Range] = {}
    for group in rules.get("groups", ()):
        own = [spans[each["code"]] for each in rules["criteria"] if each.get("group") == group["code"]]
        bound = group.get("most")
        low, high = sum((span[0] for span in own), Fraction()), sum((span[1] for span in own), Fraction())
        sums[group["code"]] = (low, high) if bound is None else (min(low, Fraction(bound)), min(high, Fraction(bound)))
    loose = [spans[each["code"]] for each in rules["criteria"] if each.get("group") not in sums]
    least = sum((low for low, _ in (*loose, *sums.values())), Fraction())
    most = sum((high for _, high in (*loose, *sums.values())), Fraction())
    known = Known(rules, evidence, spans, sums, (least, most))
    return Outcome(points, int(least), int(most), _rank(known))


def capped(units: int, cap: Json, *, exceptional: bool = False) -> int:
    """How many of `units` at rank `below` or better may have the capped rank."""
    share = Fraction(cap["exception"] if exceptional and cap.get("exception") else cap["share"], 10_000)
    # «x ≤ s · (n − x)» or «x ≤ s · n»
    bound = share * units / (1 + share) if cap["of"] == "left" else share * units
    whole = bound.numerator // bound.denominator
    rest = bound - whole
    more = {"down": False, "nearest": rest >= Fraction(1, 2), "up": rest > 0}[cap["rounding"]]
    # «`least` are allowed in any case, and never more than n»
    return min(units, max(whole + more, int(cap.get("least", 0))))


@dataclass(frozen=True)
class Known:
    """All that conditions may read."""

    rules: Json
    evidence: Json
    spans: Mapping[str, Range]
    sums: Mapping[str, Range]
    total: Range


# ── Points ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _points(rules: Json, criterion: Json, evidence: Json) -> int | None:
    by = criterion.get("by") or ("computed" if criterion.get("indicator") else "human")
    if by == "human":
        return _scored(rules, criterion, evidence["scores"].get(criterion["code"]))
    if by == "votes":
        votes = evidence["votes"].get(criterion["code"])
        # «Those in favour out of all cast, blank ones too»
        return None if votes is None or sum(votes) == 0 else _measured(criterion, (votes[0], sum(votes)))
    return _measured(criterion, evidence["measured"].get(_key(criterion)))


def _key(criterion: Json) -> str:
    asked = [f"{name}={criterion[name]}" for name in ("months", "threshold") if criterion.get(name) is not None]
    return str(criterion["indicator"]) + (":" + ",".join(asked) if asked else "")


def _scored(rules: Json, criterion: Json, score: Json | None) -> int | None:
    most, score = criterion["points"], score or {}
    match criterion.get("mark", "points"):
        case "yes-no":
            return None if score.get("met") is None else most * score["met"]
        case "rank":
            return 0 if score.get("rank") in {grade["rank"] for grade in rules["grades"]} else None
        case _:
            points = score.get("points")
            # «A score outside these bounds counts as none»
            return points if points is not None and 0 <= points <= most else None


def _measured(criterion: Json, measured: tuple[int, int | None] | None) -> int | None:
    if measured is None:
        return None
    numerator, denominator = measured
    if criterion["points"] == 0:
        return 0
    if criterion.get("counts"):
        reached = Fraction(numerator)
    elif not denominator:
        # «there is no rate of nothing»
        return None
    else:
        reached = Fraction(numerator, denominator) * 10_000
    if bands := criterion.get("bands"):
        best = 0
        for band in sorted(bands, key=lambda each: each["at_least"]):
            best = band["points"] if reached >= band["at_least"] else best
        return int(best)
    exact = min(Fraction(1), reached / criterion.get("full_at", 10_000)) * criterion["points"]
    # «rounded half up to a hundredth»
    return int(exact + Fraction(1, 2))


def _span(criterion: Json, points: int | None) -> Range:
    """«A criterion that is not recorded is open: its points lie between 0 and its most.»"""
    low, high = (0, criterion["points"]) if points is None else (points, points)
    return Fraction(low), Fraction(high)


# ── The grade ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rank(known: Known) -> int | None:
    rules = known.rules
    if not rules["grades"] or not (rules.get("thresholds") or rules.get("conditions")) or _not_rated(known):
        return None
    ways = set(_ways(known))
    return ways.pop() if len(ways) == 1 else None


def _not_rated(known: Known) -> bool:
    youngest, life = known.rules.get("youngest"), known.evidence["life"]
    if youngest and (life is None or life[0] < (youngest["months"] if not life[1] else _after(youngest))):
        return True
    children = known.evidence["children"]
    return bool(known.rules.get("children_first")) and (children is None or None in children)


def _after(youngest: Json) -> int:
    return int(youngest.get("after_change") or youngest["months"])


def _ways(known: Known) -> Iterator[int | None]:
    """«every sum between least and most, every veto that may bar, every condition that is not recorded»."""
    rules = known.rules
    steps = {step["at_least"] for step in rules.get("thresholds", ())}
    least, most = known.total
    sums = {least, most} | {Fraction(each) for step in steps for each in (step - 1, step) if least <= each <= most}
    bars = [(each["best"], answer(each["when"], known)) for each in rules.get("vetoes", ())] + list(_floors(known))
    asked = [(each["rank"], answer(each["when"], known)) for each in rules.get("conditions", ())]
    choices = [(each,) if each is not None else (True, False) for _, each in (*bars, *asked)]
    for points in sums:
        for way in product(*choices):
            best = max([0, *(bar for (bar, _), holds in zip(bars, way, strict=False) if holds)])
            failed = {rank for (rank, _), holds in zip(asked, way[len(bars) :], strict=True) if not holds}
            yield _given(rules, points, best, failed, {rank for rank, _ in asked})


def _floors(known: Known) -> Iterator[tuple[int, bool | None]]:
    for group in known.rules.get("groups", ()):
        if floor := group.get("floor"):
            low, high = _lowest(known, group["code"]) or (None, None)
            below = None if low is None or high is None else _below(low, high, Fraction(floor["share"], 10_000))
            yield floor["best"], below


def _below(low: Fraction, high: Fraction, share: Fraction) -> bool | None:
    return True if high < share else False if low >= share else None


def _given(rules: Json, points: Fraction, best: int, failed: set[int], asked: set[int]) -> int | None:
    bounds = {step["rank"]: step["at_least"] for step in rules.get("thresholds", ())}
    for rank in sorted(grade["rank"] for grade in rules["grades"]):
        if rank < best or rank in failed:
            continue
        if (points >= bounds[rank]) if rank in bounds else (not bounds and rank in asked):
            return int(rank)
    otherwise = rules.get("otherwise")
    return otherwise if otherwise is None else int(otherwise)


# ── Conditions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(text: str, known: Known) -> bool | None:
    """Whether a condition holds: `or` of `and`s of single ones, read from left to right."""
    tokens = re.findall(r"[()%]|>=|<=|!=|[<>=]|[\w.,-]+", text)
    words = [WORDS.get(token, token) for token in tokens]
    found = _either(words, known)
    assert not words, f"not read to the end: {words}"
    return found


def _either(words: list[str], known: Known) -> bool | None:
    parts = [_all(words, known)]
    while words and words[0] == "or":
        words.pop(0)
        parts.append(_all(words, known))
    # «`or` is met as soon as one part is met, else not recorded as soon as one part is»
    return True if True in parts else None if None in parts else False


def _all(words: list[str], known: Known) -> bool | None:
    parts = [_single(words, known)]
    while words and words[0] == "and":
        words.pop(0)
        parts.append(_single(words, known))
    return False if False in parts else None if None in parts else True


def _single(words: list[str], known: Known) -> bool | None:
    word = words.pop(0)
    if word == "not":
        found = _single(words, known)
        return None if found is None else not found
    if word == "(":
        found = _either(words, known)
        assert words.pop(0) == ")"
        return found
    if words and words[0] in {"is", "đạt"}:
        return _graded(word, words, known)
    if not words or words[0] not in {">=", "<=", "!=", "<", ">", "="}:
        score = known.evidence["scores"].get(word.removeprefix("met."), {})
        return score.get("met")  # type: ignore[no-any-return]
    operator, bound = words.pop(0), Fraction(words.pop(0).replace(",", "."))
    if per_cent := words[:1] == ["%"]:
        words.pop(0)
    span = _shares(word, known) if per_cent else _numbers(word, known)
    return None if span is None else _compared(operator, span, bound / 100 if per_cent else bound)


def _graded(name: str, words: list[str], known: Known) -> bool | None:
    del words[:2]
    rank, better = int(words.pop(0)), words[:2] in (["or", "better"], ["trở", "lên"])
    if better:
        del words[:2]
    ranks = {grade["rank"] for grade in known.rules["grades"]}
    marked = [each["code"] for each in known.rules["criteria"] if each.get("mark") == "rank"]
    wanted = marked if name == "worst-mark" else [name.removeprefix("mark.")]
    given = [known.evidence["scores"].get(code, {}).get("rank") for code in wanted]
    ways = product(*([each] if each in ranks else sorted(ranks) for each in given))
    found = {max(way) <= rank if better else max(way) == rank for way in ways}
    return found.pop() if len(found) == 1 else None


def _compared(operator: str, span: Range, bound: Fraction) -> bool | None:
    """«the answer is met or not met only if the whole range agrees»."""
    low, high = span
    below, at, above = low < bound, low <= bound <= high, high > bound
    possible = {
        ">=": {True: at or above, False: below},
        "<=": {True: at or below, False: above},
        ">": {True: above, False: below or at},
        "<": {True: below, False: above or at},
        "=": {True: at, False: below or above},
        "!=": {True: below or above, False: at},
    }[operator]
    return None if all(possible.values()) else possible[True]


def _numbers(name: str, known: Known) -> Range | None:
    head, _, tail = name.partition(".")
    if head == "points":
        low, high = known.spans.get(tail) or known.sums[tail] if tail else known.total
        return low / 100, high / 100
    if head == "age":
        life = known.evidence["life"]
        return None if life is None else (Fraction(life[0]), Fraction(life[0]))
    if head == "children":
        children = known.evidence["children"]
        if children is None:
            return None
        return _children(children, tail) if tail else (Fraction(len(children)), Fraction(len(children)))
    rate = _rate(head, tail, name, known)
    return None if rate is None else (Fraction(rate[0]), Fraction(rate[0]))


def _shares(name: str, known: Known) -> Range | None:
    head, _, tail = name.partition(".")
    if head == "lowest":
        return _lowest(known, tail)
    if head == "points":
        low, high = known.spans.get(tail) or known.sums[tail] if tail else known.total
        most = _most_of(known, tail)
        return (low / most, high / most) if most else None
    if head == "children":
        children = known.evidence["children"]
        if not children:
            return None
        low, high = _children(children, tail)
        return low / len(children), high / len(children)
    rate = _rate(head, tail, name, known)
    return (Fraction(rate[0], rate[1]), Fraction(rate[0], rate[1])) if rate and rate[1] else None


def _rate(head: str, tail: str, name: str, known: Known) -> tuple[int, int | None] | None:
    if head == "votes":
        votes = known.evidence["votes"].get(tail)
        return None if votes is None else (votes[0], sum(votes))
    if head == "figure":
        criterion = next(each for each in known.rules["criteria"] if each["code"] == tail)
        name = _key(criterion)
    return known.evidence["measured"].get(name)  # type: ignore[no-any-return]


def _children(children: list[int | None], tail: str) -> Range:
    rank = int(tail.removeprefix("rank-"))
    certain = sum(each is not None and each <= rank for each in children)
    return Fraction(certain), Fraction(certain + children.count(None))


def _lowest(known: Known, group: str) -> Range | None:
    asked = [each for each in known.rules["criteria"] if each["points"] and (not group or each.get("group") == group)]
    spans = [(known.spans[each["code"]], each["points"]) for each in asked]
    low, high = ([span[end] / of for span, of in spans] for end in (0, 1))
    return (min(low), min(high)) if spans else None


def _most_of(known: Known, tail: str) -> Fraction:
    criteria, groups = known.rules["criteria"], {each["code"]: each for each in known.rules.get("groups", ())}
    if tail in known.spans:
        return Fraction(next(each["points"] for each in criteria if each["code"] == tail))
    of = {code: sum(each["points"] for each in criteria if each.get("group") == code) for code in groups}
    bounded = {
        code: of[code] if each.get("most") is None else min(of[code], each["most"]) for code, each in groups.items()
    }
    if tail:
        return Fraction(bounded[tail])
    return Fraction(sum(bounded.values()) + sum(each["points"] for each in criteria if each.get("group") not in groups))
