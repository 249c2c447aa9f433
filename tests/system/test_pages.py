"""Do the pages lie? Every command that they show is found in them and run, and what they say it answers is compared."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.support.sources import ROOT
from tests.support.waiting import until
from tests.system.console import answer_shown, commands, words
from tests.system.lines import Line, fresh, register
from tests.system.reached import PATIENCE, SERVICES, Reached
from tests.system.typed import environment, ran, typed

OPERATIONS, README = ROOT / "docs" / "operations.md", ROOT / "README.md"
NOT_HERE = {"make": "it installs and runs everything", "docker": "it needs a container engine"}
SERVE = "python -m services serve --data var"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """What the operators' page tells them to start, in a folder of the test's own, with `var` in it."""
    assert SERVE in commands(OPERATIONS)
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, *words(SERVE)[1:]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder, env=environment({})) as process:
        try:
            until((folder / "var" / "run.json").exists, PATIENCE)
            reached = Reached(folder / "var")
            reached.settle()
            yield reached
            reached.close()
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


@pytest.fixture(scope="module")
def line(served: Reached) -> Line:
    """Whose facts the examples are about."""
    registered = register(served)
    registered.heard_of(*SERVICES)
    return registered


def pages() -> Iterator[tuple[Path, str]]:
    """Every page that shows commands, and each command."""
    for page in (README, ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield from ((page, command) for command in commands(page))


UNSEALED = "columns check"
"""Cannot judge where nothing is sealed yet; `tests/operations/test_command_columns.py` types it over sealed history."""


def test_every_command_shown_is_run_here_or_elsewhere() -> None:
    known = {"python", "nennep", "curl", *NOT_HERE}
    assert {words(command)[0] for _, command in pages()} <= known
    assert len(list(pages())) >= 10


def test_what_is_made_is_there() -> None:
    made = [words(command)[1] for _, command in pages() if words(command)[0] == "make"]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert made
    assert set(made) <= set(targets)


def test_the_operators_commands_do_what_the_page_says(served: Reached, line: Line) -> None:
    shown = [command for command in commands(OPERATIONS) if words(command)[0] == "python" and command != SERVE]
    assert len(shown) >= 5
    for command in shown:
        filled = command.replace("<organisation id>", line.organisation)
        assert "<" not in filled, command
        assert words(filled)[:3] == ["python", "-m", "services"]
        settings = {"NENNEP_DATA": str(served.data)}
        answer = typed(*(word for word in words(filled)[3:] if word not in {"--data", "var"}), settings=settings)
        ends = {0, 2} if UNSEALED in command else {0}
        assert answer.returncode in ends, f"{command}: {answer.stderr}"


def test_a_command_on_the_page_runs_as_it_is_typed(served: Reached) -> None:
    """One of them with its own words, in the folder in which the page says that it is typed."""
    command = next(each for each in commands(OPERATIONS) if "projection list" in each)
    assert ran(*words(command)[3:], cwd=served.data.parent).returncode == 0


def sent(typed_words: list[str]) -> httpx.Response:
    """What `curl` would send: the address, `-H` headers, and `-d` data as a POST."""
    headers, data, address = {}, None, ""
    rest = iter(typed_words[1:])
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(rest).encode()
        elif word != "-s":
            address = word
    method = "GET" if data is None else "POST"
    return httpx.request(method, address, headers=headers, content=data, trust_env=False, timeout=PATIENCE)


def filled_in(command: str, line: Line) -> str:
    """The command with the reader's own addresses, key and ids."""
    reached = line.deployment
    values: Mapping[str, str] = {
        "$MEETINGS": reached.urls["meetings"],
        "$RATINGS": reached.urls["ratings"],
        "$MEMBERSHIP": reached.urls["membership"],
        "$KEY": line.key,
        "unit=…": f"unit={line.branches[0]}",
    }
    for name, value in values.items():
        command = command.replace(name, value)
    command = re.sub(r'"branch": "[0-9a-f]+…"', f'"branch": "{line.branches[0]}"', command)
    return re.sub(r'"subject": "[0-9a-f]+…"', f'"subject": "{fresh()}"', command)


def test_what_the_readme_posts_and_asks_is_answered_as_it_says(line: Line) -> None:
    shown = [command for command in commands(README) if words(command)[0] == "curl"]
    assert len(shown) == 3
    for command in shown:
        filled = filled_in(command, line)
        assert "…" not in filled, command
        answer = sent(words(filled))
        assert answer.is_success, f"{command}: {answer.text}"
        if promised := answer_shown(README, command):
            assert shape(json.loads(promised.replace("…", "0"))) == shape(answer.json())
    line.deployment.settle()
    figure = sent(words(filled_in(shown[1], line))).json()
    assert [row["numerator"] for row in figure["rows"]] == [19]
    behind = sent(words(filled_in(shown[2], line))).json()["events"]
    assert [event["organisation"] for event in behind] == [line.organisation]


def shape(value: object) -> object:
    """The names in a JSON value, and the types of what they hold."""
    return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else type(value).__name__


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_curl_itself_takes_the_readme_s_words(line: Line) -> None:
    command = next(each for each in commands(README) if words(each)[0] == "curl")
    event = filled_in(command, line).replace("7f8b5c1e-2d3a-4b6c-8d7e-9f0a1b2c3d4e", fresh())
    answer = subprocess.run(words(event), check=True, capture_output=True, text=True, timeout=PATIENCE)
    assert json.loads(answer.stdout)["status"] == 201
