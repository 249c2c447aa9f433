"""What may a condition name, and what does each name stand for? Figures, points, marks, votes, branches, the age."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from services.ratings.domain.rules.evaluation import GroupSum, Line
from services.ratings.domain.rules.evidence import Child, Evidence, Life, Measured
from services.ratings.domain.rules.logic import UNKNOWN, Amount, Value
from shared.contracts.ratings import Mark, RuleDocument

HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What the names of a condition stand for, in the words of `docs/formats/rule-set.md`."""

    evidence: Evidence
    lines: Mapping[str, Line]
    groups: Mapping[str, GroupSum]
    total: tuple[int, int, int]
    """The least and the most of the sum, and of how many points."""
    marks: frozenset[str]
    """Codes of the criteria that are marked with a rank."""
    ranks: frozenset[int]

    def __call__(self, name: str) -> Value:
        """What stands behind one name; a name that nothing stands behind is not recorded."""
        head, _, tail = name.partition(".")
        reading = READINGS.get(head)
        return _measured(self.evidence.measured.get(name)) if reading is None else reading(self, tail)


def known_of(
    rules: RuleDocument,
    evidence: Evidence,
    lines: Sequence[Line],
    groups: Sequence[GroupSum],
    total: tuple[int, int, int],
) -> Known:
    """The names of a rule document's conditions, once its criteria are summed."""
    return Known(
        evidence,
        {each.code: each for each in lines},
        {each.code: each for each in groups},
        total,
        frozenset(each.code for each in rules.criteria if each.mark is Mark.RANK),
        frozenset(grade.rank for grade in rules.grades),
    )


def _sum(known: Known, tail: str) -> Value:
    if not tail:
        return _points(*known.total)
    of = known.lines.get(tail) or known.groups.get(tail)
    return UNKNOWN if of is None else _points(of.least, of.most, of.of)


def _of_line(reading: Callable[[Line], Value]) -> Callable[[Known, str], Value]:
    def value(known: Known, tail: str) -> Value:
        line = known.lines.get(tail)
        return UNKNOWN if line is None else reading(line)

    return value


def _marked(known: Known, tail: str) -> Value:
    return _ranked(_rank(known.lines[tail], known.ranks)) if tail in known.marks else UNKNOWN


def _worst_mark(known: Known, _tail: str) -> Value:
    return _ranked(_worst([_rank(known.lines[code], known.ranks) for code in known.marks]))


def _points(least: int, most: int, of: int) -> Value:
    share = Amount((least, of), (most, of)) if of else None
    return Value(Amount((least, 1), (most, 1)), share, shown=(None, of, least, most))


def _lowest(lines: Sequence[Line]) -> Value:
    """The lowest share of its points that any criterion gets."""
    asked = [line for line in lines if line.of]
    if not asked:
        return UNKNOWN
    least = min(((line.least, line.of) for line in asked), key=lambda share: Fraction(*share))
    most = min(((line.most, line.of) for line in asked), key=lambda share: Fraction(*share))
    known = least if least == most else (None, None)
    return Value(share=Amount(least, most), shown=(*known, None, None))


def _rank(line: Line, ranks: frozenset[int]) -> frozenset[int]:
    """The ranks that a mark may still be."""
    marked = None if line.open or line.score is None else line.score.rank
    return ranks if marked is None else frozenset({marked})


def _ranked(ranks: frozenset[int]) -> Value:
    return Value(ranks=ranks, shown=(None, None, min(ranks), max(ranks))) if ranks else UNKNOWN


def _worst(marks: Sequence[frozenset[int]]) -> frozenset[int]:
    """The ranks that the worst of several marks may still be."""
    if not marks or not all(marks):
        return frozenset()
    low = max(min(mark) for mark in marks)
    return frozenset(rank for mark in marks for rank in mark if rank >= low)


def _met(line: Line) -> Value:
    met = None if line.score is None else line.score.met
    return UNKNOWN if met is None else Value(met=met, shown=(int(met), 1, None, None))


def _voted(line: Line) -> Value:
    return UNKNOWN if line.votes is None else _rate(line.votes.in_favour, line.votes.cast)


def _measured(measured: Measured | None) -> Value:
    return UNKNOWN if measured is None else _rate(measured.numerator, measured.denominator)


def _figure(line: Line) -> Value:
    return UNKNOWN if line.numerator is None else _rate(line.numerator, line.denominator)


def _rate(numerator: int, denominator: int | None) -> Value:
    """A number, and its share of a denominator where there is one: there is no share of nothing."""
    share = Amount((numerator, denominator), (numerator, denominator)) if denominator else None
    return Value(_count(numerator, numerator), share, shown=(numerator, denominator, None, None))


def _children(children: Sequence[Child] | None, tail: str) -> Value:
    """How many units lie below; or those of them at a rank or a better one, as long as some are not rated a range."""
    if children is None:
        return UNKNOWN
    if not tail:
        return Value(_count(len(children), len(children)), shown=(len(children), None, None, None))
    word, _, rank = tail.partition("-")
    if word != "rank" or not rank.isdecimal():
        return UNKNOWN
    least = sum(child.rank is not None and child.rank <= int(rank) for child in children)
    most = least + sum(child.rank is None for child in children)
    share = Amount((least, len(children)), (most, len(children))) if children else None
    known = least if least == most else None
    return Value(_count(least, most), share, shown=(known, len(children), None, None))


def _age(life: Life | None) -> Value:
    if life is None:
        return UNKNOWN
    return Value(_count(life.months, life.months), shown=(life.months, None, None, None))


def _count(least: int, most: int) -> Amount:
    return Amount((HUNDRED * least, 1), (HUNDRED * most, 1))


READINGS: Final[Mapping[str, Callable[[Known, str], Value]]] = {
    "points": _sum,
    "lowest": lambda known, tail: _lowest([each for each in known.lines.values() if not tail or each.group == tail]),
    "mark": _marked,
    "worst-mark": _worst_mark,
    "met": _of_line(_met),
    "votes": _of_line(_voted),
    "figure": _of_line(_figure),
    "children": lambda known, tail: _children(known.evidence.children, tail),
    "age": lambda known, _tail: _age(known.evidence.life),
}
"""The first word of a name, and what it reads; every other name is an indicator."""
