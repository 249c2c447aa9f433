"""How does a test drive the whole product? Started by its supervisor, reached over HTTP, killed at will."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import redis

from shared.eventsourcing.faults import VARIABLE
from shared.operations.supervisor import Supervisor, service_command
from tests.support.waiting import until

SERVICES: Final = ("membership", "meetings", "ratings")
PATIENCE: Final = 90.0
"""Seconds within which anything that must come has come, on a machine that others use too."""
FRESH: Final = 3.0
"""Seconds: the age up to which a service takes heads for the truth."""

Json = dict[str, Any]


class Deployment:
    """The three services and their courier in one data folder."""

    def __init__(self, data: Path) -> None:
        self._faults: dict[str, list[str]] = {}
        self._clients = ExitStack()
        self._by_key: dict[str, httpx.Client] = {}
        self.supervisor = Supervisor(data, command=self._command)

    def __enter__(self) -> Self:
        """Start, and wait until every service has heard of the others."""
        self.supervisor.start()
        self.settle()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop politely."""
        self._clients.close()
        self.supervisor.stop()

    # ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def operator(self) -> str:
        """The operator's key."""
        return (self.supervisor.data / "membership" / "operator.key").read_text()

    def url(self, service: str, path: str) -> str:
        """Where something of a service is found."""
        return f"{self.supervisor.urls[service]}{path}"

    def client(self, key: str) -> httpx.Client:
        """A client with a key; the same one each time."""
        if key not in self._by_key:
            headers = {"Authorization": f"Bearer {key}"}
            client = httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False)
            self._by_key[key] = self._clients.enter_context(client)
        return self._by_key[key]

    def get(self, service: str, path: str, *, key: str | None = None, **parameters: Any) -> httpx.Response:
        """Ask a service, as the operator unless another key is given."""
        return self.client(key or self.operator).get(self.url(service, path), params=parameters)

    def heads(self, service: str) -> dict[str, tuple[int, str]]:
        """The end of each organisation's chain: sequence and hash."""
        heads = self.get(service, "/v1/heads").raise_for_status().json()["heads"]
        return {organisation: (end["sequence"], end["hash"]) for organisation, end in heads.items()}

    def log(self, service: str, organisation: str) -> list[str]:
        """Every line of an organisation's log."""
        lines: list[str] = []
        while page := self._page(service, organisation, len(lines)):
            lines += page
        return lines

    def _page(self, service: str, organisation: str, after: int) -> list[str]:
        answer = self.get(service, f"/v1/log/{organisation}", after=after, limit=5_000).raise_for_status()
        return answer.text.removesuffix("\n").split("\n") if answer.text else []

    def standing(self, service: str) -> Json:
        """How a service's views stand."""
        answer: Json = self.get(service, "/v1/projections").raise_for_status().json()
        return answer

    def readiness(self, service: str) -> Mapping[str, bool]:
        """What `/readyz` finds, check by check."""
        answer = self.get(service, "/readyz").json()
        return {name: finding["well"] for name, finding in answer["checks"].items()}

    def figure(self, name: str, *, key: str | None = None, **asked: str) -> list[Json]:
        """The rows of a figure, as ratings knows them now."""
        rows: list[Json] = self.get("ratings", f"/v1/figures/{name}", key=key, **asked).raise_for_status().json()["rows"]
        return rows

    def rebuilt(self, service: str) -> Json:
        """Rebuild a service's views from history; how that ended."""
        client = self.client(self.operator)
        client.post(self.url(service, "/v1/projections/rebuild")).raise_for_status()
        until(lambda: not self.standing(service)["running"], PATIENCE)
        ended: Json = self.standing(service)["last_rebuild"]
        return ended

    # ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, timeout: float = PATIENCE) -> None:
        """Wait until every service is ready, knows fresh heads, and has taken in all that the others recorded."""
        until(self._has_settled, timeout)

    def _has_settled(self) -> bool:
        try:
            return all(self._is_drained(service) for service in SERVICES)
        except httpx.HTTPError:
            return False

    def _is_drained(self, service: str) -> bool:
        if not self.supervisor.services[service].ready():
            return False
        told = self.standing(service)
        if told["head_age"] >= FRESH or any(told["lag"].values()):
            return False
        return all(self._has_all_of(told["position"].get(other, {}), other) for other in told["lag"])

    def _has_all_of(self, position: Mapping[str, int], other: str) -> bool:
        """Heads in Redis may be a beat old: the log itself says how far it goes."""
        return all(position.get(organisation) == sequence for organisation, (sequence, _) in self.heads(other).items())

    # ── Killing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def pid(self, service: str) -> int:
        """The process of a service, once there is one."""
        return until(lambda: self.supervisor.services[service].child.pid, PATIENCE) or 0

    def arm(self, service: str, *faults: str) -> None:
        """Let the service's next processes die at a named point each; the one after them lives."""
        self._faults.setdefault(service, []).extend(faults)

    def kill(self, service: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Kill a service as a power cut would, or with another signal; gives the number of its next start."""
        pid, number = self.pid(service), self.starts(service)
        os.kill(pid, how)
        return number + 1

    def starts(self, service: str) -> int:
        """How often the service has been started."""
        return self.supervisor.services[service].child.starts

    def await_start(self, service: str, number: int) -> None:
        """Wait until the service has been started so often, and is ready."""
        kept = self.supervisor.services[service]
        until(lambda: kept.child.starts >= number and kept.child.pid is not None and kept.ready(), PATIENCE)

    def kill_courier(self) -> None:
        """Kill the courier; the supervisor starts it again."""
        server = self.supervisor.redis
        if server is not None and server.pid is not None:
            os.kill(server.pid, signal.SIGKILL)

    def empty_courier(self) -> None:
        """Empty the courier (FLUSHALL) once it answers."""
        with redis.Redis.from_url(self.supervisor.redis_url) as client:
            until(lambda: _flushed(client), PATIENCE)

    def _command(self, service: str) -> Sequence[str]:
        faults, env, command = self._faults.get(service), shutil.which("env"), service_command(service)
        return (env, f"{VARIABLE}={faults.pop(0)}", *command) if faults and env else command


def _flushed(client: redis.Redis) -> bool:
    try:
        return bool(client.flushall())
    except redis.RedisError:
        return False
