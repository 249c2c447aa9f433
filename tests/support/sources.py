"""Which files make up the product? All in the checkout but what was installed, written at run time or cached."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

WRITTEN_AT_RUN_TIME = {"var", "__pycache__", "node_modules", "build", "dist"}
KEPT_DOT_FOLDERS = {".ci"}
WORKTREE = ".git"
"""A file where the checkout is one of several: it says where the others are."""


def files() -> Iterator[Path]:
    """Every file of the product, relative to its root."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name
            for name in folders
            if name not in WRITTEN_AT_RUN_TIME
            and not name.endswith(".egg-info")
            and (not name.startswith(".") or name in KEPT_DOT_FOLDERS)
        )
        yield from (Path(folder, name).relative_to(ROOT) for name in sorted(names) if name != WORKTREE)


def modules(*tops: str) -> list[Path]:
    """Every Python file under these top folders, relative to the root."""
    return [file for file in files() if file.suffix == ".py" and file.parts[0] in tops]


def text(file: Path) -> str | None:
    """The text of a file, or nothing when it holds none."""
    try:
        return (ROOT / file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def parsed(file: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), str(file))


def named(node: ast.AST) -> str:
    """The last name of a name or attribute (`now` in `datetime.now`), else nothing."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
