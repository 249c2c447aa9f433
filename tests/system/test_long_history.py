"""Is a long history rebuilt beside live traffic, with no reader the wiser? A sample here, millions in the battery."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from tests.support.seeds import SEED, drawn
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.ledger import Ledger
from tests.system.lines import Line, meeting, register
from tests.system.load import Pace, load, settled
from tests.system.reached import PATIENCE
from tests.system.reading import crowd, rebuilt, serving
from tests.system.written import Written, write_history

SENDERS: Final = ("meetings", "meetings", "membership")
FIFTY: Final = Pace(every=len(SENDERS) / 50, rest=0.0, most_lines=1)
"""So that all senders together post fifty times a second."""
READS: Final = 0.1
"""Seconds between two reads of each reader."""
BRANCHES: Final = 20
FIVE_MILLION: Final = 5_000_000
EVER: Final = {"start": "2020-01-01", "end": "2030-01-01"}

Said = Callable[[str], None]


def attendance(line: Line, unit: str) -> tuple[int, int]:
    """Present and expected, as ratings answers."""
    row, *_ = line.deployment.figure("attendance", key=line.key, unit=unit, **EVER)
    return row["numerator"], row["denominator"]


def long_history(deployment: Deployment, size: int, seed: int, said: Said) -> tuple[Line, Written]:
    """An organisation with some branches, of which so many events stand in the log of meetings, known to ratings."""
    line = register(deployment, "Hội lâu năm")
    for number in range(1, BRANCHES):
        line.found(f"Chi hội ấp {number + 1}")
    line.heard_of("meetings", "ratings")
    written = write_history(deployment.data, line.organisation, line.branches, size, seed)
    said(f"{size:,} events written: {size / written.seconds:,.0f}/s")
    begun = time.monotonic()
    deployment.settle(PATIENCE + size / 200)
    said(f"sealed, relayed and applied: {size / (time.monotonic() - begun):,.0f}/s")
    assert attendance(line, line.root) == (written.present, written.expected)
    return line, written


def rebuild_of_a_long_history(
    deployment: Deployment, told: Line, size: int, said: Said, seed: int | None = None
) -> tuple[int, int]:
    """Beside fifty posts a second: whole views only, no difference; a falsified row is named, and it alone.

    How many reads there were, and how many of them were wrong.
    """
    seed, patience, ledger = drawn(seed), PATIENCE + size / 200, Ledger()
    said(f"seed {seed}")
    line, written = long_history(deployment, size, seed, said)
    with load(deployment, ledger, seed, SENDERS, FIFTY) as senders, crowd(told, (80, 100), 2, READS) as readers:
        begun = time.monotonic()
        ended = rebuilt(deployment, patience)
        seconds = time.monotonic() - begun
        posts = sum(each.posts for each in senders)
        assert (ended["result"], ended["tables"], ended["answers"]) == ("switched", {}, {}), ended
        said(f"rebuilt in {seconds:,.0f} s, {size / seconds:,.0f} events/s, beside {posts / seconds:.0f} posts/s")
        said(f"views stood still for {ended['longest_pause']} s at most; {memory(deployment, 'ratings')} MiB")
        branch = falsified(deployment, line)
        ended = rebuilt(deployment, patience)
    settled(deployment, ledger)
    reads, wrong = sum(each.reads for each in readers), sum(len(each.wrong) for each in readers)
    said(f"{reads:,} reads, {wrong} wrong, the slowest took {max(each.slowest for each in readers):.2f} s")
    assert ended["tables"] == {"unit": {"only_before": 1, "only_after": 1}}
    assert branch in ended["examples"]["unit"][0]
    assert {unit for units in ended["answers"].values() for unit in units} <= {branch}
    assert attendance(line, line.root) == (written.present, written.expected)
    for branch in line.branches[:3]:
        assert attendance(line, branch) == written.by_branch[branch]
    return reads, wrong


def falsified(deployment: Deployment, line: Line) -> str:
    """Give one of the line's branches another name in the views that serve, behind everybody's back; its id."""
    branch = line.branches[0]
    file = deployment.data / "ratings" / f"views-{serving(deployment)}.sqlite"
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection:
        done = connection.execute("UPDATE unit SET title = 'Chi hội khác' WHERE id = ?", (UUID(branch).hex,))
        connection.commit()
    assert done.rowcount == 1
    return branch


def memory(deployment: Deployment, service: str) -> int:
    """The most that a service's process has ever held, in MiB."""
    status = Path(f"/proc/{deployment.run['services'][service]['pid']}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def test_a_rebuild_of_a_history_beside_live_traffic(deployment: Deployment, told: Line, tally: Tally) -> None:
    _, wrong = rebuild_of_a_long_history(deployment, told, 2_000, print, SEED)
    tally("R-18", 2, wrong)
    assert wrong == 0


@pytest.mark.battery
def test_a_rebuild_of_five_million_events_beside_live_traffic(
    tmp_path: Path, tally: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 — what was measured

    size = int(os.environ.get("NENNEP_REBUILD_EVENTS", FIVE_MILLION))
    with Deployment(tmp_path) as deployment:
        told = register(deployment)
        told.heard_of("meetings", "ratings")
        told.post("meetings", *(meeting(told.branches[0], 8, 2) for _ in range(10))).raise_for_status()
        until(lambda: attendance(told, told.branches[0]) == (80, 100), PATIENCE)
        reads, wrong = rebuild_of_a_long_history(deployment, told, size, said)
    tally("R-18", 2, wrong)
    assert reads > 0
    assert wrong == 0
