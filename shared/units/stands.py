"""Where does a unit stand on a day, in line and territory together? Its way up, and the ground on which it works."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.event import FIRST_DAY
from shared.units.ascent import Ascent, Way
from shared.units.life import NEVER, Life
from shared.units.lives import Lives

_LAST_DAY = NEVER - dt.timedelta(days=1)
_NOWHERE = Way(FIRST_DAY, NEVER, (), (), frozenset())


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything above a unit, the same on every day from `start` to before `end`."""

    start: dt.date
    end: dt.date
    line: tuple[UUID, ...]
    """The units above in the organisation's line, nearest first; none for a place."""
    places: tuple[UUID, ...]
    """The places in which a unit works, or that lie above a place, nearest first."""
    held_back_from: frozenset[UUID]
    """Units and places to which it may belong though it counts above them."""


class Stands:
    """Finds stands among some lives, and remembers them."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._ascent = Ascent(lives)
        self._known: dict[UUID, list[Stand]] = {}

    def stand(self, unit: UUID, day: dt.date) -> Stand:
        """Where a unit stands; days before 1930 are like the first one."""
        day = min(max(day, FIRST_DAY), _LAST_DAY)
        for stand in self._known.get(unit, ()):
            if stand.start <= day < stand.end:
                return stand
        way = self._ascent.way(unit, day)
        life = self._lives.get(unit)
        if life is not None and life.place:
            stand = Stand(way.start, way.end, (), way.chain, way.held_back_from)
        else:
            stand = self._working(way, day)
        self._known.setdefault(unit, []).append(stand)
        return stand

    def upto(self, unit: UUID, day: dt.date) -> tuple[UUID, ...]:
        """The living units above it in its own dimension, nearest first, itself in front if it lives."""
        return self._ascent.way(unit, min(max(day, FIRST_DAY), _LAST_DAY)).upto

    def _working(self, way: Way, day: dt.date) -> Stand:
        """The stand of a unit of a line. If it waits in the line, it may work where any of the parts works."""
        start, end, provider, ground = self._ground(way, day)
        waiting = way.held_back_from
        if provider is not None:
            waiting -= self._ascent.way(provider, day).held_back_from
        held = set(way.held_back_from | ground.held_back_from)
        for unit in waiting:
            since, until, _, other = self._ground(self._ascent.way(unit, day), day)
            start, end = max(start, since), min(end, until)
            held.update(other.upto)
        return Stand(start, end, way.chain, ground.upto, frozenset(held.difference(ground.upto)))

    def _ground(self, way: Way, day: dt.date) -> tuple[dt.date, dt.date, UUID | None, Way]:
        """For how long what follows holds; the nearest unit that was put to work in a place; the way up from there."""
        start, end = way.start, way.end
        for unit in way.upto:
            life = self._lives.get(unit)
            if life is None:
                continue
            since, until = life.window(day)
            start, end = max(start, since), min(end, until)
            territory = self._territory(life, day)
            if territory is not None:
                ground = self._ascent.way(territory, day)
                return max(start, ground.start), min(end, ground.end), unit, ground
        return start, end, None, _NOWHERE

    def _territory(self, life: Life, day: dt.date) -> UUID | None:
        """Where it was put to work last; to be put under a place means that too."""
        for statement in life.stated(day):
            for named in (statement.territory, statement.parent):
                other = None if named is None else self._lives.get(named)
                if other is not None and other.place:
                    return named
        return None
