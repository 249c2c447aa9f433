"""How does the table look when every figure is as printed? Lines made from the declared file alone."""

from __future__ import annotations

from fractions import Fraction

from shared.operations.demo.calibration import Calibration, Part, Row
from shared.operations.demo.comparing import Counted, agrees
from shared.operations.demo.table import Line, Table


def as_printed(calibration: Calibration) -> Table:
    """The table of a run in which every published value is reached; numbers beside it are made up."""
    return Table(calibration, tuple(_line(row) for row in calibration.row))


def with_a_difference(calibration: Calibration) -> Table:
    """The same, but the first line counts one too few, and the second has no data."""
    first, second, *others = as_printed(calibration).lines
    wrong = tuple(Counted(part.part, (part.numerator or 0) - 1, part.denominator) for part in first.parts)
    missing = tuple(Counted(part.part, None) for part in second.parts)
    return Table(
        calibration,
        (Line(first.row, wrong, (), equal=False), Line(second.row, missing, (), equal=False), *others),
    )


def _line(row: Row) -> Line:
    parts = tuple(_counted(row, number, part) for number, part in enumerate(row.part))
    beside = tuple(Counted(part, 1234 + number, 5678) for number, part in enumerate(row.beside))
    return Line(row, parts, beside, agrees(row.comparator, parts))


def _counted(row: Row, number: int, part: Part) -> Counted:
    if part.percent is not None:
        share = Fraction(part.percent.replace(",", ".")) - (Fraction(1, 5) if row.comparator == "gần" else 0)
        return Counted(part, int(share * 10), 1000)
    match row.comparator:
        case "đều":
            return Counted(part, part.of, part.of)
        case "hầu hết":
            return Counted(part, 90, 100)
        case "cao hơn":
            return Counted(part, 90 - 10 * number, 100)
        case "hơn":
            return Counted(part, (part.value or 0) + 7)
        case _:
            return Counted(part, part.value, part.of)
