"""What may be said of a person? The details that stand beside a fact, for each person under a key of his or her own.

They travel as ciphertext. Which fields the law counts as sensitive is marked on the field (Law 91/2025/QH15).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, model_validator

from shared.contracts.event import Part, calendar_day
from shared.contracts.fields import Name

FIRST_BIRTH: Final = dt.date(1890, 1, 1)
"""Nobody born earlier was ever a member."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Mark on a field: sensitive by law, shown under a named right only."""


def _birth_day(value: object, info: ValidationInfo) -> object:
    return calendar_day(value) if info.mode == "json" and isinstance(value, str) else value


def _living(day: dt.date) -> dt.date:
    if not FIRST_BIRTH <= day < dt.date(9999, 1, 1):
        message = "year outside 1890 to 9998"
        raise ValueError(message)
    return day


def _plain(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text) or not text.strip():
        message = "control characters or blank"
        raise ValueError(message)
    return text


Address = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_plain)]
"""An address in the users' words, kept byte for byte."""
BirthDay = Annotated[dt.date, BeforeValidator(_birth_day), AfterValidator(_living)]
"""A day of birth, written yyyy-mm-dd, 1890 to 9998."""
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 .\-]{4,18}[0-9]$")]
"""Digits, perhaps with a country's code, spaces, dots and hyphens."""
EMail = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$", max_length=254), AfterValidator(_plain)
]
"""One address of electronic mail."""
IdentityNumber = Annotated[str, StringConstraints(pattern=r"^([0-9]{9}|[0-9]{12})$")]
"""Nine digits of the old identity card, twelve of the new one."""


class Sex(StrEnum):
    """As in the member's papers."""

    FEMALE = "female"
    """A woman (nữ)."""
    MALE = "male"
    """A man (nam)."""
    OTHER = "other"
    """Neither (khác)."""


class PersonalDetails(Part):
    """What one event says of one person (thông tin cá nhân). Every field may be missing; at least one is there."""

    full_name: Name | None = None
    """The whole name (họ và tên)."""
    other_names: Annotated[tuple[Name, ...], Field(min_length=1, max_length=10)] | None = None
    """Other names (tên gọi khác, bí danh)."""
    sex: Sex | None = None
    """Sex (giới tính)."""
    birth_date: BirthDay | None = None
    """Day of birth (ngày sinh)."""
    birth_year: Annotated[int, Field(ge=1890, le=9998)] | None = None
    """Year of birth, where the day is not known (năm sinh)."""
    home_place: Address | None = None
    """Where the family comes from (quê quán)."""
    residence: Address | None = None
    """Where the person lives (nơi ở, nơi thường trú)."""
    phone: Phone | None = None
    """Telephone (số điện thoại)."""
    email: EMail | None = None
    """Electronic mail (thư điện tử)."""
    identity_number: IdentityNumber | None = None
    """Number of the identity card (số định danh cá nhân, căn cước)."""
    ethnicity: Annotated[Name | None, Sensitive()] = None
    """Ethnic origin (dân tộc): sensitive."""
    religion: Annotated[Name | None, Sensitive()] = None
    """Religion (tôn giáo): sensitive."""
    occupation: Name | None = None
    """Occupation (nghề nghiệp)."""
    schooling: Name | None = None
    """Schooling and training (trình độ học vấn, chuyên môn)."""
    card_number: Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_plain)] | None = None
    """Number of the member's card (số thẻ đoàn viên, hội viên)."""
    away_address: Address | None = None
    """Where a member who works away lives (nơi đi làm ăn xa)."""
    note: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=1_000), AfterValidator(_plain)] | None, Sensitive()
    ] = None
    """A remark (ghi chú): free text may say anything, so it counts as sensitive."""

    @model_validator(mode="after")
    def _something(self) -> PersonalDetails:
        if not self.model_fields_set or (self.birth_date is not None and self.birth_year is not None):
            message = "nothing said, or a day of birth beside a year of birth"
            raise ValueError(message)
        return self


SENSITIVE: Final = frozenset(
    name
    for name, info in PersonalDetails.model_fields.items()
    if any(isinstance(mark, Sensitive) for mark in info.metadata)
)
"""The names of the sensitive fields."""
