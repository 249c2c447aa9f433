"""How do parked events come back, or leave for good? Each is tried with the keys that it touches now, or is discarded.

Everything happens in the caller's transaction, so that a dry run is the real thing, rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.envelope import Recorded
from shared.eventsourcing.accounts import Accounts
from shared.eventsourcing.applying import Applying, keys_of
from shared.eventsourcing.batch import Reader
from shared.eventsourcing.parking import BEHIND, UNREAD, NotParked, Parked, Spot, StillFails, Wanted
from shared.eventsourcing.projection import Projection

GONE = "no projection of that name"
STANDS_STILL = "the projection stands still until it is rebuilt"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a parked event that was tried again."""

    projection: str
    service: str
    organisation: str
    event: str
    freed: bool
    reason: str
    """Why it stays parked; nothing when it was freed."""
    taken_back: bool = False
    """It had been discarded, and counts again."""


class Unparking:
    """Tries parked events again, and discards them."""

    def __init__(self, applying: Applying, reader: Reader, accounts: Accounts) -> None:
        self._applying = applying
        self._parking = applying.parking
        self._reader = reader
        self._accounts = accounts

    def retry(self, connection: Connection, wanted: Wanted) -> list[Tried]:
        """Try the events that are meant, those that failed by themselves first, then what waits behind them."""
        listed = self._parking.listed(connection)
        meant = [each for each in listed if wanted.takes(each)]
        behind = {(each.projection, event) for each in meant for event in each.behind}
        meant += [each for each in listed if (each.projection, each.event) in behind and each not in meant]
        tried = [self._try(connection, each) for each in meant if not each.blocked]
        return tried + self._try_waiting(connection, [each for each in meant if each.blocked])

    def discard(self, connection: Connection, spot: Spot) -> list[Tried]:
        """Leave an event out of a projection for good; what became of the events that waited behind it.

        NotParked when it is not parked there; StillFails when its keys cannot be computed without it either, though
        no other event is parked for that reason.
        """
        listed = {each.spot: each for each in self._parking.listed(connection)}
        parked = listed.get(spot)
        if parked is None:
            raise NotParked("event")
        waits = {(spot.projection, event) for event in parked.behind}
        behind = [each for each in listed.values() if (each.projection, each.event) in waits]
        self._parking.discard(connection, spot, discarded=True)
        self._applying.leave_out(self._applying.left_out | {spot})
        projection = self._named(spot.projection)
        if projection is None or spot.projection in self._applying.stopped(connection):
            return []
        views, failing = self._applying.views(connection, spot.projection), dict[UUID, str]()
        for key in sorted(map(UUID, parked.keys)):
            if why := self._applying.fault(views, projection, frozenset({key})):
                failing[key] = why
            else:
                self._parking.free(connection, spot.projection, [key])
        tried = self._try_waiting(connection, behind)
        still = failing.keys() - self._parking.blocked(connection, spot.projection)
        if still:
            raise StillFails("event", reason=failing[min(still)])
        return tried

    def _try_waiting(self, connection: Connection, waiting: list[Parked]) -> list[Tried]:
        """Try what only waits, but for what is still behind an event that fails by itself, over however many steps."""
        active = (each for each in self._parking.listed(connection) if not each.blocked and not each.discarded)
        stuck = {(each.projection, key) for each in active for key in each.keys}
        tried: list[Tried] = []
        while waiting:
            behind = next((each for each in waiting if not stuck.isdisjoint(_holds(each))), None)
            each = behind or waiting[0]
            waiting.remove(each)
            outcome = _stays(each, BEHIND) if behind else self._try(connection, each)
            if not outcome.freed:
                stuck |= _holds(each)
            tried.append(outcome)
        return tried

    def _try(self, connection: Connection, parked: Parked) -> Tried:
        spot = parked.spot
        told = (parked.projection, parked.service, parked.organisation, parked.event)
        keys = self._parking.keys(connection, spot)
        if not keys:
            return Tried(*told, freed=True, reason="")  # freed with an event before it
        recorded = self._parking.recorded(connection, spot)
        if parked.discarded:
            self._applying.leave_out(self._applying.left_out - {spot})
        why = self._take_in(connection, recorded) if spot.projection == UNREAD else self._compute(connection, spot)
        if not why:
            self._parking.remove(connection, spot)
        elif parked.discarded:
            self._applying.leave_out(self._applying.left_out | {spot})
        else:
            self._parking.explain(connection, spot, why)
        return Tried(*told, freed=not why, reason=why, taken_back=parked.discarded and not why)

    def _compute(self, connection: Connection, spot: Spot) -> str:
        """Recompute whatever the event touches, by what the projection says now of its keys; why that failed."""
        projection = self._named(spot.projection)
        if projection is None:
            return GONE
        if spot.projection in self._applying.stopped(connection):
            return STANDS_STILL
        views = self._applying.views(connection, spot.projection)
        touched = self._reader.touched(connection, self._parking.recorded(connection, spot))
        keys, why = keys_of(views, projection, [said for said in touched if type(said.fact) in projection.listens])
        everything = frozenset(keys) | self._parking.keys(connection, spot)
        why = why or self._applying.fault(views, projection, everything)
        if not why:
            self._parking.free(connection, spot.projection, everything)
        return why

    def _take_in(self, connection: Connection, recorded: Recorded) -> str:
        """Read an event that could not be read, and let the projections take it; why it still cannot be read."""
        batch = self._reader.read(connection, [recorded])
        if batch.unread:
            return batch.unread[0][1]
        self._applying.apply(connection, batch)
        self._accounts.exchange(connection, recorded, batch.tally)
        return ""

    def _named(self, name: str) -> Projection | None:
        return next((each for each in self._applying.projections if each.name == name), None)


def _stays(parked: Parked, why: str) -> Tried:
    return Tried(parked.projection, parked.service, parked.organisation, parked.event, freed=False, reason=why)


def _holds(parked: Parked) -> set[tuple[str, str]]:
    return {(parked.projection, key) for key in parked.keys}


def summed(tried: Iterable[Tried]) -> tuple[int, int]:
    """How many were freed, and how many still wait."""
    tried = list(tried)
    freed = sum(each.freed for each in tried)
    return freed, len(tried) - freed
