"""How is a report told to a program? The same parts in the same order, numbers as numbers, texts as printed."""

from __future__ import annotations

from typing import Any

from services.ratings.reports.paper import Bars, Blank, Block, Cell, Heading, Paper, Share, Slopes, Table, Text


def values(paper: Paper) -> dict[str, Any]:
    """The whole report."""
    return {
        "letterhead": {
            "superior": paper.superior,
            "issuer": paper.issuer,
            "national": paper.letterhead.national,
            "banner": paper.letterhead.banner,
            "number": paper.numbered,
            "dated": paper.dated,
            "signer": paper.letterhead.signer,
            "post": paper.letterhead.post,
            "source": paper.letterhead.source,
        },
        "title": paper.abstract,
        "parts": [_part(block) for block in paper.blocks],
    }


def _part(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text):
            return {"heading": text}
        case Text(text):
            return {"text": text}
        case Blank(lines):
            return {"write": lines}
        case Table():
            cells = [[_value(cell) for cell in row] for row in block.rows]
            return {"table": block.title, "columns": list(block.columns), "rows": cells, "notes": list(block.notes)}
        case Bars():
            rows = [{"label": bar.label, "parts": list(bar.parts)} for bar in block.bars]
            return {"bars": block.title, "grades": list(block.grades), "counts": block.counts, "rows": rows}
        case Slopes():
            drawn = [{"label": line.label, "points": [_value(point) for point in line.points]} for line in block.lines]
            shape = {"periods": list(block.periods), "joined": list(block.joined)}
            return {"slopes": block.title, **shape, "lines": drawn}


def _value(cell: Cell) -> Any:  # noqa: ANN401 — whatever JSON holds
    if isinstance(cell, Share):
        return {"numerator": cell.numerator, "denominator": cell.denominator, "percent": cell.percent or None}
    return cell
