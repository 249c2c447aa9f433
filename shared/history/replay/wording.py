"""How is a report read by people? In Vietnamese: 26.140; 65,7 %; 31/05/2022; không có dữ liệu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.contracts.event import VIETNAM, instant
from shared.history.replay.sentences import hundredths
from shared.units.calendar import NO_DATA, Language, day_text, number_text, percent_text

WORDS: Final = {
    "month": "tháng",
    "unit": "đơn vị",
    "branch": "chi hội, chi đoàn",
    "organisation": "tổ chức",
    "rank": "mức",
    "label": "xếp loại",
    "scale": "thang",
    "period": "kỳ",
    "level": "cấp",
    "rater": "bên xếp",
    "axis": "trục",
    "tier": "cấp cán bộ",
    "cadre": "cán bộ",
    "type": "loại",
    "field": "lĩnh vực",
    "kind": "hình thức",
    "recipient": "đối tượng",
    "benefit": "chế độ",
    "equipment": "trang bị",
    "activity": "hoạt động",
    "group": "nhóm",
    "qualifier": "mức chính xác",
    "indicator": "chỉ tiêu",
    "source": "nguồn",
    "split": "phần",
}
"""What a key is called."""
ACTS: Final = {"recorded": "được ghi", "corrected": "được đính chính", "voided": "bị hủy"}
MOVED: Final = {
    "counted": "nay được tính",
    "no-longer-counted": "không còn được tính",
    "changed": "được tính khác đi",
    "from-afar": "làm sự việc khác được tính khác đi",
    "undecided": "có thể liên quan",
}
"""How a fact moved a figure."""
QUALIFIERS: Final = {"exact": "", "nearly": "gần ", "more-than": "hơn ", "most": "hầu hết "}
AGREES: Final = {True: "khớp", False: "khác", None: "không so được"}
UNIT_YEARS: Final = "đơn vị–năm"


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The report, line by line."""
    inputs, output = document["inputs"], document["output"]
    asked, titles = inputs["asked"], output["titles"]
    yield f"{titles.get(asked['unit'], asked['unit'])}: {_period(asked)}"
    yield from _circumstances(inputs)
    for figure in output["figures"]:
        yield ""
        yield figure["vi"]
        yield from (f"  {_row(row, titles, rate=figure['rate'])}" for row in figure["rows"])
        yield from (f"  {beside(each)}" for each in output["reported"] if each["figure"] == figure["figure"])
        yield f"  {number_text(figure['events']['count'])} sự việc làm căn cứ"
    for line in output["proposals"]:
        yield ""
        yield from _proposal(line, titles)
    yield ""
    yield f"đầu vào  {document['input_digest']}"
    yield f"kết quả  {document['output_digest']}"


def beside(each: Mapping[str, Any]) -> str:
    """`báo cáo: gần 73,0 % (Báo Đồng Tháp); đếm được 7.100/10.000 (71,0 %): khác từ 21/09/2023`."""
    keys = ", ".join(str(value) for value in each["keys"].values())
    said = QUALIFIERS[each["qualifier"]]
    if each["numerator"] is not None:
        said += percent_text(each["numerator"], each["denominator"]) if each["only_rate"] else _number(each)
    counted = NO_DATA[Language.VIETNAMESE] if each["counted"] is None else _number(each["counted"])
    verdict = AGREES[each["agrees"]] + (f" từ {_day(each['since'])}" if each["since"] else "")
    source = "; ".join(text for text in (each["source"], each["document"], each["scope_said"]) if text)
    return f"báo cáo{f' {keys}' if keys else ''}: {said.strip()} ({source}); đếm được {counted}: {verdict}"


def _number(numbers: Mapping[str, Any]) -> str:
    if numbers["denominator"] is None:
        return number_text(numbers["numerator"])
    share = percent_text(numbers["numerator"], numbers["denominator"])
    return f"{number_text(numbers['numerator'])}/{number_text(numbers['denominator'])} ({share})"


def difference_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two moments, line by line."""
    titles = found["titles"]
    later = "nay" if found["and"] is None else moment_text(found["and"])
    yield f"{moment_text(found['known'])} → {later}"
    for figure in found["figures"]:
        yield ""
        yield figure["vi"]
        for row in figure["rows"]:
            sides = (
                {"keys": {}, **(row[name] or {"numerator": 0, "denominator": None})} for name in ("before", "after")
            )
            keys = ", ".join(
                f"{WORDS.get(key, key)} {_key(value, titles)}" for key, value in sorted(row["keys"].items())
            )
            yield (
                "  "
                + (f"{keys}: " if keys else "")
                + " → ".join(_row(side, titles, rate=figure["rate"]) for side in sides)
            )
        if not figure["rows"]:
            yield "  không khác"
        moved = figure["moved"]
        yield f"  {number_text(figure['between'])} sự việc ghi ở giữa, {number_text(len(moved))} làm thay đổi"
        for each in moved:
            name = each["type"].split(".")[3]
            what = f"{name} {ACTS[each['act']]}: {MOVED[each['moved']]}"
            yield f"    {moment_text(each['recorded'])}  {what}  ({each['event']})"


def _circumstances(inputs: Mapping[str, Any]) -> Iterator[str]:
    asked = inputs["asked"]
    events = sum(end["sequence"] for ends in inputs["heads"].values() for end in ends.values())
    known = "tất cả những gì đã ghi" if asked["known"] is None else f"như đã biết đến {moment_text(asked['known'])}"
    tree = "theo cơ cấu lúc đó" if asked["tree"] is None else f"theo cơ cấu ngày {_day(asked['tree'])}"
    yield f"{known} ({number_text(events)} sự việc), {tree}"
    if asked["rules"] is not None:
        titles = "; ".join(each["title"] for each in inputs["rule_sets"]) or NO_DATA[Language.VIETNAMESE]
        yield f"bộ tiêu chí có hiệu lực ngày {_day(asked['rules'])}: {titles}"


def _row(row: Mapping[str, Any], titles: Mapping[str, str], *, rate: bool) -> str:
    keys = ", ".join(f"{WORDS.get(key, key)} {_key(value, titles)}" for key, value in sorted(row["keys"].items()))
    unit_years = f" {UNIT_YEARS}" if row.get("counts") == "unit-years" else ""
    number = f"{number_text(row['numerator'])}{unit_years}"
    if row["denominator"] is None:
        base = f" ({NO_DATA[Language.VIETNAMESE]})" if rate else ""
    else:
        base = f"/{number_text(row['denominator'])} ({percent_text(row['numerator'], row['denominator'])})"
    return f"{keys}: {number}{base}" if keys else f"{number}{base}"


def _key(value: str | None, titles: Mapping[str, str]) -> str:
    if value is None:
        return NO_DATA[Language.VIETNAMESE]
    start, slash, end = value.partition("/")
    if slash and len(start) == len(end) == len("2022-05-31"):
        return _period({"start": start, "end": end})
    return titles.get(value, value)


def _proposal(line: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    grade = NO_DATA[Language.VIETNAMESE] if line["grade"] is None else line["grade"]["label"]
    points = line["points"]
    least, most, of = (_points(points[name]) for name in ("least", "most", "of"))
    got = least if least == most else f"{least} – {most}"
    yield f"{titles.get(line['branch'], line['branch'])}: {grade}, {got}/{of} điểm"
    for each in line["criteria"]:
        given = NO_DATA[Language.VIETNAMESE] if each["points"] is None else _points(each["points"])
        yield f"  {each['title']} ({each['clause']}): {given}/{_points(each['of'])}"


def _points(number: int) -> str:
    return hundredths(number, Language.VIETNAMESE)


def _period(asked: Mapping[str, Any]) -> str:
    start, end = (dt.date.fromisoformat(asked[name]) for name in ("start", "end"))
    last = end - dt.timedelta(days=1)
    return day_text(start) if start == last else f"{day_text(start)} – {day_text(last)}"


def period_words(text: str) -> str:
    """`01/01/2022 – 31/12/2022` of `2022-01-01/2023-01-01`."""
    start, _, end = text.partition("/")
    return _period({"start": start, "end": end})


def _day(text: str) -> str:
    return day_text(dt.date.fromisoformat(text))


def moment_text(text: str) -> str:
    """`23:59:59 31/05/2022`, by the clocks of Viet Nam."""
    at = instant(text).astimezone(VIETNAM)
    return f"{at:%H:%M:%S} {day_text(at.date())}"
