"""Does `python -m services` do what it says? Run as its user runs it, on a service of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.support.sources import ROOT
from tests.support.waiting import PATIENCE, until

TOY = '''
"""A service that knows nothing but its settings."""
import uvicorn
from fastapi import FastAPI

def build(settings):
    application = FastAPI()
    @application.get("/readyz")
    def ready():
        return {"shards": settings.shards, "data": str(settings.folder("toy"))}
    return uvicorn.Config(application)
'''
SETTINGS = {"NENNEP_PEPPER": "p" * 32, "NENNEP_REDIS": "redis://nowhere:1/0"}


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A product with one service, `toy`; the kit is the real one."""
    folder = tmp_path / "product"
    (folder / "services" / "toy").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / "services" / name, folder / "services")
    (folder / "services" / "toy" / "__init__.py").touch()
    (folder / "services" / "toy" / "app.py").write_text(TOY)
    return folder


def environment(**settings: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NENNEP_")}
    return {**kept, "PYTHONPATH": str(ROOT), **settings}


def ended(product: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    command = [sys.executable, "-m", "services", *words]
    told = environment(**settings)
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=product, env=told, timeout=PATIENCE)


def is_one_line(answer: subprocess.CompletedProcess[str]) -> bool:
    return answer.stderr.startswith("nennep: ") and answer.stderr.count("\n") == 1 and answer.stdout == ""


@pytest.fixture
def serving(product: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The toy service, running, and where it says that it listens."""
    command = [sys.executable, "-m", "services", "serve", "toy"]
    told = environment(**SETTINGS, NENNEP_SHARDS="3")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=product, env=told) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["listening"]
        process.kill()


def test_a_service_says_where_it_listens_and_is_told_its_settings(serving: tuple[object, str], product: Path) -> None:
    _, address = serving
    answer = httpx.get(f"{address}/readyz", trust_env=False, timeout=PATIENCE).json()
    assert answer["shards"] == 3
    assert (product / answer["data"]).is_dir()


def test_asked_to_stop_a_service_ends_with_0(serving: tuple[subprocess.Popen[str], str]) -> None:
    process, address = serving
    until(lambda: httpx.get(f"{address}/readyz", trust_env=False, timeout=PATIENCE).is_success)
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 0


def test_without_a_name_everything_runs_until_it_is_stopped(product: Path) -> None:
    command, data = [sys.executable, "-m", "services", "serve"], product / "var"
    told = environment(NENNEP_DATA=str(data))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=product, env=told) as process:
        until((data / "run.json").exists)
        run = json.loads((data / "run.json").read_text())
        toy = f"{run['services']['toy']['url']}/readyz"
        assert httpx.get(toy, trust_env=False, timeout=PATIENCE).is_success
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(90) == 0
        finally:
            process.kill()
    assert not (data / "run.json").exists()


def test_an_unknown_service_is_one_clear_line(product: Path) -> None:
    answer = ended(product, "serve", "nothing", **SETTINGS)
    assert answer.returncode == 2
    assert is_one_line(answer)
    assert "toy" in answer.stderr


def test_wrong_settings_are_named_in_one_line_that_never_shows_them(product: Path) -> None:
    answer = ended(product, "serve", "toy", NENNEP_PEPPER="tooshort", NENNEP_REDIS="redis://nowhere:1/0")
    assert answer.returncode == 2
    assert is_one_line(answer)
    assert "NENNEP_PEPPER" in answer.stderr
    assert "tooshort" not in answer.stderr


def test_a_taken_port_is_one_clear_line(product: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        port = str(owner.getsockname()[1])
        answer = ended(product, "serve", "toy", **SETTINGS, NENNEP_PORT=port)
    assert answer.returncode == 2
    assert is_one_line(answer)
    assert port in answer.stderr


def test_a_folder_that_cannot_be_written_is_one_clear_line(product: Path) -> None:
    (product / "file").touch()
    for words in (("serve", "toy"), ("serve",)):
        answer = ended(product, *words, **SETTINGS, NENNEP_DATA="file")
        assert answer.returncode == 2
        assert is_one_line(answer)


def test_the_doctor_answers_in_json_and_by_its_exit_code(product: Path) -> None:
    well = ended(product, "doctor", "--json")
    assert well.returncode == 0, well.stdout
    assert all(finding["good"] for finding in json.loads(well.stdout))
    (product / "file").touch()
    ill = ended(product, "doctor", "--json", NENNEP_DATA="file")
    assert ill.returncode == 1
    assert [finding["name"] for finding in json.loads(ill.stdout) if not finding["good"]] == ["data"]


def test_old_python_is_told_so_before_anything_else(product: Path) -> None:
    """The guard stands before every import of the product, so nothing newer is read."""
    lines = (product / "services" / "__main__.py").read_text().splitlines()
    guard = next(number for number, line in enumerate(lines) if line.startswith("if sys.version_info"))
    assert not [line for line in lines[:guard] if "import" in line and "import sys" not in line]
