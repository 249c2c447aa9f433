"""What may stand in the way on this machine? A folder that cannot be written, one in use, a port that is taken."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
from pathlib import Path
from typing import Final

LOCK_PATIENCE: Final = 5.0
"""Seconds to wait for a former owner of a folder, who may just be dying."""


class CannotStart(Exception):
    """Something on this machine stands in the way; the text is the one line that its user reads."""


def make_writable(folder: Path) -> None:
    """Make the folder if need be. CannotStart when nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{os.getpid()}-{threading.get_ident()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        message = f"không ghi được vào thư mục / cannot write to the folder {folder}: {error.strerror}"
        raise CannotStart(message) from error


def write_private(file: Path, content: str) -> None:
    """Write a file whole or not at all, readable to its owner only."""
    written = file.with_suffix(f".{threading.get_ident()}")
    written.touch(mode=0o600)
    written.write_text(content, encoding="utf-8")
    written.replace(file)


def lock(file: Path) -> int:
    """Own a folder through its lock file; the descriptor may be shared with children, and then they own it too.

    CannotStart when another program still owns it after `LOCK_PATIENCE` seconds.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + LOCK_PATIENCE
    pause = threading.Event()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(descriptor)
                message = f"thư mục đang được chương trình khác dùng / in use by another program: {file.parent}"
                raise CannotStart(message) from None
            pause.wait(0.05)
        else:
            return descriptor


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def check_free(host: str, port: int) -> None:
    """CannotStart when somebody listens on the port, or it may not be opened."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"cổng {port} không dùng được / port {port} cannot be used: {error.strerror}"
            raise CannotStart(message) from error
