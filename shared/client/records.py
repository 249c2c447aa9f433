"""How does a file keep what was written, through a crash and a power cut? One checked line a record, synced, appended.

A record is `<CRC-32 in hex> <JSON>` and a line break. What a power cut left half written stands at the end, after the
last good record, and is cut off by the next writer; a bad line with a good one behind it is damage and is never passed.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

Record = Mapping[str, Any]


class OutboxDamaged(Exception):
    """The file was changed by something else: a line in its middle does not bear its checksum."""


class Busy(Exception):
    """Somebody else holds the lock."""


def as_bytes(record: Record) -> bytes:
    """A record as it stands in the file."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read(file: BinaryIO, start: int = 0) -> Iterator[tuple[Record, int]]:
    """Each record from a place on, with the place behind it; ends before what was left half written."""
    file.seek(start)
    bad = False
    for line in file:
        record = _record(line)
        if record is None:
            bad = True
        elif bad:
            message = f"{file.name}: {start}"
            raise OutboxDamaged(message)
        else:
            start += len(line)
            yield record, start


def _record(line: bytes) -> Record | None:
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    found: Record = json.loads(text)
    return found


def append(path: Path, records: Iterable[Record], end: int) -> int:
    """Write records behind `end`, where the last good one ends, and sync; the new end. Only under the writer's lock."""
    body = b"".join(map(as_bytes, records))
    new = not path.exists()
    with path.open("r+b" if not new else "wb") as file:
        file.truncate(end)
        file.seek(end)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)
    return end + len(body)


def replace(path: Path, records: Iterable[Record]) -> int:
    """Write the whole file anew: the old one stands until the new one is synced; its length. Only under the lock."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        for record in records:
            file.write(as_bytes(record))
        file.flush()
        os.fsync(file.fileno())
        length = file.tell()
    fresh.replace(path)
    sync_folder(path.parent)
    return length


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut, where the system can be asked to."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends. Busy when it is held and there is no waiting."""
    with path.open("a+b") as file:
        try:
            _lock(file.fileno(), wait=wait)
        except OSError as error:
            raise Busy from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int, *, wait: bool) -> None:
        msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int, *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
