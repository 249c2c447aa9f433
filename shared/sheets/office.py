"""How is a workbook set that an office prints and files? A4, the margins of official papers, the page in the footer."""

from __future__ import annotations

from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""No text becomes a formula, a link or a number, whatever it begins with; nothing is written beside the file."""
NUMBER: Final = "[$-42A]#,##0"
PERCENT: Final = "[$-42A]0.0 %"
DAY: Final = "dd/mm/yyyy"
A4: Final = 9
_MILLIMETRES: Final = 25.4
MARGINS: Final = {"top": 20, "bottom": 20, "left": 30, "right": 20}
"""In millimetres, as guidance 29-HD/TWĐTN-VP of 29/10/2013 has them."""


def office_sheet(book: xlsxwriter.Workbook, name: str) -> Worksheet:
    """A new sheet, upright, as wide as the paper."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_margins(**{side: width / _MILLIMETRES for side, width in MARGINS.items()})
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&CTrang &P/&N")
    return sheet
