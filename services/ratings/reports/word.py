"""How does a report become a Word document? Real tables and styles that an office can go on writing in.

Charts are pictures, set like those of the PDF. The same report gives the same bytes: no clock, no random id.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from services.ratings.reports.paper import (
    NATIONAL,
    Bars,
    Blank,
    Block,
    Heading,
    Paper,
    Slopes,
    Table,
    Text,
    cell_text,
    plain,
    roman,
)
from services.ratings.reports.typeset import picture

FONT: Final = "Times New Roman"
WIDTH: Final = 160
"""Millimetres between the margins."""
NARROW: Final = 6
"""More columns than these are set smaller."""
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The moment that every part of the file bears."""


def docx(paper: Paper) -> bytes:
    """The whole report."""
    writing = _Writing(paper)
    writing.head()
    number = 0
    for block in paper.blocks:
        number += isinstance(block, Heading)
        writing.block(block, number)
    writing.foot()
    return writing.bytes()


class _Writing:
    """The document being written."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._document = Document()
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(20), Mm(20)
        section.left_margin, section.right_margin = Mm(30), Mm(20)
        for name in ("Normal", "Heading 1"):
            style = self._document.styles[name]
            style.font.name, style.font.size = FONT, Pt(13)
            style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
        heading = self._document.styles["Heading 1"]
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            heading.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        heading.font.bold, heading.font.color.rgb = True, None
        heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(12), Pt(6)
        self._document.styles["Normal"].paragraph_format.space_after = Pt(6)
        _page_numbers(section.footer.paragraphs[0])
        fields = self._document.core_properties
        fields.title, fields.author, fields.language = plain(paper.abstract)[:255], plain(paper.issuer)[:255], "vi-VN"
        fields.created = fields.modified = paper.moment.replace(tzinfo=None)
        fields.last_modified_by, fields.comments, fields.revision = "", "", 1

    def head(self) -> None:
        """Letterhead, title, what it is about."""
        paper, head = self._paper, self._paper.letterhead
        table = self._document.add_table(rows=1, cols=2)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        left, right = table.rows[0].cells
        left.width, right.width = Mm(72), Mm(92)
        issuer = [(paper.superior.upper(), "")] * bool(paper.superior) + [(paper.issuer.upper(), "b")]
        above = [(head.mark or "―――――", ""), (paper.numbered, "")]
        _lines(left, [*issuer, *above])
        if head.national:
            title = [(NATIONAL[0], "b"), (NATIONAL[1], "b"), ("――――――――――", "")]
        else:
            title = [(head.banner, "bu")] if head.banner else []
        _lines(right, [*title, (paper.dated, "i")])
        for text, size, space in ((paper.title, 15, 14), (paper.abstract, 13.5, 0)):
            paragraph = self._said(text, bold=True, size=size, align=WD_ALIGN_PARAGRAPH.CENTER)
            paragraph.paragraph_format.space_before = Pt(space)
        self._said("――――――――", align=WD_ALIGN_PARAGRAPH.CENTER)

    def block(self, block: Block, number: int) -> None:
        """One part of the report."""
        match block:
            case Heading(text):
                self._document.add_heading(plain(f"{roman(number)}. {text}"), level=1)
            case Text(text):
                paragraph = self._said(text, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
                paragraph.paragraph_format.first_line_indent = Mm(10)
            case Blank(lines):
                for _ in range(lines):
                    stops = self._said("\t").paragraph_format.tab_stops
                    stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
            case Table():
                self._table(block)
            case Bars() | Slopes():
                self._caption(block.title)
                self._document.add_picture(BytesIO(picture(self._paper, block)), width=Mm(WIDTH))
                shown = self._document.paragraphs[-1]
                shown.alignment = WD_ALIGN_PARAGRAPH.CENTER
                shown._p.find(".//" + qn("wp:docPr")).set("descr", plain(block.title))  # noqa: SLF001 — no other way

    def foot(self) -> None:
        """To whom it goes, and who signs."""
        table = self._document.add_table(rows=1, cols=2)
        left, right = table.rows[0].cells
        _lines(left, [("Nơi nhận:", "bi"), ("– ……………………;", ""), ("– Lưu: VT.", "")], WD_ALIGN_PARAGRAPH.LEFT)
        head = self._paper.letterhead
        _lines(right, [(head.signer, "b"), (head.post, "b"), *[("", "")] * 4, ("……………………………", "")])
        _whole(table.rows)

    def bytes(self) -> bytes:
        """The file, each part at the same moment."""
        stored, fixed = BytesIO(), BytesIO()
        self._document.save(stored)
        with zipfile.ZipFile(stored) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                part = zipfile.ZipInfo(name, EARLIEST)
                part.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(part, source.read(name))
        return fixed.getvalue()

    def _table(self, block: Table) -> None:
        if block.title:
            self._caption(block.title)
        table = self._document.add_table(rows=1 + len(block.rows), cols=len(block.columns))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        size = 9 if len(block.columns) > NARROW else 10.5
        widths = _widths(block)
        rows = [block.columns, *block.rows]
        for at, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
            for column, (cell, value) in enumerate(zip(row.cells, cells, strict=True)):
                cell.width = Mm(widths[column])
                running = at > 0 and (column == 0 or column in block.wide)
                align = WD_ALIGN_PARAGRAPH.LEFT if running else WD_ALIGN_PARAGRAPH.CENTER
                _lines(cell, [(cell_text(value), "b" if at == 0 else "")], align, size)
        _repeated(table.rows[0])
        _whole(table.rows)
        for note in block.notes:
            self._said(note, size=10, italic=True)
        self._said("", size=6)

    def _caption(self, text: str) -> None:
        self._said(text, bold=True, size=12).paragraph_format.keep_with_next = True

    def _said(
        self,
        text: str,
        *,
        bold: bool = False,
        italic: bool = False,
        size: float = 13,
        align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
    ) -> Paragraph:
        paragraph = self._document.add_paragraph()
        paragraph.alignment = align
        run = paragraph.add_run(text if text == "\t" else plain(text))
        run.bold, run.italic, run.font.size = bold, italic, Pt(size)
        return paragraph


def _lines(
    cell: Any,  # noqa: ANN401 — the library's cells have no public type
    lines: Iterable[tuple[str, str]],
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.CENTER,
    size: float = 12,
) -> None:
    """Paragraphs in a cell; `b`, `i`, `u` for bold, italic, underlined."""
    for at, (text, how) in enumerate(lines):
        paragraph = cell.paragraphs[0] if at == 0 else cell.add_paragraph()
        paragraph.alignment, paragraph.paragraph_format.space_after = align, Pt(0)
        run = paragraph.add_run(plain(text))
        run.bold, run.italic, run.underline, run.font.size = "b" in how, "i" in how, "u" in how, Pt(size)


def _widths(block: Table) -> list[float]:
    """The line shared out: running text gets thrice, the first column twice what numbers get."""
    shares = [3.0 if at in block.wide else 2.0 if at == 0 else 1.2 for at in range(len(block.columns))]
    return [WIDTH * share / sum(shares) for share in shares]


def _repeated(row: Any) -> None:  # noqa: ANN401 — as above
    """The headings stand on every page of the table."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 — no other way


def _whole(rows: Iterable[Any]) -> None:
    """No row is torn apart by the end of a page."""
    for row in rows:
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001 — as above
        properties.insert(0, OxmlElement("w:cantSplit"))


def _page_numbers(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for before, field in (("Trang ", "PAGE"), ("/", "NUMPAGES")):
        paragraph.add_run(before)
        simple = OxmlElement("w:fldSimple")
        simple.set(qn("w:instr"), field)
        run = OxmlElement("w:r")
        text = OxmlElement("w:t")
        text.text = "1"
        run.append(text)
        simple.append(run)
        paragraph._p.append(simple)  # noqa: SLF001 — as above
