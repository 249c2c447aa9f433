"""What is one more, or one less, of what an indicator counts? In both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.ratings.domain.rules.indicators import INDICATORS


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
    "dues-paid": Thing("tháng đã đóng đoàn phí, hội phí", "month of dues paid", "months of dues paid"),
    "cards-held": Thing("người có thẻ", "member holding a card", "members holding a card"),
    "recruiting": Thing("người được kết nạp", "admission", "admissions"),
    "admissions": Thing("người được kết nạp", "admission", "admissions"),
    "gathering": Thing("đoàn viên, hội viên", "member", "members"),
    "referrals": Thing("người được giới thiệu cho Đảng", "referral to the Party", "referrals to the Party"),
    "party-admissions": Thing("người được kết nạp Đảng", "admission to the Party", "admissions to the Party"),
    "disciplines": Thing("người bị kỷ luật", "member disciplined", "members disciplined"),
    "leaders-disciplined": Thing("thành viên lãnh đạo bị kỷ luật", "leader disciplined", "leaders disciplined"),
    "units-disciplined": Thing("đơn vị bị kỷ luật tập thể", "unit disciplined", "units disciplined"),
    "tasks-done": Thing("nhiệm vụ đã hoàn thành", "task done", "tasks done"),
    "tasks-on-time": Thing("nhiệm vụ hoàn thành đúng hạn", "task done in time", "tasks done in time"),
    "tasks-exceeded": Thing("nhiệm vụ hoàn thành vượt mức", "task exceeded", "tasks exceeded"),
    "tasks-late": Thing("nhiệm vụ hoàn thành chậm", "task done late", "tasks done late"),
    "own-disciplines": Thing("người được đánh giá bị kỷ luật", "person rated disciplined", "persons rated disciplined"),
    "plan-registered": Thing(
        "người được đánh giá đã đăng ký kế hoạch tu dưỡng",
        "person rated with a registered plan",
        "persons rated with a registered plan",
    ),
    "households-exemplary": Thing("hộ đạt “5 không, 3 sạch”", "exemplary household", "exemplary households"),
    "models-running": Thing("mô hình đang hoạt động", "model running", "models running"),
    "visits": Thing("lượt cán bộ dự sinh hoạt", "visit of a cadre", "visits of cadres"),
    "commendations": Thing("lượt khen thưởng", "commendation", "commendations"),
}
"""Indicator → what one more or one less of it is."""


def thing(indicator: str) -> Thing:
    """What an indicator counts; its own name where nobody has said it better."""
    code = indicator.partition(":")[0]
    named = INDICATORS.get(code)
    vi, en = (code, code) if named is None else (named.vi, named.en)
    return THINGS.get(code, Thing(f"đơn vị ở “{vi}”", f"in “{en}”", f"in “{en}”"))
