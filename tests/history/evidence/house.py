"""What does a test of evidence start from? A log with chains, a sealer, keys, checkpoints, a clock that is set."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select

from shared.contracts.envelope import EPOCH
from shared.contracts.event import VIETNAM
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.store import open_store
from shared.history.archive.depot import FolderDepot
from shared.history.archive.sealer import Sealer
from shared.history.evidence.keys import KeyList, Keyring
from shared.history.evidence.ledger import Checkpoints, Published
from shared.history.evidence.note import Verifier
from shared.history.evidence.proof import Receipt
from shared.history.evidence.witness import Witness
from shared.history.evidence.witnesses import Address, Witnesses
from shared.operations.witness_server import WitnessServer
from tests.support.couriers import ORGANISATIONS, HeldLease, grow

SERVICE = "meetings"
ORIGIN = f"nennep/thu/{SERVICE}"
A, B, C = ORGANISATIONS[:3]
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=VIETNAM)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


class SetLease:
    """A lease that is held until the test says otherwise."""

    def __init__(self) -> None:
        self.held = True
        self._left: int | None = None

    def losing_after(self, checks: int) -> None:
        """It is lost after so many checks more."""
        self._left = checks

    def acquire(self) -> bool:
        """As the test says."""
        return self.held

    def check(self, connection: Connection) -> None:
        """LeaseLost when it is."""
        del connection
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self.held, self._left = False, None
        if not self.held:
            raise LeaseLost

    def release(self) -> None:
        """Nobody waits for it."""


class House:
    """One service's evidence in a folder. `size` makes other events of the same places: another history."""

    def __init__(self, folder: Path, url: str | None = None, *, keys: Path | None = None, size: int = 40) -> None:
        self.folder, self.now, self.size = folder, NOON, size
        self.store = open_store(url or f"sqlite:///{folder / 'log.sqlite'}")
        self.log = Log(SERVICE, self.store)
        self.keyring = Keyring(keys or folder / "keys", ORIGIN, micros(NOON))
        self.lease = SetLease()
        self.checkpoints = Checkpoints(self.log, self.keyring, self.lease, now=lambda: self.now)
        self.sealer = Sealer(self.log, FolderDepot(folder / "archive"), HeldLease(), most=10)

    @property
    def keys(self) -> KeyList:
        """As given to those who check."""
        return KeyList.decode(self.keyring.lines)

    def grow(self, organisation: UUID, count: int) -> None:
        """So many more events."""
        grow(self.log, organisation, count, size=self.size)

    def published(self, why: str = "asked", **grown: int) -> Published:
        """Publish after chains have grown: `a=3` is three more events of A."""
        for name, count in grown.items():
            self.grow({"a": A, "b": B, "c": C}[name], count)
        self.now += HOUR
        found = self.checkpoints.publish(why)
        assert found is not None
        return found

    def hashes(self, organisation: UUID) -> list[bytes]:
        """The leaves of a chain, read without anything that is under test."""
        of = select(event_table.c.hash).where(event_table.c.organisation == organisation)
        with self.store.read() as connection:
            return [bytes(each) for each in connection.execute(of.order_by(event_table.c.sequence)).scalars()]

    def receipts(self, organisation: UUID) -> list[Receipt]:
        """What its sender was answered for each event."""
        return [
            Receipt(SERVICE, organisation, sequence, each.hex())
            for sequence, each in enumerate(self.hashes(organisation), 1)
        ]

    def witnesses(self, *addresses: Address, needed: int = 0) -> Witnesses:
        """The log's side, asking these."""
        return Witnesses(self.checkpoints, self.lease, addresses, needed)

    def close(self) -> None:
        """Give the store back."""
        self.store.close()


@contextmanager
def house_in(folder: Path, url: str | None = None, *, keys: Path | None = None, size: int = 40) -> Iterator[House]:
    """A house, closed in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    house = House(folder, url, keys=keys, size=size)
    try:
        yield house
    finally:
        house.close()


@contextmanager
def witness_in(
    folder: Path, logs: Sequence[Verifier], name: str = "nhan-chung/mot"
) -> Iterator[tuple[Witness, Address]]:
    """A witness that answers over HTTP on a free port."""
    witness = Witness(folder, name, logs, NOON.timestamp)
    with answering(witness) as url:
        yield witness, Address(url, witness.verifier)


@contextmanager
def answering(witness: Witness) -> Iterator[str]:
    """Its server."""
    server = WitnessServer("127.0.0.1", 0, witness)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def micros(moment: dt.datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // dt.timedelta(microseconds=1)
