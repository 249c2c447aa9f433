"""Is each service whole? It says what it does in three lines, it is tested, and importing it does nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.operations.discovery import discovered
from tests.support.sources import ROOT, modules, named, parsed

SERVICES = discovered()
LINES = ("Owns", "Publishes", "Listens to")
PATIENCE = 3
"""Seconds that an import may take."""

IMPORTS = """
import importlib, sys, threading
for name in sys.argv[1:]:
    importlib.import_module(name)
threads = [thread.name for thread in threading.enumerate()]
assert threads == ["MainThread"], threads
"""

IMPURE = {
    "now": "the clock",
    "today": "the clock",
    "utcnow": "the clock",
    "time_ns": "the clock",
    "monotonic": "the clock",
    "uuid1": "a new id",
    "uuid4": "a new id",
    "uuid7": "a new id",
    "urandom": "chance",
    "open": "a file",
    "read_text": "a file",
    "print": "the terminal",
    "getLogger": "a log",
    "get_logger": "a log",
    "environ": "the environment",
}
IMPURE_MODULES = {
    "asyncio",
    "logging",
    "os",
    "random",
    "secrets",
    "socket",
    "structlog",
    "subprocess",
    "threading",
    "time",
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_in_three_lines_what_it_owns_publishes_and_listens_to(service: str) -> None:
    text = ast.get_docstring(parsed(Path("services", service, "__init__.py"))) or ""
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == len(LINES), text
    assert all(re.match(rf"{word}\b", line) for word, line in zip(LINES, lines, strict=True)), text


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_mirror_in_the_tests(service: str) -> None:
    mirror = ROOT / "tests" / service
    assert list(mirror.rglob("test_*.py")), f"no tests in {mirror.relative_to(ROOT)}"


@pytest.mark.parametrize("service", SERVICES)
def test_importing_a_service_does_nothing(service: str, tmp_path: Path) -> None:
    nothing_happens((f"services.{service}.app",), tmp_path)


def test_importing_the_kit_does_nothing(tmp_path: Path) -> None:
    names = [
        ".".join(file.with_suffix("").parts) for file in modules("shared") if file.stem not in ("__init__", "__main__")
    ]
    nothing_happens(names, tmp_path)


def nothing_happens(names: Sequence[str], empty: Path) -> None:
    words = [sys.executable, "-c", IMPORTS, *names]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=empty, env=environment, timeout=180)
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_imported_at_once(service: str) -> None:
    words = [sys.executable, "-c", f"import resource, services.{service}.app; print(sum(resource.getrusage(0)[:2]))"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
    assert float(done.stdout) < PATIENCE


@pytest.mark.parametrize("file", [file for file in modules("services") if "domain" in file.parts], ids=str)
def test_the_domain_reads_no_clock_makes_no_id_and_waits_for_nothing(file: Path) -> None:
    assert impurities(parsed(file)) == []


@pytest.mark.parametrize(
    "line",
    [
        "dt.datetime.now()",
        "uuid4()",
        "open('x')",
        "async def f(): ...",
        "import random",
        "from time import time",
        "print()",
    ],
)
def test_the_ban_on_impure_rules_bites(line: str) -> None:
    assert impurities(ast.parse(line)) != []


def impurities(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and named(node.func) in IMPURE:
            found.append(f"line {node.lineno}: {IMPURE[named(node.func)]}")
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            found.append(f"line {node.lineno}: waits")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in IMPURE_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in IMPURE_MODULES:
            found.append(node.module or "")
    return found
