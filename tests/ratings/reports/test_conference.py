"""Does the report for a review conference say what is counted, in every format, whatever it is called?"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from docx import table as docx_table

from services.ratings.reports.layouts import letterhead, sections
from services.ratings.reports.paper import Blank, Block, Heading, Paper, Share, Table, Text
from services.ratings.reports.spreadsheet import xlsx
from services.ratings.reports.typeset import APART, WHOLE, pdf, spread, thousandths
from services.ratings.reports.word import docx as word
from shared.units.calendar import number_text
from tests.oracle.grading import decided, percent, shares
from tests.oracle.meetings import attendance, held, met
from tests.oracle.membership import counted, members
from tests.ratings.answering import Answering
from tests.ratings.reports.reviewed import DIRECTIVE, reviewed
from tests.support.recounting import recounted
from tests.support.tale import id_of

ROOT = str(id_of("root"))
ASKED = f"unit={ROOT}&start=2020-01-01&end=2023-01-01"
HEAD = f"directive={DIRECTIVE}&place=Cao%20L%C3%A3nh&day=2023-09-21&number=7"
PATH = f"/v1/conference-reports?{ASKED}&{HEAD}&until=2024-01-01"
HOSTILE = '=HYPERLINK("x")\x00\x0b<w:p>#panic() \u202e*đậm* & ]]> ' + "Ễ" * 200
SNAPSHOT = Path(__file__).parent / "snapshot.txt"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """Three reviewed years, asked over HTTP."""
    house = Answering(reviewed(), tmp_path_factory.mktemp("reviewed"))
    yield house
    house.close()


@pytest.fixture(scope="module")
def told(house: Answering) -> Mapping[str, Any]:
    """The report as values."""
    return asyncio.run(house.told(PATH))


async def handed_out(house: Answering, kind: str) -> bytes:
    """The report as a file, twice the same."""
    once, again = [await house.ask(f"{PATH}&format={kind}") for _ in range(2)]
    assert once.status_code == 200, once.text
    assert once.content == again.content
    assert once.headers["content-disposition"].endswith(f'.{kind}"')
    return once.content


@pytest.fixture(scope="module")
def document(house: Answering) -> bytes:
    """The report for Word."""
    return asyncio.run(handed_out(house, "docx"))


def tables(told: Mapping[str, Any]) -> dict[str, dict[str, list[Any]]]:
    """Row by its first cell, table by its title; untitled ones together."""
    found: dict[str, dict[str, list[Any]]] = {}
    for part in told["parts"]:
        if "table" in part:
            found.setdefault(part["table"], {}).update({row[0]: row[1:] for row in part["rows"]})
    return found


def lines_of(document: bytes) -> Iterator[str]:
    """Every paragraph, and every row of every table, in the order of the document."""
    for block in docx.Document(BytesIO(document)).iter_inner_content():
        if isinstance(block, docx_table.Table):
            yield from (" | ".join(cell.text.replace("\n", " / ") for cell in row.cells) for row in block.rows)
        elif block.text.strip():
            yield block.text


def share(numerator: int, denominator: int | None) -> dict[str, Any]:
    """As the answer has a rate."""
    return {
        "numerator": numerator,
        "denominator": denominator,
        "percent": percent(numerator, denominator) if denominator else None,
    }


async def test_every_number_is_as_recounted_year_by_year_and_the_whole_by_itself(
    house: Answering, told: Mapping[str, Any]
) -> None:
    history, found = recounted(house.tale.logs), tables(told)[""]
    day = dt.date.fromisoformat
    spans = [(day(f"{of}-01-01"), day(f"{of + 1}-01-01")) for of in (2020, 2021, 2022)]
    spans.append((spans[0][0], spans[-1][1]))
    last = [end - dt.timedelta(days=1) for _, end in spans]
    assert found["Đoàn viên, hội viên trong sổ (cuối kỳ)"] == [members(history, ROOT, day).numerator for day in last]
    admitted = [counted(history, "member-joined", ROOT, *span).numerator for span in spans]
    assert found["Đoàn viên, hội viên kết nạp mới"] == admitted
    assert sum(admitted[:3]) == admitted[3] == 23
    assert found["Buổi sinh hoạt định kỳ"] == [held(history, ROOT, *span).numerator for span in spans]
    for label, figure in (("Kỳ phải sinh hoạt có sinh hoạt", met), ("Lượt có mặt trên lượt phải dự", attendance)):
        given = [figure(history, ROOT, *span) for span in spans]
        assert found[label] == [share(each.numerator, each.denominator) for each in given]
    bases = [cell["denominator"] for cell in found["Tỷ lệ tập hợp (cuối kỳ)"]]
    assert bases == [None] * 4, "nobody has counted the people"


async def test_grades_are_as_recounted_and_years_put_together_are_unit_years(
    house: Answering, told: Mapping[str, Any]
) -> None:
    history = recounted(house.tale.logs)
    facts = decided(history, ROOT, dt.date(2020, 1, 1), dt.date(2023, 1, 1), dt.date(2024, 1, 1))
    split = shares(history, facts, ("level", "period"))
    rows = [
        part for part in told["parts"] if part.get("table") == "Chi đoàn, chi hội, theo ngành dọc: kết quả xếp loại"
    ]
    old, new = (part["rows"] for part in rows)
    assert [row[0] for row in old] == ["2020", "2021", "Cộng các kỳ"]
    assert [row[1] for row in old] == ["3 đơn vị", "4 đơn vị", "7 đơn vị–năm"]
    assert "đơn vị–năm" in rows[0]["notes"][0]
    for row, of in ((old[0], 2020), (old[1], 2021)):
        for rank, cell in enumerate(row[2:-1], 1):
            numerator, whole, _ = split.get(("branch", f"{of}-01-01/{of + 1}-01-01", "strength", str(rank)), (0, 0, ""))
            assert cell == share(numerator, whole or sum(cell["numerator"] for cell in row[2:-1]))
    assert [row[0] for row in new] == ["2022"], "another scale is another table"
    (slopes,) = (part for part in told["parts"] if str(part.get("slopes", "")).startswith("Chi"))
    assert slopes["joined"] == ["limited", "no"]
    assert [line["points"][2] is None for line in slopes["lines"]] == [True, True, True, False, False]


async def test_what_others_reported_stands_beside_and_is_never_mixed_in(
    house: Answering, told: Mapping[str, Any]
) -> None:
    (table,) = (part for part in told["parts"] if part.get("columns", [""])[-1].startswith("Nguồn"))
    said = {(row[0], row[1]): row[2:] for row in table["rows"]}
    admitted = said["Đoàn viên, hội viên kết nạp mới, 2020", "9"]
    assert admitted[:2] == [8, "khác: −1"]
    assert admitted[3] == "Báo Đồng Tháp; 12-BC/HPN; nơi nhận: Huyện ủy; phạm vi: toàn huyện"
    assert said["Đoàn viên, hội viên kết nạp mới, 2020", "gần 8"][1] == "khác: 0"
    (grades,) = (row for keys, row in said.items() if keys[0].startswith("Xếp loại"))
    assert grades[:2] == ["1/4 (25,0 %)", "khớp"]
    figure = await house.told(f"/v1/figures/admissions?unit={ROOT}&start=2020-01-01&end=2021-01-01")
    assert [(each["numerator"], each["difference"]["numerator"], each["agrees"]) for each in figure["reported"]] == [
        (9, -1, False),
        (8, 0, False),
    ]
    assert figure["rows"][0]["numerator"] == 8
    assert all(each["since"] == each["recorded_on"] for each in figure["reported"])


def test_word_holds_every_table_as_printed_and_a_picture_of_every_chart(
    document: bytes, told: Mapping[str, Any]
) -> None:
    written = docx.Document(BytesIO(document))
    printed = [[[cell.text for cell in row.cells] for row in table.rows] for table in written.tables[1:-1]]
    parts = [part for part in told["parts"] if "table" in part]
    assert len(printed) == len(parts)
    for rows, part in zip(printed, parts, strict=True):
        assert rows[0] == part["columns"]
        assert rows[1:] == [[_printed(cell) for cell in row] for row in part["rows"]]
    charts = [part for part in told["parts"] if "bars" in part or "slopes" in part]
    assert len(written.inline_shapes) == len(charts) > 1
    assert written.core_properties.created == dt.datetime(2022, 12, 31, tzinfo=dt.UTC)
    with zipfile.ZipFile(BytesIO(document)) as parts_of:
        assert {part.date_time for part in parts_of.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_text_on_paper_is_as_it_was_seen_and_liked(document: bytes) -> None:
    """A changed line here is a changed report: look at the pages before the snapshot is written anew."""
    found = re.sub(r"[0-9a-f]{64}", "…", "\n".join(lines_of(document)))
    assert found == SNAPSHOT.read_text(encoding="utf-8").rstrip("\n")


async def test_a_pdf_brings_its_fonts_holds_every_number_and_no_moment(
    house: Answering, told: Mapping[str, Any]
) -> None:
    content = await handed_out(house, "pdf")
    reader = pypdf.PdfReader(BytesIO(content))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages)).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    for part in told["parts"]:
        for row in part["rows"] if "table" in part else ():
            for cell in row[1:]:
                if isinstance(cell, dict) and cell["denominator"]:
                    assert f"{number_text(cell['numerator'])}/{number_text(cell['denominator'])}" in text
                    assert cell["percent"] in text
    assert "Sơ kết 3 năm thực hiện văn bản số 96-KL/TU ngày 08/02/2018" in text
    pages: list[Any] = list(reader.pages)
    fonts = {
        font["/BaseFont"]: font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for page in pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())
    }
    assert fonts
    assert all("LibertinusSerif" in name for name in fonts)
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor.get_object()) for descriptor in fonts.values())


async def test_a_workbook_has_numbers_as_numbers_charts_of_its_own_and_no_formula(
    house: Answering, told: Mapping[str, Any]
) -> None:
    content = await handed_out(house, "xlsx")
    book: Any = openpyxl.load_workbook(BytesIO(content))
    rows = list(book["Số liệu"].iter_rows(min_row=2, values_only=True))
    numbers = [
        (cell["numerator"], cell["denominator"] or None) if isinstance(cell, dict) else (cell, None)
        for part in told["parts"]
        if "table" in part
        for row in part["rows"]
        for cell in row[1:]
        if isinstance(cell, dict | int)
    ]
    assert [(row[4], row[5]) for row in rows] == numbers
    assert all(row[6] is None or round(row[6], 12) == round(row[4] / row[5], 12) for row in rows)
    charts = [part for part in told["parts"] if "bars" in part or "slopes" in part]
    drawn = [sheet for sheet in book.worksheets if sheet.title.startswith("Biểu đồ")]
    assert [len(sheet._charts) for sheet in drawn] == [1] * len(charts)  # noqa: SLF001 — no other way
    assert not [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize(
    "kind", ["youth-union", "womens-union", "trade-union", "farmers-union", "party-committee", "x"]
)
def test_each_kind_of_organisation_heads_its_report_in_its_own_way(kind: str) -> None:
    head = letterhead(kind)
    assert head.national is (kind in {"womens-union", "trade-union"})
    assert not (head.national and head.banner)
    assert head.source
    assert all(
        "{" not in head.said(title) for each in sections() for title in (each.title, *(f.label for f in each.figures))
    )
    paper = Paper(head, "Đơn vị", "", "", "", None, "BÁO CÁO", "Sơ kết", [Text("Nội dung.")], dt.datetime(2022, 12, 31))  # noqa: DTZ001
    text = pypdf.PdfReader(BytesIO(pdf(paper))).pages[0].extract_text()
    assert ("CỘNG HÒA XÃ HỘI" in text) is head.national
    assert head.banner in text


def test_a_hostile_title_is_text_in_every_format() -> None:
    blocks: list[Block] = [
        Heading(HOSTILE),
        Text(HOSTILE),
        Blank(1),
        Table(HOSTILE, (HOSTILE, "Số"), [(HOSTILE, Share(1, 3))]),
    ]
    at = dt.datetime(2022, 12, 31, tzinfo=dt.UTC)
    paper = Paper(letterhead("x"), HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, "BÁO CÁO", HOSTILE, blocks, at)
    document = docx.Document(BytesIO(word(paper)))
    assert document.tables[1].rows[1].cells[0].text.startswith('=HYPERLINK("x")<w:p>#panic() *đậm* & ]]> ỄỄ')
    book: Any = openpyxl.load_workbook(BytesIO(xlsx(paper)))
    assert not [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert book["Số liệu"]["C2"].value.startswith('=HYPERLINK("x")<w:p>')
    printed = pypdf.PdfReader(BytesIO(pdf(paper))).pages[0].extract_text()
    assert "#panic()" in printed
    assert not {"\x00", "\x0b", "\u202e"} & set(printed)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/v1/conference-reports?unit={ROOT}&start=2010-01-01&end=2023-01-01", 422, "period-too-long"),
        (f"/v1/conference-reports?unit={ROOT}&start=2022-01-01&end=2022-01-01", 422, "period-empty"),
        (f"/v1/conference-reports?{ASKED}&until=2021-01-01", 422, "period-empty"),
        (f"/v1/conference-reports?{ASKED}&format=exe", 422, None),
        (f"/v1/grades/distribution?{ASKED}&by=colour", 422, "unknown-key"),
        (f"/v1/grades/years?{ASKED}&known=yesterday", 422, None),
    ],
)
async def test_what_cannot_be_answered_is_refused(house: Answering, path: str, status: int, code: str | None) -> None:
    answer = await house.ask(path)
    assert (answer.status_code, code in {answer.json()["code"], None}) == (status, True)


@pytest.mark.parametrize("path", ["grades/distribution", "grades/years", "conference-reports"])
async def test_nobody_is_told_of_what_lies_outside_his_reach(house: Answering, path: str) -> None:
    refused = await house.ask(f"/v1/{path}?{ASKED}", "recorder")
    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-reach")
    assert "Mạnh" not in refused.text


async def test_distribution_and_years_are_told_over_http(house: Answering) -> None:
    told = await house.told(f"/v1/grades/distribution?{ASKED}&by=level,unit,period")
    first = next(row for row in told["rows"] if row["keys"]["level"] == "branch")
    assert first["percent"] == percent(first["numerator"], first["denominator"])
    assert {row["keys"]["unit"] for row in told["rows"]} == {str(id_of(name)) for name in ("u1", "u2")}
    years = await house.told(f"/v1/grades/years?{ASKED}")
    steps = [step for each in years["series"] if each["level"] == "branch" for step in each["steps"]]
    assert [step["comparable"] for step in steps] == ["limited", "no"]
    assert steps[0]["units"] == {"both": 3, "better": 1, "same": 1, "worse": 1, "only_before": 0, "only_after": 1}
    assert steps[1]["reasons"][0]["code"] == "other-scale"
    early = await house.told(f"/v1/grades/distribution?{ASKED}&until=2023-01-01")
    assert sum(row["numerator"] for row in early["rows"]) == 7, "the decisions on 2022 came later"


async def test_an_organisation_as_a_whole_is_a_scope_too(house: Answering) -> None:
    told = await house.told(f"/v1/conference-reports?unit={id_of('women')}&start=2021-01-01&end=2022-01-01")
    assert told["parts"][0]["text"].endswith("phạm vi: women.")
    assert told["letterhead"]["issuer"] == "women"


def test_labels_at_the_ends_of_lines_stand_apart_and_within_the_chart() -> None:
    for heights in ([0, 0, 0, 1000], [1000, 1000, 990], [500], [10, 20, 30, 40, 900]):
        found = spread(heights)
        order = sorted(found)
        assert all(above - below >= APART for below, above in itertools.pairwise(order))
        assert order[-1] <= WHOLE
    assert [thousandths(1, 3), thousandths(2, 3), thousandths(1, 2000)] == [333, 667, 1]


def _printed(cell: Any) -> str:
    if isinstance(cell, dict):
        if not cell["denominator"]:
            return "không có dữ liệu"
        return f"{number_text(cell['numerator'])}/{number_text(cell['denominator'])} ({cell['percent']})"
    return "không có dữ liệu" if cell is None else number_text(cell) if isinstance(cell, int) else str(cell)
