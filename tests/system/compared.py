"""Did others fare worse beside somebody's trouble, or was it the machine? Quiet and disturbed rounds in turn, compared.

Each disturbed round is held against the two quiet ones around it, and the median of these ratios against the bound.
How far quiet rounds differ from each other says what the machine itself does: where that is more than half of what the
bound allows, nothing is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Final, Self

from tests.system.neighbours import Fared, p99

BOUNDS: Final = {"seconds a post": 1 / 0.9, "p99 of posts": 2.0, "p99 of reads": 2.0}
"""How many times as much each may be beside a trouble: a tenth of the throughput may be lost, p99 may double."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure, disturbed beside quiet, as the median of ratios; and quiet beside quiet."""

    figure: str
    ratio: float
    noise: float

    @classmethod
    def of(cls, figure: str, quiet: Sequence[float], disturbed: Sequence[float]) -> Self:
        """Of rounds in turn: the first and the last are quiet. Greater is worse."""
        around = [fmean(pair) for pair in pairwise(quiet)]
        ratios = [beside / before for beside, before in zip(disturbed, around, strict=True)]
        apart = [max(one, other) / min(one, other) for one, other in pairwise(quiet)]
        return cls(figure, median(ratios), median(apart))

    @property
    def judged(self) -> bool:
        """Whether the machine was quiet enough to say."""
        return self.noise - 1 <= (BOUNDS[self.figure] - 1) / 2

    @property
    def held(self) -> bool:
        """Whether it keeps to the bound."""
        return self.ratio <= BOUNDS[self.figure]

    def __str__(self) -> str:
        """As the run tells it."""
        verdict = ("held" if self.held else "BROKEN") if self.judged else "not judged: noise"
        return f"{self.figure} x{self.ratio:.2f} (quiet x{self.noise:.2f}, {verdict})"


def compared(quiet: Sequence[Fared], disturbed: Sequence[Fared]) -> list[Compared]:
    """Every figure of these rounds, which took turns."""
    figures = {
        "seconds a post": lambda each: 1 / each.rate,
        "p99 of posts": lambda each: p99(each.posts),
        "p99 of reads": lambda each: p99(each.reads),
    }
    return [Compared.of(name, [*map(of, quiet)], [*map(of, disturbed)]) for name, of in figures.items()]
