"""Can people and calendars read what is due? A letter in plain Vietnamese, and a calendar by the letter of RFC 5545."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from services.duty.domain.calendar import written
from services.duty.domain.obligation import Kind, Obligation, State, stretches
from services.duty.domain.wording import letter
from shared.contracts.fields import Period
from shared.contracts.membership import Reporting
from shared.contracts.ratings import Step

UNIT, OTHER, CADRE = UUID(int=11), UUID(int=12), UUID(int=61)
ON = dt.date(2025, 3, 14)
LAST = dt.date(2025, 3, 31)
TITLES = {str(UNIT): "Chi hội phụ nữ ấp Bình Thạnh; xã Mỹ An Hưng, huyện Lấp Vò, tỉnh Đồng Tháp"}
FOUND = [
    Obligation(Kind.MEETING, State.DUE, UNIT, LAST),
    Obligation(Kind.VISIT, State.MISSED, UNIT, dt.date(2025, 2, 28), CADRE, 2),
    Obligation(Kind.RATING, State.NOT_RECORDED, UNIT),
]


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.removesuffix("\r\n").replace("\r\n ", "").split("\r\n")


def test_the_calendar_has_one_whole_day_for_each_that_has_a_last_one() -> None:
    lines = unfolded(written(FOUND, TITLES, ON))
    assert (lines[0], lines[-1], lines.count("BEGIN:VEVENT")) == ("BEGIN:VCALENDAR", "END:VCALENDAR", 2)
    assert lines.index("DTSTART;VALUE=DATE:20250331") + 1 == lines.index("DTEND;VALUE=DATE:20250401")
    place = "Chi hội phụ nữ ấp Bình Thạnh\\; xã Mỹ An Hưng\\, huyện Lấp Vò\\, tỉnh Đồng Tháp"
    assert f"SUMMARY:Sinh hoạt định kỳ – {place}: đến hạn\\, hạn 31/03/2025" in lines


def test_an_event_keeps_its_id_from_day_to_day() -> None:
    ids = [
        [line for line in unfolded(written(FOUND, TITLES, day)) if line.startswith("UID:")]
        for day in (ON, ON + dt.timedelta(days=1))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


WANTED = """\
Tiêu đề: Việc đến hạn, tuần 10/03/2025 – 16/03/2025 – Chi hội phụ nữ ấp Bình Thạnh

Kính gửi: Chi hội phụ nữ ấp Bình Thạnh

Tính đến ngày 14/03/2025, đơn vị còn 4 việc cần làm, trong đó 1 việc quá hạn:

Sinh hoạt định kỳ (1)
- Sinh hoạt định kỳ – Chi hội phụ nữ ấp Bình Thạnh: đến hạn, hạn 31/03/2025

Dự sinh hoạt (1)
- Dự sinh hoạt – Chi hội phụ nữ ấp Bình Thạnh: quá hạn, còn 2 lượt, hạn 28/02/2025

Xếp loại (1)
- Xếp loại năm 2024 (tự xếp loại) – Chi hội phụ nữ ấp Bình Thạnh: đến hạn, hạn 20/03/2025

Tiếp nhận báo cáo (1)
- Tiếp nhận báo cáo năm 2024 (thu nộp phí) của Tổ phụ nữ số 2 – Chi hội phụ nữ ấp Bình Thạnh: đến hạn

Chưa ghi nhận căn cứ để tính hạn (1)
- Báo cáo – Chi hội phụ nữ ấp Bình Thạnh

Việc đã làm mà chưa ghi sổ, đề nghị ghi sổ trước khi hết hạn.
Cần hỏi thêm, xin liên hệ: Hội LHPN xã Mỹ An Hưng.

Trân trọng.
"""


def test_the_letter_could_be_sent_as_it_is_and_names_no_person() -> None:
    year = Period(start=dt.date(2024, 1, 1), end=dt.date(2025, 1, 1))
    rated = Obligation(
        Kind.RATING, State.DUE, UNIT, dt.date(2025, 3, 20), step=Step.SELF_RATED, axis="vertical", period=year
    )
    received = Obligation(Kind.RECEIPT, State.DUE, UNIT, period=year, matter="dues", sender=OTHER)
    found = [*FOUND[:2], rated, received, Obligation(Kind.REPORT, State.NOT_RECORDED, UNIT)]
    titles = {str(UNIT): "Chi hội phụ nữ ấp Bình Thạnh", str(OTHER): "Tổ phụ nữ số 2"}
    written_ = letter(found, titles, str(UNIT), ON, "Hội LHPN xã Mỹ An Hưng")
    assert written_ == WANTED
    assert str(CADRE) not in written_


def test_a_letter_without_anything_due_and_without_a_unit_above_says_so() -> None:
    text = letter([], TITLES, str(UNIT), ON)
    assert "đơn vị không có việc nào đến hạn." in text
    assert "xin liên hệ: đơn vị vận hành hệ thống." in text


def test_reports_are_said_by_their_stretch_and_two_of_one_last_day_are_two_events() -> None:
    last, said = dt.date(2025, 7, 10), {Reporting.QUARTER: "quý II/2025", Reporting.HALF_YEAR: "6 tháng đầu năm 2025"}
    said |= {Reporting.MONTH: "tháng 6/2025", Reporting.YEAR: "năm 2025"}
    found = [
        Obligation(Kind.REPORT, State.DUE, UNIT, last, period=next(stretches(every, dt.date(2025, 6, 30))), matter="x")
        for every in said
    ]
    lines = unfolded(written(found, {}, ON))
    told = [line.partition(":")[2].partition(" (x) – ")[0] for line in lines if line.startswith("SUMMARY:")]
    assert told == [f"Báo cáo {words}" for words in said.values()]
    assert len({line for line in lines if line.startswith("UID:")}) == len(said)


def test_a_school_year_is_said_by_its_days() -> None:
    period = Period(start=dt.date(2024, 8, 1), end=dt.date(2025, 8, 1))
    rated = Obligation(Kind.RATING, State.MISSED, UNIT, step=Step.DECIDED, axis="vertical", period=period)
    assert "Xếp loại từ 01/08/2024 đến 31/07/2025 (quyết định)" in letter([rated], TITLES, str(UNIT), ON)
