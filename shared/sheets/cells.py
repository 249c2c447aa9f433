"""What does a cell say? Text as an office typed it, put into one form; and the same without accents, to compare by."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Final

SPACES: Final = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""What nobody sees and spreadsheets leave behind: soft hyphens, joiners, marks of direction, byte order marks."""
_NARROW: Final = {0xFF01 + place: 0x21 + place for place in range(94)}
"""Full-width letters and signs, as input methods write them, to the plain ones."""
_NOT_A_WORD: Final = re.compile(r"[^0-9a-z]+")
_WHOLE: Final = 1e15
"""Beyond it a floating number no longer tells two neighbours apart."""


def tidy(text: str) -> str:
    """The text in NFC, in plain width, with single spaces and nothing invisible."""
    if text.isascii() and text.isalnum():
        return text
    plain = INVISIBLE.sub("", unicodedata.normalize("NFC", text).translate(_NARROW))
    return SPACES.sub(" ", plain).strip()


def folded(text: str) -> str:
    """Words without accents, case and signs: `Họ và tên (chữ in hoa)` is `ho va ten chu in hoa`."""
    plain = tidy(text).lower()
    if not plain.isascii():
        marks = unicodedata.normalize("NFD", plain.replace("đ", "d"))
        plain = "".join(char for char in marks if unicodedata.category(char) != "Mn")
    return _NOT_A_WORD.sub(" ", plain).strip()


def text_of(value: object) -> str:
    """What a spreadsheet shows of a value: days as dd/mm/yyyy, whole numbers without a point."""
    match value:
        case None:
            return ""
        case bool():
            return "Có" if value else "Không"
        case dt.datetime() | dt.date():
            return f"{value.day:02}/{value.month:02}/{value.year:04}"
        case float() if value.is_integer() and abs(value) < _WHOLE:
            return str(int(value))
        case _:
            return str(value)
