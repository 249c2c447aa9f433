"""Do the conditions say something? Understood, with names that exist, comparable, neither impossible nor empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from services.ratings.domain.rules.evaluation import State
from services.ratings.domain.rules.findings import Finding, Path
from services.ratings.domain.rules.indicators import INDICATORS
from services.ratings.domain.rules.language import (
    All,
    Compare,
    Graded,
    Leaf,
    NotUnderstood,
    Tree,
    leaves,
    read,
)
from services.ratings.domain.rules.lines import judged_by
from services.ratings.domain.rules.logic import Amount, Names, Value, holds
from shared.contracts.ratings import By, Mark, RuleDocument

ENDLESS: Final = 10**12
"""Above every number that a condition can write."""


class Sides(NamedTuple):
    """In which ways a name may be compared, and how far its number and share reach."""

    number: int | None = None
    """The most, in hundredths; None: no number."""
    share: tuple[int, int] | None = None
    """The most, out of a whole of 1; None: no share."""
    rank: bool = False
    fulfilled: bool = False


ANY_SHARE: Final = (ENDLESS, 1)
WHOLE: Final = (1, 1)


def of_conditions(rules: RuleDocument) -> Iterator[Finding]:
    """What is wrong with the conditions of grades and vetoes."""
    known, seen = _known(rules), set[str]()
    for index, veto in enumerate(rules.vetoes):
        if veto.code in seen:
            yield Finding("duplicate", ("vetoes", index, "code"))
        seen.add(veto.code)
    for part in ("conditions", "vetoes"):
        for index, each in enumerate(getattr(rules, part)):
            yield from _of_one(each.when, (part, index, "when"), known, rules)


def _of_one(when: str, path: Path, known: Mapping[str, Sides], rules: RuleDocument) -> Iterator[Finding]:
    try:
        tree = read(when)
    except NotUnderstood as error:
        yield Finding("not-understood", path, error.column)
        return
    wrong = [found for leaf in leaves(tree) for found in _of_leaf(leaf, path, known, rules)]
    yield from wrong
    if any(found.grave for found in wrong):
        return
    state, _ = holds(when, _bounded(known, rules))
    if state is State.NOT_MET or _contradicts(tree):
        yield Finding("never-holds", path)
    elif state is State.MET:
        yield Finding("always-holds", path)


def _of_leaf(leaf: Leaf, path: Path, known: Mapping[str, Sides], rules: RuleDocument) -> Iterator[Finding]:
    sides = known.get(leaf.name)
    if sides is None:
        yield Finding("unknown-name", path, leaf.column)
        return
    match leaf:
        case Compare(per_cent=True):
            fits = sides.share is not None
        case Compare():
            fits = sides.number is not None
        case Graded():
            fits = sides.rank
        case _:
            fits = sides.fulfilled
    if not fits:
        yield Finding("not-comparable", path, leaf.column)
    elif isinstance(leaf, Graded) and leaf.rank not in {grade.rank for grade in rules.grades}:
        yield Finding("unknown-rank", path, leaf.column)
    if leaf.name in INDICATORS and INDICATORS[leaf.name].figure is None:
        yield Finding("not-measured", path, leaf.column)


def _known(rules: RuleDocument) -> dict[str, Sides]:
    """Every name that a condition of this document may use."""
    sums = {group.code: 0 for group in rules.groups}
    for criterion in rules.criteria:
        if criterion.group in sums:
            sums[criterion.group] += criterion.points
    points = {**{each.code: each.points for each in rules.criteria}, **sums}
    known = {each.code: Sides(ENDLESS, ANY_SHARE if each.share else None) for each in INDICATORS.values()}
    known |= {f"points.{code}": Sides(most, WHOLE if most else None) for code, most in points.items()}
    known["points"] = Sides(sum(each.points for each in rules.criteria), WHOLE)
    known |= {name: Sides(share=WHOLE) for name in ("lowest", *(f"lowest.{code}" for code in sums))}
    known["age"] = Sides(ENDLESS)
    known["children"] = Sides(ENDLESS)
    known |= {f"children.rank-{grade.rank}": Sides(ENDLESS, WHOLE) for grade in rules.grades}
    for each in rules.criteria:
        by = judged_by(each)
        if each.mark is Mark.RANK:
            known |= {f"mark.{each.code}": Sides(rank=True), "worst-mark": Sides(rank=True)}
        if each.mark is Mark.YES_NO:
            known[f"met.{each.code}"] = Sides(fulfilled=True)
        if by is By.VOTES:
            known[f"votes.{each.code}"] = Sides(ENDLESS, WHOLE)
        if by is By.COMPUTED and each.indicator is not None and each.indicator in INDICATORS:
            known[f"figure.{each.code}"] = known[each.indicator]
    return known


def _bounded(known: Mapping[str, Sides], rules: RuleDocument) -> Names:
    """Every name as anything that it may ever be: what holds or fails even so says nothing."""
    ranks = frozenset(grade.rank for grade in rules.grades)

    def value(name: str) -> Value:
        sides = known[name]
        number = None if sides.number is None else Amount((0, 1), (sides.number, 1))
        share = None if sides.share is None else Amount((0, 1), sides.share)
        return Value(number, share, ranks if sides.rank else None)

    return value


def _contradicts(tree: Tree) -> bool:
    """Whether parts of one *and* ask the same name for what cannot be both: `x >= 50 % and x < 40 %`."""
    if not isinstance(tree, All):
        return False
    least: dict[tuple[str, bool], int] = {}
    most: dict[tuple[str, bool], int] = {}
    for leaf in tree.parts:
        if isinstance(leaf, Compare) and leaf.operator != "!=":
            key, strict = (leaf.name, leaf.per_cent), leaf.operator in {"<", ">"}
            # Twice the bound, and one more or less where it is not reached itself: strictness in whole numbers.
            if leaf.operator in {">=", ">", "="}:
                least[key] = max(least.get(key, 0), 2 * leaf.amount + strict)
            if leaf.operator in {"<=", "<", "="}:
                most[key] = min(most.get(key, 2 * ENDLESS), 2 * leaf.amount - strict)
    return any(low > most.get(key, 2 * ENDLESS) for key, low in least.items())
