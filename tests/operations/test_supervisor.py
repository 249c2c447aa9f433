"""Does everything start, stay up, stop, and die together?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from shared.operations.child import Child, Launch
from shared.operations.machine import CannotStart
from shared.operations.supervisor import Service, Supervisor, pepper
from tests.support.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "support" / "toy_service.py"

PROGRAM = """
import sys
from pathlib import Path
from shared.operations.supervisor import Supervisor
toy = sys.argv[2]
Supervisor(
    Path(sys.argv[1]), services=sys.argv[3:], grace=1, command=lambda name: (sys.executable, toy, name)
).run(started=lambda: print("started", flush=True))
print("stopped", flush=True)
"""


def toy(name: str) -> Sequence[str]:
    return (sys.executable, str(TOY), name)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def told(supervisor: Supervisor, name: str) -> dict[str, str]:
    answer: dict[str, str] = httpx.get(supervisor.urls[name], trust_env=False, timeout=PATIENCE).json()
    return answer


def everybody(data: Path) -> list[int]:
    run = json.loads((data / "run.json").read_text())
    return [run["redis"]["pid"], *(service["pid"] for service in run["services"].values())]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path, services=["alpha", "beta"], command=toy) as running:
        yield running


@pytest.fixture
def program(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(TOY), "alpha", "stubborn"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n"
        yield running
        running.kill()


def test_the_run_file_says_where_everything_is(supervisor: Supervisor) -> None:
    run = json.loads((supervisor.data / "run.json").read_text())
    assert {name: service["url"] for name, service in run["services"].items()} == supervisor.urls
    assert run["redis"]["url"] == supervisor.redis_url
    assert run["pid"] == os.getpid()
    assert all(alive(pid) for pid in everybody(supervisor.data))


def test_secrets_are_for_the_owner_only(supervisor: Supervisor) -> None:
    for name in ("run.json", "pepper"):
        assert (supervisor.data / name).stat().st_mode & 0o077 == 0


def test_each_service_is_told_where_the_courier_is_and_all_the_same_pepper(supervisor: Supervisor) -> None:
    alpha, beta = told(supervisor, "alpha"), told(supervisor, "beta")
    assert alpha["NENNEP_REDIS"] == beta["NENNEP_REDIS"] == supervisor.redis_url
    assert alpha["NENNEP_PEPPER"] == beta["NENNEP_PEPPER"] == pepper(supervisor.data)
    assert alpha["NENNEP_DATA"] == str(supervisor.data)


def test_what_a_service_says_stands_in_its_log(supervisor: Supervisor) -> None:
    assert "hello from alpha" in (supervisor.data / "logs" / "alpha.log").read_text()


def test_a_killed_service_comes_back_at_the_same_address(supervisor: Supervisor) -> None:
    service = supervisor.services["alpha"]
    killed, address = service.child.pid, service.url
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: service.child.pid not in (None, killed) and service.ready())
    assert service.url == address
    until(lambda: service.child.pid in everybody(supervisor.data))


def test_a_killed_courier_comes_back_and_the_run_file_knows(supervisor: Supervisor) -> None:
    courier = supervisor.redis
    assert courier is not None
    killed = courier.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: courier.answers() and courier.pid in everybody(supervisor.data))
    assert courier.pid != killed


def test_two_supervisors_never_share_a_folder(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.operations.machine.LOCK_PATIENCE", 0)
    with pytest.raises(CannotStart):
        Supervisor(supervisor.data, services=[], command=toy).start()
    assert (supervisor.data / "run.json").exists()


def test_a_service_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as said:
        Supervisor(tmp_path, services=["alpha", "broken"], command=toy).start()
    assert "broken" in str(said.value)
    assert "cannot open the store" in str(said.value)
    assert not (tmp_path / "run.json").exists()


class Behind(BaseHTTPRequestHandler):
    """`/readyz` of a service whose log was restored from an older copy."""

    def do_GET(self) -> None:
        """Two checks, one of them not well."""
        checks = {"courier": {"well": True}, "own-log": {"well": False, "reason": "meetings: log-behind 24 < 25"}}
        body = json.dumps({"status": "not-ready", "checks": checks}).encode()
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_a_service_that_listens_and_is_not_ready_says_why_itself(tmp_path: Path) -> None:
    """Its last words would be that it has started, and nobody would know what to do."""
    (tmp_path / "log").write_text("Application startup complete.\n")
    child = Child("meetings", launch=lambda: Launch((), {}), log=tmp_path / "log")
    with HTTPServer(("127.0.0.1", 0), Behind) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        service = Service("meetings", child, server.server_port)
        said = service.missing()
        server.shutdown()
    assert said == "own-log: meetings: log-behind 24 < 25"
    assert service.missing() == "Application startup complete."


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart) as said:
        Supervisor(tmp_path / "file", services=[], command=toy).start()
    assert "\n" not in str(said.value)


def test_asked_to_stop_it_ends_everything_even_who_does_not_hear(
    program: subprocess.Popen[str], tmp_path: Path
) -> None:
    pids = everybody(tmp_path)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    assert program.stdout.readline() == "stopped\n"
    assert program.wait(90) == 0
    assert not any(alive(pid) for pid in pids)
    assert not (tmp_path / "run.json").exists()


def test_killed_it_takes_all_with_it_and_the_folder_is_free_again(
    program: subprocess.Popen[str], tmp_path: Path
) -> None:
    pids = everybody(tmp_path)
    program.kill()
    until(lambda: not any(alive(pid) for pid in pids))
    with Supervisor(tmp_path, services=["alpha"], command=toy) as again:
        until(again.services["alpha"].ready)


def test_a_courier_elsewhere_is_used_as_it_is(tmp_path: Path) -> None:
    with Supervisor(tmp_path, services=["alpha"], courier="redis://elsewhere:6379/0", command=toy) as running:
        assert told(running, "alpha")["NENNEP_REDIS"] == "redis://elsewhere:6379/0"
        assert running.redis is None
