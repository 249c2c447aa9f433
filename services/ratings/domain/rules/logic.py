"""Does a condition hold, where something may not be recorded? Three answers, and what each comparison read.

Not recorded stays not recorded through *not*; *and* is not met as soon as one part is not; *or* is met as soon as one
part is. So what is missing never settles anything, and never hides what is settled without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from services.ratings.domain.rules.evaluation import Reading, State
from services.ratings.domain.rules.language import (
    All,
    Compare,
    Either,
    Fulfilled,
    Graded,
    Leaf,
    NotUnderstood,
    Opposite,
    Tree,
    leaves,
    read,
)

SHARES: Final = 10_000
"""A whole in hundredths of a per cent."""


class Amount(NamedTuple):
    """A number that is known, or known to lie between two: fractions `(over, under)`, never turned into decimals."""

    least: tuple[int, int]
    most: tuple[int, int]


Shown: TypeAlias = tuple[int | None, int | None, int | None, int | None]


class Value(NamedTuple):
    """What a name stands for. Each is None where nothing says so, or where the name has no such side."""

    number: Amount | None = None
    """In hundredths: of one, or of a point."""
    share: Amount | None = None
    """Out of a whole of 1."""
    ranks: frozenset[int] | None = None
    """The ranks that it may be: one where it is known."""
    met: bool | None = None
    shown: Shown = (None, None, None, None)
    """What an explanation shows: numerator, denominator, and the least and most of points or ranks."""


UNKNOWN: Final = Value()
Names: TypeAlias = Callable[[str], Value]


def holds(text: str, names: Names) -> tuple[State, tuple[Reading, ...]]:
    """Whether a condition holds, and what it read. A condition that is not understood is not recorded."""
    try:
        tree = read(text)
    except NotUnderstood:
        return State.NOT_RECORDED, ()
    read_names = dict.fromkeys(leaf.name for leaf in leaves(tree))
    return _state(tree, names), tuple(Reading(name, *names(name).shown) for name in read_names)


def both(states: Iterable[State]) -> State:
    """All of them: not met as soon as one is not."""
    found = set(states)
    if State.NOT_MET in found:
        return State.NOT_MET
    return State.NOT_RECORDED if State.NOT_RECORDED in found else State.MET


def either(states: Iterable[State]) -> State:
    """One of them: met as soon as one is."""
    found = set(states)
    if State.MET in found:
        return State.MET
    return State.NOT_RECORDED if State.NOT_RECORDED in found else State.NOT_MET


def opposite(state: State) -> State:
    """Met for not met and the other way round; not recorded stays."""
    return {State.MET: State.NOT_MET, State.NOT_MET: State.MET}.get(state, state)


def compare(operator: str, amount: Amount, bound: int, whole: int) -> State:
    """`amount` against `bound / whole`: settled only where all that it may be agrees."""
    low, high = (_sign(side, bound, whole) for side in amount)
    match operator:
        case ">=":
            return _settled(all_of=low >= 0, none_of=high < 0)
        case ">":
            return _settled(all_of=low > 0, none_of=high <= 0)
        case "<=":
            return _settled(all_of=high <= 0, none_of=low > 0)
        case "<":
            return _settled(all_of=high < 0, none_of=low >= 0)
        case "=":
            return _settled(all_of=low == high == 0, none_of=low > 0 or high < 0)
        case _:
            return _settled(all_of=low > 0 or high < 0, none_of=low == high == 0)


def _sign(side: tuple[int, int], bound: int, whole: int) -> int:
    over, under = side
    return over * whole - bound * under


def _settled(*, all_of: bool, none_of: bool) -> State:
    if all_of:
        return State.MET
    return State.NOT_MET if none_of else State.NOT_RECORDED


def _state(tree: Tree, names: Names) -> State:
    match tree:
        case Opposite(part):
            return opposite(_state(part, names))
        case All(parts):
            return both(_state(part, names) for part in parts)
        case Either(parts):
            return either(_state(part, names) for part in parts)
        case _:
            return _leaf(tree, names(tree.name))


def _leaf(leaf: Leaf, value: Value) -> State:
    match leaf:
        case Compare(per_cent=per_cent):
            amount = value.share if per_cent else value.number
            whole = SHARES if per_cent else 1
            return State.NOT_RECORDED if amount is None else compare(leaf.operator, amount, leaf.amount, whole)
        case Graded(rank=rank, or_better=or_better):
            if not value.ranks:
                return State.NOT_RECORDED
            fits = {each <= rank if or_better else each == rank for each in value.ranks}
            return _settled(all_of=fits == {True}, none_of=fits == {False})
        case Fulfilled():
            return State.NOT_RECORDED if value.met is None else _settled(all_of=value.met, none_of=not value.met)
