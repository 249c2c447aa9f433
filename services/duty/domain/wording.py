"""How is an obligation said? One line of plain Vietnamese, and the weekly letter to a unit, ready to be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from services.duty.domain.obligation import ONE_DAY, Kind, Obligation, State
from shared.contracts.fields import Period
from shared.contracts.ratings import Step
from shared.units import calendar

KINDS: Final = {
    Kind.MEETING: "Sinh hoạt định kỳ",
    Kind.VISIT: "Dự sinh hoạt",
    Kind.TRANSFER: "Tiếp nhận chuyển sinh hoạt",
    Kind.RATING: "Xếp loại",
    Kind.REPORT: "Báo cáo",
    Kind.RECEIPT: "Tiếp nhận báo cáo",
}
STATES: Final = {State.DUE: "đến hạn", State.MISSED: "quá hạn", State.NOT_RECORDED: "chưa ghi nhận"}
STEPS: Final = {
    Step.SELF_RATED: "tự xếp loại",
    Step.PROPOSED: "đề xuất",
    Step.VERIFIED: "thẩm định",
    Step.POOL_CLOSED: "chốt nhóm",
    Step.DECIDED: "quyết định",
    Step.PUBLISHED: "công bố",
}
STANDINGS: Final = {"member": "đoàn viên, hội viên", "officer": "cán bộ"}
"""In what standing persons are rated; any other by its own code."""
MATTERS: Final = {"activity": "", "dues": "thu nộp phí"}
"""What a report is about; most are about the unit's activity, which needs no word. Any other by its own code."""
HALVES: Final = {1: "6 tháng đầu năm", 7: "6 tháng cuối năm"}
QUARTERS: Final = {1: "I", 4: "II", 7: "III", 10: "IV"}
NAMELESS: Final = "không rõ tên"
OPERATOR: Final = "đơn vị vận hành hệ thống"
"""Whom a unit asks above which none stands."""


def day_of(day: dt.date) -> str:
    """A day as offices write it."""
    return f"{day:%d/%m/%Y}"


def period_of(period: Period) -> str:
    """A calendar year, half-year, quarter or month by its name, any other period by its first and last day."""
    start, year = period.start, period.start.year
    if period == calendar.year_of(start):
        return f"năm {year}"
    if period == calendar.half_year_of(start):
        return f"{HALVES[start.month]} {year}"
    if period == calendar.quarter_of(start):
        return f"quý {QUARTERS[start.month]}/{year}"
    if period == calendar.month_of(start):
        return f"tháng {start.month}/{year}"
    return f"từ {day_of(period.start)} đến {day_of(period.end - ONE_DAY)}"


def what(each: Obligation, titles: dict[str, str]) -> str:
    """What is owed: of a rating and a report for which period; which step comes next, what about, and whose."""
    rated = "" if each.standing is None else f" {STANDINGS.get(each.standing, each.standing)}"
    words = (
        f"{KINDS[each.kind]}{rated}" if each.period is None else f"{KINDS[each.kind]}{rated} {period_of(each.period)}"
    )
    more = STEPS[each.step] if each.step is not None else MATTERS.get(each.matter or "activity", each.matter)
    whose = "" if each.sender is None else f" của {titles.get(str(each.sender), NAMELESS)}"
    return words + (f" ({more})" if more else "") + whose


def line(each: Obligation, titles: dict[str, str]) -> str:
    """What is owed, where, how it stands, by when."""
    parts = [f"{what(each, titles)} – {titles.get(str(each.unit), NAMELESS)}: {STATES[each.state]}"]
    if each.left is not None:
        parts.append(f"còn {each.left} {'lượt' if each.standing is None else 'người'}")
    if each.until is not None:
        parts.append(f"hạn {day_of(each.until)}")
    return ", ".join(parts)


def letter(obligations: Iterable[Obligation], titles: dict[str, str], unit: str, on: dt.date, ask: str = "") -> str:
    """The week's letter to a unit, subject line first; `ask`: the unit to be asked. Persons stand in it by no name."""
    return "\n".join(_letter(list(obligations), titles, unit, on, ask or OPERATOR)) + "\n"


def _letter(found: list[Obligation], titles: dict[str, str], unit: str, on: dt.date, ask: str) -> Iterator[str]:
    monday = on - dt.timedelta(days=on.weekday())
    week, named = f"{day_of(monday)} – {day_of(monday + 6 * ONE_DAY)}", titles.get(unit, NAMELESS)
    yield f"Tiêu đề: Việc đến hạn, tuần {week} – {named}"
    yield ""
    yield f"Kính gửi: {named}"
    yield ""
    owed = [each for each in found if each.state is not State.NOT_RECORDED]
    if owed:
        late = sum(each.state is State.MISSED for each in owed)
        yield f"Tính đến ngày {day_of(on)}, đơn vị còn {len(owed)} việc cần làm, trong đó {late} việc quá hạn:"
    else:
        yield f"Tính đến ngày {day_of(on)}, đơn vị không có việc nào đến hạn."
    for kind, each in groupby(owed, key=lambda obligation: obligation.kind):
        yield ""
        group = list(each)
        yield f"{KINDS[kind]} ({len(group)})"
        yield from (f"- {line(obligation, titles)}" for obligation in group)
    if unsaid := [each for each in found if each.state is State.NOT_RECORDED]:
        yield ""
        yield f"Chưa ghi nhận căn cứ để tính hạn ({len(unsaid)})"
        yield from (f"- {what(each, titles)} – {titles.get(str(each.unit), NAMELESS)}" for each in unsaid)
    yield ""
    yield "Việc đã làm mà chưa ghi sổ, đề nghị ghi sổ trước khi hết hạn."
    yield f"Cần hỏi thêm, xin liên hệ: {ask}."
    yield ""
    yield "Trân trọng."
