"""How does a report become PDF, and its charts pictures? Set by Typst with the fonts that it brings along.

The template is code, what it prints is data: no text of a report is read as markup. The same report gives the same
bytes; nothing is fetched, and no font of the machine is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final, Literal

import typst

from services.ratings.reports.paper import (
    Bars,
    Blank,
    Block,
    Heading,
    Paper,
    Slopes,
    Table,
    Text,
    cell_text,
    plain,
)
from shared.units.calendar import number_text

PIXELS_PER_INCH: Final = 220.0
APART: Final = 75
"""Labels at the ends of lines stand so far apart, in thousandths of the chart's height."""
WHOLE: Final = 1_000


def pdf(paper: Paper) -> bytes:
    """The whole report."""
    return _compiled(_data(paper), "pdf")


def picture(paper: Paper, chart: Bars | Slopes) -> bytes:
    """One of its charts as PNG."""
    return _compiled(_data(paper) | {"only": "chart", "blocks": [told(chart)]}, "png")


def told(block: Block) -> dict[str, Any]:
    """A part of the report as values, with its texts as they are printed."""
    match block:
        case Heading(text):
            return {"kind": "heading", "text": text}
        case Text(text):
            return {"kind": "text", "text": text}
        case Blank(lines):
            return {"kind": "blank", "lines": lines}
        case Table():
            rows = [[cell_text(cell).replace(" %", "\N{NO-BREAK SPACE}%") for cell in row] for row in block.rows]
            shape = {"columns": list(block.columns), "rows": rows, "wide": sorted(block.wide)}
            return {"kind": "table", "title": block.title, "notes": list(block.notes), **shape}
        case Bars():
            return {"kind": "bars", "title": block.title, "grades": list(block.grades), "bars": _bars(block)}
        case Slopes():
            return {"kind": "slopes", "title": block.title, **_slopes(block)}


def _data(paper: Paper) -> dict[str, Any]:
    head, at = paper.letterhead, paper.moment
    return {
        "only": "",
        "national": head.national,
        "banner": head.banner,
        "mark": head.mark,
        "signer": head.signer,
        "post": head.post,
        "issuer": paper.issuer,
        "superior": paper.superior,
        "numbered": paper.numbered,
        "dated": paper.dated,
        "heading": paper.title,
        "title": paper.abstract,
        "moment": [at.year, at.month, at.day],
        "blocks": [told(block) for block in paper.blocks],
    }


def _bars(chart: Bars) -> list[dict[str, Any]]:
    return [
        {
            "label": bar.label,
            "parts": list(bar.parts),
            "shown": [number_text(part) for part in bar.parts],
            "total": bar.total,
            "of": f"{number_text(bar.total)} {chart.counts}",
        }
        for bar in chart.bars
    ]


def _slopes(chart: Slopes) -> dict[str, Any]:
    """Shares in thousandths, half up; where lines end close together their labels are moved apart."""
    shares = [
        [
            None if each is None or not each.denominator else thousandths(each.numerator, each.denominator)
            for each in line.points
        ]
        for line in chart.lines
    ]
    lasts = [max((at for at, share in enumerate(line) if share is not None), default=None) for line in shares]
    ends = spread([0 if last is None else line[last] or 0 for line, last in zip(shares, lasts, strict=True)])
    lines = []
    for line, points, last, end in zip(chart.lines, shares, lasts, ends, strict=True):
        share = None if last is None else line.points[last]
        shown = "" if share is None else share.percent
        lines.append({"label": line.label, "points": points, "last": last, "end": end, "shown": shown})
    return {"periods": list(chart.periods), "joined": list(chart.joined), "lines": lines}


def thousandths(numerator: int, denominator: int) -> int:
    """A share in thousandths, half up."""
    return (2 * WHOLE * numerator + denominator) // (2 * denominator)


def spread(heights: Sequence[int]) -> list[int]:
    """The same heights, moved up as far as is needed to stand apart; then all down to where the highest still fits."""
    order = sorted(range(len(heights)), key=lambda at: (heights[at], -at))
    moved = list(heights)
    for lower, upper in pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + APART)
    ceiling = WHOLE
    for at in reversed(order):
        moved[at] = min(moved[at], ceiling)
        ceiling = moved[at] - APART
    return moved


def _compiled(data: Mapping[str, Any], kind: Literal["pdf", "png"]) -> bytes:
    return typst.compile(
        _template(),
        format=kind,
        ppi=PIXELS_PER_INCH,
        sys_inputs={"data": json.dumps(_clean(data), ensure_ascii=False, sort_keys=True)},
        ignore_system_fonts=True,
    )


def _clean(value: Any) -> Any:  # noqa: ANN401 — whatever JSON holds
    """The same with every text as it can be printed."""
    match value:
        case str():
            return plain(value)
        case Mapping():
            return {name: _clean(each) for name, each in value.items()}
        case list():
            return [_clean(each) for each in value]
        case _:
            return value


@cache
def _template() -> bytes:
    return files(__package__).joinpath("paper.typ").read_bytes()
