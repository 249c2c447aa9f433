"""Which commands do the pages show? Those behind `$` in their console blocks, each as it is typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^```console\n(?P<lines>.*?)^```", re.MULTILINE | re.DOTALL)
PROMPT = "$ "


def commands(page: Path) -> Iterator[str]:
    """Each command of a page; lines that go on inside quotation marks belong to it."""
    return (command for command, _ in _shown(page))


def answer_shown(page: Path, command: str) -> str:
    """What the page says that the command answers; nothing where it does not say."""
    return next(answer for shown, answer in _shown(page) if shown == command)


def words(typed: str) -> list[str]:
    """The words of a command, without its comment. ValueError while a quotation is open."""
    return shlex.split(typed, comments=True)


def _shown(page: Path) -> Iterator[tuple[str, str]]:
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        command, answer = "", ""
        for line in block["lines"].splitlines():
            if command and not _is_whole(command):
                command += f"\n{line}"
            elif line.startswith(PROMPT):
                if command:
                    yield command, answer
                command, answer = line.removeprefix(PROMPT), ""
            else:
                answer += line
        if command:
            yield command, answer


def _is_whole(typed: str) -> bool:
    try:
        words(typed)
    except ValueError:
        return False
    return True
