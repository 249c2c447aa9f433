"""Why is a file not read? One name for each reason, with its sentence in Vietnamese and English."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, tuple[str, str]]] = {
    "archive-inside": ("Tệp chứa một tệp nén khác.", "The file holds another archive."),
    "broken": ("Tệp hỏng hoặc không phải bảng tính.", "The file is broken, or no spreadsheet."),
    "empty-sheet": ("Tệp không có dòng nào.", "The file holds no rows."),
    "encrypted": ("Tệp có mật khẩu; hãy bỏ mật khẩu rồi gửi lại.", "The file is protected by a password."),
    "entities": ("Tệp khai báo thực thể XML.", "The file declares XML entities."),
    "expands-too-much": ("Tệp bung ra quá lớn.", "The file unpacks to more than is taken."),
    "macros": ("Tệp có macro; hãy lưu lại dạng .xlsx.", "The file holds macros; save it as .xlsx."),
    "no-headings": (
        "Không tìm thấy dòng tiêu đề cột trong 20 dòng đầu.",
        "No row of column headings within the first 20 rows.",
    ),
    "not-a-workbook": ("Tệp nén này không phải bảng tính Excel.", "This archive is no Excel workbook."),
    "old-excel": ("Tệp Excel kiểu cũ (.xls); hãy lưu lại dạng .xlsx.", "An old .xls file; save it as .xlsx."),
    "outside-links": ("Tệp lấy dữ liệu từ nơi khác.", "The file points to data outside itself."),
    "part-twice": ("Tệp nén có hai phần trùng tên.", "The archive holds a part twice."),
    "path-escape": ("Tệp nén có tên phần không hợp lệ.", "The archive names a part outside itself."),
    "too-long": ("Đọc tệp quá lâu.", "Reading the file took too long."),
    "too-many-columns": ("Bảng quá nhiều cột (tối đa 200).", "More than 200 columns."),
    "too-many-parts": ("Tệp nén có quá nhiều phần.", "The archive holds too many parts."),
    "too-many-rows": ("Bảng quá nhiều dòng (tối đa 50.000).", "More than 50,000 rows."),
    "too-many-sheets": ("Tệp có quá nhiều trang tính (tối đa 60).", "More than 60 sheets."),
    "too-much-memory": ("Bảng quá rộng hoặc quá dài để đọc.", "The table is too wide or too long to be read."),
    "unknown-encoding": ("Tệp không phải UTF-8 hay UTF-16.", "The file is neither UTF-8 nor UTF-16."),
    "unreadable-line": ("Có dòng không đọc được.", "A line cannot be read."),
    "windows-1258": (
        "Tệp dùng bảng mã Windows-1258; hãy lưu lại dạng UTF-8 (CSV UTF-8).",
        "The file is in Windows-1258; save it as CSV UTF-8.",
    ),
}
"""Reason → (Vietnamese, English)."""


class SheetRefused(Exception):
    """A file is not read, for one of the reasons above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def vi(self) -> str:
        """The sentence for users."""
        return REASONS[self.reason][0]

    @property
    def en(self) -> str:
        """The same in English."""
        return REASONS[self.reason][1]
