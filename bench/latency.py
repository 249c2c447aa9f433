"""D. How long until a posted fact is visible in another service? Offered at random moments, in an open loop.

The clock of a fact starts when it was due to be offered, not when the producer found time for it, and stops when the
rows that it changes are committed in another process.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import redis

from bench.guards import all_seen
from bench.latency_process import Settings
from bench.rounds import MISSING, NotRun, Report, require
from shared.operations.leash import leashed
from shared.operations.redis_server import RedisServer
from tests.support.servers import PostgresServer

WARM_UP = 0.1
"""The share of the first facts that does not count."""
SECONDS_TO_END = 90


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, at which rates, and for how many seconds each."""

    rounds: int
    rates: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a post to a visible row, and whose processes go it."""

    name: str
    role: str
    databases: tuple[str, ...] = ()
    """The PostgreSQL databases that it needs."""


FLOOR = "limit: Redis alone, nothing stored"
WAYS = (
    Way("**Nền Nếp**, SQLite → relay → Redis → SQLite", "our"),
    Way("**Nền Nếp**, PostgreSQL → relay → Redis → PostgreSQL", "our", ("meetings", "ratings")),
    Way("eventsourcing, ProjectionRunner on PostgreSQL, no courier", "peer", ("peer",)),
    Way(FLOOR, "redis"),
)


@dataclass
class Measured:
    """Milliseconds of one way at one rate, round by round."""

    medians: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    not_run: str | None = None


class Latency:
    """The table of latencies and its guards."""

    def __init__(self, report: Report, size: Size, courier: RedisServer, postgres: PostgresServer | NotRun) -> None:
        self._report, self._size, self._redis, self._postgres = report, size, courier, postgres
        self._measured = {(way, rate): Measured() for rate in size.rates for way in WAYS}
        self._checks: dict[tuple[str, int], Callable[[], str]] = {}
        self._numbers = itertools.count(1)

    def run(self) -> None:
        """Measure all ways in turn, round after round."""
        for _ in range(self._size.rounds):
            for (way, rate), measured in self._measured.items():
                if measured.not_run is None:
                    self._measure(way, rate, measured)
        self._print()
        for (name, rate), check in self._checks.items():
            self._report.guard(f"{name} at {rate}/s", check)

    def _measure(self, way: Way, rate: int, measured: Measured) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="nennep-bench-") as folder:
                settings = self._settings(way, rate, Path(folder))
                offered, seen = _play(way.role, settings)
        except NotRun as reason:
            measured.not_run = str(reason)
            return
        self._checks[way.name.replace("*", ""), rate] = partial(all_seen, settings.posts(), offered, seen)
        moments: dict[str, int] = seen["moments"]
        counted = list(offered)[int(len(offered) * WARM_UP) :]
        waits = sorted((moments[each] - offered[each]) / 1e6 for each in counted if each in moments)
        measured.medians.append(statistics.median(waits))
        measured.p99s.append(waits[int(len(waits) * 0.99)])
        print(".", end="", flush=True, file=sys.stderr)

    def _settings(self, way: Way, rate: int, folder: Path) -> Settings:
        if way.role == "peer" and importlib.util.find_spec("eventsourcing") is None:
            raise NotRun(MISSING)
        databases = {name: self._database() for name in way.databases}
        with redis.Redis.from_url(self._redis.url) as client:
            client.flushall()
        return Settings(str(folder), self._redis.url, int(rate * self._size.seconds), rate, 5, databases)

    def _database(self) -> str:
        if isinstance(self._postgres, NotRun):
            raise self._postgres
        return self._postgres.create(f"latency_{next(self._numbers)}")

    def _print(self) -> None:
        report, load = self._report, os.getloadavg()[0]
        report.say(f"\n### D offered → visible, milliseconds (load {load:.1f})\n")
        report.say("| way | facts/s | median | p99 | x median | x p99 |\n|---|---:|---:|---:|---:|---:|")
        for (way, rate), measured in self._measured.items():
            if measured.not_run is not None:
                report.say(f"| {way.name} | {rate} | not run: {measured.not_run} | | | |")
                continue
            floor = next(each for (other, at), each in self._measured.items() if (other.name, at) == (FLOOR, rate))
            median, p99 = statistics.median(measured.medians), statistics.median(measured.p99s)
            x_median, x_p99 = _ratio(measured.medians, floor.medians), _ratio(measured.p99s, floor.p99s)
            report.say(f"| {way.name} | {rate} | {median:.2f} | {p99:.1f} | {x_median:.1f} | {x_p99:.1f} |")
            report.keep("D latency", {"way": way.name, "rate": rate, "median": measured.medians, "p99": measured.p99s})


def _ratio(values: Sequence[float], reference: Sequence[float]) -> float:
    return statistics.median(value / other for value, other in zip(values, reference, strict=True))


def _play(role: str, settings: Settings) -> tuple[dict[str, int], dict[str, Any]]:
    """Run consumer and producer; the moments at which facts were due, and what was seen."""
    command = [sys.executable, "-m", "bench.latency_process"]
    consuming = leashed([*command, f"{role}_consumer", settings.as_json()])
    with subprocess.Popen(consuming, stdout=subprocess.PIPE, text=True) as consumer:
        try:
            require(cast("IO[str]", consumer.stdout).readline() == "ready\n", "the consumer did not start")
            subprocess.run(leashed([*command, f"{role}_producer", settings.as_json()]), check=True)
            consumer.wait(SECONDS_TO_END)
        finally:
            consumer.kill()
    results = (json.loads(Path(settings.folder, name).read_text()) for name in ("offered.json", "seen.json"))
    offered, seen = results
    return offered, seen
