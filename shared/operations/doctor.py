"""Can the product run on this machine, and is what runs here whole? One finding a line, and whether it will do.

Services that run are asked to count every table again and to compare that with the logs: nothing runs, nothing is said.
"""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.operations.discovery import discovered
from shared.operations.machine import CannotStart, free_port, make_writable
from shared.operations.redis_server import HOST, valkey_binary
from shared.operations.remote import Refusal, Remote

LEAST_SPACE: Final = 1024**3
"""Bytes of free space below which a warning is due."""
MOST_SAID: Final = 5
"""Discrepancies that are named in one line."""
OLDEST_SQLITE: Final = (3, 35, 0)
"""RETURNING and the upserts that the views need."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    good: bool
    said: str


def examine(data: Path, key: str | None = None) -> list[Finding]:
    """Look at everything that the start rests on, and at what runs in the folder; changes nothing but an empty one."""
    return list(_findings(data, key))


def _findings(data: Path, key: str | None) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), f"Python {platform.python_version()}")
    yield Finding(
        "sqlite",
        sqlite3.sqlite_version_info >= OLDEST_SQLITE,
        f"SQLite {sqlite3.sqlite_version}",
    )
    yield _attempt("redis", lambda: f"valkey: {valkey_binary().name}")
    yield _attempt("data", lambda: _writable(data))
    yield _attempt("port", lambda: f"{HOST}:{free_port(HOST)}")
    if data.exists():
        free = shutil.disk_usage(data).free
        yield Finding("space", free >= LEAST_SPACE, f"{free // 1024**2} MiB trống / free")
    yield Finding("services", bool(discovered()), ", ".join(discovered()) or "không có / none")
    if (data / "run.json").exists():
        yield from _complete(data, key)


def _complete(data: Path, key: str | None) -> Iterator[Finding]:
    """Ask each running service to count its tables again and to hold them against the logs."""
    try:
        remote = Remote(data, key)
    except CannotStart as error:
        yield Finding("completeness", good=False, said=str(error))
        return
    for service in sorted(remote.urls):
        try:
            proof = remote.get(service, "/v1/completeness", recount="true").json()
        except (CannotStart, Refusal) as error:
            yield Finding(f"completeness {service}", good=False, said=str(error))
            continue
        counted = f"{proof['events']} sự việc, {proof['organisations']} sổ / events, chains"
        said = "; ".join(each["said"] for each in proof["discrepancies"][:MOST_SAID]) or counted
        yield Finding(f"completeness {service}", good=proof["whole"], said=said)


def _writable(data: Path) -> str:
    make_writable(data)
    return str(data)


def _attempt(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, good=True, said=look())
    except (CannotStart, OSError) as error:
        return Finding(name, good=False, said=str(error))
