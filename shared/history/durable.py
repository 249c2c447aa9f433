"""When is a file safe? When it and its folder were flushed; until then its former content stands."""

from __future__ import annotations

import os
from pathlib import Path


def keep(file: Path, content: bytes) -> None:
    """Write the file whole or not at all, readable to its owner only; what stood there is replaced."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    keep_new(beside, content)
    beside.replace(file)
    flush(file.parent)


def keep_new(file: Path, content: bytes) -> None:
    """The same for a file that must not be there yet. FileExistsError: it is."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(handle)
    flush(file.parent)


def flush(path: Path) -> None:
    """Make a file's content, or the names in a folder, survive power loss."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
