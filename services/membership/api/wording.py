"""How does a branch's book say a value? In the users' words: units and persons by name, codes as offices write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.membership.api.naming import BIRTH_YEAR, PERSON, PHONE, Named
from services.membership.projections.asking import Row
from services.membership.projections.book import Column
from shared.history.replay.sentences import words
from shared.personal.details import FORGOTTEN
from shared.units.calendar import Language

NUMBERED: Final = "TT"
ANSWERED_ELSEWHERE: Final = "Sổ này không ghi sinh hoạt; xem số liệu sinh hoạt của chi đoàn, chi hội tại phần xếp loại."
WHAT: Final[Mapping[str, str]] = {
    "member-entered": "Có sẵn khi mở sổ",
    "member-joined": "Kết nạp",
    "member-readmitted": "Kết nạp lại",
    "transfer-received": "Chuyển sinh hoạt đến",
    "went-on": "Theo chi đoàn, chi hội sáp nhập",
    "dues-paid": "Đóng",
    "dues-exempted": "Miễn",
    "member-matured": "Trưởng thành",
    "maturity-deferred": "Tiếp tục sinh hoạt",
    "card-issued": "Phát thẻ",
    "card-withdrawn": "Thu hồi thẻ",
}
"""What happened, as the book says it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The names by which units and persons are called in one book."""

    titles: Mapping[str, str]
    named: Mapping[UUID, Named] | None
    """None: persons stay opaque ids."""

    def value(self, column: Column, row: Row) -> Any:  # noqa: ANN401 — a table's cells are of many types
        """What stands in a cell: a day, a number, or text in the users' words; none: nothing."""
        if column in (BIRTH_YEAR, PHONE):
            found = getattr(self._person(row.get(PERSON)), column.name)
            return None if found is None else str(found)
        value = row.get(column.name)
        if column.name == PERSON and isinstance(value, UUID):
            person = self._person(value)
            return FORGOTTEN[Language.VIETNAMESE] if person.forgotten else person.full_name or str(value)
        if isinstance(value, UUID):
            return self.titles.get(str(value), str(value))
        return self._said(column, value) if isinstance(value, str) else value

    def _person(self, person: UUID | None) -> Named:
        return Named() if self.named is None or person is None else self.named.get(person, Named())

    def _said(self, column: Column, code: str) -> str:
        if column.name == "what":
            return WHAT.get(code, code)
        return words().get((column.name, code)) or words().get(("", code)) or code
