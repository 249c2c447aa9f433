"""Who comes to a running product? A service made elsewhere, its one projection filled in, started beside the others."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import httpx

from shared.operations.beside import addresses
from tests.support.waiting import until
from tests.system.lines import Line
from tests.system.reached import PATIENCE, SERVICES, Json, Reached
from tests.system.typed import environment, typed

NAME: Final = "rhythm"
LOOK: Final = 0.25
"""Seconds between two questions whether it has caught up: as a monitor asks, who takes no time away from it."""
YEAR: Final = {"start": "2024-01-01", "end": "2025-01-01"}
REST_MOST: Final = """
        COUNTS = ("meetings", "present", "expected", "since")
        days: dict[tuple[UUID, Any], dict[str, int]] = {}
        for fact in views.naming(MeetingHeld, "branch", keys, "roll_present", "roll_expected"):
            day = days.setdefault((fact.branch, fact.day), dict.fromkeys(COUNTS, 0))
            day["meetings"] += 1
            day["present"] += fact.roll_present
            day["expected"] += fact.roll_expected
        last: dict[UUID, Any] = {}
        for (branch, met), counts in sorted(days.items(), key=lambda each: each[0][1]):
            counts["since"] = (met - last.get(branch, met)).days
            last[branch] = met
"""
"""What the author fills in: beside the counts, how many days the branch had not met before."""


def filled_in(folder: Path) -> None:
    """Begin the service in an empty folder and fill its one projection in."""
    made = typed("new-service", NAME, "--into", str(folder), "--question", "How long did branches not meet?")
    assert made.returncode == 0, made.stderr
    file = folder / NAME / "projections" / "held.py"
    text = file.read_text(encoding="utf-8")
    begin, end = text.index("        days: dict"), text.index("        rows = [{")
    text = text[:begin] + REST_MOST.removeprefix("\n") + text[end:]
    column = '            Column("expected", BigInteger, nullable=False),\n'
    text = text.replace(column, column + column.replace("expected", "since"))
    text = text.replace("held.c.present, held.c.expected)", "held.c.present, held.c.expected, held.c.since)")
    file.write_text(text, encoding="utf-8")
    api = folder / NAME / "api.py"
    text = api.read_text(encoding="utf-8").replace("    ),\n)", '        Shown("since", "Số ngày nghỉ"),\n    ),\n)', 1)
    api.write_text(text, encoding="utf-8")


@dataclass
class Newcomer:
    """The service in a process of its own beside what runs in a data folder."""

    deployment: Reached
    command: Sequence[str]
    settings: Mapping[str, str]
    cwd: Path
    url: str = field(default="", init=False)
    """Where it answers."""
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def processor(self) -> float:
        """Seconds of processor time that it has taken: what a busy machine tells of how much work it was."""
        told = Path("/proc", str(self.pid), "stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def start(self) -> None:
        """Start it; wait until it listens."""
        words = [*self.command, "serve", NAME, "--data", str(self.deployment.data)]
        self._process = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, cwd=self.cwd, env=environment(self.settings)
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["listening"]
        until(lambda: addresses(self.deployment.data).get(NAME) == self.url, PATIENCE)

    def stop(self, *, politely: bool = True) -> int:
        """Stop it, or kill it; how it ended."""
        assert self._process is not None
        (self._process.terminate if politely else self._process.kill)()
        code = self._process.wait(PATIENCE)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def ask(self, line: Line, **asked: str) -> httpx.Response:
        """Its table, for a line's topmost unit."""
        client = self.deployment.client(line.key)
        return client.get(f"{self.url}/v1/{NAME}", params={"unit": line.root, **YEAR, **asked})

    def has_caught_up(self, line: Line) -> bool:
        """Whether it says that nothing is left to hear: asked so, it is not kept busy with answers meanwhile."""
        threading.Event().wait(LOOK)
        client = self.deployment.client(line.key)
        if not client.get(f"{self.url}/readyz").is_success:
            return False
        answer = client.get(f"{self.url}/v1/projections")
        return answer.is_success and not any(answer.json()["lag"].values())

    def shows(self, lines: Iterable[Line]) -> dict[str, dict[str, int]]:
        """Branch → its figures, over all lines."""
        found: dict[str, dict[str, int]] = {}
        for line in lines:
            answer = self.ask(line)
            if not answer.is_success:
                return {}
            found |= {row.pop("unit"): row for row in answer.json()["rows"]}
        return found


def recounted(deployment: Reached, lines: Iterable[Line]) -> dict[str, dict[str, int]]:
    """The same from the logs alone, meeting by meeting, each as its last correction says."""
    standing: dict[str, tuple[str, Json]] = {}
    for line in lines:
        for event in map(json.loads, deployment.log("meetings", line.organisation)):
            fact, chain = event["data"]["fact"], event.get("corrects")
            if chain is None:
                standing[event["id"]] = (event.get("occurred") or event["time"][:10], fact)
            elif "fact" in fact:
                root = chain.split("/")[1]
                standing[root] = (standing[root][0], fact["fact"])
            else:
                standing.pop(chain.split("/")[1])
    days: dict[str, dict[str, list[Json]]] = defaultdict(lambda: defaultdict(list))
    for day, fact in standing.values():
        days[fact["branch"]][day].append(fact["roll"])
    return {branch: _figures(met) for branch, met in days.items()}


def _figures(met: Mapping[str, list[Json]]) -> dict[str, int]:
    order = sorted(map(dt.date.fromisoformat, met))
    rolls = [roll for found in met.values() for roll in found]
    return {
        "meetings": len(rolls),
        "present": sum(roll["present"] for roll in rolls),
        "expected": sum(roll["expected"] for roll in rolls),
        "since": sum((later - sooner).days for sooner, later in pairwise(order)),
    }


def untouched(deployment: Reached) -> dict[str, Any]:
    """Whatever must stay to the bit while a service comes: processes with their starts and settings, and all tables."""
    found: dict[str, Any] = {}
    run = deployment.run
    pids = {"supervisor": run["pid"], "courier": run["redis"]["pid"]}
    pids |= {name: service["pid"] for name, service in run["services"].items()}
    for name, pid in pids.items():
        process = Path("/proc", str(pid))
        started = process.joinpath("stat").read_text().rpartition(")")[2].split()[19]
        found[name] = (pid, started, process.joinpath("environ").read_bytes(), process.joinpath("exe").readlink())
    for service in SERVICES:
        generations = deployment.standing(service)["generations"]
        # Views that serve no more are dropped a minute after their last rebuild, whoever comes meanwhile.
        gone = {f"views-{each['number']}.sqlite" for each in generations if each["state"] != "serving"}
        for file in sorted((deployment.data / service).glob("*.sqlite")):
            if file.name not in gone:
                found[f"{service}/{file.name}"] = _dumped(file)
    return found


def _dumped(file: Path) -> str:
    """A digest of every row of every table, but for what a service writes by the clock: marks, and what it signs."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            if table in {"stream_entry", "relay_mark"} or table.startswith("evidence_"):
                continue
            only = " WHERE state = 'serving'" if table == "generation" else ""
            for row in sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"{only}'))):  # noqa: S608
                digest.update(f"{table}{row}".encode())
    return digest.hexdigest()


def product() -> list[str]:
    """How this checkout's product is typed."""
    return [sys.executable, "-m", "services"]
