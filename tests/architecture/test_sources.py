"""Does every file keep the rules of the house? Questions, names, sizes, and what may never stand in a file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.sources import files, modules, named, parsed, text

PRODUCT = ("shared", "services")
LONGEST = 450
"""Lines of a module beyond which it surely holds two ideas; most have fewer than 250."""
EMPTY_NAMES = re.compile(r"(Manager|Helper|Utils?|Base|Impl)$")

NEVER = {
    "a host of a package index": re.compile(r"\b(?:py[p]i|python[h]osted|npm[j]s|deb[i]an)\.(?:org|com)\b"),
    "a path of one machine": re.compile(r"(?<![\w./~-])/(?:[h]ome|[r]oot|[U]sers|[w]ork|[t]mp)/[\w.]"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE [K]EY-----"),
}


@pytest.mark.parametrize("what", NEVER)
def test_no_file_names(what: str) -> None:
    found = [
        f"{file}:{number}"
        for file in files()
        for number, line in enumerate((text(file) or "").splitlines(), 1)
        if NEVER[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a host of a package index", "see https://" + "pypi." + "org/simple"),
        ("a host of a package index", "files.python" + "hosted.org"),
        ("a path of one machine", "open('/" + "home/me/file')"),
        ("a path of one machine", "cd /" + "work/main"),
    ],
)
def test_the_ban_on_hosts_and_paths_bites(what: str, line: str) -> None:
    assert NEVER[what].search(line)


def test_requirements_are_pinned_by_hash_and_say_nothing_of_where_they_come_from() -> None:
    for file in (file for file in files() if file.parts[0] == "requirements" and file.suffix == ".txt"):
        lines = (text(file) or "").splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")], file
        packages = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
        assert packages, file
        for number in packages:
            assert "==" in lines[number], lines[number]
            assert "--hash=sha256:" in lines[number + 1], lines[number]


def test_no_test_waits_for_a_while() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file in modules("tests")
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Name | ast.Attribute | ast.ImportFrom) and waits(node)
    ]
    assert found == []


def waits(node: ast.Name | ast.Attribute | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else [named(node)]
    return "sleep" in names


@pytest.mark.parametrize("line", ["time.sleep(1)", "await asyncio.sleep(0)", "from time import sleep"])
def test_the_ban_on_waiting_for_a_while_bites(line: str) -> None:
    tree = ast.parse(line)
    assert any(isinstance(node, ast.Name | ast.Attribute | ast.ImportFrom) and waits(node) for node in ast.walk(tree))


@pytest.mark.parametrize("file", modules(*PRODUCT, "tests"), ids=str)
def test_a_module_begins_with_the_question_that_it_answers(file: Path) -> None:
    if file.name != "__init__.py":
        docstring = ast.get_docstring(parsed(file)) or "nothing"
        assert "?" in docstring.splitlines()[0], docstring.splitlines()[0]


@pytest.mark.parametrize("file", modules(*PRODUCT), ids=str)
def test_a_module_holds_one_idea(file: Path) -> None:
    assert len((text(file) or "").splitlines()) <= LONGEST


@pytest.mark.parametrize("file", modules(*PRODUCT, "tests"), ids=str)
def test_a_class_is_named_for_what_it_is(file: Path) -> None:
    names = [node.name for node in ast.walk(parsed(file)) if isinstance(node, ast.ClassDef)]
    assert [name for name in names if EMPTY_NAMES.search(name)] == []


@pytest.mark.parametrize("file", [Path("services/__main__.py"), Path("services/__init__.py")], ids=str)
def test_an_old_python_reads_far_enough_to_say_that_it_is_too_old(file: Path) -> None:
    ast.parse(text(file) or "", feature_version=(3, 8))
