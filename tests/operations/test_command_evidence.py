"""Do the commands of evidence end as they say? Against a service on a real port, and a witness in its own process."""

from __future__ import annotations

import io
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import structlog
import uvicorn
from typer.testing import CliRunner, Result

from shared.history.evidence.note import COSIGNATURE, Note, Signer, Verifier
from shared.history.evidence.witnesses import Address, Witnesses
from shared.operations import machine
from shared.operations.command_line import app
from shared.operations.witness_server import open_witness
from shared.web.application import Parts, create_app
from shared.web.evidence import evidence_router
from shared.web.health import About
from shared.web.logs import configure_logging
from tests.history.evidence.house import ORIGIN, House, house_in, witness_in
from tests.support.couriers import grow
from tests.support.sources import ROOT
from tests.support.waiting import PATIENCE, until
from tests.web.door import ORGANISATION, OTHER, Door

DOOR = Door()


class Running:
    """A service that answers for a house."""

    def __init__(self, house: House, witnesses: Witnesses, data: Path) -> None:
        self.house, self.data = house, data
        router = evidence_router(house.checkpoints, witnesses, DOOR.access, DOOR.after)
        application = create_app(About("meetings", "Sinh hoạt", "1.0"), Parts(routers=(router,)))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(application, log_config=None))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        (data / "membership").mkdir(parents=True)
        (data / "membership" / "operator.key").write_text(DOOR.keys["operator"])
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        (data / "run.json").write_text(json.dumps({"services": {"meetings": {"url": url}}}))

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def typed(self, *words: object) -> Result:
        """A command about this service."""
        return CliRunner().invoke(app, [*map(str, words), "--data", str(self.data)])

    def told(self, *words: object, code: int = 0) -> Any:
        """Its answer for programs."""
        result = self.typed(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.output)


@pytest.fixture(autouse=True)
def journal() -> Iterator[None]:
    """What services log does not stand between a command's answers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(io.StringIO())
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with house_in(tmp_path / "house") as house:
        grow(house.log, ORGANISATION, 9)
        grow(house.log, OTHER, 2)
        with Running(house, house.witnesses(), tmp_path / "data") as running:
            yield running


def checked(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check-receipt", *map(str, words), "--json"])
    return result.exit_code, json.loads(result.output)["result"]


def test_a_receipt_is_fetched_and_proved_offline(running: Running, tmp_path: Path) -> None:
    assert running.told("checkpoint", "publish", "meetings")["number"] == 1
    file = tmp_path / "proof.json"
    assert running.told("prove", "meetings", ORGANISATION, 4, file)["checkpoint"] == 1
    key = str(running.house.keyring.signer.verifier)
    keys = tmp_path / "keys.jsonl"
    keys.write_bytes(running.house.keyring.lines)
    mine, other = (str(running.house.receipts(ORGANISATION)[place]) for place in (3, 4))
    stranger = str(Signer.new(ORIGIN).verifier)
    for words, ending in (
        (("--key", key), (0, "proven")),
        (("--key", keys), (0, "proven")),
        (("--key", key, "--receipt", mine), (0, "proven")),
        (("--key", key, "--receipt", other), (1, "contradiction")),
        (("--key", key, "--receipt", mine[:-1] + "g"), (2, "cannot-judge")),
        ((), (2, "cannot-judge")),
        (("--key", stranger), (2, "cannot-judge")),
        (("--key", "a+b+c"), (2, "cannot-judge")),
        (("--key", tmp_path / "none"), (2, "cannot-judge")),
        (("--key", key, "--needed", 1), (2, "cannot-judge")),
    ):
        assert checked(file, *words) == ending, words
    assert checked(tmp_path / "none", "--key", key) == (2, "cannot-judge")


def test_checkpoints_are_listed_shown_and_signed_by_a_new_key(running: Running) -> None:
    running.told("checkpoint", "publish", "meetings")
    before = running.house.keyring.signer.verifier
    assert running.told("checkpoint", "rotate", "meetings", "--why", "stolen")["checkpoint"] == 2
    assert [each["number"] for each in running.told("checkpoint", "list", "meetings")["checkpoints"]] == [1, 2]
    assert "unwitnessed 0/0" in running.typed("checkpoint", "list", "meetings").output
    for number, verifier in ((1, before), (None, running.house.keyring.signer.verifier)):
        words = ["checkpoint", "show", "meetings", *([] if number is None else [number])]
        note = Note.parse(running.told(*words)["checkpoint"])
        assert list(note.verified([verifier])) == [verifier]
    assert running.typed("checkpoint", "rotate", "meetings", "--why", "bored").exit_code == 2


@pytest.fixture
def witness(running: Running, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Address]]:
    """A witness in a process of its own."""
    key = str(running.house.keyring.signer.verifier)
    words = ["witness", "--keep", tmp_path / "kept", "--name", "nhan-chung/mot", "--log", key]
    command = [sys.executable, "-m", "services", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield process, Address(said["listening"], Verifier.parse(said["key"]))
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0


def test_a_witness_in_its_own_process_cosigns_shows_what_it_holds_and_contradicts(
    running: Running, witness: tuple[subprocess.Popen[str], Address], tmp_path: Path
) -> None:
    house, (_, address) = running.house, witness
    house.published()
    assert house.witnesses(address, needed=1).ask()
    file = tmp_path / "proof.json"
    running.told("prove", "meetings", ORGANISATION, 4, file)
    key, theirs = str(house.keyring.signer.verifier), str(address.verifier)
    assert checked(file, "--key", key, "--witness", theirs, "--needed", 1) == (0, "proven")
    foreign = str(Signer.new("nhan-chung/mot", COSIGNATURE).verifier)
    assert checked(file, "--key", key, "--witness", foreign, "--needed", 1) == (2, "cannot-judge")
    held = tmp_path / "held.json"
    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
        held.write_bytes(client.get(f"{address.url}/held", params={"origin": ORIGIN}).content)
        assert client.get(f"{address.url}/key").text == f"{theirs}\n"
    receipts = tmp_path / "receipts"
    receipts.write_text("".join(f"{each}\n" for each in house.receipts(ORGANISATION)))
    same = ("--held", held, "--receipts", receipts)
    assert running.told("checkpoint", "compare", "meetings", *same) == {"differences": []}
    running.told("checkpoint", "compare", "meetings", code=2)
    with house_in(tmp_path / "rewritten", keys=tmp_path / "house" / "keys", size=44) as rewritten:
        rewritten.size = 40
        rewritten.grow(ORGANISATION, 6)
        rewritten.size = 44
        rewritten.grow(ORGANISATION, 6)
        rewritten.grow(OTHER, 1)
        rewritten.published()
        with Running(rewritten, rewritten.witnesses(), tmp_path / "data of another") as another:
            found = another.told("checkpoint", "compare", "meetings", *same, code=1)["differences"]
            assert found == [
                {"organisation": str(ORGANISATION), "agrees": 6, "differs": 7, "exact": True},
                {"organisation": str(OTHER), "agrees": 0, "differs": 2, "exact": False},
            ]
            assert "7" in another.typed("checkpoint", "compare", "meetings", *same).output


ASKED: tuple[tuple[str, str, dict[str, str], bytes, int], ...] = (
    ("GET", "/", {}, b"", 404),
    ("GET", "/held?origin=x", {}, b"", 404),
    ("GET", "/held", {}, b"", 404),
    ("POST", "/elsewhere", {}, b"{}", 404),
    ("POST", "/add-checkpoint", {}, b"{}", 400),
    ("POST", "/add-checkpoint", {}, b"[" * 100_000, 400),
    ("POST", "/add-checkpoint", {"Content-Length": "x"}, b"", 411),
    ("POST", "/add-checkpoint", {"Content-Length": "9" * 7}, b"", 413),
    ("DELETE", "/", {}, b"", 501),
)


def test_a_witness_turns_away_what_is_no_submission(tmp_path: Path) -> None:
    with witness_in(tmp_path / "kept", []) as (_, address):
        host, _, port = address.url.removeprefix("http://").partition(":")
        for method, path, headers, content, status in ASKED:
            lines = {"Host": host, "Content-Length": str(len(content)), "Connection": "close", **headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
                connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
                with connection.makefile("rb") as answer:
                    assert int(answer.read().split(b" ", 2)[1]) == status, (method, path)


def test_two_witnesses_never_work_on_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LOCK_PATIENCE", 0)
    first = open_witness(tmp_path / "kept", "nhan-chung/mot", [])
    with pytest.raises(machine.CannotStart, match="in use"):
        open_witness(tmp_path / "kept", "nhan-chung/mot", [])
    assert first.held(ORIGIN) is None


def test_a_witness_keeps_the_keys_of_its_logs_and_refuses_what_is_none(tmp_path: Path) -> None:
    log = Signer.new(ORIGIN).verifier
    open_witness(tmp_path / "kept", "nhan-chung/mot", [str(log)])
    assert (tmp_path / "kept" / "logs.txt").read_text() == f"{log}\n"
    for folder, name, key in (("other", "nhan-chung/mot", "x"), ("third", "hai từ", str(log))):
        with pytest.raises(machine.CannotStart, match="wrong key or name"):
            open_witness(tmp_path / folder, name, [key])
