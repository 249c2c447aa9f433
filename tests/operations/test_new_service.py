"""What does `new-service` make? A folder that runs at once, by every rule of the house, and nothing that was there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from shared.operations import command_service
from shared.operations.command_service import QUESTION, TITLE, rendered
from shared.operations.discovery import discovered
from shared.operations.machine import CannotStart
from tests.support.sources import ROOT

TYPE_CHECKED = ("shared", "services", "tests/probe")


def typed(*words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        [sys.executable, *words], check=False, capture_output=True, text=True, cwd=cwd, env=environment
    )


def new_service(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return typed("-m", "services", *("new-service", *words), cwd=cwd)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder elsewhere in which a service was begun."""
    folder = tmp_path_factory.mktemp("elsewhere")
    asked = ("--question", "Which branches have not met?", "--title", "chi hội chưa sinh hoạt", "--json")
    answer = new_service("probe", *asked, cwd=folder)
    assert answer.returncode == 0, answer.stderr
    made = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert json.loads(answer.stdout) == {"service": "probe", "files": json.loads(answer.stdout)["files"]}
    assert sorted(json.loads(answer.stdout)["files"]) == made
    return folder


def test_what_is_made_elsewhere_keeps_the_rules_and_its_tests_in_memory_pass(project: Path) -> None:
    rules = ("--config", str(ROOT / "pyproject.toml"), "--config", f"src = ['.', '{ROOT}']")
    linted = typed("-m", "ruff", "check", "--no-cache", *rules, "probe", cwd=project)
    assert linted.stdout == "All checks passed!\n"
    shaped = typed("-m", "ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), ".", cwd=project)
    assert shaped.returncode == 0, shaped.stdout
    tests = typed("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_held.py", cwd=project)
    assert (tests.returncode, "3 passed" in tests.stdout) == (0, True), tests.stdout
    assert '"""Which branches have not met?' in (project / "probe" / "projections" / "held.py").read_text()


def test_a_service_elsewhere_is_found_by_the_variable(project: Path) -> None:
    asked = "from shared.operations.discovery import discovered; print(*discovered())"
    assert typed("-c", asked, cwd=project).stdout.split() == list(discovered())
    found = typed("-c", asked, cwd=project, NENNEP_SERVICES=os.pathsep.join((".", "nowhere"))).stdout.split()
    assert found == sorted([*discovered(), "probe"])


def test_installed_as_a_package_it_is_found_by_its_entry_point(project: Path, tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    shutil.copytree(project, source, ignore=shutil.ignore_patterns("__pycache__"))
    flags = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")
    installed = typed("-m", "pip", "install", *flags, "--target", str(site), str(source), cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    asked = (
        "from shared.operations import discovery; import importlib;"
        "module = discovery.places()['probe']; print(module, importlib.import_module(module).build.__name__)"
    )
    found = typed("-c", asked, cwd=tmp_path, PYTHONPATH=os.pathsep.join([str(site), str(ROOT)]))
    assert found.stdout.split() == ["probe.app", "build"], found.stderr
    away = typed("-c", "from shared.operations.discovery import discovered; print(*discovered())", cwd=tmp_path)
    assert "probe" not in away.stdout.split()
    named = site / "nennep_duty-1.dist-info"
    named.mkdir()
    (named / "METADATA").write_text("Metadata-Version: 2.1\nName: nennep-duty\nVersion: 1\n")
    (named / "entry_points.txt").write_text("[nennep.services]\nduty = elsewhere.app\n")
    own = typed(
        "-c",
        "from shared.operations.discovery import places; print(places()['duty'])",
        cwd=tmp_path,
        PYTHONPATH=os.pathsep.join([str(site), str(ROOT)]),
    )
    assert own.stdout.strip() == "services.duty.app", "the product's own names are never taken"


def test_nothing_that_is_there_is_written_over(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    shutil.rmtree(project / "probe" / "projections" / "__pycache__", ignore_errors=True)
    answer = new_service("other", cwd=project)
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "is there already" in answer.stderr
    assert not (project / "other").exists()
    assert all(path.read_bytes() == content for path, content in before.items() if path.suffix != ".pyc")


@pytest.mark.parametrize("name", ["ratings", "json", "class", "Duty", "my-service", "x", "../up", "tests", "đơn"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        command_service.new_service(name, into=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("question", ['"""?', "{{ 7 }}?", "No question.", "one\ntwo?", "\\?", "?" * 81])
def test_a_question_that_would_break_a_docstring_is_refused(question: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        command_service.new_service("probe", question=question, into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_in_a_checkout_it_is_a_folder_of_services_and_its_mirror_of_tests() -> None:
    places = {path.parts[:2] for path, _ in rendered("probe", QUESTION, TITLE, inside=True)}
    assert places == {("services", "probe"), ("tests", "probe")}


@pytest.mark.battery
def test_a_checkout_with_a_new_service_passes_every_check_and_its_tests(tmp_path: Path) -> None:
    """Ruff, types, import rules, generated files, architecture, and the tests that came with it, all as they are."""
    checkout = tmp_path / "checkout"
    kept = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "var", ".hypothesis")
    shutil.copytree(ROOT, checkout, ignore=kept)
    before = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
    here = {"PYTHONPATH": str(checkout)}
    made = typed("-m", "services", "new-service", "probe", cwd=checkout, **here)
    assert made.returncode == 0, made.stderr
    changed = {str(path.relative_to(checkout)) for path, content in before.items() if path.read_bytes() != content}
    assert changed == {"deploy/docker-compose.readers.yml", "shared/web/published.json"}
    lint = Path(sysconfig.get_path("scripts")) / "lint-imports"
    for words in (
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy", *TYPE_CHECKED),
        (str(lint), "--no-logo"),
        ("-m", "shared.contracts.catalogue", "--check"),
        ("-m", "shared.operations.readers_compose", "--check"),
        ("-m", "shared.operations.specs", "--check"),
        ("-m", "shared.operations.language"),
        (
            *("-m", "pytest", "-q", "-x", "tests/probe", "tests/architecture", "tests/web/test_rights.py"),
            *("tests/deploy/test_alone.py", "tests/deploy/test_compose.py"),
        ),
    ):
        answer = typed(*words, cwd=checkout, **here)
        assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-4000:]
