"""Which texts are kept of how the table looks? `python -m tests.demo.shown` writes them anew."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from shared.operations.demo.calibration import Calibration, load
from shared.operations.demo.render import page, show
from shared.operations.demo.table import Table
from shared.operations.demo.wording import Language
from tests.demo.printed import as_printed, with_a_difference

FOLDER = Path(__file__).parent / "snapshots"


def terminal(table: Table, width: int, language: Language = "vi") -> str:
    """The table as a terminal of that width shows it, without colours and without blanks at the ends of lines."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    show(console, table, language)
    assert isinstance(console.file, io.StringIO)
    return "".join(line.rstrip() + "\n" for line in console.file.getvalue().splitlines())


SHOWN: dict[str, Callable[[Calibration], str]] = {
    "terminal-120.txt": lambda calibration: terminal(as_printed(calibration), 120),
    "terminal-80.txt": lambda calibration: terminal(as_printed(calibration), 80),
    "terminal-120-en.txt": lambda calibration: terminal(as_printed(calibration), 120, "en"),
    "terminal-120-differs.txt": lambda calibration: terminal(with_a_difference(calibration), 120),
    "page.html": lambda calibration: page(as_printed(calibration)),
}

if __name__ == "__main__":
    for name, shown in SHOWN.items():
        (FOLDER / name).write_text(shown(load()), encoding="utf-8")
