"""What stands above a unit on a day, in its own dimension? Walk up from where it was put.

A parent that has ended is replaced by where it went on. So children follow a merger without facts of their own, fall to
the last parent of what was dissolved, and wait above the parts of a division until somebody says to which they belong.

Facts that contradict each other never make the walk run for ever: a division or merger whose outcome hangs on itself
counts as a dissolution, and in a ring of units the statement that closes it is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from uuid import UUID

from shared.contracts.event import FIRST_DAY
from shared.units.life import NEVER, Life, Statement
from shared.units.lives import Lives

DIVISIONS = 50
"""A division that hangs on more other divisions than this counts as a dissolution; no country is so torn."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way up from a unit, the same on every day from `start` to before `end`."""

    start: dt.date
    end: dt.date
    chain: tuple[UUID, ...]
    """The living units above, nearest first."""
    upto: tuple[UUID, ...]
    """The same with the unit itself in front, if it lives."""
    held_back_from: frozenset[UUID]
    """The units to which it may belong though it counts above them: parts of a division that left it waiting."""


@dataclass(frozen=True, slots=True)
class _Step:
    """From a unit to what it hangs on, living or not."""

    unit: UUID
    onto: UUID | None
    start: dt.date
    end: dt.date
    held_back_from: frozenset[UUID] = frozenset()
    statement: Statement | None = None

    def within(self, start: dt.date, end: dt.date) -> _Step:
        """The same step, known for no longer than that."""
        return _Step(
            self.unit, self.onto, max(self.start, start), min(self.end, end), self.held_back_from, self.statement
        )


class Ascent:
    """Finds ways up among some lives, and remembers them."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._ways: dict[UUID, list[Way]] = {}

    def way(self, unit: UUID, day: dt.date) -> Way:
        """The way up from a unit on a day from 1930 to 9998."""
        return self._remembered(unit, day) or self._found(unit, day)

    def _remembered(self, unit: UUID, day: dt.date) -> Way | None:
        for way in self._ways.get(unit, ()):
            if way.start <= day < way.end:
                return way
        return None

    def _found(self, unit: UUID, day: dt.date) -> Way:
        """Follow the steps to a way that is known, or to the top; then name the ways of all on the path."""
        path = self._path(unit, day)
        if ring := _ring(path):
            path = self._path(unit, day, cut=_opened(ring))
        onto = path[-1].onto
        way = _TOP if onto is None else self.way(onto, day)
        for step in reversed(path):
            life = self._lives.get(step.unit)
            way = Way(
                max(step.start, way.start),
                min(step.end, way.end),
                way.upto,
                (step.unit, *way.upto) if life is not None and life.alive(day) else way.upto,
                step.held_back_from | way.held_back_from,
            )
            self._ways.setdefault(step.unit, []).append(way)
        return way

    def _path(self, unit: UUID, day: dt.date, cut: _Step | None = None) -> list[_Step]:
        """Steps up to the top, to a known way, or back to a unit of the path."""
        steps: list[_Step] = []
        met: set[UUID] = set()
        onto: UUID | None = unit
        while onto is not None and onto not in met and (not steps or self._remembered(onto, day) is None):
            met.add(onto)
            steps.append(cut if cut is not None and cut.unit == onto else self._step(onto, day))
            onto = steps[-1].onto
        return steps

    def _step(self, unit: UUID, day: dt.date) -> _Step:
        life = self._lives.get(unit)
        if life is None or life.founding is None:
            return _Step(unit, None, FIRST_DAY, NEVER)
        start, end = life.window(day)
        if self._goes_on_in(life, day):
            settled, since, until = self._settled(life, day)
            start, end = max(start, since), min(end, until)
            if settled:
                return self._onward(life, day).within(start, end)
        statement = self._standing(life, day)
        return _Step(unit, None if statement is None else statement.parent, start, end, statement=statement)

    def _standing(self, life: Life, day: dt.date) -> Statement | None:
        """The newest statement about its place in its own dimension; one that names no parent is one too."""
        for statement in life.stated(day):
            parent = None if statement.parent is None else self._lives.get(statement.parent)
            if parent is None or parent.founding is None or parent.place == life.place:
                return statement
        return None

    # ── Successors ───────────────────────────────────────────────────────────────────────────────────────────────

    def _onward(self, life: Life, day: dt.date) -> _Step:
        """From a merged unit to its target, from a divided one to the nearest unit that holds all parts."""
        if len(life.successors) == 1:
            return _Step(life.unit, life.successors[0], FIRST_DAY, NEVER)
        ways = [self.way(part, day) for part in life.successors]
        chains = [way.upto for way in ways]
        meeting = nearest(chains)
        held = below(meeting, chains).union(*(way.held_back_from for way in ways))
        return _Step(life.unit, meeting, max(way.start for way in ways), min(way.end for way in ways), held)

    def _settled(self, life: Life, day: dt.date) -> tuple[bool, dt.date, dt.date]:
        """Whether what a unit goes on in does not hang on the unit itself; and for how long around the day."""
        onto = self._onto(life, day)
        free = not _tangled(onto)
        if not free:
            # Somewhere facts contradict each other. What may then hang on what is asked of every possible step.
            onto = self._onto(life, day, every=True)
            free = not any(life.unit in units for units in onto.values())
        windows = [each.window(day) for unit in onto if (each := self._lives.get(unit)) is not None]
        divisions = sum(len(units) > 1 for units in onto.values())
        return free and divisions <= DIVISIONS, max(start for start, _ in windows), min(end for _, end in windows)

    def _onto(self, life: Life, day: dt.date, *, every: bool = False) -> dict[UUID, tuple[UUID, ...]]:
        """All on which an ended unit hangs, each with what it hangs on; `every` adds where the ended stood before."""
        onto = {life.unit: life.successors}
        ahead = list(life.successors)
        while ahead:
            unit = ahead.pop()
            other = self._lives.get(unit)
            if unit in onto or other is None:
                continue
            units = self._goes_on_in(other, day)
            if (not units or every) and (statement := self._standing(other, day)) is not None:
                units = units if statement.parent is None else (*units, statement.parent)
            onto[unit] = units
            ahead += units
        return onto

    def _goes_on_in(self, life: Life, day: dt.date) -> tuple[UUID, ...]:
        """The successors of what has ended; none while one of them is unknown or of the other dimension."""
        if not life.ended(day):
            return ()
        others = [self._lives.get(unit) for unit in life.successors]
        fit = all(other is not None and other.founding is not None and other.place == life.place for other in others)
        return life.successors if fit else ()


_TOP = Way(FIRST_DAY, NEVER, (), (), frozenset())


def nearest(chains: Sequence[tuple[UUID, ...]]) -> UUID | None:
    """The first unit of the first chain that stands in all of them."""
    others = [frozenset(chain) for chain in chains[1:]]
    return next((unit for unit in chains[0] if all(unit in other for other in others)), None)


def below(unit: UUID | None, chains: Iterable[tuple[UUID, ...]]) -> frozenset[UUID]:
    """What stands before a unit in the chains; everything where there is no such unit."""
    found: set[UUID] = set()
    for chain in chains:
        found.update(chain[: chain.index(unit)] if unit in chain else chain)
    return frozenset(found)


def _tangled(onto: Mapping[UUID, tuple[UUID, ...]]) -> bool:
    try:
        TopologicalSorter(onto).prepare()
    except CycleError:
        return True
    return False


def _ring(path: Sequence[_Step]) -> Sequence[_Step]:
    return next((path[number:] for number, step in enumerate(path) if step.unit == path[-1].onto), ())


def _opened(ring: Sequence[_Step]) -> _Step:
    """The step of the ring that was told last, now leading nowhere. A ring has one: no outcome hangs on itself."""
    told = [(step.statement.said.place, step.unit) for step in ring if step.statement is not None]
    return _Step(max(told)[1], None, max(step.start for step in ring), min(step.end for step in ring))
