"""What is measured by `make bench`? Appends (A), rebuilds (C), latency (D), with guards; Markdown here, JSON in a file.

`python -m bench [A] [C] [D] [--quick]`; exit code 1 when a guard bites.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.append import Appending, Size
from bench.postgres import postgres_server
from bench.rounds import Report
from bench.stores import PostgresStores, SqliteStores

FULL = Size(rounds=5, one=1_000, many=6_000, batches=10, guarded=3_000)
QUICK = Size(rounds=3, one=200, many=1_200, batches=3, guarded=600)


def main() -> int:
    """Measure what was asked for; 1 when a guard bites."""
    asked = _arguments()
    size = QUICK if asked.quick else FULL
    report = Report(asked.results / f"{time.strftime('%Y%m%d-%H%M%S')}.jsonl")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="nennep-bench-")))
        server = closing.enter_context(postgres_server())
        if "A" in asked.jobs:
            with ExitStack() as stores:
                Appending(report, size, SqliteStores(folder, stores), stores).run()
            with ExitStack() as stores:
                Appending(report, size, PostgresStores(server, stores), stores).run()
    return 0
