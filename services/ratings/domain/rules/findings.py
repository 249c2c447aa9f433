"""What can be wrong with a rule document? Each finding with its place, its code, and a sentence in both languages."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""`("rules", "criteria", 3, "indicator")`."""


class Finding(NamedTuple):
    """One thing that is wrong, or that somebody should look at. What was written is never repeated."""

    code: str
    path: Path
    column: int | None = None
    """Within a condition: the character at which it is wrong, from 1."""

    @property
    def grave(self) -> bool:
        """It keeps the rule set from being adopted."""
        return self.code not in WARNINGS

    def place(self) -> str:
        """`rules.criteria.3.indicator`, or `rules.vetoes.0.when:12`."""
        place = ".".join(map(str, self.path))
        return place if self.column is None else f"{place}:{self.column}"


SAYS: Final[dict[str, tuple[str, str]]] = {
    "unreadable": ("Không đọc được tệp theo YAML hoặc JSON.", "The file is neither YAML nor JSON."),
    "not-utf8": ("Tệp không phải UTF-8.", "The file is not UTF-8."),
    "too-large": ("Tệp quá lớn.", "The file is too large."),
    "too-deep": ("Lồng nhau quá sâu.", "Nested too deeply."),
    "alias": ("Không dùng neo, bí danh hoặc nhãn kiểu của YAML.", "Anchors, aliases and tags are not taken."),
    "duplicate-key": ("Một khóa xuất hiện hai lần.", "A key stands twice."),
    "not-a-text": ("Khóa phải là chữ.", "A key must be a text."),
    "not-a-fact": ("Thiếu hoặc sai giá trị ở trường này.", "The field is missing, unknown, or has a wrong value."),
    "duplicate": ("Mã này đã dùng trong tài liệu.", "The code stands twice in the document."),
    "grades-mixed": ("Các mức trùng hạng hoặc khác thang.", "Grades repeat a rank or mix scales."),
    "thresholds-overlap": (
        "Ngưỡng điểm chồng nhau hoặc không giảm dần theo hạng.",
        "Thresholds overlap, or do not fall from rank to rank.",
    ),
    "thresholds-gap": (
        "Dưới ngưỡng thấp nhất không có mức nào.",
        "Below the lowest threshold no grade is given.",
    ),
    "threshold-above-total": ("Ngưỡng cao hơn tổng điểm.", "The threshold lies above all points together."),
    "grade-unreachable": ("Không cách nào đạt mức này.", "Nothing leads to this grade."),
    "grade-not-public": (
        "Chưa công bố điều gì dẫn đến mức này.",
        "What leads to this grade is not public.",
    ),
    "points-only": (
        "Không có ngưỡng và điều kiện nào: chỉ cho điểm, không xếp mức.",
        "Neither thresholds nor conditions: points only, and no grade.",
    ),
    "points-do-not-add-up": ("Điểm cộng lại không khớp.", "The points do not add up."),
    "unknown-indicator": ("Không có chỉ số này.", "There is no such indicator."),
    "not-measured": (
        "Chưa có sự việc nào để tính chỉ số này; kết quả là “chưa ghi nhận”.",
        "Nobody posts facts for this indicator yet: it stays not recorded.",
    ),
    "no-share": ("Chỉ số này không có mẫu số.", "The indicator has no denominator."),
    "no-threshold-parameter": ("Chỉ số này không có tham số ngưỡng.", "The indicator has no threshold of its own."),
    "judged-by-two": (
        "Cách chấm mâu thuẫn: tính tự động, người chấm và bỏ phiếu loại trừ nhau.",
        "Computed, scored by people and by votes exclude each other.",
    ),
    "mark-not-fitting": ("Kiểu chấm không hợp với tiêu chí này.", "That mark does not fit the criterion."),
    "bands-overlap": ("Hai mức điểm bắt đầu cùng một chỗ.", "Two bands begin at the same place."),
    "bands-fall": ("Đạt cao hơn mà điểm không cao hơn.", "A higher band gives no more points."),
    "bands-never-full": (
        "Mức cao nhất không bằng điểm của tiêu chí.",
        "The highest band is not the criterion's points.",
    ),
    "needs-bands": ("Tính theo số lượng thì phải có các mức điểm.", "Judging a number needs bands."),
    "unknown-group": ("Không có nhóm này.", "There is no such group."),
    "empty-group": ("Nhóm không có tiêu chí nào.", "The group has no criteria."),
    "unknown-rank": ("Thang không có hạng này.", "The scale has no such rank."),
    "bars-nothing": ("Không chặn được mức nào.", "It bars nothing."),
    "unknown-name": ("Điều kiện nêu một tên không có.", "The condition names something unknown."),
    "not-understood": ("Không hiểu điều kiện từ chỗ này.", "The condition is not understood from here on."),
    "not-comparable": ("Không so sánh được như thế.", "That cannot be compared in this way."),
    "never-holds": ("Điều kiện không bao giờ đúng.", "The condition can never hold."),
    "always-holds": ("Điều kiện luôn đúng.", "The condition always holds."),
    "unknown-pool": ("Không có nhóm xét này.", "There is no such pool."),
    "pool-unused": ("Nhóm xét không dùng cho tỷ lệ khống chế nào.", "No cap uses the pool."),
    "cap-below-itself": (
        "Hạng làm mẫu số phải kém hơn hạng bị khống chế.",
        "The rank that the share is of must be worse than the capped one.",
    ),
    "exception-smaller": ("Tỷ lệ ngoại lệ nhỏ hơn tỷ lệ chung.", "The exception is smaller than the share."),
    "needs-version-2": ("Cần schema_version: 2.", "That needs schema_version 2."),
}
"""Every code with its sentence, Vietnamese first."""

WARNINGS: Final = frozenset(
    {"thresholds-gap", "grade-not-public", "points-only", "not-measured", "always-holds", "pool-unused"}
)
"""What is told and does not keep a rule set from being adopted: published documents are like that."""
