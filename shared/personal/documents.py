"""Where do the scans of documents lie? Encrypted in a folder beside the log, each under a key of its own.

A fact names a scan by media type, length and SHA-256. A scan that is filed as one person's falls with that person.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, Select, delete, insert, select, update

from shared.personal.keys import EVERYBODY, Holding, KeyStore, document_table

MEDIA: Final = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}
"""The media types that are taken, and how their files begin."""
_NONCE: Final = 12


class DocumentDamaged(Exception):
    """The file is not what was filed, or is not there."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A scan as facts name it."""

    media: str
    length: int
    sha256: str
    person: UUID | None
    """Whose it is, where it is about one person only."""
    new: bool = False


class Documents:
    """The scans of one service. Its methods block."""

    def __init__(self, keys: KeyStore, folder: Path) -> None:
        self._keys = keys
        self._folder = folder

    def file(self, organisation: UUID, content: bytes, media: str, person: UUID | None) -> Filed:
        """Keep a scan, safe from a power cut; one that is there already is named again."""
        digest = hashlib.sha256(content).digest()
        if (row := self._row(organisation, digest)) is not None:
            return _filed(row)
        place = self._place(organisation, digest)
        key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE)
        sealed = nonce + AESGCM(key).encrypt(nonce, content, _bound(organisation, digest))
        first = self._keys.master.first
        with self._keys.turn() as connection:
            # Asked again in turn: of two that file the same scan at once, one writes.
            if (row := connection.execute(_one(organisation, digest)).one_or_none()) is not None:
                return _filed(row)
            _write(place, sealed)
            row_values = {
                "organisation": organisation,
                "sha256": digest,
                "media": media,
                "length": len(content),
                "person": person,
                "filed_at": time.time_ns() // 1_000,
                "wrapped": first.wrap(key, _bound(organisation, digest)),
                "master": first.id,
            }
            connection.execute(insert(document_table), row_values)
        return Filed(media, len(content), digest.hex(), person, new=True)

    def find(self, organisation: UUID, sha256: str) -> Filed | None:
        """A scan that an organisation has filed."""
        row = self._row(organisation, bytes.fromhex(sha256))
        return None if row is None else _filed(row)

    def open(self, organisation: UUID, sha256: str) -> bytes:
        """The scan. DocumentDamaged when it is not what was filed."""
        digest = bytes.fromhex(sha256)
        row = self._row(organisation, digest)
        if row is None:
            raise DocumentDamaged
        bound = _bound(organisation, digest)
        key = self._keys.opened_by(row.master).unwrap(bytes(row.wrapped), bound)
        try:
            sealed = self._place(organisation, digest).read_bytes()
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
        except (OSError, InvalidTag) as error:
            raise DocumentDamaged from error

    def forget(self, holdings: Iterable[Holding]) -> None:
        """Destroy the scans of these persons: the key first, then the file."""
        for organisation, person in holdings:
            which = document_table.c.person == person
            if organisation != EVERYBODY:
                which &= document_table.c.organisation == organisation
            with self._keys.turn() as connection:
                rows = connection.execute(select(document_table).where(which)).all()
                connection.execute(delete(document_table).where(which))
            for row in rows:
                self._place(row.organisation, bytes(row.sha256)).unlink(missing_ok=True)
            if rows:
                self._keys.wiping.add([document_table.name])
                self._keys.wiping.wipe()

    def rewrap(self) -> int:
        """Wrap every key under the first master key; how many were."""
        count = 0
        while True:
            with self._keys.turn() as connection:
                other = document_table.c.master != self._keys.master.first.id
                row = connection.execute(select(document_table).where(other).limit(1)).one_or_none()
                if row is None:
                    return count
                bound = _bound(row.organisation, bytes(row.sha256))
                key = self._keys.opened_by(row.master).unwrap(bytes(row.wrapped), bound)
                first = self._keys.master.first
                place = (document_table.c.organisation == row.organisation) & (document_table.c.sha256 == row.sha256)
                values = {"wrapped": first.wrap(key, bound), "master": first.id}
                connection.execute(update(document_table).where(place).values(values))
                count += 1

    def _row(self, organisation: UUID, digest: bytes) -> Row[Any] | None:
        with self._keys.store.read() as connection:
            return connection.execute(_one(organisation, digest)).one_or_none()

    def _place(self, organisation: UUID, digest: bytes) -> Path:
        # Named by a digest of its own: the file's name tells nobody what a scan that he has looks like here.
        name = hashlib.sha256(b"nennep document 1" + organisation.bytes + digest).hexdigest()
        return self._folder / name[:2] / f"{name}.enc"


def _one(organisation: UUID, digest: bytes) -> Select[Any]:
    return select(document_table).where(
        document_table.c.organisation == organisation, document_table.c.sha256 == digest
    )


def _bound(organisation: UUID, digest: bytes) -> bytes:
    return b"nennep document 1" + organisation.bytes + digest


def _filed(row: Row[Any]) -> Filed:
    return Filed(row.media, row.length, bytes(row.sha256).hex(), row.person)


def _write(place: Path, sealed: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    written = place.with_suffix(".new")
    with written.open("wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    written.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
