"""What does `make bench` measure? Appends (A), sealing (S), rebuilds (C), figures (C2), latency (D), drafts (E).

`python -m bench [A] [S] [C] [C2] [D] [E] [--quick]`: Markdown here, JSON lines in a file; exit code 1 when one of their
guards bites.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

from bench import append, columns, drafts, latency, rebuild, runners, sealing
from bench.postgres import postgres_server
from bench.rounds import NotRun, Report
from bench.stores import PostgresStores, SqliteStores
from shared.operations.redis_server import RedisServer
from tests.support.servers import PostgresServer

JOBS = {"A", "S", "C", "C2", "D", "E"}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of everything."""

    appends: append.Size
    seals: sealing.Size
    rebuilds: rebuild.Size
    columns: columns.Size
    latencies: latency.Size
    drafts: drafts.Size


FULL = Extent(
    append.Size(rounds=5, one=1_000, many=6_000, batches=10, guarded=3_000),
    sealing.Size(rounds=5, many=6_000),
    rebuild.Size(rounds=3, events=100_000, slow=4_000),
    columns.Size(rounds=5, meetings=(1_000_000, 5_000_000), slow=4_000),
    latency.Size(rounds=3, rates=(100, 500), seconds=6),
    drafts.Size(rounds=3, branches=10_000),
)
QUICK = Extent(
    append.Size(rounds=3, one=200, many=1_200, batches=3, guarded=600),
    sealing.Size(rounds=3, many=3_000),
    rebuild.Size(rounds=2, events=20_000, slow=500),
    columns.Size(rounds=3, meetings=(1_000_000,), slow=1_000),
    latency.Size(rounds=1, rates=(100, 500), seconds=4),
    drafts.Size(rounds=1, branches=10_000),
)
TINY = Extent(
    append.Size(rounds=1, one=10, many=70, batches=1, guarded=40),
    sealing.Size(rounds=1, many=600),
    rebuild.Size(rounds=1, events=480, slow=20),
    columns.Size(rounds=1, meetings=(2_000,), slow=80),
    latency.Size(rounds=1, rates=(100,), seconds=0.5),
    drafts.Size(rounds=1, branches=60),
)


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; 1 when a guard bites."""
    asked = _parser().parse_args(arguments)
    jobs = set(asked.jobs) or JOBS
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    extent = TINY if asked.tiny else QUICK if asked.quick else FULL
    rebuilds = extent.rebuilds if asked.events is None else rebuild.Size(1, asked.events, extent.rebuilds.slow)
    report = Report(asked.results / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.jsonl")
    report.say(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="nennep-bench-")))
        server = NotRun("left out") if asked.no_postgres else closing.enter_context(postgres_server())
        if "A" in jobs:
            _append(report, extent.appends, folder, server)
        if "S" in jobs:
            with ExitStack() as stores:
                where = folder / "S"
                sealing.Sealing(report, extent.seals, SqliteStores(where, stores), where, stores).run()
        if "C" in jobs:
            with ExitStack() as stores:
                postgres = None if isinstance(server, NotRun) else PostgresStores(server, stores)
                rebuild.Rebuilding(report, rebuilds, SqliteStores(folder / "C", stores), postgres, stores).run()
        if "C2" in jobs:
            with ExitStack() as stores:
                beside = runners.Runners(report, extent.columns.slow, folder / "runners", server, stores)
                columns.Asking(report, extent.columns, folder / "C2", beside).run()
        if "D" in jobs:
            courier = closing.enter_context(RedisServer(folder / "redis"))
            latency.Latency(report, extent.latencies, courier, server).run()
        if "E" in jobs:
            drafts.Trying(report, extent.drafts, folder / "E").run()
    report.say(f"\n{len(report.failures)} guards failed; results: {report.file}")
    return 1 if report.failures else 0


def _append(report: Report, size: append.Size, folder: Path, server: PostgresServer | NotRun) -> None:
    with ExitStack() as stores:
        append.Appending(report, size, SqliteStores(folder / "A", stores), stores).run()
    if isinstance(server, NotRun):
        report.say(f"\nA PostgreSQL: not run: {server}")
        return
    with ExitStack() as stores:
        append.Appending(report, size, PostgresStores(server, stores), stores).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="A|S|C|C2|D|E", help="default: all")
    parser.add_argument("--quick", action="store_true", help="about two minutes instead of ten")
    parser.add_argument("--tiny", action="store_true", help="only shows that everything runs and every guard holds")
    parser.add_argument("--events", type=int, help="events to rebuild from, for example 1000000; one round")
    parser.add_argument("--no-postgres", action="store_true", help="SQLite alone")
    parser.add_argument("--results", type=Path, default=Path("var/bench"), help="folder of the JSON lines")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
