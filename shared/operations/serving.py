"""How does one service run? Its `app.build(settings)` gives a server's configuration; this process listens and serves.

Once bound it prints one line of JSON, `{"listening": "http://127.0.0.1:PORT"}`; SIGTERM ends it politely with 0.
"""

from __future__ import annotations

import gc
import importlib
import json
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import uvicorn

from shared.operations.discovery import elsewhere, places
from shared.operations.machine import CannotStart, lock, make_writable
from shared.operations.settings import Settings

BACKLOG: Final = 1024
SWITCH: Final = 0.0005
"""Seconds after which a busy thread lets another in. A service's threads wait for each other's commits all the time: at
500 facts a second this halves the slowest answers."""
COLLECT: Final = (200_000, 10, 25)
"""When Python looks for garbage in circles: a service keeps trees and rosters of millions of small objects for good and
makes and drops as many a minute. With Python's own thresholds the looking is a quarter of a large import's time, and a
fifth of a start's. A segment of history is two hundred thousand objects, gone once it is stored: looked through more
often it was a tenth of the time in which a service that joins takes history in, in no less memory. What the service is
built of is never looked through again."""

Announce = Callable[[str], AbstractContextManager[None]]
"""Given where the service listens: what holds while it serves."""


def _unannounced(_url: str) -> AbstractContextManager[None]:
    """Whoever started the process reads its first line."""
    return nullcontext()


def serve(service: str, settings: Settings, announce: Announce = _unannounced) -> None:
    """Run one service until it is asked to stop. CannotStart: folder not writable or in use, port taken."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    make_writable(settings.folder(service))
    if settings.database is None:
        lock(settings.folder(service) / "lock")
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(*COLLECT)
    configuration = _built(service, settings)
    gc.freeze()
    with bound(settings.host, settings.port) as listener:
        url = f"http://{settings.host}:{listener.getsockname()[1]}"
        print(json.dumps({"listening": url}), flush=True)
        with announce(url):
            uvicorn.Server(configuration).run(sockets=[listener])


def _built(service: str, settings: Settings) -> uvicorn.Config:
    """What the service's `app.py` builds. CannotStart for a setting that only the service itself can judge."""
    sys.path.extend(str(folder) for folder in elsewhere() if str(folder) not in sys.path)
    build = importlib.import_module(places()[service]).build
    try:
        configuration: uvicorn.Config = build(settings)
    except ValueError as error:
        message = f"cấu hình sai / wrong settings: {error}"
        raise CannotStart(message) from error
    return configuration


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. CannotStart when the port cannot be had."""
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        message = f"cổng {port} không dùng được / port {port} cannot be used: {error.strerror}"
        raise CannotStart(message) from error
