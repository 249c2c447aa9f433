"""Does what somebody reported say what is counted? Written from the definitions, in decimals, not from the code.

*Đúng* is as many as stated; *gần* a little fewer (a count: by a tenth at most; a printed rate: down to what would still
round up to it); *hơn* more; *hầu hết* more than half and not all. A printed rate is as exact as its last digit.
"""

from __future__ import annotations

from decimal import Decimal, localcontext


def agrees(
    qualifier: str,
    reported: tuple[int | None, int | None],
    counted: tuple[int, int | None],
    *,
    only_rate: bool,
) -> bool | None:
    """Whether both say the same; none where there is nothing to compare."""
    number, base = reported
    count, of = counted
    if number is None or qualifier == "most":
        return None if not of else of < 2 * count < 2 * of
    if not only_rate:
        if base is not None and of is not None and base != of:
            return False
        return {
            "exact": count == number,
            "nearly": number * 9 <= count * 10 < number * 10,
            "more-than": count > number,
        }[qualifier]
    if not of or base is None:
        return None
    with localcontext() as exact:
        exact.prec = 60
        share, said, half = Decimal(count) / of, Decimal(number) / base, Decimal(1) / (2 * base)
        low, high = said - half, said + half
        return {"exact": low <= share < high, "nearly": low <= share < said, "more-than": share > said}[qualifier]
