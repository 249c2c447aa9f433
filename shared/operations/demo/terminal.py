"""How does the table look in a terminal? Ten columns where there is room, one block a line where there is not."""

from __future__ import annotations

from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from shared.operations.demo.table import Table
from shared.operations.demo.texts import HEADINGS, TITLE, Texts, say, summary, texts
from shared.operations.demo.wording import Language

ROOM: Final = 110
"""Columns from which the table is shown side by side."""
STYLE: Final = {True: "green", False: "bold red", None: "dim"}


def show(console: Console, table: Table, language: Language = "vi") -> None:
    """Print banner, table, notes and the summary."""
    console.print(_banner(table))
    said = [texts(line, language) for line in table.lines]
    console.print(_grid(said, language) if console.width >= ROOM else _blocks(said, language))
    console.print(_notes(said, language))
    console.print(Text(summary(table, language), style="bold red" if table.differing else "bold green"))


def _banner(table: Table) -> RenderableType:
    banner = table.calibration.banner
    return Panel(Text(f"{banner.vi}\n{banner.en}"), border_style="yellow", box=box.HEAVY)


def _grid(said: list[Texts], language: Language) -> RenderableType:
    grid = Grid(title=say(TITLE, language), box=box.SIMPLE_HEAD, show_lines=True, padding=(0, 1, 0, 0), expand=True)
    for column, width in _COLUMNS:
        heading = " – ".join(say(HEADINGS[name], language) for name in column.split("+"))
        grid.add_column(heading, ratio=width, overflow="fold")
    for line in said:
        grid.add_row(
            line.article,
            _stacked(line.figure, line.words),
            line.comparator,
            _stacked(line.subject, line.rater),
            _stacked(line.period, line.scope),
            line.fraction,
            _stacked(line.computed if line.verdict is not None else "", *line.beside),
            Text(line.equal, style=STYLE[line.verdict]),
            line.basis,
        )
    return grid


_COLUMNS: Final = (
    ("article", 4),
    ("figure+words", 22),
    ("comparator", 8),
    ("subject+rater", 17),
    ("period+scope", 17),
    ("fraction", 11),
    ("computed", 18),
    ("equal", 8),
    ("basis", 9),
)


def _stacked(first: str, *others: str) -> Text:
    """The first in plain letters, the others below it and dim."""
    text = Text(first)
    for other in others:
        if other not in {"", "–"}:
            text.append("\n" if text.plain else "")
            text.append(other, style="dim")
    return text


def _blocks(said: list[Texts], language: Language) -> RenderableType:
    return Group(Text(say(TITLE, language), style="bold"), *(_block(line, language) for line in said))


def _block(line: Texts, language: Language) -> RenderableType:
    title = Text(f"\n{line.article}  {line.figure}  ", style="bold")
    title.append(line.equal, style=STYLE[line.verdict])
    cells = Grid.grid(padding=(0, 1))
    cells.add_column(style="dim", width=18)
    cells.add_column(overflow="fold")
    for name in ("words", "comparator", "subject", "rater", "period", "scope", "fraction", "computed", "basis"):
        cell: str = getattr(line, name)
        if cell != "–":
            cells.add_row(say(HEADINGS[name], language), cell)
    for other in line.beside:
        cells.add_row(say(HEADINGS["beside"], language), other)
    return Group(title, Padding(cells, (0, 0, 0, 2)))


def _notes(said: list[Texts], language: Language) -> RenderableType:
    """What must be known to read a line rightly."""
    notes = Grid.grid(padding=(0, 1))
    for line in said:
        if line.care:
            notes.add_row(Text(line.article, style="dim"), Text(f"{line.figure}: {line.care}", style="dim"))
    return Group(Text(say(HEADINGS["care"], language), style="bold"), notes, Text())
