"""What becomes of a service beside a supervisor that is killed? It goes on, and begins anew under the next one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from shared.operations.beside import addresses
from tests.support.sources import ROOT
from tests.support.waiting import until
from tests.system.lines import meeting, register
from tests.system.newcomer import NAME, Newcomer, filled_in, product, recounted
from tests.system.reached import PATIENCE, Reached
from tests.system.typed import environment, typed


def supervised(data: Path) -> subprocess.Popen[bytes]:
    """Everything, under a supervisor in a process of its own."""
    command = [sys.executable, "-m", "services", "serve", "--data", str(data)]
    before = data / "run.json"
    known = json.loads(before.read_text())["pid"] if before.exists() else None
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment({}))
    until(lambda: before.exists() and json.loads(before.read_text() or "{}").get("pid") not in {None, known}, PATIENCE)
    return process


@pytest.mark.battery
def test_a_service_outlives_a_supervisor_that_is_killed_and_joins_the_next(tmp_path: Path) -> None:
    elsewhere, data = tmp_path / "elsewhere", tmp_path / "data"
    elsewhere.mkdir()
    filled_in(elsewhere)
    first = supervised(data)
    here = Reached(data)
    here.settle()
    newcomer = Newcomer(here, product(), {"NENNEP_SERVICES": str(elsewhere)}, elsewhere)
    with ExitStack() as closing:
        closing.callback(first.kill)
        closing.enter_context(newcomer)
        line = register(here, "Hội LHPN tỉnh")
        line.found()
        line.heard_of("meetings")
        line.post("meetings", meeting(line.branches[0], 5, 1, "2024-03-04")).raise_for_status()
        granted = typed("reader", "grant", NAME, *("--of", "meetings"), "--data", str(data))
        assert granted.returncode == 0, granted.stderr
        wanted = recounted(here, [line])
        until(lambda: newcomer.shows([line]) == wanted, PATIENCE)
        before, pid = newcomer.url, newcomer.pid

        first.kill()
        first.wait(PATIENCE)
        until(lambda: not alive(here.run["services"]["membership"]["pid"]), PATIENCE)
        assert newcomer.shows([line]) == wanted, "what it knows it goes on answering"

        second = supervised(data)
        closing.callback(second.kill)
        here.close()
        del here.urls
        here.settle()
        until(lambda: addresses(data).get(NAME) not in {None, before}, PATIENCE)
        newcomer.url = addresses(data)[NAME]
        assert newcomer.pid == pid
        line.post("meetings", meeting(line.branches[0], 7, 0, "2024-04-04")).raise_for_status()
        after = recounted(here, [line])
        assert after != wanted
        until(lambda: newcomer.shows([line]) == after, PATIENCE)

        here.close()
        second.send_signal(signal.SIGINT)
        assert second.wait(PATIENCE) == 0
        until(lambda: not alive(pid), PATIENCE)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        state = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
