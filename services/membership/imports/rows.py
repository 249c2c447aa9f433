"""What does a row say of a member? Cells become values, and each cell that cannot is named with what is wrong in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from services.membership.imports.branches import Branches, NoSuchBranch
from services.membership.imports.layout import BY_NAME, CAUSES, SEXES, WORDS, Wording, heading
from shared.sheets.cells import folded, tidy
from shared.sheets.days import NotADay, read_day
from shared.sheets.errors import SheetRefused
from shared.sheets.headings import Found, find_headings
from shared.sheets.tables import Table

OLDEST: Final = 120
"""Years: nobody on a book is older."""
FIRST_YEAR: Final = 1930
_PHONE: Final = re.compile(r"\+?[0-9][0-9 .\-]{4,18}[0-9]")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_SEPARATORS: Final = re.compile(r"[\s.\-]")
_TOTALS: Final = (
    "tong cong",
    "tong so",
    "tong",
    "cong",
    "tong cong danh sach",
    "danh sach nay co",
    "nguoi lap",
    "xac nhan",
)
_PHONE_DIGITS: Final = range(8, 16)
_MOBILE_WITHOUT_ZERO: Final = 9
_CARD_WITHOUT_ZERO: Final = {8, 11}
_PLAIN_TEXT: Final = (
    *(
        "full_name",
        "ethnicity",
        "religion",
        "home_place",
        "residence",
        "occupation",
        "schooling",
        "card_number",
        "note",
    ),
)
_SEX_WORDS: Final = {folded(word): code for word, code in SEXES.items()} | {
    "gai": "female",
    "trai": "male",
    "f": "female",
    "m": "male",
    "female": "female",
    "male": "male",
    "x nu": "female",
    "nu gioi": "female",
    "nam gioi": "male",
    "other": "other",
}
_YES: Final = {"co", "x", "yes", "true", "1", "dung"}
_NO: Final = {"", "khong", "no", "false", "0", "sai"}
_CAUSE_WORDS: Final = {folded(word): word for word in CAUSES}


class Row(msgspec.Struct, kw_only=True):
    """One member as a row says, or what is wrong with it."""

    sheet: int
    place: int
    """The row in its sheet, from 0."""
    details: dict[str, str | int] = {}
    """Name, birth and all else that is personal, as it will be posted."""
    branch: UUID | None = None
    admitted: dt.date | int | None = None
    joined: bool = False
    left: dt.date | None = None
    cause: str | None = None
    key: str | None = None
    errors: list[str] = []


class Sheet(msgspec.Struct, kw_only=True):
    """Where a sheet's members stand."""

    found: Found
    rows: list[Row]


def read_sheets(tables: Sequence[Table], reading: Reading) -> dict[int, Sheet]:
    """The members of every sheet that has headings. SheetRefused where none has."""
    sheets: dict[int, Sheet] = {}
    for number, table in enumerate(tables):
        found = find_headings(table.rows, WORDS, "full_name")
        if found is not None:
            sheets[number] = Sheet(found=found, rows=list(_members(number, table, found, reading)))
    if not sheets:
        raise SheetRefused("no-headings")
    return sheets


def _members(number: int, table: Table, found: Found, reading: Reading) -> Iterator[Row]:
    used = {column for field, column in found.places.items() if field not in {"errors", "number"}}
    last = _last(table, found, used)
    for place in range(found.first, last):
        row = table.rows[place]
        if any(column < len(row) and tidy(row[column]) for column in used):
            yield reading.row(number, place, row, found)


def _last(table: Table, found: Found, used: set[int]) -> int:
    """The end of the members: what stands below as a total, a signature or a date of making is none."""
    last = len(table.rows)
    while last > found.first and not _is_member(table.rows[last - 1], found, used):
        last -= 1
    return last


def _is_member(row: Sequence[str], found: Found, used: set[int]) -> bool:
    words = [folded(cell) for cell in row if cell]
    if any(word == total or word.startswith(f"{total} ") for word in words[:2] for total in _TOTALS):
        return False
    name = found.places["full_name"]
    filled = sum(1 for column in used if column < len(row) and tidy(row[column]))
    return filled > 1 or (filled == 1 and name < len(row) and bool(tidy(row[name])))


class Reading:
    """How the rows of one import are read: whose branches, on which day, in whose words."""

    def __init__(self, branches: Branches, day: dt.date, words: Wording, only: UUID | None = None) -> None:
        """`only`: the branch of every row that names none."""
        self._branches, self._day, self._words, self._only = branches, day, words, only
        self._readers: Mapping[str, Callable[[Row, str], None]] = {
            "birth": self._birth,
            "birth-male": self._birth_of("male"),
            "birth-female": self._birth_of("female"),
            "sex": self._sex,
            "phone": self._phone,
            "email": self._email,
            "identity_number": self._identity,
            "admitted": self._admitted,
            "joined": self._joined,
            "branch": self._branch,
            "left": self._left,
            "cause": self._cause,
            "key": self._key,
        }

    def row(self, sheet: int, place: int, cells: Sequence[str], found: Found) -> Row:
        """One row, with every error in it."""
        row = Row(sheet=sheet, place=place, details={}, errors=[])
        for field, column in found.places.items():
            said = tidy(cells[column]) if column < len(cells) else ""
            if not said or field in {"number", "errors"}:
                continue
            if (wrong := _misshapen(field, said)) is not None:
                self._say(row, field, wrong, found)
            elif field in _PLAIN_TEXT:
                row.details[field] = said
            else:
                self._read(row, field, said, found)
        self._finish(row, found)
        return row

    def _read(self, row: Row, field: str, said: str, found: Found) -> None:
        try:
            self._readers[field](row, said)
        except ValueError as wrong:
            self._say(row, field, str(wrong), found)

    def _say(self, row: Row, field: str, wrong: str, found: Found) -> None:
        name = found.said.get(field) or heading(field, self._words)
        row.errors.append(f"{name}: {wrong}")

    def _finish(self, row: Row, found: Found) -> None:
        """What several cells must say together."""
        if "full_name" not in row.details and not any(
            each.startswith(f"{found.said['full_name']}:") for each in row.errors
        ):
            self._say(row, "full_name", "chưa ghi", found)
        if row.branch is None and self._only is not None and "branch" not in found.places:
            row.branch = self._only
        elif row.branch is None and not row.errors:
            self._say(row, "branch", "chưa ghi", found)
        if row.joined and not isinstance(row.admitted, dt.date):
            self._say(row, "admitted", "kết nạp mới phải ghi đủ ngày/tháng/năm", found)
        if (row.left is None) != (row.cause is None):
            self._say(
                row, "cause" if row.cause is None else "left", "ghi cả ngày thôi và lý do, hoặc để trống cả hai", found
            )
        if (wrong := self._disordered(row)) is not None:
            self._say(row, *wrong, found)

    def _disordered(self, row: Row) -> tuple[str, str] | None:
        """Days that cannot follow one another."""
        born = row.details.get("birth_date", row.details.get("birth_year"))
        born_in = None if born is None else int(str(born)[:4])
        admitted_in = row.admitted.year if isinstance(row.admitted, dt.date) else row.admitted
        if born_in is not None and admitted_in is not None and admitted_in <= born_in:
            return "admitted", "không thể trước hoặc trong năm sinh"
        if row.left is not None and isinstance(row.admitted, dt.date) and row.left < row.admitted:
            return "left", "trước ngày vào"
        return None

    # ── One cell each ────────────────────────────────────────────────────────────────────────────────────────────

    def _birth(self, row: Row, said: str) -> None:
        born = read_day(said)
        year = born.year if isinstance(born, dt.date) else born
        if (born if isinstance(born, dt.date) else dt.date(year, 1, 1)) > self._day:
            message = "ở tương lai"
            raise NotADay(message)
        if year < self._day.year - OLDEST:
            message = f"quá {OLDEST} tuổi"
            raise NotADay(message)
        if isinstance(born, dt.date):
            row.details["birth_date"] = born.isoformat()
        else:
            row.details["birth_year"] = born

    def _birth_of(self, sex: str) -> Callable[[Row, str], None]:
        def read(row: Row, said: str) -> None:
            row.details["sex"] = sex
            if folded(said) != "x":
                self._birth(row, said)

        return read

    def _sex(self, row: Row, said: str) -> None:
        code = _SEX_WORDS.get(folded(said))
        if code is None:
            message = "hãy ghi Nam, Nữ hoặc Khác"
            raise ValueError(message)
        row.details["sex"] = code

    def _phone(self, row: Row, said: str) -> None:
        digits = _SEPARATORS.sub("", said).removeprefix("+")
        if not digits.isdigit() or len(digits) not in _PHONE_DIGITS or _PHONE.fullmatch(said) is None:
            message = "phải là 8 đến 15 chữ số"
            raise ValueError(message)
        lost = said == digits and len(digits) == _MOBILE_WITHOUT_ZERO and digits[0] != "0"
        row.details["phone"] = f"0{said}" if lost else said

    def _email(self, row: Row, said: str) -> None:
        if _EMAIL.fullmatch(said) is None:
            message = "không phải địa chỉ thư điện tử"
            raise ValueError(message)
        row.details["email"] = said

    def _identity(self, row: Row, said: str) -> None:
        digits = _SEPARATORS.sub("", said)
        digits = f"0{digits}" if len(digits) in _CARD_WITHOUT_ZERO else digits
        if re.fullmatch(r"[0-9]{9}|[0-9]{12}", digits) is None:
            message = "phải có 9 hoặc 12 chữ số"
            raise ValueError(message)
        row.details["identity_number"] = digits

    def _admitted(self, row: Row, said: str) -> None:
        admitted = read_day(said)
        first = admitted if isinstance(admitted, dt.date) else dt.date(admitted, 1, 1)
        if first > self._day:
            message = f"sau ngày lập danh sách ({self._day:%d/%m/%Y})"
            raise NotADay(message)
        if first.year < FIRST_YEAR:
            message = f"trước năm {FIRST_YEAR}"
            raise NotADay(message)
        row.admitted = admitted

    def _joined(self, row: Row, said: str) -> None:
        word = folded(said)
        if word not in _YES | _NO:
            message = "hãy ghi Có hoặc Không"
            raise ValueError(message)
        row.joined = word in _YES

    def _branch(self, row: Row, said: str) -> None:
        try:
            row.branch = self._branches.find(said)
        except NoSuchBranch:
            row.branch = None
            raise

    def _left(self, row: Row, said: str) -> None:
        left = read_day(said)
        if not isinstance(left, dt.date):
            message = "phải ghi đủ ngày/tháng/năm"
            raise NotADay(message)
        if left > self._day:
            message = f"sau ngày lập danh sách ({self._day:%d/%m/%Y})"
            raise NotADay(message)
        row.left = left

    def _cause(self, row: Row, said: str) -> None:
        cause = _CAUSE_WORDS.get(folded(said))
        if cause is None:
            message = "hãy chọn trong danh mục"
            raise ValueError(message)
        row.cause = cause

    def _key(self, row: Row, said: str) -> None:
        row.key = said


def _misshapen(field: str, said: str) -> str | None:
    """What no cell may be, whatever it means: too long, or with characters that nobody sees."""
    known: Any = BY_NAME.get(field)
    longest = known.longest if known is not None else 200
    if len(said) > longest:
        return f"dài quá {longest} ký tự"
    return None if said.isprintable() else "có ký tự điều khiển"
