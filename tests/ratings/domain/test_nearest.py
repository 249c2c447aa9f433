"""Is the smallest change the smallest? Against trying every one, on random rules; and by hand where it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from random import Random

import pytest

from services.ratings.domain import nearest as searching
from services.ratings.domain.nearest import Change, Lever, Move, Outcome, nearest


@dataclass(frozen=True)
class Rules:
    """So many points at most for each indicator, in proportion; grades from so many points on; one must be whole."""

    now: tuple[int, ...]
    of: tuple[int, ...]
    points: tuple[int, ...]
    thresholds: tuple[int, ...]
    """From the best grade's on."""
    whole: int | None = None
    """The indicator that must reach its denominator for the best grade."""

    def judged(self, moves: Mapping[str, int]) -> Outcome:
        numbers = [number + moves.get(str(place), 0) for place, number in enumerate(self.now)]
        points = tuple(each * number // of for each, number, of in zip(self.points, numbers, self.of, strict=True))
        for rank, least in enumerate(self.thresholds, 1):
            bars = rank == 1 and self.whole is not None and numbers[self.whole] < self.of[self.whole]
            if sum(points) >= least and not bars:
                return Outcome(rank, points)
        return Outcome(None, points)

    def levers(self) -> list[Lever]:
        pairs = enumerate(zip(self.now, self.of, strict=True))
        return [Lever(str(place), number, of - number) for place, (number, of) in pairs]

    def tried(self, better: bool) -> int | None:  # noqa: FBT001 — the only question
        """The size of the smallest change, found by trying all."""
        before = self.judged({}).rank or 99
        ranges = [range(-number, of - number + 1) for number, of in zip(self.now, self.of, strict=True)]
        found = [
            sum(map(abs, moves))
            for moves in product(*ranges)
            if self.reaches(self.judged({str(place): by for place, by in enumerate(moves)}), before, better)
        ]
        return min(found, default=None)

    @staticmethod
    def reaches(outcome: Outcome, before: int, better: bool) -> bool:  # noqa: FBT001 — as above
        rank = outcome.rank or 99
        return rank < before if better else rank > before


def rules(chance: Random) -> Rules:
    """Random ones, in which all may be tried."""
    of = tuple(chance.randint(1, 6) for _ in range(chance.randint(1, 3)))
    points = tuple(chance.choice([10, 10, 25, 40]) for _ in of)
    steps = sorted({chance.randint(1, sum(points)) for _ in range(3)}, reverse=True)
    whole = chance.choice([None, None, chance.randrange(len(of))])
    return Rules(tuple(chance.randint(0, each) for each in of), of, points, tuple(steps), whole)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("better", [True, False])
def test_nothing_smaller_does_it(seed: int, better: bool) -> None:  # noqa: FBT001 — a parameter of the test
    asked = rules(Random(seed))
    before = asked.judged({})
    rank = before.rank or 99
    # Without points a better grade cannot be; a worse one may be for want of a whole indicator.
    lacking = [least for place, least in enumerate(asked.thresholds, 1) if place < rank]
    needed = (min(lacking) - sum(before.points) or None) if better and lacking else None
    found = nearest(
        asked.judged, asked.levers(), lambda outcome: Rules.reaches(outcome, rank, better), needed and max(0, needed)
    )
    assert (None if found.smallest is None else found.smallest.size) == asked.tried(better)
    assert found.searched is None
    if found.smallest is not None:
        moved = {move.indicator: move.by for move in found.smallest.moves}
        assert asked.judged(moved) == found.smallest.outcome
        assert Rules.reaches(found.smallest.outcome, rank, better)


def test_each_indicator_is_told_by_itself_and_the_smallest_is_the_least_of_all() -> None:
    asked = Rules((8, 200), (12, 280), (6_000, 4_000), (8_000, 0))
    found = nearest(asked.judged, asked.levers(), lambda outcome: outcome.rank == 1, 8_000 - 4_000 - 2_857)
    assert [(change.moves, change.size) for change in found.alone] == [((Move("0", 3),), 3), ((Move("1", 80),), 80)]
    assert found.smallest == found.alone[0]


def test_two_together_may_take_fewer_than_either_alone() -> None:
    asked = Rules((9, 9), (10, 10), (50, 50), (100,))
    found = nearest(asked.judged, asked.levers(), lambda outcome: outcome.rank == 1, 10)
    assert found.alone == ()
    assert found.smallest == Change((Move("0", 1), Move("1", 1)), Outcome(1, (50, 50)))


def test_a_search_that_is_given_up_says_how_far_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "TRIES", 3)
    asked = Rules((0, 0, 0), (6, 6, 6), (10, 10, 10), (30,))
    found = nearest(asked.judged, asked.levers(), lambda outcome: outcome.rank == 1)
    assert (found.smallest, found.searched) == (None, 2), "all pairs were tried, not all threes"


def test_offences_are_taken_away() -> None:
    def judged(moves: Mapping[str, int]) -> Outcome:
        return Outcome(1 if 2 + moves.get("offences", 0) == 0 else 2, (0,))

    found = nearest(judged, [Lever("offences", 2, 5)], lambda outcome: outcome.rank == 1)
    assert found.smallest == Change((Move("offences", -2),), Outcome(1, (0,)))
