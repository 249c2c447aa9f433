"""Which commands do the pages show? Those behind `$` in their console blocks, each as a list of words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^```console\n(?P<lines>.*?)^```", re.MULTILINE | re.DOTALL)
PROMPT = "$ "


def commands(page: Path) -> Iterator[str]:
    """Each command of a page as it is typed; lines that go on inside quotation marks belong to it."""
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        typed = ""
        for line in block["lines"].splitlines():
            if typed or line.startswith(PROMPT):
                typed += f"\n{line}" if typed else line.removeprefix(PROMPT)
                if _is_whole(typed):
                    yield typed
                    typed = ""


def _is_whole(typed: str) -> bool:
    try:
        words(typed)
    except ValueError:
        return False
    return True


def words(typed: str) -> list[str]:
    """The words of a command, without its comment. ValueError while a quotation is open."""
    return shlex.split(typed, comments=True)
