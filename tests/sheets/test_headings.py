"""Is the row of headings found in the sheets that offices really keep?"""

from __future__ import annotations

import unicodedata

import pytest

from services.membership.imports.layout import FIELDS, WORDS
from shared.sheets.headings import find_headings

PLAIN = ["STT", "Họ và tên", "Ngày sinh", "Chi hội"]


@pytest.mark.parametrize(
    "headings",
    [
        PLAIN,
        [each.upper() for each in PLAIN],
        [unicodedata.normalize("NFD", each) for each in PLAIN],
        ["stt", "ho va ten", "ngay sinh", "chi hoi"],
        ["TT", "Họ\u00a0tên", "Năm  sinh", "Tên chi hội"],
        ["Số TT", "Họ và tên (chữ in hoa)", "Ngày, tháng, năm sinh", "Chi hội (tên)"],
    ],
)
@pytest.mark.parametrize("above", [0, 1, 7, 19])
def test_headings_are_found_however_they_are_spelt_and_wherever_they_stand(headings: list[str], above: int) -> None:
    titles = [["HỘI LHPN TỈNH", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], [], ["DANH SÁCH HỘI VIÊN"]]
    rows = [*(titles * 7)[:above], headings, ["1", "Hoa", "2006", "Ấp 1"]]
    found = find_headings(rows, WORDS, "full_name")
    assert found is not None
    assert (found.row, found.first) == (above, above + 1)
    assert found.places == {"number": 0, "full_name": 1, "birth": 2, "branch": 3}


def test_a_heading_over_two_rows_is_read_from_both() -> None:
    rows = [["TT", "Họ và tên", "Năm sinh", "", "Chi hội"], ["", "", "Nam", "Nữ", ""], ["1", "Hoa", "", "1970", "Ấp 1"]]
    found = find_headings(rows, WORDS, "full_name")
    assert found is not None
    assert found.first == 2
    assert (found.places["birth-male"], found.places["birth-female"]) == (2, 3)


def test_beyond_the_twentieth_row_and_without_a_name_nothing_is_found() -> None:
    assert find_headings([*([[]] * 20), PLAIN], WORDS, "full_name") is None
    assert find_headings([["Ngày sinh", "Chi hội"]], WORDS, "full_name") is None


def test_what_means_nothing_is_told() -> None:
    found = find_headings([["Họ và tên", "Chi hội", "Cung hoàng đạo"]], WORDS, "full_name")
    assert found is not None
    assert found.strange == ("Cung hoàng đạo",)


def test_no_word_means_two_columns() -> None:
    told = [word for known in WORDS for word in known.called]
    meanings: dict[str, set[str]] = {}
    for known in WORDS:
        for word in known.called:
            meanings.setdefault(word.lower(), set()).add(known.field)
    assert [word for word, fields in meanings.items() if len(fields) > 1] == []
    assert len(told) > len(FIELDS)
