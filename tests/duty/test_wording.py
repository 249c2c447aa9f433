"""Can people and calendars read what is due? A letter in plain Vietnamese, and a calendar by the letter of RFC 5545."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from services.duty.domain.calendar import written
from services.duty.domain.obligation import Kind, Obligation, State
from services.duty.domain.wording import letter
from shared.contracts.fields import Period
from shared.contracts.ratings import Step

UNIT, CADRE = UUID(int=11), UUID(int=61)
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

Tính đến ngày 14/03/2025, đơn vị còn 3 việc cần làm, trong đó 1 việc quá hạn:

Sinh hoạt định kỳ (1)
- Sinh hoạt định kỳ – Chi hội phụ nữ ấp Bình Thạnh: đến hạn, hạn 31/03/2025

Dự sinh hoạt (1)
- Dự sinh hoạt – Chi hội phụ nữ ấp Bình Thạnh: quá hạn, còn 2 lượt, hạn 28/02/2025

Xếp loại (1)
- Xếp loại năm 2024 (tự xếp loại) – Chi hội phụ nữ ấp Bình Thạnh: đến hạn, hạn 20/03/2025

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
    found = [*FOUND[:2], rated, Obligation(Kind.REPORT, State.NOT_RECORDED, UNIT)]
    titles = {str(UNIT): "Chi hội phụ nữ ấp Bình Thạnh"}
    written_ = letter(found, titles, str(UNIT), ON, "Hội LHPN xã Mỹ An Hưng")
    assert written_ == WANTED
    assert str(CADRE) not in written_


def test_a_letter_without_anything_due_and_without_a_unit_above_says_so() -> None:
    text = letter([], TITLES, str(UNIT), ON)
    assert "đơn vị không có việc nào đến hạn." in text
    assert "xin liên hệ: đơn vị vận hành hệ thống." in text


def test_a_school_year_is_said_by_its_days() -> None:
    period = Period(start=dt.date(2024, 8, 1), end=dt.date(2025, 8, 1))
    rated = Obligation(Kind.RATING, State.MISSED, UNIT, step=Step.DECIDED, axis="vertical", period=period)
    assert "Xếp loại từ 01/08/2024 đến 31/07/2025 (quyết định)" in letter([rated], TITLES, str(UNIT), ON)
