"""Can people and calendars read what is due? A letter in plain Vietnamese, and a calendar by the letter of RFC 5545."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from services.duty.domain.calendar import written
from services.duty.domain.obligation import Kind, Obligation, State
from services.duty.domain.wording import digest

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


def test_the_letter_names_no_person() -> None:
    letter = digest(FOUND, TITLES, str(UNIT), ON)
    assert letter.startswith(f"VIỆC ĐẾN HẠN – {TITLES[str(UNIT)]}\nTính đến ngày 14/03/2025\n\nSinh hoạt định kỳ (1)\n")
    assert "quá hạn, còn 2 lượt, hạn 28/02/2025" in letter
    assert "Xếp loại" in letter
    assert str(CADRE) not in letter
    assert "Không có việc nào đến hạn." in digest([], TITLES, str(UNIT), ON)
