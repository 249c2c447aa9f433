"""Where do packs come from in a test? Logs of all services in SQLite, each with keys, checkpoints, a witness."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from services.ratings.projections.replay import REPLAYED
from shared.contracts.envelope import Recorded
from shared.eventsourcing.lease import Lease
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import Store, open_store
from shared.history.evidence.keys import Keyring
from shared.history.evidence.ledger import Checkpoints, Published
from shared.history.evidence.note import COSIGNATURE, Note, Signer
from shared.history.pack import verify
from shared.history.pack.covering import Covering, covering
from shared.history.pack.packer import PAGES, Packed, Packer, Wanted
from shared.history.replay.report import Asked
from shared.history.replay.sources import Kept
from tests.support.couriers import HeldLease
from tests.support.logs import Logs

LONG_AFTER = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
"""When checkpoints are published: after everything that tests record."""
MANY = 500
PUBLIC = ("meetings-held", "attendance", "visits", "sittings-visited")
"""The figures that a stranger recomputes."""


@dataclass
class Desk:
    """One service: its log, its keys, its checkpoints."""

    store: Store
    log: Log
    keys: Keyring
    checkpoints: Checkpoints


class Office:
    """All services of a deployment, whose logs are told from the outside."""

    def __init__(self, folder: Path, *, keys: Path | None = None, name: str = "thu") -> None:
        self.folder, self.now = folder, LONG_AFTER
        self.witness = Signer("hoi-lhpn/nhan-chung", COSIGNATURE, bytes(31) + b"w")
        self.lease: Lease = HeldLease()
        self.desks: dict[str, Desk] = {}
        self._keys, self._name = keys or folder, name
        self._reached: dict[tuple[str, UUID], int] = {}

    def desk(self, service: str) -> Desk:
        """A service, made when it is first asked for."""
        if service not in self.desks:
            (self.folder / service).mkdir(parents=True, exist_ok=True)
            store = open_store(f"sqlite:///{self.folder / service / 'log.sqlite'}")
            log = Log(service, store)
            keys = Keyring(self._keys / service / "keys", f"nennep/{self._name}/{service}", 0)
            self.desks[service] = Desk(store, log, keys, Checkpoints(log, keys, self.lease, now=lambda: self.now))
        return self.desks[service]

    def record(self, chains: Mapping[tuple[str, UUID], Sequence[Recorded]]) -> None:
        """Take what is new in these chains into the logs."""
        for (service, organisation), chain in chains.items():
            log, start = self.desk(service).log, self._reached.get((service, organisation), 0)
            for place in range(start, len(chain), MANY):
                batch = chain[place : place + MANY]
                with log.store.write() as connection:
                    log.write(connection, [(each, each.envelope.content.digest()) for each in batch])
            self._reached[service, organisation] = len(chain)

    def publish(self, *, witnessed: bool = False) -> dict[str, Published]:
        """A checkpoint of every service; cosigned, if asked."""
        self.now += dt.timedelta(hours=1)
        found = {service: desk.checkpoints.publish("asked") for service, desk in sorted(self.desks.items())}
        published = {service: each for service, each in found.items() if each is not None}
        for service, each in published.items() if witnessed else ():
            checkpoints = self.desks[service].checkpoints
            with checkpoints.log.store.write() as connection:
                signature = self.witness.cosign(each.note.text, int(self.now.timestamp()))
                checkpoints.cosigned(connection, each.checkpoint.number, signature)
        return published

    def coverings(self, known: int) -> list[Covering]:
        """The covering checkpoint of every service."""
        desks = (desk for _, desk in sorted(self.desks.items()))
        return [Covering(covering(desk.log, known), desk.keys.lines) for desk in desks]

    def pack(
        self,
        file: Path,
        known: int,
        asked: Asked | None = None,
        organisations: Iterable[UUID] | None = None,
        *,
        deflated: bool = False,
        pages: Path | None = None,
    ) -> Packed:
        """A pack of these logs."""
        sources = [Kept(service, desk.log) for service, desk in sorted(self.desks.items())]
        packer = Packer(self.coverings(known), lambda: sources, deflated=deflated, pages=pages or PAGES)
        scope = None if organisations is None else frozenset(organisations)
        return packer.pack(file, Wanted(known, scope, None if asked is None else (REPLAYED, asked)))

    @property
    def keys(self) -> list[str]:
        """As `verify.py` is given them."""
        return [word for desk in self.desks.values() for word in ("--key", str(desk.keys.signer.verifier))]

    def held(self, published: Published, file: Path) -> Path:
        """The file in which a witness remembers a checkpoint."""
        note = Note(published.note.text, published.note.signatures[:1])
        chains = self.desks[published.checkpoint.service].checkpoints.companion(published)
        file.write_text(json.dumps({"checkpoint": str(note), "chains": chains}))
        return file

    def close(self) -> None:
        """Give the stores back."""
        for desk in self.desks.values():
            desk.store.close()


def office_of(folder: Path, logs: Logs, **more: Any) -> Office:
    """An office with these logs, published once."""
    office = Office(folder, **more)
    office.record(logs.chains)
    office.publish(witnessed=True)
    return office


def verified(*words: str | Path) -> int:
    """The exit code of `verify.py`."""
    return verify.main([str(word) for word in words])
