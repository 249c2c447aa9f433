"""Can the product run on this machine? One finding a line: what was looked at, whether it will do, and what to do."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.operations.machine import CannotStart, free_port, make_writable
from shared.operations.redis_server import HOST, valkey_binary
from shared.operations.serving import discovered

LEAST_SPACE: Final = 1024**3
"""Bytes of free space below which a warning is due."""
OLDEST_SQLITE: Final = (3, 35, 0)
"""RETURNING and the upserts that the views need."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    good: bool
    said: str


def examine(data: Path) -> list[Finding]:
    """Look at everything that the start rests on; changes nothing but an empty folder."""
    return list(_findings(data))


def _findings(data: Path) -> Iterator[Finding]:
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


def _writable(data: Path) -> str:
    make_writable(data)
    return str(data)


def _attempt(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, good=True, said=look())
    except (CannotStart, OSError) as error:
        return Finding(name, good=False, said=str(error))
