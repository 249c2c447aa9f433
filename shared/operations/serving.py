"""How does one service run? Its `app.build(settings)` gives a server's configuration; this process listens and serves.

Once bound it prints one line of JSON, `{"listening": "http://127.0.0.1:PORT"}`; SIGTERM ends it politely with 0.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import importlib.util
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

import uvicorn

from shared.contracts.docstrings import modules
from shared.contracts.event import registered
from shared.operations.machine import CannotStart, lock, make_writable
from shared.operations.settings import Settings

BACKLOG: Final = 1024
SWITCH: Final = 0.0005
"""Seconds after which a busy thread lets another in. A service's threads wait for each other's commits all the time: at
500 facts a second this halves the slowest answers."""
COLLECT: Final = (50_000, 20, 50)
"""When Python looks for garbage in circles: a service keeps trees and rosters of millions of small objects for good and
makes and drops as many a minute. With Python's own thresholds the looking is a quarter of a large import's time."""


ELSEWHERE: Final = "NENNEP_SERVICES"
"""Variable that names folders, with the separator of PATH: what has an `app.py` there is a service too."""
ENTRY_POINTS: Final = "nennep.services"
"""The group under which an installed package names its services: `duty = "duty.app"`."""


def discovered() -> tuple[str, ...]:
    """Every service by name: of the product, of installed packages, of the folders in NENNEP_SERVICES."""
    return tuple(sorted(_modules()))


def recording() -> frozenset[str]:
    """The services that record facts of their own: those whose events are in the published language."""
    modules()
    return frozenset(cls.service for cls in registered().values())


def _modules() -> dict[str, str]:
    """Service → the module that builds it. The product's own names are never taken by others."""
    found = importlib.util.find_spec("services")
    folders = found.submodule_search_locations if found and found.submodule_search_locations else ()
    own = {app.parent.name for folder in folders for app in Path(folder).glob("*/app.py")}
    installed = {each.name: each.module for each in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    beside = {app.parent.name: f"{app.parent.name}.app" for folder in _elsewhere() for app in folder.glob("*/app.py")}
    return {**installed, **beside, **{name: f"services.{name}.app" for name in own}}


def _elsewhere() -> list[Path]:
    return [Path(each).resolve() for each in os.environ.get(ELSEWHERE, "").split(os.pathsep) if each]


def known(service: str) -> str:
    """The name again. CannotStart when there is no such service."""
    if service not in discovered():
        message = f"không có dịch vụ / no such service: {service} ({', '.join(discovered())})"
        raise CannotStart(message)
    return service


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
    configuration = _built(service, settings)
    gc.set_threshold(*COLLECT)
    with bound(settings.host, settings.port) as listener:
        url = f"http://{settings.host}:{listener.getsockname()[1]}"
        print(json.dumps({"listening": url}), flush=True)
        with announce(url):
            uvicorn.Server(configuration).run(sockets=[listener])


def _built(service: str, settings: Settings) -> uvicorn.Config:
    """What the service's `app.py` builds. CannotStart for a setting that only the service itself can judge."""
    sys.path.extend(str(folder) for folder in _elsewhere() if str(folder) not in sys.path)
    build = importlib.import_module(_modules()[service]).build
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
