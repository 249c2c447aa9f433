"""How is an explanation said in plain words? A sentence for each line, Vietnamese first, English beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.ratings.domain.nearest import Change, Move
from services.ratings.domain.rules.indicators import INDICATORS
from services.ratings.projections.readings import readings
from services.ratings.projections.things import thing
from shared.contracts.ratings import RatedPerson, RuleDocument, RuleSetAdopted
from shared.history.replay.sentences import SHORT, Spoken, hundredths
from shared.units.calendar import NO_DATA, Language, day_text, number_text, percent_text

VI, EN = Language.VIETNAMESE, Language.ENGLISH
NO_GRADE: Final = Spoken("chưa có mức xếp loại", "no grade")


WITHOUT_POINTS: Final = Spoken("không tính điểm", "gives no points")
UNSCORED: Final = Spoken("chưa chấm", "not scored yet")
STANDINGS: Final[Mapping[str, Spoken]] = {
    "officer": Spoken("Cán bộ", "Officer"),
    "member": Spoken("Đoàn viên, hội viên", "Member"),
}
"""In what standing somebody is rated."""
STATES: Final[Mapping[str, Spoken]] = {
    "met": Spoken("đạt", "met"),
    "not-met": Spoken("không đạt", "not met"),
    "not-recorded": Spoken("chưa ghi nhận", "not recorded"),
}
BARS: Final[Mapping[str, Spoken]] = {
    "met": Spoken("có, nên bị chặn", "it bars"),
    "not-met": Spoken("không bị chặn", "it does not bar"),
    "not-recorded": Spoken("chưa ghi nhận", "not recorded"),
}
BECAUSE: Final[Mapping[str, Spoken]] = {
    "no-threshold": Spoken("Bộ tiêu chí chưa công bố ngưỡng điểm.", "The rule set says nowhere which points suffice."),
    "open-criteria": Spoken(
        "Còn tiêu chí chưa có điểm, nên có thể ra nhiều mức.", "Criteria are open, and several grades may come of them."
    ),
    "condition-not-recorded": Spoken(
        "Điều kiện hoặc tiêu chí chặn chưa được ghi nhận.", "What a condition or veto reads is not recorded."
    ),
    "too-young": Spoken("Đơn vị chưa đủ thời gian hoạt động.", "The unit has not been at work long enough."),
    "age-not-recorded": Spoken("Chưa ghi nhận thời gian hoạt động.", "How long it has been at work is not recorded."),
    "children-not-rated": Spoken("Đơn vị trực thuộc chưa được xếp loại.", "The units below are not rated yet."),
    "vetoed": Spoken("Bị tiêu chí chặn, không còn mức nào.", "A veto bars it, and no grade is left."),
    "no-grade-reached": Spoken("Không đạt mức nào.", "No grade is reached."),
}
"""Why there is no grade, by the evaluation's word."""


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


def whose(person: RatedPerson, unit: str) -> Spoken:
    """The person who is rated, by the end of the opaque id, and in which unit."""
    short = f"…{person.person.hex[-SHORT:]}"
    word = STANDINGS.get(person.kind, Spoken(person.kind, person.kind))
    return Spoken(f"{word.vi} {short} của {unit}", f"{word.en} {short} of {unit}")


def heading(whose: Spoken, period: Spoken, grade: Mapping[str, Any] | None, points: Spoken | None) -> Spoken:
    """The unit or person, the period, the grade and the points; no points where the rules give none."""
    label = None if grade is None else grade["label"]
    given = Spoken("", "") if points is None else Spoken(f", {points.vi}", f", {points.en}")
    return Spoken(
        f"{whose.vi}, {period.vi}: {label or NO_GRADE.vi}{given.vi}.",
        f"{whose.en}, {period.en}: {label or NO_GRADE.en}{given.en}.",
    )


def criterion(line: Mapping[str, Any]) -> Spoken:
    """What was counted, out of how much, and the points that it gave."""
    of = line["of"]
    if not of:
        given = UNSCORED if line["points"] is None and line["indicator"] is None else WITHOUT_POINTS
    elif line["points"] is None:
        given = Spoken(f"chưa có điểm, tối đa {hundredths(of, VI)}", f"no points yet, {hundredths(of, EN)} at most")
    else:
        given = points_text(line["points"], line["points"], of)
    counted = measured(line)
    return Spoken(f"{line['title']}: {counted.vi}{given.vi}.", f"{line['title']}: {counted.en}{given.en}.")


def measured(line: Mapping[str, Any]) -> Spoken:
    """`10/12 kỳ có sinh hoạt định kỳ (83,3 %), `; nothing where no indicator is named."""
    indicator, numerator, denominator = line["indicator"], line["numerator"], line["denominator"]
    if line["by"] == "votes":
        return Spoken("bỏ phiếu, ", "voted on, ")
    if indicator is None:
        return Spoken("người chấm, ", "scored by people, ")
    what, named = thing(indicator), INDICATORS.get(indicator)
    if numerator is None:
        return Spoken(f"{what.vi}: chưa được ghi nhận, ", f"{what.many}: not recorded, ")
    if denominator is None and named is not None and not named.share:
        return Spoken(f"{number_text(numerator)} {what.vi}, ", f"{number_text(numerator, EN)} {what.many}, ")
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


def because(code: str) -> Spoken:
    """Why there is no grade."""
    return BECAUSE.get(code, Spoken(code, code))


def condition(each: Mapping[str, Any], rules: RuleDocument) -> Spoken:
    """What a grade asks for beside points, and whether it holds."""
    label = next((grade.label for grade in rules.grades if grade.rank == each["rank"]), str(each["rank"]))
    state, read = STATES[each["state"]], readings(each["read"], rules)
    return Spoken(
        f"Điều kiện của mức {label}, {each['title']} ({each['when']}): {state.vi}{read.vi}.",
        f"Condition of {label}, {each['title']} ({each['when']}): {state.en}{read.en}.",
    )


def barred(each: Mapping[str, Any], rules: RuleDocument) -> Spoken:
    """What bars the better grades, and whether it does."""
    state, read = BARS[each["state"]], readings(each["read"], rules)
    return Spoken(
        f"Tiêu chí chặn, {each['title']} ({each['when']}): {state.vi}{read.vi}.",
        f"Veto, {each['title']} ({each['when']}): {state.en}{read.en}.",
    )


def decided_and_computed(label: str, computed: Mapping[str, Any] | None) -> Spoken:
    """The grade that people decided, beside the one that the rules gave on the same basis."""
    other = (NO_GRADE.vi, NO_GRADE.en) if computed is None else (computed["label"], computed["label"])
    return Spoken(
        f"Quyết định: {label}; bộ tiêu chí tính trên cùng căn cứ: {other[0]}.",
        f"Decided: {label}; by the rules on the same basis: {other[1]}.",
    )


def went(was: str | None, now: str | None, before: Spoken, after: Spoken) -> Spoken:
    """`loại 2, 70/100 điểm → loại 1, 82/100 điểm.`"""
    return Spoken(
        f"{was or NO_GRADE.vi}, {before.vi} → {now or NO_GRADE.vi}, {after.vi}.",
        f"{was or NO_GRADE.en}, {before.en} → {now or NO_GRADE.en}, {after.en}.",
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
