"""Who starts, watches and stops everything on one machine? The supervisor: the courier and one process a service.

It owns the data folder together with its children. `run.json` there says where each service listens, once all are
ready; each child's words stand in `logs/`. Whoever dies is started again at the same address; when the supervisor
dies, all die.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from shared.operations.child import Child, Launch
from shared.operations.discovery import discovered, recording
from shared.operations.machine import CannotStart, check_free, lock, make_writable, write_private
from shared.operations.redis_server import RedisServer
from shared.personal.master import FILE, make_file

HOST: Final = "127.0.0.1"
PATIENCE: Final = 180.0
"""Seconds within which every service is ready, on an old machine that has other things to do, too."""
ATTEMPTS: Final = 3
"""Starts after which a service that never listened is given up."""
STEP: Final = 0.02
LOOK: Final = 1.0
"""Seconds between two looks for a signal that came just before the wait for it began, and does not end that wait."""


def service_command(service: str) -> Sequence[str]:
    """How a service is started: in a process of its own."""
    return (sys.executable, "-m", "services", "serve", service)


@dataclass
class Service:
    """One service under supervision: where it listens, and the process behind that."""

    name: str
    child: Child
    port: int
    """The port that it listens on, kept over restarts; 0 before it has chosen one."""
    listening: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def ready(self) -> bool:
        """Whether `/readyz` is green now."""
        try:
            return _asking().get(f"{self.url}/readyz").is_success
        except httpx.HTTPError:
            return False

    def missing(self) -> str:
        """Why it is not ready: what `/readyz` says, or else its last words."""
        try:
            checks: Mapping[str, Any] = _asking().get(f"{self.url}/readyz").json()["checks"]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError):
            return self.child.last_words()
        return "; ".join(f"{name}: {each.get('reason', '')}" for name, each in checks.items() if not each["well"])


class Supervisor:
    """The whole product on one machine, in one data folder.

    `courier` is the URL of a Redis that runs elsewhere; without one, an embedded server is started.
    """

    def __init__(
        self,
        data: Path,
        *,
        services: Sequence[str] | None = None,
        first_port: int = 0,
        courier: str | None = None,
        grace: float = 30,
        command: Callable[[str], Sequence[str]] = service_command,
    ) -> None:
        """Prepare; nothing is started or written yet.

        With `first_port` the services take it and the ones after it; `grace` is seconds from SIGTERM to SIGKILL.
        """
        self.data = data.resolve()
        self.redis = None if courier else RedisServer(self.data / "redis", started=self._write_run_file)
        self._courier = courier
        self._grace = grace
        self._pepper = ""
        self._master: Mapping[str, str] = {}
        self._command = command
        self._lock: int | None = None
        self._ready = False
        names = discovered() if services is None else services
        self._must = recording() if services is None else frozenset(names)
        """Without these nothing is up; a reader that does not start keeps nobody else from it."""
        self.services = {
            name: self._service(name, first_port + place if first_port else 0) for place, name in enumerate(names)
        }

    @property
    def redis_url(self) -> str:
        """Where the courier is."""
        return self._courier or (self.redis.url if self.redis else "")

    @property
    def urls(self) -> dict[str, str]:
        """Where each service answers."""
        return {name: service.url for name, service in self.services.items()}

    def start(self) -> None:
        """Start everything and wait until all is ready. CannotStart says what stands in the way; nothing is left."""
        try:
            make_writable(self.data)
            self._lock = lock(self.data / "lock")
            self._run_file.unlink(missing_ok=True)
            for service in self.services.values():
                if service.port:
                    check_free(HOST, service.port)
            self._pepper = pepper(self.data)
            self._master = master(self.data)
            if self.redis:
                self.redis.start()
            for service in self.services.values():
                service.child.start()
            end = time.monotonic() + PATIENCE
            for service in self.services.values():
                self._await_if_it_must(service, end)
            self._ready = True
            self._write_run_file()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything politely, services before the courier; kill what has not ended after the grace."""
        self._ready = False
        for service in self.services.values():
            service.child.ask_to_stop()
        end = time.monotonic() + self._grace
        for service in self.services.values():
            service.child.stop(grace=max(0.0, end - time.monotonic()))
        if self.redis:
            self.redis.stop()
        if self._lock is not None:
            self._run_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def run(self, *, started: Callable[[], None] = lambda: None) -> None:
        """Start, call `started`, stay up until Ctrl-C or SIGTERM, and stop."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with self:
                started()
                never = threading.Event()
                while not never.wait(LOOK):
                    pass
        except KeyboardInterrupt:
            return

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def _run_file(self) -> Path:
        return self.data / "run.json"

    def _service(self, name: str, port: int) -> Service:
        child = Child(
            name,
            launch=lambda: self._launch(name),
            log=self.data / "logs" / f"{name}.log",
            heard=lambda line: self._heard(name, line),
        )
        return Service(name, child, port)

    def _launch(self, name: str) -> Launch:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (_root(), os.environ.get("PYTHONPATH")))),
            "PYTHONUNBUFFERED": "1",
            "NENNEP_DATA": str(self.data),
            "NENNEP_REDIS": self.redis_url,
            "NENNEP_PEPPER": self._pepper,
            **self._master,
            "NENNEP_HOST": HOST,
            "NENNEP_PORT": str(self.services[name].port),
        }
        return Launch(self._command(name), environment, () if self._lock is None else (self._lock,))

    def _heard(self, name: str, line: str) -> None:
        """A service has said something; where it listens is what the others wait for."""
        service = self.services[name]
        address = _listening(line)
        if address is None:
            return
        service.port = int(address.rpartition(":")[2])
        service.listening.set()
        self._write_run_file()

    def _write_run_file(self) -> None:
        """Say where everything is. The file exists only while all has once been ready."""
        if not self._ready:
            return
        content = {
            "pid": os.getpid(),
            "redis": {"url": self.redis_url, "pid": self.redis.pid if self.redis else None},
            "services": {
                name: {"url": service.url, "pid": service.child.pid} for name, service in self.services.items()
            },
        }
        write_private(self._run_file, json.dumps(content, indent=2) + "\n")

    def _await_if_it_must(self, service: Service, end: float) -> None:
        """Wait for the service; one that others do without is given up with a word, and tried again as it goes on."""
        try:
            self._await(service, end)
        except CannotStart as error:
            if service.name in self._must:
                raise
            print(f"nennep: {error}", file=sys.stderr)

    def _await(self, service: Service, end: float) -> None:
        """Wait until the service is ready. CannotStart says why when it keeps dying or takes too long."""
        while not (service.listening.wait(STEP) and service.ready()):
            service.child.check()
            gave_up = not service.listening.is_set() and service.child.starts >= ATTEMPTS
            if gave_up or time.monotonic() > end:
                message = (
                    f"dịch vụ {service.name} chưa sẵn sàng / is not ready: {service.missing()} ({service.child.log})"
                )
                raise CannotStart(message)


def pepper(data: Path) -> str:
    """The deployment's secret: from the environment, else made once and kept in the data folder for its owner only.

    To be asked by the folder's owner alone.
    """
    if given := os.environ.get("NENNEP_PEPPER"):
        return given
    file = data / "pepper"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(48))
    return file.read_text(encoding="utf-8")


def master(data: Path) -> Mapping[str, str]:
    """Where the services find the master key: as the environment says, else in a file made in the data folder."""
    if os.environ.get("NENNEP_MASTER_KEY") or os.environ.get("NENNEP_MASTER_KEY_FILE"):
        return {}
    make_file(data / FILE)
    return {"NENNEP_MASTER_KEY_FILE": str(data / FILE)}


@cache
def _asking() -> httpx.Client:
    """One client for all questions: making one costs as much as two hundred of them. It keeps no connection."""
    return httpx.Client(timeout=10, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def _listening(line: str) -> str | None:
    """The address in a line `{"listening": "http://…"}`, or nothing."""
    try:
        said: Any = json.loads(line)
    except ValueError:
        return None
    address = said.get("listening") if isinstance(said, dict) else None
    return address if isinstance(address, str) else None


def _root() -> str:
    """The folder in which the packages `services` and `shared` lie."""
    found = importlib.util.find_spec("shared")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""
