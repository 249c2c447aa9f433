"""Does a reported figure say what is counted? In whole numbers; a rate to the digit in which it was printed.

*Gần* and *hơn* are the reporter's own words: nearly is a little less than stated, more than is more, most is more than
half and not all. Nothing is rounded on the way.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from shared.contracts.fields import Qualifier
from shared.contracts.ratings import FigureReported

HALF: Final = Fraction(1, 2)
NEARLY: Final = Fraction(9, 10)
"""*Gần* a count: below it by a tenth at most. *Gần* a rate: below it by half of its last digit at most."""
POINTS: Final = 10_000
"""Differences between rates are told in hundredths of a percentage point."""


class Counted(NamedTuple):
    """What is counted for just what was reported."""

    numerator: int
    denominator: int | None


class Difference(NamedTuple):
    """Counted less reported; none where one side says nothing of it."""

    numerator: int | None
    denominator: int | None
    rate: int | None
    """In hundredths of a percentage point, rounded half up."""
    agrees: bool | None
    """Whether both say the same, in the reporter's own precision; none where they cannot be compared."""


def difference(reported: FigureReported, counted: Counted | None) -> Difference:
    """What lies between the two."""
    if counted is None:
        return Difference(None, None, None, None)
    said, share = _share(reported.numerator, reported.denominator), _share(*counted)
    rate = None if said is None or share is None else _rounded((share - said) * POINTS)
    if reported.only_rate:
        return Difference(None, None, rate, _agrees(reported, counted))
    numerator = None if reported.numerator is None else counted.numerator - reported.numerator
    bases = (counted.denominator, reported.denominator)
    denominator = None if None in bases else (bases[0] or 0) - (bases[1] or 0)
    return Difference(numerator, denominator, rate, _agrees(reported, counted))


def _agrees(reported: FigureReported, counted: Counted) -> bool | None:
    share = _share(*counted)
    if reported.numerator is None or reported.qualifier is Qualifier.MOST:
        return None if share is None else HALF < share < 1
    if reported.only_rate:
        return None if share is None else _same_rate(reported.qualifier, share, reported)
    if None not in {reported.denominator, counted.denominator} and reported.denominator != counted.denominator:
        return False
    match reported.qualifier:
        case Qualifier.NEARLY:
            return reported.numerator * NEARLY <= counted.numerator < reported.numerator
        case Qualifier.MORE_THAN:
            return counted.numerator > reported.numerator
        case _:
            return counted.numerator == reported.numerator


def _same_rate(qualifier: Qualifier, share: Fraction, reported: FigureReported) -> bool:
    """*65,7 %* stands for all that rounds to it, half up; its last digit is one part of the denominator."""
    said = Fraction(reported.numerator or 0, reported.denominator or 1)
    step = HALF / (reported.denominator or 1)
    match qualifier:
        case Qualifier.NEARLY:
            return said - step <= share < said
        case Qualifier.MORE_THAN:
            return share > said
        case _:
            return said - step <= share < said + step


def _share(numerator: int | None, denominator: int | None) -> Fraction | None:
    return None if numerator is None or not denominator else Fraction(numerator, denominator)


def _rounded(number: Fraction) -> int:
    """Half away from nought."""
    whole = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return whole if number >= 0 else -whole
