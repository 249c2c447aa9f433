"""Which file is filled in? A workbook of the organisation's own: its columns, its branches, how to fill it."""

from __future__ import annotations

from typing import Final

from services.membership.imports.branches import Branches
from services.membership.imports.layout import (
    CAUSES,
    ERRORS,
    FIELDS,
    SEXES,
    YES_NO,
    YOUTH_UNION,
    Field,
    heading,
    wording,
)
from shared.sheets.tables import Book, Column, Page

ROWS: Final = 5_000
"""Empty rows that are prepared for typing; more may be pasted below them."""
SHEET: Final = "Danh sách"
_LEFT_OUT: Final = {"errors"}


def template(kind: str, title: str, branches: Branches) -> Book:
    """The template of an organisation: of that kind and name, with these branches."""
    words = wording(kind)
    branch_list = words.branch[0].upper() + words.branch[1:]
    lists = {
        branch_list: branches.labels(),
        "Giới tính": list(SEXES),
        "Có, không": list(YES_NO),
        "Lý do": [word for word, cause in CAUSES.items() if not cause.youth or kind == YOUTH_UNION],
    }
    columns = [_column(each, kind, branch_list) for each in FIELDS if each.name not in _LEFT_OUT]
    return Book(
        pages=[Page(title=SHEET, columns=columns, blank=ROWS, banner=[f"DANH SÁCH {words.member.upper()}", title])],
        lists=lists,
        text=list(_instructions(kind)),
    )


def _column(field: Field, kind: str, branch_list: str) -> Column:
    return Column(
        heading=heading(field.name, wording(kind)),
        width=field.width,
        day=field.day,
        choices=branch_list if field.name == "branch" else field.choices,
        strict=field.strict,
        hint=field.hint,
        sensitive=field.sensitive,
        required=field.required,
    )


def _instructions(kind: str) -> list[str]:
    words = wording(kind)
    sensitive = ", ".join(heading(each.name, words) for each in FIELDS if each.sensitive)
    required = ", ".join(heading(each.name, words) for each in FIELDS if each.required)
    personal = ", ".join(heading(each.name, words) for each in FIELDS if each.personal and not each.sensitive)
    branch, admitted = heading("branch", words), heading("admitted", words)
    return [
        f"Cách ghi danh sách {words.member}",
        f"Mỗi dòng một {words.member}. Không đổi dòng tiêu đề; có thể bỏ trống hoặc xóa cột không bắt buộc.",
        f"Cột bắt buộc (nền cam): {required}.",
        "Ngày ghi ngày/tháng/năm, ví dụ 05/07/2006. Chỉ biết năm thì ghi năm, ví dụ 2006.",
        "Điện thoại, số căn cước, số thẻ, mã ngoài là chữ, không phải số: số 0 ở đầu được giữ nguyên.",
        f"{branch}: chọn trong danh mục; trong ngoặc vuông là mã ngắn để phân biệt nơi cùng tên.",
        f"Kết nạp mới: ghi Có thì tính là kết nạp vào ngày ghi ở cột {admitted}.",
        "Kết nạp mới để trống hoặc ghi Không: người đã có trong sổ, không tính là kết nạp.",
        "Ngày thôi sinh hoạt và Lý do thôi: chỉ ghi cho người đã có trong sổ và nay không còn sinh hoạt.",
        "Mã ngoài: mã của người này trong phần mềm khác, nếu có; lần sau nhập lại sẽ nhận ra bằng mã này.",
        "Không có mã ngoài thì nhận ra bằng họ tên, ngày sinh và nơi sinh hoạt.",
        f"Dữ liệu cá nhân, được mã hóa bằng khóa riêng của từng người: {personal}.",
        f"Dữ liệu cá nhân nhạy cảm theo Luật 91/2025/QH15 (nền vàng): {sensitive}. Chỉ ghi khi thật sự cần.",
        f"Sau khi nhập, tệp được trả lại nguyên vẹn, có thêm cột “{ERRORS}”: dòng bị từ chối tô đỏ, kèm lý do.",
        "Sửa ngay trên tệp đó rồi gửi lại; dòng đã vào sổ sẽ được nhận ra, không ghi hai lần.",
    ]
