"""What does the report say of grades? Tables by level, axis and scale, bars by unit, lines from year to year."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final
from uuid import UUID

from services.ratings.domain.distribution import UNIT_YEARS, Group, Rated, grouped
from services.ratings.domain.years import SENTENCES, Comparable, Moved, Series, Step, series
from services.ratings.reports.paper import Bar, Bars, Block, Cell, Share, Slope, Slopes, Table, Text
from services.ratings.reports.wanted import Span
from shared.units.calendar import number_text

BARS_AT_MOST: Final = 24
"""Bodies in one chart; more go on in the next."""
NAMED_AT_MOST: Final = 3
COMPARABLE: Final = {
    Comparable.YES: "So sánh được",
    Comparable.LIMITED: "Hạn chế",
    Comparable.NO: "Không so sánh được",
}
COUNTED: Final = {"units": "đơn vị", UNIT_YEARS: "đơn vị–năm"}
AXES: Final = {
    "vertical": "theo ngành dọc",
    "party-committee": "do cấp ủy đánh giá",
    "territorial": "theo địa bàn",
}
Title = Callable[[UUID], str]


def grade_blocks(
    ratings: Sequence[Rated], waiting: frozenset[UUID], title: Title, level: Callable[[str], str]
) -> Iterator[Block]:
    """All of it, level by level and axis by axis."""
    if not ratings:
        yield Text("Chưa có quyết định xếp loại nào cho các kỳ trong giai đoạn này.")
    for each in series(ratings, waiting):
        name = f"{level(each.level)}, {AXES.get(each.axis, each.axis)}"
        yield from _series(each, name[:1].upper() + name[1:], title)


def _series(each: Series, name: str, title: Title) -> Iterator[Block]:
    for scale in dict.fromkeys(group.scale for group in each.years):
        years = [group for group in each.years if group.scale == scale]
        grades = _grades(years)
        yield _table(name, years, grades, title)
        last = years[-1]
        if 1 < len({rating.rater for rating in last.rated}) < last.total:
            yield _by_rater(name, last, grades, title)
        yield from _bars(name, last, grades, title)
    if len({group.keys["period"] for group in each.years}) > 1:
        yield _slopes(name, each)
        yield _steps(name, each.steps)


def _grades(years: Sequence[Group]) -> list[tuple[int, str]]:
    return sorted({(share.rank, share.label) for group in years for share in group.shares})


def _table(name: str, years: Sequence[Group], grades: Sequence[tuple[int, str]], title: Title) -> Table:
    rows: list[Sequence[Cell]] = [
        (
            period_text(group),
            f"{number_text(group.total)} {COUNTED[group.counts]}",
            *_shares(group, grades),
            _raters(group, title),
        )
        for group in years
    ]
    notes = []
    if len(years) > 1:
        together = grouped((rating for group in years for rating in group.rated), ())[0]
        rows.append(
            ("Cộng các kỳ", f"{number_text(together.total)} {COUNTED[together.counts]}", *_shares(together, grades), "")
        )
        notes.append("Dòng cộng tính theo đơn vị–năm: một đơn vị được xếp loại ở mấy kỳ thì tính bấy nhiêu lần.")
    columns = ("Kỳ", "Tổng số", *(label for _, label in grades), "Bên quyết định")
    return Table(f"{name}: kết quả xếp loại", columns, rows, notes, frozenset({len(columns) - 1}))


def _shares(group: Group, grades: Sequence[tuple[int, str]]) -> Iterator[Share]:
    given = {(share.rank, share.label): share.numerator for share in group.shares}
    return (Share(given.get(grade, 0), group.total) for grade in grades)


def _raters(group: Group, title: Title) -> str:
    raters = sorted({title(rating.rater) for rating in group.rated})
    rest = len(raters) - NAMED_AT_MOST
    return "; ".join(raters[:NAMED_AT_MOST]) + (f" và {rest} nơi khác" if rest > 0 else "")


def _by_rater(name: str, last: Group, grades: Sequence[tuple[int, str]], title: Title) -> Table:
    groups = grouped(last.rated, ("rater",))
    rows: list[Sequence[Cell]] = [
        (title(UUID(group.keys["rater"])), group.total, *_shares(group, grades)) for group in groups
    ]
    columns = ("Bên quyết định", "Tổng số", *(label for _, label in grades))
    return Table(
        f"{name}: theo bên quyết định, {period_text(last)}", columns, sorted(rows, key=lambda row: natural(str(row[0])))
    )


def _bars(name: str, last: Group, grades: Sequence[tuple[int, str]], title: Title) -> Iterator[Bars | Table]:
    groups = grouped(last.rated, ("unit",))
    if len(groups) < 2:  # noqa: PLR2004 — one body is the whole
        return
    bars = []
    for group in groups:
        given = {(share.rank, share.label): share.numerator for share in group.shares}
        bars.append(Bar(title(UUID(group.keys["unit"])), [given.get(grade, 0) for grade in grades]))
    bars.sort(key=lambda bar: natural(bar.label))
    if last.total == len(bars):
        yield _named(name, last, grades, title)
        return
    parts = [bars[first : first + BARS_AT_MOST] for first in range(0, len(bars), BARS_AT_MOST)]
    for number, part in enumerate(parts, 1):
        more = f" ({number}/{len(parts)})" if len(parts) > 1 else ""
        yield Bars(
            f"{name}: xếp loại theo đơn vị, {period_text(last)}{more}",
            [label for _, label in grades],
            part,
            COUNTED[last.counts],
        )


def _named(name: str, last: Group, grades: Sequence[tuple[int, str]], title: Title) -> Table:
    """Where each body was rated once, a list says more than bars."""
    rows: list[Sequence[Cell]] = []
    for grade in grades:
        named = [title(rating.unit) for rating in last.rated if (rating.rank, rating.label) == grade]
        rows.append((grade[1], Share(len(named), last.total), "; ".join(sorted(named, key=natural))))
    columns = ("Mức", "Số đơn vị", "Đơn vị")
    return Table(f"{name}: từng đơn vị, {period_text(last)}", columns, rows, (), frozenset({2}))


def natural(text: str) -> list[tuple[int, str]]:
    """A key by which *xã 2* comes before *xã 10*."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text) if part]


def _slopes(name: str, each: Series) -> Slopes:
    periods = sorted({group.keys["period"] for group in each.years})
    lines = []
    for scale in dict.fromkeys(group.scale for group in each.years):
        years = {group.keys["period"]: group for group in each.years if group.scale == scale}
        for grade in _grades(list(years.values())):
            points = [next(iter(_shares(years[at], [grade]))) if at in years else None for at in periods]
            lines.append(Slope(grade[1], points))
    verdicts = {
        (step.before.keys["period"], step.after.keys["period"]): step.comparable
        for step in each.steps
        if step.before.scale == step.after.scale
    }
    joined = [verdicts.get((a, b), Comparable.NO).value for a, b in pairwise(periods)]
    return Slopes(f"{name}: tỷ lệ từng mức qua các kỳ", [_period(at) for at in periods], lines, joined)


def _steps(name: str, steps: Sequence[Step]) -> Table:
    rows: list[Sequence[Cell]] = [
        (
            f"{period_text(step.before)} → {period_text(step.after)}",
            COMPARABLE[step.comparable],
            " ".join(SENTENCES[reason][0] for reason in step.reasons)
            or "Cùng thang, cùng bộ tiêu chí, cùng bên quyết định.",
            _moved(step.moved),
        )
        for step in steps
    ]
    columns = ("Từ kỳ → đến kỳ", "So sánh", "Vì sao", "Đơn vị có ở cả hai kỳ")
    return Table(f"{name}: các kỳ có so sánh được không", columns, rows, (), frozenset({2, 3}))


def _moved(moved: Moved | None) -> str:
    if moved is None:
        return "–"
    alone = (
        f"; chỉ kỳ trước {moved.only_before}, chỉ kỳ sau {moved.only_after}"
        if moved.only_before + moved.only_after
        else ""
    )
    return f"{moved.both} đơn vị: lên {moved.better}, giữ nguyên {moved.same}, xuống {moved.worse}{alone}"


def period_text(group: Group) -> str:
    """`năm 2022` as `2022`, another period by its days."""
    return _period(group.keys["period"])


def _period(text: str) -> str:
    return Span(*map(dt.date.fromisoformat, text.split("/"))).text
