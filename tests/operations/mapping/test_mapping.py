"""Does a mapping make the facts that it says, the same ones every time, and is each wrong line of it named?"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.event import contract, decode
from shared.contracts.personal import PersonalDetails
from shared.operations.mapping.layout import MappingFault, read_layout, schema_text
from shared.operations.mapping.remembered import folder_of, recognised, remember, remembered
from shared.operations.mapping.rows import Found, NoSuchTable, mapped
from shared.sheets.process import read_tables, write_book
from shared.sheets.tables import Book, Column, Page
from tests.support.sources import ROOT

EXAMPLES = sorted((ROOT / "docs" / "examples" / "mappings").glob("*-sample.toml"))
SAMPLE = (ROOT / "docs" / "examples" / "mappings" / "yum-sample.toml").read_text(encoding="utf-8")
DAY = dt.date(2024, 3, 26)
BRANCH = "00000000-0000-4000-8000-000000000001"
HEADINGS = ["STT", "MÃ ĐOÀN VIÊN", "Họ và tên", "Ngày sinh", "Giới tính", "Chi đoàn", "Ngày vào Đoàn", "Ngày rút tên"]
HOA = ["1", "DV001", "Nguyễn Thị Hoa", "05/07/2006", "nữ", "Chi đoàn Ấp 1", "26-03-2022", ""]
TEO = ["2", "DV002", "Trần Văn Tèo", "", "", "chi doan ap 1", "", "26/3/2024"]


def table(*rows: list[str], headings: list[str] = HEADINGS) -> bytes:
    lines = [["DANH SÁCH ĐOÀN VIÊN"], [], headings, *rows]
    return "\n".join(";".join(cells) for cells in lines).encode()


def made(*rows: list[str]) -> Found:
    return mapped(read_tables(table(*rows)), read_layout(SAMPLE), DAY)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.name))
def test_an_example_is_well_formed_fits_its_schema_and_says_that_it_is_a_sample(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    layout = read_layout(text)
    schema = json.loads((ROOT / "docs" / "formats" / "mapping.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(tomllib.loads(text))
    assert layout.sample == path.stem.endswith("-sample")
    assert not layout.sample or text.startswith("# MẪU")


def test_the_committed_schema_is_fresh() -> None:
    assert (ROOT / "docs" / "formats" / "mapping.schema.json").read_text(encoding="utf-8") == schema_text()


def test_rows_become_facts_that_their_contracts_take() -> None:
    found = made(HOA, [], TEO)
    assert (found.rows, found.wrong, found.strange) == (2, [], ("STT",))
    entered, matured = found.events
    assert entered["data"] == {
        "fact": {"branch": BRANCH, "admitted_on": "2022-03-26"},
        "personal": {entered["subject"]: {"full_name": "Nguyễn Thị Hoa", "birth_date": "2006-07-05", "sex": "female"}},
    }
    assert (entered["occurred"], matured["occurred"]) == ("2024-03-26", "2024-03-26")
    assert matured["type"].endswith("member-matured.v1")
    for event in found.events:
        cls = contract(event["type"])
        assert cls is not None
        decode(cls, json.dumps(event["data"]["fact"]).encode())
    PersonalDetails.model_validate_json(json.dumps(entered["data"]["personal"][entered["subject"]]))


def test_the_same_row_is_the_same_fact_and_a_changed_one_another_of_the_same_person() -> None:
    (first,), (again,) = made(HOA).events, made(["7", *HOA[1:]]).events
    assert first == again
    (changed,) = made([*HOA[:6], "27/03/2022", ""]).events
    assert changed["subject"] == first["subject"]
    assert changed["id"] != first["id"]
    (other,) = made(["1", "DV009", *HOA[2:]]).events
    assert other["subject"] != first["subject"]


def test_a_workbook_is_read_like_a_csv_file() -> None:
    page = Page(title="Đoàn viên", columns=[Column(heading=each) for each in HEADINGS], rows=[HOA, TEO])
    found = mapped(read_tables(write_book(Book(pages=[page]))), read_layout(SAMPLE), DAY)
    assert found.events == made(HOA, TEO).events


@pytest.mark.parametrize(
    ("place", "cell", "said"),
    [
        (3, "05/07/06", "Ngày sinh"),
        (3, "2006", "chỉ có năm"),
        (4, "Khác", "không có trong danh mục"),
        (5, "Chi đoàn ấp 9", "không có trong danh mục"),
        (1, "", "còn trống"),
        (2, "  ", "còn trống"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_heading_and_makes_no_fact(place: int, cell: str, said: str) -> None:
    row = [*HOA[:place], cell, *HOA[place + 1 :]]
    found = made(TEO, row)
    (wrong,) = found.wrong
    assert wrong.row == 5
    assert said in str(wrong)
    assert len(found.events) == 1


def test_a_file_without_the_columns_is_for_another_mapping() -> None:
    with pytest.raises(NoSuchTable):
        mapped(read_tables(table(HOA, headings=["a", "b", "c", "d", "e", "f", "g", "h"])), read_layout(SAMPLE), DAY)


FAULTS: dict[str, tuple[str, str, str]] = {
    "an unknown kind": ('kind = "id"', 'kind = "ids"', "Invalid enum value"),
    "an unknown word": ("required = true\n# Tên", "requird = true\n# Tên", "unknown field"),
    "a field that no contract has": ('branch = "{branch}"\nadmitted', 'bramch = "{branch}"\nadmitted', "no field"),
    "a gap that nothing fills": ('sex = "{sex}"', 'sex = "{sexx}"', "no column or id"),
    "an unknown event": (
        'type = "vn.nennep.membership.member-matured',
        'type = "vn.nennep.membership.matured',
        "no event",
    ),
    "an unknown condition": ('given = ["left"]', 'given = ["leeft"]', "no column 'leeft'"),
    "a wrong type": ("sample = true", "sample = 1", "Expected `bool`"),
    "an unknown detail": ('phone = "{phone}"', 'phonee = "{phone}"', "no personal detail"),
    "an id of nothing": ('person = ["code"]', 'person = ["coode"]', "no column 'coode'"),
    "a heading given twice": ('headings = ["Ngày sinh"]', 'headings = ["Họ và tên"]', "already means"),
    "no TOML": ("[columns.phone]", "[columns.phone", "not TOML"),
    "another id": ('namespace = "6a0f', 'namespace = "xa0f', "Expected `str` matching"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_line(fault: str) -> None:
    right, wrong, said = FAULTS[fault]
    assert SAMPLE.count(right) == 1
    text = SAMPLE.replace(right, wrong)
    with pytest.raises(MappingFault) as caught:
        read_layout(text)
    line = text[: text.index(wrong)].count("\n") + 1
    assert [each for each in caught.value.faults if each.startswith(f"line {line}: ") and said in each], (
        caught.value.faults,
        line,
    )


def test_a_field_that_is_missing_is_named_where_the_fact_stands() -> None:
    with pytest.raises(MappingFault, match="needs the field 'branch'"):
        read_layout(SAMPLE.replace('branch = "{branch}"\nadmitted', "admitted"))


def test_mappings_are_remembered_beside_the_outbox_and_known_by_their_table(tmp_path: Path) -> None:
    outbox = tmp_path / "hop-thu"
    layout = read_layout(SAMPLE)
    remember(outbox, layout, SAMPLE)
    other: Any = SAMPLE.replace('"yum-sample"', '"another"').replace('"Mã đoàn viên", "Mã số"', '"Mã hội viên"')
    remember(outbox, read_layout(other), other)
    assert [each.name for each, _ in remembered(outbox)] == ["another", "yum-sample"]
    assert [each.name for each in recognised(outbox, read_tables(table(HOA)))] == ["yum-sample"]
    changed = SAMPLE + "# sửa\n"
    remember(outbox, read_layout(changed), changed)
    remember(outbox, read_layout(changed), changed)
    assert len(list(folder_of(outbox).glob("*.old"))) == 1
    assert {each.name: text for each, text in remembered(outbox)}["yum-sample"] == changed
