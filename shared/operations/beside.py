"""How does one service more join what runs in a data folder? It takes courier and secrets from there, and ends with it.

Nothing that runs is restarted or told: the supervisor need not know. Where the service answers stands in
`beside/NAME.json`, where commands look as they look into `run.json`.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
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
def announced(data: Path, service: str, url: str) -> Iterator[None]:
    """Say where the service answers while the block runs, and end this process when the supervisor has gone."""
    file = data / FOLDER / f"{service}.json"
    make_writable(file.parent)
    write_private(file, json.dumps({"url": url, "pid": os.getpid()}) + "\n")
    enough = threading.Event()
    watch = threading.Thread(target=_watch, args=(data / "lock", enough), name="watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        enough.set()
        file.unlink(missing_ok=True)


def _watch(lock: Path, enough: threading.Event) -> None:
    while not enough.wait(LOOK):
        if not _held(lock):
            os.kill(os.getpid(), signal.SIGTERM)
            return


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
