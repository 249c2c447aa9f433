"""Who applies events to the views? The runner: facts, projections' rows and positions, in one transaction a batch.

Only this file opens the transaction in which projections work. A fault of the store stops the batch, which comes
again; what a fault of a projection does is in `applying`, how its events come back in `unparking`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.envelope import Recorded, genesis
from shared.eventsourcing.accounts import Accounts
from shared.eventsourcing.applying import Applying
from shared.eventsourcing.batch import Reader
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.faults import reach
from shared.eventsourcing.parking import Parked, Parking, Spot, Wanted
from shared.eventsourcing.positions import Positions
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.unparking import Tried, Unparking
from shared.eventsourcing.views import Generation, ViewsNotRebuilt

LATE: Final = 30.0
"""Seconds within which whoever was reading former views has ended."""


class StandingStill(Exception):
    """The views were made from what this program cannot declare: nothing is applied until they are made anew."""


class Runner:
    """Applies events to one generation of views. One thread at a time; readers use connections of their own."""

    def __init__(self, generation: Generation) -> None:
        self._turn = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._changed: list[Callable[[Iterable[Said] | None], None]] = []
        self._untold = False
        """Whether somebody who learns from facts failed at the last batch, whose rows are committed."""
        self._guard: Callable[[Connection], object] = lambda _: None
        self._term: object = None
        self._moved: Callable[[Generation], Generation | None] = _alone
        self._discarded: Callable[[], frozenset[Spot]] = frozenset
        self._left: list[tuple[float, Generation]] = []
        """Former views, and since when: somebody may be reading there, or about to."""
        self.adopt(generation)

    def guard(self, check: Callable[[Connection], object]) -> None:
        """Check the lease in every transaction that moves a position; it raises when another process holds it.

        What it gives back names the term for which it is held: in another term everything is read from the store again.
        """
        self._guard = check

    def follow(self, moved: Callable[[Generation], Generation | None]) -> None:
        """Ask this which generation serves, when it is another one than this.

        Others read the views meanwhile: call `let_go` from time to time, and `close` at the end.
        """
        self._moved = moved

    def leave_out(self, discarded: Callable[[], frozenset[Spot]]) -> None:
        """Ask this which events were discarded: to their projections they are as if they had never come."""
        with self._turn:
            self._discarded = discarded
            self._applying.leave_out(discarded())

    def beside(self, generation: Generation) -> Runner:
        """A runner for other views, which leaves out the same events."""
        other = Runner(generation)
        other.leave_out(self._discarded)
        return other

    def adopt(self, generation: Generation) -> None:
        """Work on these views from now on, and go on from their own positions."""
        with self._turn:
            former = getattr(self, "generation", None)
            self.generation = generation
            self.facts: Facts = generation.facts
            fed = generation.fed
            self._ends = Positions(generation.ledger)
            facts, projections = (generation.facts, ()) if fed is None else (fed.facts, fed.projections)
            made = generation.declaration if fed is None else fed.declaration
            self._reader = Reader(facts, made.permission, made.keeps)
            self._parking = Parking(generation.ledger.parked)
            self._accounts = Accounts(generation.ledger.account)
            self._applying = Applying(generation.ledger, facts, projections, self._discarded())
            self._unparking = Unparking(self._applying, self._reader, self._accounts)
            with generation.store.read() as connection:
                positions = self._ends.load(connection)
            if former is not None:
                self._told_anew()
                self._left.append((time.monotonic(), former))
                if self._moved is _alone:
                    self.let_go(0)
            self._positions = positions
        for listener in self._listeners:
            listener()

    def let_go(self, seconds: float = LATE) -> None:
        """Give the connections to former views back once nobody reads there any more."""
        now = time.monotonic()
        for since, former in self._left:
            if now - since >= seconds:
                former.store.close()
        self._left = [each for each in self._left if now - each[0] < seconds]

    def close(self) -> None:
        """Give every connection back."""
        self.let_go(0)
        self.generation.store.close()

    @property
    def stands_still(self) -> bool:
        """Whether these views were made from what this program cannot declare: they are read, nothing is applied."""
        return self.generation.fed is None

    def paused(self) -> threading.RLock:
        """Hold this while nothing may be applied; what arrives meanwhile waits."""
        return self._turn

    # ── Where we are ─────────────────────────────────────────────────────────────────────────────────────────────

    def positions(self, service: str) -> dict[UUID, Position]:
        """How far each organisation's log of a service has been applied here."""
        return dict(self._positions.get(service, {}))

    def ends(self) -> dict[str, dict[UUID, Position]]:
        """The same for every service."""
        return {service: dict(positions) for service, positions in self._positions.items()}

    def count(self, service: str) -> int:
        """How many events of a service's log have been applied here."""
        return sum(each.sequence for each in self._positions.get(service, {}).values())

    def position(self) -> dict[str, dict[UUID, int]]:
        """The same for every service, as answers carry it."""
        return {
            service: {organisation: each.sequence for organisation, each in positions.items()}
            for service, positions in sorted(self._positions.items())
        }

    def entry(self, stream: str) -> str:
        """The last Redis entry whose event is in the rows; `0` at first."""
        return self.entries().get(stream, "0")

    def entries(self) -> dict[str, str]:
        """Redis stream → last entry whose event is in the rows."""
        with self.generation.store.read() as connection:
            return self._ends.entries(connection)

    def enter(self, entries: Mapping[str, str]) -> None:
        """Take over the entries of other views that have come exactly as far as these."""
        with self._turn, self.generation.store.write() as connection:
            for stream, entry in entries.items():
                self._ends.enter(connection, stream, entry)

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Be called after each batch."""
        self._listeners.append(listener)

    def on_said(self, listener: Callable[[Iterable[Said] | None], None]) -> None:
        """Be told which facts a committed batch brought, replaced versions included; None: any may have changed."""
        self._changed.append(listener)

    def refresh(self) -> None:
        """On a replica that only reads: notice which views serve, and how far the leading one has brought them."""
        with self._turn:
            if not self._recollect():
                return
        for listener in self._listeners:
            listener()

    def stopped(self) -> list[str]:
        """Names of the projections that stand still until they are rebuilt."""
        with self.generation.store.read() as connection:
            return sorted(connection.execute(select(self.generation.ledger.stopped.c.projection)).scalars())

    # ── A batch ──────────────────────────────────────────────────────────────────────────────────────────────────

    def take(
        self, service: str, events: Sequence[Recorded], *, stream: str | None = None, entry: str | None = None
    ) -> None:
        """Apply events, each organisation's next in sequence, and remember the position: one transaction.

        Events at or below the position are dropped; ChainBroken when one is left out. The caller has verified hashes.
        """
        if self.stands_still:
            raise StandingStill
        with self._turn:
            self.tell_untold()
            try:
                with self.generation.store.write() as connection:
                    self._enter_term(connection)
                    fresh, ends = self._fresh(service, events)
                    before = {organisation: self._reached(service, organisation).sequence for organisation in ends}
                    batch = self._reader.read(connection, fresh)
                    self._ends.passed(connection, batch.passed)
                    self._applying.apply(connection, batch)
                    self._accounts.add(connection, service, before, batch.tally)
                    self._ends.advance(connection, service, before, ends)
                    if stream is not None and entry is not None:
                        self._ends.enter(connection, stream, entry)
                    reach("projection.before-commit")
            except BaseException:
                self._applying.rolled_back()
                with suppress(SQLAlchemyError):
                    self._recollect()
                raise
            self._applying.committed()
            # Whoever waits for a position may rely on what these have learnt: they hear of it first.
            self._untold = True
            try:
                for told in self._changed:
                    told([said for _, said in batch.touched])
                self._untold = False
            finally:
                self._positions.setdefault(service, {}).update(ends)
        for listener in self._listeners:
            listener()

    def tell_untold(self) -> None:
        """Tell those who learn from facts to learn all anew, if one of them failed at the last batch."""
        with self._turn:
            if self._untold:
                self._told_anew()
                self._untold = False

    def _enter_term(self, connection: Connection) -> None:
        """In the first transaction of a term others may have moved everything since: know only what the store says."""
        term = self._guard(connection)
        if term != self._term:
            self._remember(self._ends.load(connection))
            self._term = term

    def _recollect(self) -> bool:
        """Work on the views that serve, and remember nothing but what they say; whether anything had moved."""
        if (serving := self._moved(self.generation)) is not None:
            self.adopt(serving)
            return True
        with self.generation.store.read() as connection:
            return self._remember(self._ends.load(connection))

    def _remember(self, positions: dict[str, dict[UUID, Position]]) -> bool:
        self._applying.rolled_back()
        self._applying.leave_out(self._discarded())
        if positions == self._positions:
            return False
        self._told_anew()
        self._positions = positions
        return True

    def _told_anew(self) -> None:
        for told in self._changed:
            told(None)

    def _reached(self, service: str, organisation: UUID) -> Position:
        return self._positions.get(service, {}).get(organisation) or Position(0, genesis(service, organisation))

    def _fresh(self, service: str, events: Sequence[Recorded]) -> tuple[list[Recorded], dict[UUID, Position]]:
        """The events past the positions, and the end to which they bring each of their organisations."""
        fresh, ends = list[Recorded](), dict[UUID, Position]()
        for recorded in events:
            envelope = recorded.envelope
            organisation, sequence = envelope.organisation, envelope.sequence
            end = ends.get(organisation) or self._reached(service, organisation)
            if sequence <= end.sequence:
                continue
            if sequence != end.sequence + 1 or envelope.previous != end.hash:
                message = f"{service}/{organisation}: {sequence} does not follow"
                raise ChainBroken(message)
            ends[organisation] = Position(sequence, recorded.hash)
            fresh.append(recorded)
        return fresh, ends

    # ── Parked events ────────────────────────────────────────────────────────────────────────────────────────────

    def retry(self, wanted: Wanted, *, dry_run: bool = False) -> list[Tried]:
        """Try parked events again, those that are meant and those behind them; what became of each.

        A dry run computes it all and rolls it back.
        """
        return self._unpark(lambda connection: self._unparking.retry(connection, wanted), dry_run=dry_run)

    def discard(self, spot: Spot, *, dry_run: bool = False) -> list[Tried]:
        """Leave a parked event out of its projection; what became of those behind it. NotParked, StillFails.

        The views are told only: who calls this has written down that it is discarded.
        """
        return self._unpark(lambda connection: self._unparking.discard(connection, spot), dry_run=dry_run)

    def _unpark(self, act: Callable[[Connection], list[Tried]], *, dry_run: bool) -> list[Tried]:
        if self.stands_still:
            raise ViewsNotRebuilt
        with self._turn:
            try:
                with self.generation.store.write() as connection:
                    self._enter_term(connection)
                    whole = connection.begin_nested()
                    tried = act(connection)
                    if dry_run:
                        whole.rollback()
                if not dry_run:
                    self._applying.committed()
                    self._told_anew()
            finally:
                self._applying.rolled_back()
                self._applying.leave_out(self._discarded())
        return tried

    def parked(self) -> list[Parked]:
        """Every parked event with the keys that it blocks."""
        with self.generation.store.read() as connection:
            return self._parking.listed(connection)

    def recorded(self, spot: Spot) -> Recorded:
        """A parked event itself. NotParked when it is not there."""
        with self.generation.store.read() as connection:
            return self._parking.recorded(connection, spot)

    def parked_count(self, projections: Iterable[str] | None = None) -> int:
        """How many events are parked; or how many some projections lack, those discarded or unread included."""
        with self.generation.store.read() as connection:
            return self._parking.count(connection, projections)


def _alone(_: Generation) -> Generation | None:
    """Nobody else switches."""
    return None
