"""How is the table shown? In a terminal, as a Vietnamese page in one file, and as a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import jinja2

from shared.operations.demo.table import Table
from shared.operations.demo.terminal import show
from shared.operations.demo.texts import HEADINGS, TITLE, source, summary, texts
from shared.operations.demo.wording import Language
from shared.operations.demo.workbook import Workbook

TEMPLATE = Path(__file__).with_name("page.html")


def page(table: Table) -> str:
    """The Vietnamese page: one HTML file that asks for nothing outside of itself."""
    # The file's name ends in .html, but it is read by us: escaping is asked for by hand.
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=TITLE.vi,
        banner=table.calibration.banner,
        summary=summary(table),
        differing=bool(table.differing),
        headings={name: heading.vi for name, heading in HEADINGS.items()},
        articles=[(article, source(table, article)) for article in table.calibration.article],
        lines=[(line.row.id, texts(line)) for line in table.lines],
    )


def write_page(table: Table, file: Path) -> None:
    """Write the page."""
    file.write_text(page(table), encoding="utf-8")


def write_workbook(table: Table, file: Path, language: Language = "vi") -> None:
    """Write the XLSX file."""
    Workbook(file, language).write(table)


__all__ = ["page", "show", "write_page", "write_workbook"]
