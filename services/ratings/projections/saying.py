"""How is an explanation said in plain words? A sentence for each line, Vietnamese first, English beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.ratings.domain.nearest import Change, Move
from shared.contracts.ratings import RuleSetAdopted
from shared.history.replay.sentences import Spoken, hundredths
from shared.units.calendar import NO_DATA, Language, day_text, number_text, percent_text

VI, EN = Language.VIETNAMESE, Language.ENGLISH
NO_GRADE: Final = Spoken("chưa có mức xếp loại", "no grade")


class Thing(NamedTuple):
    """What a numerator counts, as one says it after a number."""

    vi: str
    one: str
    many: str


THINGS: Final[Mapping[str, Thing]] = {
    "meetings-held": Thing(
        "kỳ có sinh hoạt định kỳ", "period with a regular meeting", "periods with a regular meeting"
    ),
    "attendance": Thing("lượt có mặt", "attendance", "attendances"),
    "members-attending": Thing(
        "người dự sinh hoạt thường xuyên", "person attending regularly", "persons attending regularly"
    ),
    "recruiting": Thing("người được kết nạp", "admission", "admissions"),
}
"""Indicator → what one more or one less of it is."""


def thing(indicator: str) -> Thing:
    """What an indicator counts; its own name where nobody has said it better."""
    return THINGS.get(indicator, Thing(f"đơn vị của “{indicator}”", f"in “{indicator}”", f"in “{indicator}”"))


def period_text(start: dt.date, end: dt.date) -> Spoken:
    """`năm 2022`, or from day to day."""
    if (start.month, start.day, end) == (1, 1, dt.date(start.year + 1, 1, 1)):
        return Spoken(f"năm {start.year}", f"{start.year}")
    last = day_text(end - dt.timedelta(days=1))
    return Spoken(f"từ {day_text(start)} đến {last}", f"{day_text(start)} to {last}")


def reference(adopted: RuleSetAdopted, clause: str | None = None) -> Spoken:
    """Clause, document, and from when to when it holds."""
    until = "" if adopted.effective_to is None else day_text(adopted.effective_to)
    vi = f"{adopted.legal_reference}, hiệu lực từ {day_text(adopted.effective_from)}"
    en = f"{adopted.legal_reference}, in effect from {day_text(adopted.effective_from)}"
    if until:
        vi, en = f"{vi} đến trước {until}", f"{en} to before {until}"
    return Spoken(vi, en) if clause is None else Spoken(f"mục {clause}, {vi}", f"clause {clause}, {en}")


def points_text(least: int, most: int, of: int) -> Spoken:
    """`50/60 điểm`, or a range where something is open."""
    said = []
    for language in (VI, EN):
        got = hundredths(least, language)
        got = got if least == most else f"{got} – {hundredths(most, language)}"
        said.append(f"{got}/{hundredths(of, language)}")
    return Spoken(f"{said[0]} điểm", f"{said[1]} points")


def heading(unit: str, period: Spoken, grade: Mapping[str, Any] | None, points: Spoken) -> Spoken:
    """The unit, the period, the grade and the points."""
    label = None if grade is None else grade["label"]
    return Spoken(
        f"{unit}, {period.vi}: {label or NO_GRADE.vi}, {points.vi}.",
        f"{unit}, {period.en}: {label or NO_GRADE.en}, {points.en}.",
    )


def criterion(line: Mapping[str, Any]) -> Spoken:
    """What was counted, out of how much, and the points that it gave."""
    of = line["of"]
    if line["points"] is None:
        given = Spoken(f"chưa có điểm, tối đa {hundredths(of, VI)}", f"no points yet, {hundredths(of, EN)} at most")
    else:
        given = points_text(line["points"], line["points"], of)
    counted = measured(line)
    return Spoken(f"{line['title']}: {counted.vi}{given.vi}.", f"{line['title']}: {counted.en}{given.en}.")


def measured(line: Mapping[str, Any]) -> Spoken:
    """`10/12 kỳ có sinh hoạt định kỳ (83,3 %), `; nothing where no indicator is named."""
    indicator, numerator, denominator = line["indicator"], line["numerator"], line["denominator"]
    if indicator is None:
        return Spoken("người chấm, ", "scored by people, ")
    what = thing(indicator)
    if numerator is None:
        return Spoken(f"{what.vi}: chưa được ghi nhận, ", f"{what.many}: not recorded, ")
    if denominator is None:
        return Spoken(
            f"{number_text(numerator)} {what.vi} (mẫu số: {NO_DATA[VI]}), ",
            f"{number_text(numerator, EN)} {what.many} (denominator: {NO_DATA[EN]}), ",
        )
    return Spoken(
        f"{number_text(numerator)}/{number_text(denominator)} {what.vi} ({percent_text(numerator, denominator)}), ",
        f"{number_text(numerator, EN)} of {number_text(denominator, EN)} {what.many}"
        f" ({percent_text(numerator, denominator, EN)}), ",
    )


def lacking(months: Sequence[str]) -> Spoken:
    """The months in which what was due was not there."""
    named = ", ".join(f"{month[5:]}/{month[:4]}" for month in months)
    return Spoken(f"Thiếu: {named}.", f"Missing: {named}.")


def changed(change: Change, label: str | None, *, better: bool) -> Spoken:
    """`Nếu có thêm 2 kỳ … thì đạt mức Khá.`"""
    vi, en = _moved(change.moves)
    if label is None:
        return Spoken(f"Nếu {vi} thì không còn đạt mức nào.", f"With {en} no grade would have been reached.")
    verb = "đạt" if better else "chỉ còn"
    return Spoken(f"Nếu {vi} thì {verb} mức {label}.", f"With {en} the grade would have been {label}.")


def _moved(moves: Iterable[Move]) -> tuple[str, str]:
    vi, en = [], []
    for move in moves:
        what, many = thing(move.indicator), abs(move.by)
        vi.append(f"{'có thêm' if move.by > 0 else 'bớt'} {number_text(many)} {what.vi}")
        word = what.one if many == 1 else what.many
        en.append(f"{number_text(many, EN)} {'more' if move.by > 0 else 'fewer'} {word}")
    return " và ".join(vi), " and ".join(en)
