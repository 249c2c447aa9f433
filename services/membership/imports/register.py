"""What is kept of imports? Each one with how far it is, and its sheets while they are needed.

Sheets are encrypted under the deployment's pepper and go when they are no longer needed.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.membership.imports.marks import Marks
from services.membership.imports.tables import ImportTables
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.store import Store
from shared.personal.wiping import Wiping
from shared.web.access import Pepper

RECEIVED: Final = "received"
"""Waits for its turn, or is being read and matched."""
POSTING: Final = "posting"
WRITING: Final = "writing"
DONE: Final = "done"
FAILED: Final = "failed"
UNDOING: Final = "undoing"
UNDONE: Final = "undone"
OPEN: Final = (RECEIVED, POSTING, WRITING, UNDOING)
"""Here something is still to be done."""
FILES: Final = ("result", "plan", "sheets")
"""What is kept of an import that names people."""
KEEP: Final = 7 * 86_400
"""Seconds for which the returned file may be fetched."""
_NONCE: Final = 12

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Job:
    """One import, and how far it is."""

    id: UUID
    poster: Poster
    kind: str
    """The organisation's kind."""
    day: dt.date
    """The day on which the list stands as it is."""
    unit: UUID | None
    dry_run: bool
    state: str
    created: int
    """Microseconds since 1970."""
    told: Mapping[str, Any]
    """What is said of it: counts, and why it failed."""


class Register:
    """The imports of one deployment's membership."""

    def __init__(self, store: Store, pepper: Pepper) -> None:
        self.store = store
        self._pepper = pepper
        tables = ImportTables()
        self._job, self._blob = tables.job, tables.blob
        store.create(tables.metadata)
        self.wiping = Wiping(store, [tables.mark, tables.person, tables.blob])
        self.marks = Marks(store, tables, self.wiping, pepper)

    def close(self) -> None:
        """Give the store back."""
        self.store.close()

    # ── Imports ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, job: Job, sheets: bytes) -> bool:
        """Keep a new import with its sheets; false when one of that id is kept already."""
        poster = job.poster
        row = {
            "id": job.id,
            "organisation": poster.organisation,
            "credential": poster.credential,
            "role": str(poster.role),
            "roots": _encode([str(root) for root in poster.roots]).decode(),
            "kind": job.kind,
            "day": job.day,
            "unit": job.unit,
            "dry_run": job.dry_run,
            "state": RECEIVED,
            "created": time.time_ns() // 1000,
            "told": _encode(job.told).decode(),
        }
        try:
            with self.store.write() as connection:
                connection.execute(insert(self._job).values(**row))
                self._keep(connection, job.id, "sheets", sheets)
        except IntegrityError:
            return False
        return True

    def job(self, id: UUID, organisation: UUID) -> Job | None:
        """One import of an organisation."""
        query = select(self._job).where(self._job.c.id == id, self._job.c.organisation == organisation)
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _job(row)

    def jobs(self, organisation: UUID, limit: int) -> list[Job]:
        """The organisation's last imports, newest first."""
        query = select(self._job).where(self._job.c.organisation == organisation)
        query = query.order_by(self._job.c.created.desc(), self._job.c.id).limit(limit)
        with self.store.read() as connection:
            return [_job(row) for row in connection.execute(query)]

    def next(self) -> Job | None:
        """The oldest import at which something is still to be done."""
        query = (
            select(self._job).where(self._job.c.state.in_(OPEN)).order_by(self._job.c.created, self._job.c.id).limit(1)
        )
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _job(row)

    def waiting(self, organisation: UUID) -> int:
        """How many imports of an organisation are not finished."""
        query = select(self._job.c.id).where(self._job.c.organisation == organisation, self._job.c.state.in_(OPEN))
        with self.store.read() as connection:
            return len(connection.execute(query).all())

    def move(self, id: UUID, state: str, told: Mapping[str, Any], *, since: Sequence[str] = ()) -> bool:
        """Say how far an import is; of imports in other states than `since` nothing is changed."""
        change = update(self._job).where(self._job.c.id == id)
        change = change.where(self._job.c.state.in_(since)) if since else change
        with self.store.write() as connection:
            return connection.execute(change.values(state=state, told=_encode(told).decode())).rowcount == 1

    # ── What is kept sealed ──────────────────────────────────────────────────────────────────────────────────────

    def keep(self, id: UUID, name: str, clear: bytes) -> None:
        """Keep something of an import; what was kept under that name goes."""
        with self.store.write() as connection:
            self._keep(connection, id, name, clear)

    def _keep(self, connection: Connection, id: UUID, name: str, clear: bytes) -> None:
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(self._key(id)).encrypt(nonce, clear, name.encode())
        connection.execute(delete(self._blob).where(self._blob.c.import_id == id, self._blob.c.name == name))
        connection.execute(insert(self._blob).values(import_id=id, name=name, sealed=sealed, since=int(time.time())))

    def kept(self, id: UUID, name: str) -> bytes | None:
        """What was kept under that name."""
        query = select(self._blob.c.sealed).where(self._blob.c.import_id == id, self._blob.c.name == name)
        with self.store.read() as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        if sealed is None:
            return None
        return AESGCM(self._key(id)).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())

    def drop(self, id: UUID, *names: str) -> None:
        """Keep these no longer."""
        with self.store.write() as connection:
            connection.execute(delete(self._blob).where(self._blob.c.import_id == id, self._blob.c.name.in_(names)))

    def sweep(self, now: float) -> None:
        """Drop the files that were kept to be fetched and have been there long enough."""
        old = delete(self._blob).where(self._blob.c.name.in_(FILES), self._blob.c.since < now - KEEP)
        with self.store.write() as connection:
            connection.execute(old)

    def _key(self, id: UUID) -> bytes:
        return self._pepper.hash(b"nennep import key\0" + id.bytes)

    def drop_files(self, organisation: UUID | None) -> None:
        """Keep no file of imports that are over: in one of a trial, or of rows refused, anybody may stand unmet."""
        over = select(self._job.c.id).where(self._job.c.state.not_in(OPEN))
        if organisation is not None:
            over = over.where(self._job.c.organisation == organisation)
        with self.store.write() as connection:
            connection.execute(delete(self._blob).where(self._blob.c.name.in_(FILES), self._blob.c.import_id.in_(over)))
        self.wiping.add()


def _job(row: Row[Any]) -> Job:
    roots = tuple(UUID(root) for root in msgspec.json.decode(row.roots))
    poster = Poster(organisation=row.organisation, credential=row.credential, role=row.role, roots=roots)
    told = msgspec.json.decode(row.told)
    return Job(row.id, poster, row.kind, row.day, row.unit, row.dry_run, row.state, row.created, told)
