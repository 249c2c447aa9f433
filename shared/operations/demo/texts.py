"""Which words stand in the table? Every cell of a line, in Vietnamese or in English, the same for screen and paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.operations.demo.calibration import Basis, Comparator, Words
from shared.operations.demo.comparing import Counted
from shared.operations.demo.table import Line, Table
from shared.operations.demo.wording import Language, date, number, percent

HEADINGS: Final = {
    "article": Words(vi="Bài", en="Article"),
    "figure": Words(vi="Chỉ số", en="Figure"),
    "words": Words(vi="Lời bài báo", en="Article's words"),
    "comparator": Words(vi="So sánh", en="Comparator"),
    "subject": Words(vi="Đối tượng", en="Subject"),
    "rater": Words(vi="Ai thực hiện", en="Rater or actor"),
    "period": Words(vi="Kỳ", en="Period"),
    "scope": Words(vi="Phạm vi", en="Scope"),
    "fraction": Words(vi="Tử số / mẫu số", en="Numerator / denominator"),
    "computed": Words(vi="Tính được", en="Computed"),
    "equal": Words(vi="Khớp?", en="Equal?"),
    "basis": Words(vi="Căn cứ", en="Basis"),
    "beside": Words(vi="Xem thêm", en="Beside it"),
    "care": Words(vi="Lưu ý", en="Care"),
}
"""The columns in their order, with their headings."""
TITLE: Final = Words(vi="Đối chiếu với năm bài báo", en="Compared with five newspaper articles")
NO_DATA: Final = Words(vi="không có dữ liệu", en="no data")
INCOMPLETE: Final = Words(vi="chưa đầy đủ, {count} sự việc đang chờ", en="incomplete, {count} parked")
_COMPARATORS: Final[dict[Comparator, str]] = {
    "=": "=",
    "gần": "nearly",
    "hơn": "more than",
    "hầu hết": "most",
    "đều": "all",
    "cao hơn": "higher than",
    "": "–",
}
_BASES: Final[dict[Basis, Words]] = {
    "printed": Words(vi="in trên báo", en="printed"),
    "derived": Words(vi="suy ra", en="derived"),
    "assumed": Words(vi="giả định", en="assumed"),
}
_VERDICTS: Final[dict[bool | None, Words]] = {
    True: Words(vi="✓ khớp", en="✓ equal"),
    False: Words(vi="✗ LỆCH", en="✗ DIFFERS"),
    None: Words(vi="– không in số", en="– not printed"),
}
RATES: Final[frozenset[Comparator]] = frozenset({"hầu hết", "cao hơn"})
"""Comparators that speak of shares, so that the share is what was computed."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The cells of one line; `beside` and `care` may be empty."""

    article: str
    figure: str
    words: str
    comparator: str
    subject: str
    rater: str
    period: str
    scope: str
    fraction: str
    computed: str
    equal: str
    basis: str
    beside: tuple[str, ...]
    care: str
    verdict: bool | None


def say(words: Words, language: Language) -> str:
    """The words in one language."""
    return words.vi if language == "vi" else words.en


def texts(line: Line, language: Language = "vi") -> Texts:
    """All cells of a line."""
    row = line.row
    return Texts(
        article=row.article,
        figure=say(row.figure, language),
        words=f"“{say(row.words, language)}”",
        comparator=_comparator(row.comparator, language),
        subject=say(row.subject, language),
        rater=say(row.rater, language),
        period=say(row.period, language),
        scope=say(row.scope, language),
        fraction=" · ".join(_fraction(part, language) for part in line.parts) or "–",
        computed=_computed(row.comparator, line.parts, language),
        equal=say(_VERDICTS[line.equal], language),
        basis=" · ".join(say(_BASES[basis], language) for basis in row.basis),
        beside=tuple(_beside(part, language) for part in line.beside),
        care="" if row.care is None else say(row.care, language),
        verdict=line.equal,
    )


def summary(table: Table, language: Language = "vi") -> str:
    """One sentence: how many of the published values were reached."""
    published = [line for line in table.lines if line.equal is not None]
    reached = number(len(published) - len(table.differing), language)
    total = number(len(published), language)
    if language == "en":
        return f"{reached} of {total} lines with a published value are equal."
    return f"{reached}/{total} dòng có số đã công bố khớp với số đếm được."


def source(table: Table, article: str) -> str:
    """Title, source and day of an article."""
    printed = table.calibration.article[article]
    day = "không ghi ngày" if printed.day is None else date(printed.day)
    return f"{printed.title} · {printed.source} · {day}"


def _comparator(comparator: Comparator, language: Language) -> str:
    return (comparator or "–") if language == "vi" else _COMPARATORS[comparator]


def _fraction(counted: Counted, language: Language) -> str:
    if counted.numerator is None:
        return say(NO_DATA, language)
    numerator = number(counted.numerator, language)
    return numerator if counted.denominator is None else f"{numerator}/{number(counted.denominator, language)}"


def _computed(comparator: Comparator, parts: Sequence[Counted], language: Language) -> str:
    said = [_value(comparator, part, language) for part in parts]
    if len(parts) > 1:
        said = [f"{say(part.part.label, language)}: {value}" for part, value in zip(parts, said, strict=True)]
    return " · ".join(said) or "–"


def _value(comparator: Comparator, counted: Counted, language: Language) -> str:
    """The number itself; the share where a rate was printed, or where the words speak of shares."""
    if counted.numerator is None:
        return say(NO_DATA, language)
    value = number(counted.numerator, language)
    if counted.denominator and (counted.part.percent is not None or comparator in RATES):
        value = percent(counted.numerator, counted.denominator, language)
    if counted.incomplete:
        value += f" ({say(INCOMPLETE, language).format(count=number(counted.incomplete, language))})"
    return value


def _beside(counted: Counted, language: Language) -> str:
    text = f"{say(counted.part.label, language)}: {_fraction(counted, language)}"
    if counted.part.rate and counted.numerator is not None and counted.denominator:
        text += f" = {percent(counted.numerator, counted.denominator, language)}"
    return text
