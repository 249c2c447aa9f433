"""How is a name found that was typed without accents? Both are folded to plain letters, digits and single blanks."""

from __future__ import annotations

import unicodedata
from typing import Final

_UNSAID: Final = "'’ʼ`"
"""Apostrophes inside names of the highlands: nobody types them alike."""


def folded(text: str) -> str:
    """`Huyện Đắk R'Lấp` → `huyen dak rlap`. Old and new tone marks, composed or not, come out equal."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    letters = (char for char in plain if not unicodedata.combining(char) and char not in _UNSAID)
    return " ".join("".join(char if char.isalnum() else " " for char in letters).split())
