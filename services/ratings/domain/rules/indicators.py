"""Which indicators may a rule set name, and which figure measures each? What none measures stays *not recorded*.

An indicator is a word of the rule language; a figure is how facts are counted. Rule sets outlive figures, so they name
the former. An indicator without a figure needs facts that nobody posts yet: it is never nought and never fulfilled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Indicator(NamedTuple):
    """A named number, or a number out of a denominator."""

    code: str
    vi: str
    en: str
    figure: str | None
    """The figure that measures it; None: facts of that kind are not posted yet."""
    share: bool = True
    """It has a denominator, so that `%` may be asked of it."""
    threshold: bool = False
    """It has a parameter: from how many per cent on somebody counts."""
    kept_by: str | None = None
    """Of a plain number: the figure that shows that the list is kept here, so that nought means none.

    A figure that counts out of somebody shows it itself: none of five is none. Without either, nought cannot be told
    from *nobody posted it*, and stays not recorded.
    """
    own: bool = False
    """Only what is the unit's own counts (its leaders, its tasks), not what is its units' below."""


_ALL: Final = (
    Indicator("meetings-held", "Kỳ có sinh hoạt định kỳ", "Periods with a regular meeting", "meetings-met"),
    Indicator("attendance", "Tỷ lệ tham gia sinh hoạt", "Attendance at regular meetings", "attendance"),
    Indicator(
        "members-attending",
        "Hội viên thường xuyên sinh hoạt",
        "Members attending regularly",
        "attending-regularly",
        threshold=True,
    ),
    Indicator("dues-paid", "Đóng đoàn phí, hội phí", "Dues paid out of dues owed", "dues-paid"),
    Indicator("cards-held", "Hội viên có thẻ", "Members holding a card", "cards-held"),
    Indicator("recruiting", "Kết nạp mới so với chỉ tiêu", "Admissions out of the target", "admissions-of-target"),
    Indicator("admissions", "Kết nạp mới", "Admissions", "admissions", share=False, kept_by="members"),
    Indicator("gathering", "Tỷ lệ tập hợp", "Members out of those eligible", "gathering-rate"),
    Indicator(
        "referrals",
        "Giới thiệu đoàn viên, hội viên ưu tú cho Đảng",
        "Referrals to the Party",
        "referrals",
        share=False,
        kept_by="members",
    ),
    Indicator(
        "party-admissions",
        "Được kết nạp Đảng",
        "Admitted to the Party",
        "party-admissions",
        share=False,
        kept_by="members",
    ),
    Indicator(
        "disciplines",
        "Đoàn viên, hội viên bị kỷ luật",
        "Members disciplined",
        "disciplines",
        share=False,
        kept_by="members",
    ),
    Indicator(
        "leaders-disciplined",
        "Thành viên lãnh đạo bị kỷ luật",
        "Leaders disciplined",
        "leaders-disciplined",
        share=False,
        own=True,
    ),
    Indicator(
        "units-disciplined",
        "Đơn vị trực thuộc bị kỷ luật",
        "Attached units disciplined",
        "units-disciplined",
        share=False,
    ),
    Indicator("tasks-done", "Nhiệm vụ đã hoàn thành", "Tasks done", "tasks-done", own=True),
    Indicator("tasks-on-time", "Nhiệm vụ hoàn thành đúng hạn", "Tasks done on time", "tasks-on-time", own=True),
    Indicator("tasks-exceeded", "Nhiệm vụ hoàn thành vượt mức", "Tasks exceeded", "tasks-exceeded", own=True),
    Indicator("tasks-late", "Nhiệm vụ hoàn thành chậm", "Tasks done late", "tasks-late", own=True),
    Indicator("books-kept", "Sổ sách, nghị quyết, kế hoạch có đủ", "Books, resolutions and plans on file", None),
    Indicator("concerns-answered", "Kiến nghị được trả lời", "Concerns answered", None),
    Indicator(
        "households-exemplary",
        "Hộ đạt “5 không, 3 sạch”",
        "Households that meet “5 không, 3 sạch”",
        "exemplary-households",
    ),
    Indicator("models-running", "Mô hình đang hoạt động", "Models running", "models-running", share=False),
    Indicator("visits", "Lượt cán bộ dự sinh hoạt", "Visits of cadres", "visits", share=False),
    Indicator("commendations", "Khen thưởng", "Commendations", "commendations", share=False),
    Indicator(
        "plan-registered",
        "Có đăng ký kế hoạch tu dưỡng năm",
        "The year's plan is registered",
        "heads-with-plan",
        share=False,
        own=True,
    ),
    Indicator(
        "own-disciplines",
        "Bản thân bị kỷ luật từ khiển trách trở lên",
        "Disciplined oneself",
        "heads-disciplined",
        share=False,
        own=True,
    ),
)
INDICATORS: Final[Mapping[str, Indicator]] = {each.code: each for each in _ALL}
"""Every indicator by its code, in the order of the catalogue."""
