"""How is an obligation said? One line of plain Vietnamese, and a unit's digest of a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from services.duty.domain.obligation import Kind, Obligation, State

KINDS: Final = {
    Kind.MEETING: "Sinh hoạt định kỳ",
    Kind.VISIT: "Dự sinh hoạt",
    Kind.TRANSFER: "Tiếp nhận chuyển sinh hoạt",
    Kind.RATING: "Xếp loại",
    Kind.REPORT: "Báo cáo",
}
STATES: Final = {State.DUE: "đến hạn", State.MISSED: "quá hạn", State.NOT_RECORDED: "chưa ghi nhận"}
NAMELESS: Final = "không rõ tên"


def day_of(day: dt.date) -> str:
    """A day as offices write it."""
    return f"{day:%d/%m/%Y}"


def line(each: Obligation, titles: dict[str, str]) -> str:
    """What is owed, where, how it stands, by when."""
    parts = [f"{KINDS[each.kind]} – {titles.get(str(each.unit), NAMELESS)}: {STATES[each.state]}"]
    if each.left is not None:
        parts.append(f"còn {each.left} lượt")
    if each.until is not None:
        parts.append(f"hạn {day_of(each.until)}")
    return ", ".join(parts)


def digest(obligations: Iterable[Obligation], titles: dict[str, str], unit: str, on: dt.date) -> str:
    """The week's letter to a unit; persons stand in it by no name and no id."""
    return "\n".join(_digest(list(obligations), titles, unit, on)) + "\n"


def _digest(found: list[Obligation], titles: dict[str, str], unit: str, on: dt.date) -> Iterator[str]:
    yield f"VIỆC ĐẾN HẠN – {titles.get(unit, NAMELESS)}"
    yield f"Tính đến ngày {day_of(on)}"
    if not found:
        yield ""
        yield "Không có việc nào đến hạn."
    for kind, each in groupby(found, key=lambda obligation: obligation.kind):
        yield ""
        group = list(each)
        yield f"{KINDS[kind]} ({len(group)})"
        yield from (f"- {line(obligation, titles)}" for obligation in group)
