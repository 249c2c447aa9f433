"""How does a test speak with services that run in a data folder? Over HTTP, at the addresses in its `run.json`."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import httpx
import redis

from tests.support.waiting import until

SERVICES: Final = ("membership", "meetings", "ratings")
PATIENCE: Final = 90.0
"""Seconds within which anything that must come has come, on a machine that others use too."""
FRESH: Final = 15.0
"""Seconds: heads of that age are told again and again, though a busy machine may tell them late."""

DEAR: Final = 0.4
"""Seconds between two looks, at the longest, where each asks every service for all its heads."""

Json = dict[str, Any]


class Reached:
    """The services of a data folder; who started them does not matter."""

    def __init__(self, data: Path, services: Sequence[str] = SERVICES) -> None:
        self.data = data
        self.services = services
        self._clients = ExitStack()
        self._by_key: dict[str, httpx.Client] = {}

    def close(self) -> None:
        """Give all connections back."""
        self._clients.close()
        self._by_key.clear()

    @property
    def run(self) -> Json:
        """What runs, and where."""
        content: Json = json.loads((self.data / "run.json").read_text())
        return content

    @cached_property
    def urls(self) -> Mapping[str, str]:
        """Where each service listens: the same over all its lives."""
        return {name: service["url"] for name, service in self.run["services"].items()}

    @property
    def operator(self) -> str:
        """The operator's key."""
        return (self.data / "membership" / "operator.key").read_text()

    # ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────

    def url(self, service: str, path: str) -> str:
        """Where something of a service is found."""
        return f"{self.urls[service]}{path}"

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
        answer = self.get("ratings", f"/v1/figures/{name}", key=key, **asked).raise_for_status()
        rows: list[Json] = answer.json()["rows"]
        return rows

    def rebuilt(self, service: str) -> Json:
        """Rebuild a service's views from history, once nothing else does and history is whole; how that ended.

        What an emptied courier has lost it is given again a moment later: until then no rebuild may switch.
        """
        ended: Json = {}

        def is_whole() -> bool:
            ended.clear()
            ended.update(self._rebuilt_once(service))
            return not ended.get("reason", "").startswith("HistoryIncomplete")

        until(is_whole, PATIENCE)
        return ended

    def _rebuilt_once(self, service: str) -> Json:
        client, url = self.client(self.operator), self.url(service, "/v1/projections/rebuild")
        until(lambda: client.post(url).is_success, PATIENCE)
        until(lambda: not self.standing(service)["running"], PATIENCE, longest=DEAR)
        ended: Json = self.standing(service)["last_rebuild"]
        return ended

    # ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, timeout: float = PATIENCE) -> None:
        """Wait until every service is ready, knows fresh heads, and has taken in all that the others recorded."""
        until(self._has_settled, timeout, longest=DEAR)

    def _has_settled(self) -> bool:
        try:
            return all(self._is_drained(service) for service in self.services)
        except httpx.HTTPError:
            return False

    def _is_drained(self, service: str) -> bool:
        if not self.is_ready(service):
            return False
        told = self.standing(service)
        if told["head_age"] >= FRESH or any(told["lag"].values()):
            return False
        return all(self._has_all_of(told["position"].get(other, {}), other) for other in told["lag"])

    def _has_all_of(self, position: Mapping[str, int], other: str) -> bool:
        """Heads in Redis may be a beat old: the log itself says how far it goes."""
        return all(position.get(organisation) == sequence for organisation, (sequence, _) in self.heads(other).items())

    def is_ready(self, service: str) -> bool:
        """Whether `/readyz` is green now."""
        try:
            return self.get(service, "/readyz").is_success
        except httpx.HTTPError:
            return False

    # ── Killing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def kill_one(self, name: str) -> None:
        """Kill a service, or the courier, as a power cut would; whoever started it starts it again."""
        run = self.run
        pid = run["redis"]["pid"] if name == "courier" else run["services"][name]["pid"]
        if pid is not None:
            # It may have died already, of what was done to it before.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def empty_courier(self) -> None:
        """Empty the courier (FLUSHALL) once it answers."""
        with redis.Redis.from_url(self.run["redis"]["url"]) as client:
            until(lambda: _flushed(client), PATIENCE)


def _flushed(client: redis.Redis) -> bool:
    try:
        return bool(client.flushall())
    except redis.RedisError:
        return False
