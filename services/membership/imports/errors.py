"""What stands against an import, beside what is wrong with its file?"""

from __future__ import annotations

from shared.eventsourcing.errors import Answered, Conflict, Refused


class UnknownImport(Answered):
    """No such import is kept for this organisation."""

    vi = "Không có lần nhập này trong tổ chức."
    status = 404


class ImportNotFinished(Conflict):
    """The import is still under way."""

    vi = "Lần nhập này chưa xong; hãy thử lại sau."


class NothingToUndo(Conflict):
    """The import posted nothing that could be taken back, or it was taken back before."""

    vi = "Lần nhập này không ghi gì vào sổ, hoặc đã được hoàn tác."


class ResultGone(Answered):
    """The file is kept for seven days after the import, and not after one of its people was forgotten."""

    vi = "Tệp kết quả không còn được giữ."
    status = 410


class TooManyImports(Answered):
    """Five imports of this organisation wait already."""

    vi = "Đã có năm lần nhập đang chờ; hãy đợi xong rồi gửi tiếp."
    status = 429


class ImportTaken(Conflict):
    """Another file was sent under this id."""

    vi = "Mã lần nhập này đã dùng cho tệp khác."


class NotABaseUnit(Refused):
    """The unit is none of the organisation's on that day, or lies outside the key's scope."""

    vi = "Không có đơn vị này trong phạm vi của khóa vào ngày đó."


class NoOrganisation(Refused):
    """The key belongs to no organisation with branches: use one of the organisation whose list it is."""

    vi = "Khóa này không thuộc tổ chức nào có chi đoàn, chi hội; hãy dùng khóa của tổ chức."
