"""What is the smallest change that would have changed a grade? Searched exactly, in whole things of what was counted.

A *change* moves numerators and leaves denominators: one more period met, two fewer offences. Its size is how many
things it moves, over all indicators together. First each indicator is moved by itself; then several together, by fewer
things than the best single one, least first. Nothing is assumed of the rules but that a criterion's points come from
its own indicator; every answer is one that the rules themselves have given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

FAR: Final = 1_000
"""Things by which one indicator is moved at most."""
TRIES: Final = 20_000
"""Times that the rules are asked in the search for changes of several indicators together."""
STEPS: Final = 200_000
"""Combinations that are looked at in that search, tried or not."""
NEARLY: Final = 1e-6
"""What sums of slopes may lack for want of binary digits."""


class Outcome(NamedTuple):
    """What the rules say of one set of numerators."""

    rank: int | None
    """Of the grade; 1 is best; none: no grade."""
    points: tuple[int, ...]
    """Of each criterion, open ones as nought; in the order of the rules."""


class Lever(NamedTuple):
    """An indicator that could have been otherwise: its numerator, and how far it can go down and up."""

    indicator: str
    down: int
    up: int


class Move(NamedTuple):
    """One indicator, so many things more, or fewer where negative."""

    indicator: str
    by: int


Judge = Callable[[Mapping[str, int]], Outcome]
"""Asks the rules again, with these numerators moved by so many."""
Goal = Callable[[Outcome], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """A change that does it."""

    moves: tuple[Move, ...]
    outcome: Outcome

    @property
    def size(self) -> int:
        """How many things it moves."""
        return sum(abs(move.by) for move in self.moves)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The smallest change towards a goal, and what each indicator would do by itself."""

    smallest: Change | None
    alone: tuple[Change, ...]
    """The smallest of each single indicator that reaches the goal, in the order of the rules."""
    searched: int | None
    """None: there is no smaller change. Else all changes up to this size were tried, larger ones not all."""


def nearest(judge: Judge, levers: Sequence[Lever], goal: Goal, needed: int | None = None) -> Nearest:
    """The smallest change after which `goal` holds.

    `needed`: without so many more points (fewer, where negative) the goal cannot hold; none: nothing is known of that.
    """
    sides = [side for lever in levers for side in _sides(judge, lever)]
    alone = _best_of_each(change for side in sides if (change := _alone(side, goal)) is not None)
    best = min(alone, key=lambda change: change.size, default=None)
    search = _Together(judge, goal, sides, needed)
    together = search.least(sum(len(side.outcomes) for side in sides) if best is None else best.size - 1)
    return Nearest(together or best, alone, search.gave_up)


@dataclass(frozen=True, slots=True)
class _Side:
    """One indicator moved one way: what the rules say after one thing, two things …"""

    indicator: str
    sign: int
    before: Outcome
    outcomes: Sequence[Outcome]

    def gains(self, sign: int) -> list[int]:
        """The points won (or, for −1, lost) after one thing, two things …"""
        before = sum(self.before.points)
        return [sign * (sum(outcome.points) - before) for outcome in self.outcomes]


def _sides(judge: Judge, lever: Lever) -> Iterator[_Side]:
    before = judge({})
    for sign, room in ((1, lever.up), (-1, lever.down)):
        outcomes = [judge({lever.indicator: sign * by}) for by in range(1, min(room, FAR) + 1)]
        if any(outcome != before for outcome in outcomes):
            yield _Side(lever.indicator, sign, before, outcomes)


def _alone(side: _Side, goal: Goal) -> Change | None:
    for by, outcome in enumerate(side.outcomes, 1):
        if goal(outcome):
            return Change((Move(side.indicator, side.sign * by),), outcome)
    return None


def _best_of_each(changes: Iterator[Change]) -> tuple[Change, ...]:
    found: dict[str, Change] = {}
    for change in changes:
        name = change.moves[0].indicator
        if name not in found or change.size < found[name].size:
            found[name] = change
    return tuple(found.values())


@dataclass
class _Together:
    """Looks for a change of two or more indicators, least first."""

    judge: Judge
    goal: Goal
    sides: Sequence[_Side]
    needed: int | None
    gave_up: int | None = None
    _tries: int = 0
    _steps: int = 0
    _gains: list[list[int]] = field(default_factory=list)
    _most: list[list[float]] = field(default_factory=list)

    def least(self, largest: int) -> Change | None:
        """The smallest one of at most this size."""
        if len(self.sides) <= 1:
            return None
        sign = -1 if (self.needed or 0) < 0 else 1
        self._gains = [[0, *side.gains(sign)] for side in self.sides]
        self._most = _bounds(self._gains, largest)
        for size in range(2, largest + 1):
            if self._short(0, size, 0):
                continue
            for moves in self._of_size(0, size, 0):
                if self._exhausted:
                    self.gave_up = size - 1
                    return None
                if len(moves) > 1 and (change := self._tried(moves)) is not None:
                    return change
            if self._exhausted:
                self.gave_up = size - 1
                return None
        return None

    @property
    def _exhausted(self) -> bool:
        return self._tries > TRIES or self._steps > STEPS

    def _tried(self, moves: tuple[Move, ...]) -> Change | None:
        self._tries += 1
        outcome = self.judge({move.indicator: move.by for move in moves})
        return Change(moves, outcome) if self.goal(outcome) else None

    def _short(self, place: int, size: int, gained: int) -> bool:
        """Whether no way of moving the sides from `place` on by `size` things wins what is needed."""
        if self.needed is None:
            return False
        most = self._most[place]
        return gained + most[min(size, len(most) - 1)] + NEARLY < abs(self.needed)

    def _of_size(self, place: int, size: int, gained: int) -> Iterator[tuple[Move, ...]]:
        self._steps += 1
        if size == 0:
            if self.needed is None or gained >= abs(self.needed):
                yield ()
            return
        if place == len(self.sides) or self._exhausted or self._short(place, size, gained):
            return
        side, gains = self.sides[place], self._gains[place]
        for by in range(min(size, len(side.outcomes)), -1, -1):
            for rest in self._of_size(place + 1, size - by, gained + gains[by]):
                if by == 0:
                    yield rest
                elif all(move.indicator != side.indicator for move in rest):
                    yield (Move(side.indicator, side.sign * by), *rest)


def _bounds(gains: Sequence[Sequence[int]], largest: int) -> list[list[float]]:
    """For each place: what the sides from there on can win at most with nought, one, two … things."""
    slopes: list[float] = []
    found: list[list[float]] = [[0.0]]
    for each in reversed(gains):
        slopes = sorted([*slopes, *_slopes(each)], reverse=True)[: largest + 1]
        found.append([0.0, *accumulate(slopes)])
    return found[::-1]


def _slopes(gains: Sequence[int]) -> Iterator[float]:
    """What each further thing wins along the upper hull of the gains; nothing past its top."""
    here = 0
    while here < len(gains) - 1:
        there, slope = max(
            ((by, (gains[by] - gains[here]) / (by - here)) for by in range(here + 1, len(gains))),
            key=lambda each: (each[1], each[0]),
        )
        if slope <= 0:
            return
        yield from [slope] * (there - here)
        here = there
