"""How does one service more join what runs in a data folder? It takes courier and secrets from there, and ends with it.

Nothing that runs is restarted or told: the supervisor need not know. If that was killed and has come back, the service
begins anew under it. Where it answers stands in `beside/NAME.json`, where commands look as they look into `run.json`.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from shared.operations.machine import make_writable, write_private
from shared.operations.supervisor import master, pepper

FOLDER: Final = "beside"
LOOK: Final = 1.0
"""Seconds between two looks whether the supervisor is there."""


def running(data: Path) -> Mapping[str, Any] | None:
    """What the supervisor of a folder has written down; nothing where none runs."""
    try:
        found: Mapping[str, Any] = json.loads((data / "run.json").read_text(encoding="utf-8"))
    except OSError:
        return None
    return found


def settings(data: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """What a service needs to know, as the supervisor tells its own."""
    files = {name.removeprefix("NENNEP_").lower(): Path(value) for name, value in master(data).items()}
    return {"redis": run["redis"]["url"], "pepper": pepper(data), **files}


def addresses(data: Path) -> dict[str, str]:
    """Where the services answer that joined a folder, by name."""
    files = sorted((data / FOLDER).glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8"))["url"] for file in files}


@contextmanager
def announced(data: Path, service: str, url: str, supervisor: int) -> Iterator[None]:
    """Say where the service answers while the block runs, and end this process when the supervisor has stopped.

    `supervisor`: the process whose courier and secrets were taken. If it died without a word the service goes on and
    waits; once another one runs in the folder, the service begins anew in this process, with what that one tells.
    """
    file = data / FOLDER / f"{service}.json"
    make_writable(file.parent)
    write_private(file, json.dumps({"url": url, "pid": os.getpid()}) + "\n")
    watch = Watch(data, supervisor)
    thread = threading.Thread(target=watch.keep, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.enough.set()
        file.unlink(missing_ok=True)
        if watch.again:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 — the very words of this process


class Watch:
    """Looks whether the supervisor that a service joined is there, and asks the process to end when it is not."""

    def __init__(self, data: Path, supervisor: int) -> None:
        self.enough = threading.Event()
        self.again = False
        """Whether the process is to begin anew: another supervisor runs in the folder."""
        self._data, self._supervisor = data, supervisor

    def keep(self) -> None:
        """Look until there is a reason to end."""
        while not self.enough.wait(LOOK):
            if self.over():
                os.kill(os.getpid(), signal.SIGTERM)
                return

    def over(self) -> bool:
        """Whether this process is to end. One that died left its file behind: who stops politely takes it away."""
        held, run = _held(self._data / "lock"), running(self._data)
        if not held:
            return run is None
        self.again = run is not None and run["pid"] != self._supervisor
        return self.again


def _held(lock: Path) -> bool:
    """Whether a supervisor owns the folder."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
