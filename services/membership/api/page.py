"""How is a branch's book read in a browser, and printed from there on A4? One page that fetches nothing."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.membership.api.naming import with_names
from services.membership.api.wording import ANSWERED_ELSEWHERE, NUMBERED, Wording
from services.membership.projections.asking import Row
from services.membership.projections.book import Filled
from shared.units.calendar import NO_DATA, Language, day_text, number_text

_TEMPLATES: Final = Path(__file__).parent / "templates"


class Page:
    """The page, and a policy under which a browser takes its own style sheet and nothing else."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._style = (_TEMPLATES / "book.css").read_text(encoding="utf-8")
        style = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"

    def of(self, unit: Row, year: int, tables: Sequence[Filled], wording: Wording) -> Response:
        """The book of a branch's year."""
        text = self._environment.get_template("book.html").render(
            style=self._style,
            title=unit["title"],
            year=year,
            numbered=NUMBERED,
            tables=[_table(each, wording) for each in tables],
        )
        return HTMLResponse(text, headers={"Content-Security-Policy": self._policy})


def _table(filled: Filled, wording: Wording) -> dict[str, Any]:
    table = filled.table
    columns = with_names(table.columns, wording.named)
    missing = ANSWERED_ELSEWHERE if table.told_by else NO_DATA[Language.VIETNAMESE]
    total = None if filled.total is None else number_text(filled.total)
    return {
        "vi": table.vi,
        "en": table.en,
        "columns": columns,
        "missing": missing if filled.rows is None else None,
        "rows": [[_cell(wording.value(column, row)) for column in columns] for row in filled.rows or ()],
        "total": NO_DATA[Language.VIETNAMESE] if table.total and total is None else total,
    }


def _cell(value: Any) -> dict[str, str]:  # noqa: ANN401 — a table's cells are of many types
    match value:
        case None:
            return {"kind": "", "text": ""}
        case dt.date():
            return {"kind": "day", "text": day_text(value)}
        case int() if not isinstance(value, bool):
            return {"kind": "number", "text": number_text(value)}
        case _:
            return {"kind": "", "text": str(value)}
