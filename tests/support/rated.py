"""Which units are rated in the tests of rule sets? Published and made-up documents, and what may be recorded."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from services.ratings.domain.rules import Child, Evidence, Life, Measured, Score, Votes
from services.ratings.domain.rules.sheet import read_sheet
from tests.support.sources import ROOT

Json = dict[str, Any]
EXAMPLES: tuple[Path, ...] = tuple(sorted((ROOT / "docs" / "examples" / "rule-sets").glob("*.yaml")))
SHARES = ("attendance", "meetings-held", "recruiting", "dues-paid", "tasks-done", "tasks-on-time", "tasks-exceeded")
OTHERS = ("tasks-late", "gathering", "books-kept", "cards-held", "households-exemplary")
NUMBERS = ("referrals", "admissions", "disciplines", "units-disciplined", "leaders-disciplined", "plan-registered")


def published() -> list[Json]:
    """The examples, as plain values."""
    facts = [read_sheet(file.read_bytes()).fact for file in EXAMPLES]
    return [fact.rules.model_dump(mode="json") for fact in facts if fact is not None]


def document(dice: random.Random) -> Json:
    """A document of any shape that a rule set may have; not always a sensible one."""
    ranks = dice.randint(1, 5)
    groups = [_group(dice, index, ranks) for index in range(dice.randint(0, 3))]
    criteria = [_criterion(dice, index, groups) for index in range(dice.randint(1, 8))]
    total = sum(each["points"] for each in criteria)
    steps = sorted(dice.sample(range(total + 2), min(ranks, total + 2)), reverse=True)
    bounded = dice.random() < 0.75
    return {
        "schema_version": 2,
        "grades": [{"scale": "s", "rank": rank, "label": f"Mức {rank}"} for rank in range(1, ranks + 1)],
        "criteria": criteria,
        "groups": groups,
        "thresholds": [{"rank": rank, "at_least": step} for rank, step in enumerate(steps, start=1)] if bounded else [],
        "conditions": [
            {
                "rank": dice.randint(1, ranks),
                "title": "Đ",
                "clause": "1",
                "when": condition(dice, criteria, groups, ranks),
            }
            for _ in range(dice.choice((0, 0, 1, 2, 3)))
        ],
        "vetoes": [
            {
                "code": f"v{index}",
                "title": "K",
                "clause": "2",
                "when": condition(dice, criteria, groups, ranks),
                "best": dice.randint(1, ranks),
            }
            for index in range(dice.choice((0, 0, 1, 2)))
        ],
        "otherwise": dice.choice((None, ranks)),
        "youngest": dice.choice((None, None, {"months": 12, "after_change": dice.choice((None, 6)), "clause": "3"})),
        "children_first": dice.random() < 0.2,
    }


def _group(dice: random.Random, index: int, ranks: int) -> Json:
    floor = {"share": dice.choice((1, 3333, 5000, 10_000)), "best": dice.randint(1, ranks)}
    return {
        "code": f"g{index}",
        "title": "Nhóm",
        "clause": "1",
        "most": dice.choice((None, dice.randint(0, 3000))),
        "floor": dice.choice((None, None, floor)),
    }


def _criterion(dice: random.Random, index: int, groups: list[Json]) -> Json:
    found: Json = {
        "code": f"c{index}",
        "title": "Tiêu chí",
        "clause": "1",
        "points": dice.choice((0, 1, 500, 777, 1000, 2000)),
        "group": dice.choice([None, *(group["code"] for group in groups)]),
    }
    kind = dice.choice(("share", "share", "bands", "number", "human", "yes-no", "rank", "votes"))
    match kind:
        case "share" | "bands":
            found |= {"indicator": dice.choice(SHARES), "full_at": dice.choice((10_000, 8500, 3333, 1))}
            found |= {"months": dice.choice((None, 36)), "threshold": dice.choice((None, 60))}
            if kind == "bands":
                found["bands"] = _bands(dice, found["points"], (5000, 6667, 8000, 9999, 10_000))
        case "number":
            found |= {"indicator": dice.choice(NUMBERS), "counts": True}
            found["bands"] = _bands(dice, found["points"], (0, 1, 2, 5))
        case "votes":
            found |= {"by": "votes", "full_at": dice.choice((10_000, 9000, 5000))}
        case "yes-no" | "rank":
            found |= {"mark": kind, "points": 0 if kind == "rank" else found["points"]}
    return found


def _bands(dice: random.Random, points: int, places: tuple[int, ...]) -> list[Json]:
    at = sorted(dice.sample(places, dice.randint(1, len(places))))
    given = sorted(dice.randint(0, points) for _ in at[1:])
    bands = [{"at_least": place, "points": some} for place, some in zip(at, [*given, points], strict=True)]
    dice.shuffle(bands)
    return bands


def condition(dice: random.Random, criteria: list[Json], groups: list[Json], ranks: int, deep: int = 0) -> str:
    """A condition that the language has, in the names of the document."""
    if deep < 3 and dice.random() < 0.45:
        inner = [condition(dice, criteria, groups, ranks, deep + 1) for _ in range(dice.randint(2, 3))]
        return dice.choice(("not ({0})", "({0} and {1})", "{0} or {1}", "không ({0} hoặc {1})", "{0} và {1}")).format(
            *inner
        )
    operator, share = dice.choice((">=", "<=", ">", "<", "=", "!=")), dice.choice(("100", "80", "66,67", "50", "0"))
    criterion, of = dice.choice(criteria), dice.choice(["", *(f".{group['code']}" for group in groups)])
    leaves = [
        f"{dice.choice((*SHARES, *OTHERS))} {operator} {share} %",
        f"{dice.choice(NUMBERS)} {operator} {dice.randint(0, 3)}",
        f"points{dice.choice((of, '.' + criterion['code']))} {operator} {dice.choice(('5', '7,77', '20', '0'))}",
        f"points{of} {operator} {share} %",
        # At the very end of what open points may still come to.
        f"points.{criterion['code']} {operator} {_written(criterion['points'])}",
        f"points {operator} {_written(sum(each['points'] for each in criteria))}",
        f"lowest{of} {operator} {share}%",
        f"children.rank-{dice.randint(1, ranks)} {operator} {dice.choice((share + ' %', '2'))}",
        f"children {operator} {dice.randint(0, 3)}",
        f"age {operator} {dice.choice((6, 12, 24))}",
    ]
    if any(each.get("mark") == "rank" for each in criteria):
        leaves.append(f"worst-mark is rank {dice.randint(1, ranks)}{dice.choice((' or better', ''))}")
        leaves.append(f"worst-mark đạt hạng {dice.randint(1, ranks)} trở lên")
    match criterion:
        case {"mark": "yes-no"}:
            leaves.append(f"met.{criterion['code']}")
        case {"mark": "rank"}:
            leaves.append(f"mark.{criterion['code']} is rank {dice.randint(1, ranks)}")
        case {"by": "votes"}:
            leaves.append(f"votes.{criterion['code']} {operator} {share} %")
        case {"indicator": str()}:
            leaves.append(f"figure.{criterion['code']} {operator} {dice.choice((share + ' %', '2'))}")
    return dice.choice(leaves).strip()


def _written(points: int) -> str:
    return f"{points // 100},{points % 100:02d}"


def evidence(dice: random.Random, rules: Json) -> Json:
    """What may be recorded of a unit: much, little, nothing; figures and scores on the very edges."""
    known, exemplary = dice.choice((0.3, 0.9, 0.97, 1.0, 1.0)), dice.random() < 0.4

    def maybe() -> bool:
        return dice.random() < known

    measured: dict[str, tuple[int, int | None]] = {}
    for criterion in rules["criteria"]:
        if criterion.get("indicator"):
            asked = [f"{name}={criterion[name]}" for name in ("months", "threshold") if criterion.get(name) is not None]
            measured[criterion["indicator"] + (":" + ",".join(asked) if asked else "")] = (0, None)
    measured |= dict.fromkeys((*SHARES, *OTHERS, *NUMBERS), (0, None))
    for key in measured:
        number = key.partition(":")[0] in NUMBERS
        under = dice.choice((100, 100, 12, 3, 7, 0, None))
        over = dice.choice(
            (under or 0, dice.randint(0, under or 3), 0, (under or 0) * 85 // 100, (under or 0) * 4 // 5)
        )
        measured[key] = (dice.randint(0, 3), None) if number else (over, under)
        if exemplary:
            measured[key] = (0, None) if number else (0 if key == "tasks-late" else 100, 100)
    ranks = [grade["rank"] for grade in rules["grades"]] or [1]
    steps = [step["at_least"] for step in rules.get("thresholds", ())]
    scores: dict[str, Json] = {}
    for criterion in rules["criteria"]:
        most, mark = criterion["points"], criterion.get("mark", "points")
        rest = [step - sum(each["points"] for each in rules["criteria"] if each is not criterion) for step in steps]
        value = dice.choice([most, dice.randint(0, most), 0, most + 1, *(each for each in rest if each >= 0)])
        said = {"points": value} if mark == "points" else {"met": dice.random() < 0.7}
        scores[criterion["code"]] = (
            {"rank": ranks[0] if exemplary else dice.choice([*ranks, 99])} if mark == "rank" else said
        )
    votes = {each["code"]: dice.choice(([9, 1, 0], [4, 5, 1], [0, 0, 0], [8, 1, 1])) for each in rules["criteria"]}
    return {
        "measured": {key: value for key, value in measured.items() if maybe()},
        "scores": {key: value for key, value in scores.items() if maybe()},
        "votes": {key: value for key, value in votes.items() if maybe()},
        "life": [dice.choice((5, 6, 11, 12, 24)), dice.random() < 0.5] if maybe() else None,
        "children": [dice.choice([*ranks, *([] if exemplary else [None])]) for _ in range(dice.randint(0, 4))]
        if maybe()
        else None,
    }


def as_evidence(said: Json) -> Evidence:
    """The same as the product takes it."""
    children = said["children"]
    return Evidence(
        measured={key: Measured("figure", *value) for key, value in said["measured"].items()},
        scores={key: Score(**value) for key, value in said["scores"].items()},
        votes={key: Votes(*value) for key, value in said["votes"].items()},
        life=None if said["life"] is None else Life(*said["life"]),
        children=None if children is None else tuple(Child(str(index), rank) for index, rank in enumerate(children)),
    )
