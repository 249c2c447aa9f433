"""Is what was counted what was printed? Each comparator in exact whole numbers; nothing is rounded on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from shared.operations.demo.calibration import Comparator, Part


@dataclass(frozen=True, slots=True)
class Counted:
    """What the figures API answered for one number of a line. No numerator: no row of the answer fitted."""

    part: Part
    numerator: int | None
    denominator: int | None = None
    incomplete: int = 0

    @property
    def share(self) -> Fraction | None:
        """Numerator ÷ denominator, where there are both."""
        return Fraction(self.numerator, self.denominator) if self.numerator is not None and self.denominator else None


def agrees(comparator: Comparator, counted: Sequence[Counted]) -> bool | None:
    """Whether all numbers of a line are as printed; nothing where nothing was printed to compare with."""
    if not comparator:
        return None
    whole = all(part.numerator is not None and not part.incomplete for part in counted)
    bases = all(part.part.of in (None, part.denominator) for part in counted)
    return bool(counted) and whole and bases and _COMPARE[comparator](counted)


def _equal(counted: Sequence[Counted]) -> bool:
    """The same number; a rate is the same when it rounds, half up, to what is printed."""
    return all(
        part.numerator == part.part.value if part.part.percent is None else _within(part, Fraction(1, 2), above=True)
        for part in counted
    )


def _nearly(counted: Sequence[Counted]) -> bool:
    """*Gần 73*: a little below, that is 72,5 ≤ x < 73."""
    return all(_within(part, Fraction(1, 2), above=False) for part in counted)


def _more_than(counted: Sequence[Counted]) -> bool:
    return all((part.numerator or 0) > (part.part.value or 0) for part in counted)


def _most(counted: Sequence[Counted]) -> bool:
    """*Hầu hết*: more than half, and at least one that is not."""
    half = Fraction(1, 2)
    return all(part.share is not None and half < part.share < 1 for part in counted)


def _all(counted: Sequence[Counted]) -> bool:
    """*Đều*: every single one, and there is one."""
    return all(part.share == 1 for part in counted)


def _higher(counted: Sequence[Counted]) -> bool:
    """*Cao hơn*: the first share is above each of the others."""
    first, *others = (part.share for part in counted)
    return first is not None and bool(others) and all(other is not None and first > other for other in others)


def _within(counted: Counted, half: Fraction, *, above: bool) -> bool:
    """Whether a rate lies from half a printed digit below the printed one up to it, or up to half a digit above."""
    if counted.share is None or counted.part.percent is None:
        return False
    printed = counted.part.percent.replace(",", ".")
    digit = Fraction(1, 10 ** len(printed.partition(".")[2]))
    middle = Fraction(printed)
    return middle - half * digit <= counted.share * 100 < middle + (half * digit if above else 0)


_COMPARE: Final[dict[str, Callable[[Sequence[Counted]], bool]]] = {
    "=": _equal,
    "gần": _nearly,
    "hơn": _more_than,
    "hầu hết": _most,
    "đều": _all,
    "cao hơn": _higher,
}
