"""Which columns has the list of members? Those of the paper book (sổ đoàn viên), and what they may be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.sheets.headings import Words

YOUTH_UNION: Final = "youth-union"
ERRORS: Final = "Lỗi"
"""The column that the returned file has more than the one that was sent."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What an organisation calls its people and branches."""

    member: str
    branch: str
    whole: str


_YOUTH: Final = Wording("đoàn viên", "chi đoàn", "Đoàn")
_OTHER: Final = Wording("hội viên", "chi hội", "Hội")


def wording(kind: str) -> Wording:
    """The words of an organisation of that kind."""
    return _YOUTH if kind == YOUTH_UNION else _OTHER


@dataclass(frozen=True, slots=True)
class Field:
    """One column: what it is called here, and elsewhere."""

    name: str
    heading: str
    """`{branch}`, `{member}` and `{whole}` stand for the organisation's words."""
    also: tuple[str, ...] = ()
    width: float = 16
    choices: str | None = None
    strict: bool = True
    day: bool = False
    longest: int = 200
    personal: bool = True
    """Whether it is kept under the person's own key, and nowhere else."""
    sensitive: bool = False
    required: bool = False
    hint: str = ""


FIELDS: Final = (
    Field("number", "STT", ("số tt", "tt", "số thứ tự", "stt."), 6, personal=False),
    Field(
        "full_name",
        "Họ và tên",
        (
            *("họ tên", "họ và tên đoàn viên", "họ và tên hội viên", "họ tên đoàn viên", "họ tên hội viên"),
            *("tên đoàn viên", "tên hội viên", "họ, tên", "họ và tên khai sinh", "full name", "full_name"),
        ),
        28,
        required=True,
    ),
    Field(
        "birth",
        "Ngày sinh",
        (
            *("ngày tháng năm sinh", "năm sinh", "sinh ngày", "ngày, tháng, năm sinh", "ngày sinh hoặc năm sinh"),
            *("ngày/tháng/năm sinh", "ns", "birth", "birth_date", "birth_year", "date of birth"),
        ),
        14,
        day=True,
        hint="Ghi ngày/tháng/năm, ví dụ 05/07/2006; chỉ biết năm thì ghi năm, ví dụ 2006.",
    ),
    Field("sex", "Giới tính", ("nam/nữ", "nam nữ", "phái", "giới", "sex"), 10, choices="Giới tính"),
    Field("phone", "Điện thoại", ("số điện thoại", "sđt", "sdt", "đt", "di động", "điện thoại di động", "phone"), 15),
    Field("email", "Thư điện tử", ("email", "e-mail", "địa chỉ email", "hòm thư"), 22),
    Field(
        "identity_number",
        "Số căn cước",
        (
            *(
                "căn cước",
                "cccd",
                "số cccd",
                "cmnd",
                "số cmnd",
                "cmnd/cccd",
                "cccd/cmnd",
                "số cmnd/cccd",
                "số định danh",
            ),
            *("số cccd/cmnd", "số định danh cá nhân", "căn cước công dân", "số căn cước công dân", "identity_number"),
        ),
        16,
    ),
    Field("ethnicity", "Dân tộc", ("ethnicity",), 12, sensitive=True),
    Field("religion", "Tôn giáo", ("religion",), 12, sensitive=True),
    Field("home_place", "Quê quán", ("nguyên quán", "quê", "home_place"), 30, longest=500),
    Field(
        "residence",
        "Nơi ở hiện nay",
        (
            *("nơi ở", "địa chỉ", "chỗ ở", "chỗ ở hiện nay", "nơi thường trú", "thường trú", "hộ khẩu thường trú"),
            *("địa chỉ thường trú", "nơi cư trú", "địa chỉ hiện nay", "residence"),
        ),
        30,
        longest=500,
    ),
    Field("occupation", "Nghề nghiệp", ("nghề", "công việc", "nghề nghiệp hiện nay", "occupation"), 18),
    Field(
        "schooling",
        "Trình độ",
        (
            "trình độ học vấn",
            "học vấn",
            "trình độ văn hóa",
            "văn hóa",
            "trình độ chuyên môn",
            "chuyên môn",
            "schooling",
        ),
        16,
    ),
    Field(
        "card_number",
        "Số thẻ",
        ("số thẻ đoàn viên", "số thẻ hội viên", "thẻ", "số thẻ đoàn", "card_number"),
        14,
        longest=60,
    ),
    Field(
        "admitted",
        "Ngày vào {whole}",
        (
            *("ngày vào đoàn", "ngày vào hội", "năm vào đoàn", "năm vào hội", "ngày kết nạp", "năm kết nạp"),
            *("ngày kết nạp đoàn", "ngày kết nạp hội", "vào đoàn", "vào hội", "ngày tháng năm vào đoàn"),
            *("ngày tháng năm vào hội", "ngày tháng năm kết nạp", "admitted", "admitted_on", "admitted_year"),
        ),
        14,
        day=True,
        personal=False,
        hint="Ghi ngày/tháng/năm; chỉ biết năm thì ghi năm.",
    ),
    Field(
        "joined",
        "Kết nạp mới",
        ("mới kết nạp", "là kết nạp mới", "joined"),
        12,
        choices="Có, không",
        personal=False,
        hint="Có: kết nạp mới vào ngày ghi ở cột trước. Để trống hoặc Không: đã có trong sổ từ trước.",
    ),
    Field(
        "branch",
        "{branch}",
        (
            *("chi đoàn", "chi hội", "tên chi đoàn", "tên chi hội", "chi đoàn/chi hội", "đơn vị", "sinh hoạt tại"),
            *("chi đoàn sinh hoạt", "chi hội sinh hoạt", "branch"),
        ),
        34,
        choices="{branch}",
        personal=False,
        required=True,
        hint="Chọn trong danh mục; phần trong ngoặc vuông là mã ngắn.",
    ),
    Field(
        "left",
        "Ngày thôi sinh hoạt",
        ("ngày rời", "ngày thôi", "ngày ra khỏi đoàn", "ngày ra khỏi hội", "ngày xóa tên", "left"),
        14,
        day=True,
        personal=False,
    ),
    Field(
        "cause",
        "Lý do thôi",
        ("lý do", "lý do rời", "lý do thôi sinh hoạt", "cause"),
        24,
        choices="Lý do",
        personal=False,
    ),
    Field(
        "key",
        "Mã ngoài",
        (
            "mã",
            "mã số",
            "mã đoàn viên",
            "mã hội viên",
            "mã định danh",
            "id",
            "mã yum",
            "external key",
            "external_key",
            "key",
        ),
        14,
        longest=100,
        personal=False,
        hint="Mã của người này trong phần mềm khác, nếu có; lần sau nhập lại sẽ nhận ra bằng mã này.",
    ),
    Field("note", "Ghi chú", ("ghi chu", "note"), 30, longest=1_000, sensitive=True),
    Field("errors", ERRORS, ("loi",), 40, personal=False),
)
BY_NAME: Final[Mapping[str, Field]] = {each.name: each for each in FIELDS}
WORDS: Final = tuple(
    Words(each.name, (each.heading, *each.also)) for each in FIELDS if "{" not in each.heading
) + tuple(Words(each.name, each.also) for each in FIELDS if "{" in each.heading)

SEXES: Final = {"Nam": "male", "Nữ": "female", "Khác": "other"}
YES_NO: Final = ("Có", "Không")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a membership ended: the fact that says so, and the cause in it."""

    fact: str
    code: str | None = None
    youth: bool = False
    """Only the Youth Union has it."""
    more: Mapping[str, str] = field(default_factory=dict)


CAUSES: Final[Mapping[str, Cause]] = {
    "Xóa tên: không sinh hoạt": Cause("member-struck-off", "not-attending"),
    "Xóa tên: không đóng phí": Cause("member-struck-off", "dues-unpaid"),
    "Xóa tên: đi nơi khác": Cause("member-struck-off", "gone-away"),
    "Xóa tên: kết nạp sai": Cause("member-struck-off", "wrongly-admitted"),
    "Xin ra": Cause("member-resigned"),
    "Qua đời": Cause("member-died"),
    "Trưởng thành": Cause("member-matured", youth=True),
}


def heading(name: str, words: Wording) -> str:
    """The heading of a column in the words of an organisation."""
    text = BY_NAME[name].heading.format(branch=words.branch, member=words.member, whole=words.whole)
    return text[0].upper() + text[1:]
