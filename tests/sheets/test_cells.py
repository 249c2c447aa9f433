"""Do two spellings of the same words compare equal, and is a cell shown as the spreadsheet shows it?"""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest

from shared.sheets.cells import folded, text_of, tidy

NAME = "Nguyễn Thị Đào"


@pytest.mark.parametrize(
    "spelling",
    [
        NAME,
        unicodedata.normalize("NFD", NAME),
        NAME.upper(),
        "  Nguyễn\u00a0\u00a0Thị\tĐào ",
        "Ｎguyễn Thị Đào",
        "\ufeffNguyễn\u200b Thị Đào",
        "Nguyen Thi Dao",
    ],
)
def test_spellings_of_one_name_fold_into_one(spelling: str) -> None:
    assert folded(spelling) == "nguyen thi dao"


def test_accents_of_old_and_new_rules_fold_into_one() -> None:
    assert folded("Hoà") == folded("Hòa") == "hoa"


def test_tidy_keeps_every_letter() -> None:
    assert tidy(unicodedata.normalize("NFD", NAME)) == NAME
    assert tidy("＝1＋1") == "=1+1"
    assert tidy("a\u00a0\u3000 b") == "a b"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (912345678.0, "912345678"),
        (1.5, "1.5"),
        (dt.date(2006, 7, 5), "05/07/2006"),
        (dt.datetime(2006, 7, 5, tzinfo=dt.UTC), "05/07/2006"),
        (True, "Có"),
        ("0912", "0912"),
    ],
)
def test_a_value_is_shown_as_people_read_it(value: object, text: str) -> None:
    assert text_of(value) == text
