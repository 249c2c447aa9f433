"""May the product use what it uses? Each imported package is pinned, and its licence lets a province pass it on."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.sources import ROOT, modules, parsed

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)
COPYLEFT = re.compile(r"\bA?GPL\b|Affero|(?<!Lesser )General Public License", re.IGNORECASE)
LIBRARY_TERMS = {"psycopg", "psycopg-binary"}
"""LGPL: used unchanged, as a library, installed from its own wheel (docs/decisions/0005-dependencies.md)."""


def pinned(*names: str) -> set[str]:
    return {package for name in names for package in PINNED.findall((ROOT / "requirements" / name).read_text())}


@cache
def providers() -> dict[str, set[str]]:
    """The packages that provide each importable name, on this machine."""
    found = importlib.metadata.packages_distributions()
    return {name: {re.sub(r"[-_.]+", "-", package).lower() for package in packages} for name, packages in found.items()}


def foreign(file: Path) -> set[str]:
    """What a module imports from outside the product and the standard library."""
    names: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"shared", "services", "tests", "bench"}


@pytest.mark.parametrize(
    ("tops", "lists"), [(("shared", "services"), ("run.txt",)), (("tests",), ("run.txt", "dev.txt"))], ids=str
)
def test_whatever_is_imported_is_pinned(tops: tuple[str, ...], lists: tuple[str, ...]) -> None:
    allowed = pinned(*lists)
    missing = {
        f"{file}: {name}"
        for file in modules(*tops)
        for name in foreign(file)
        if not providers().get(name, set()) & allowed
    }
    assert missing == set()


@pytest.mark.parametrize("package", sorted(pinned("run.txt", "dev.txt")))
def test_no_licence_reaches_into_the_product(package: str) -> None:
    try:
        told = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not for this kind of machine")
    named = [line.partition("\n")[0] for key in ("License-Expression", "License") for line in told.get_all(key) or []]
    named += [line for line in told.get_all("Classifier") or [] if line.startswith("License")]
    if package in LIBRARY_TERMS:
        assert any("LGPL" in line for line in named)
    else:
        assert not [line for line in named if COPYLEFT.search(line)]
        assert not [line for line in named if "LGPL" in line]
