"""How many of a pool may be given the capped grade? The two readings of the rule, its rounding, its exception.

The published text ("not above 20 % of those graded *Hoàn thành tốt* in each group of similar function") does not say
whether the units raised to the capped grade still count among those of which the share is taken, nor how a fraction is
rounded. Both are data of the rule set. Nothing here lowers a grade: it says how many the rule allows.
"""

from __future__ import annotations

from typing import Final

from shared.contracts.ratings import Cap, CapOf, Rounding

WHOLE: Final = 10_000
"""A share of 100 % in hundredths of a per cent."""


def cap(
    pool: int,
    *,
    share: int,
    of: CapOf,
    rounding: Rounding = Rounding.DOWN,
    exception: int | None = None,
    least: int = 0,
) -> int:
    """How many of `pool` units, all that reach the grade below or a better one, may be given the capped grade.

    `share` and `exception` are hundredths of a per cent; `exception` stands in for `share` where a body is allowed
    more. `least` are allowed also where the share gives fewer; never more than the pool.
    """
    taken = share if exception is None else exception
    whole = WHOLE + taken if of is CapOf.LEFT else WHOLE
    return min(pool, max(least, _rounded(taken * pool, whole, rounding)))


def allowed(pool: int, rule: Cap, *, exceptional: bool = False) -> int:
    """The same by the cap of a rule set; `exceptional` where the body is one that the document allows more."""
    exception = rule.exception if exceptional else None
    return cap(pool, share=rule.share, of=rule.of, rounding=rule.rounding, exception=exception, least=rule.least)


def _rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    match rounding:
        case Rounding.DOWN:
            return numerator // denominator
        case Rounding.NEAREST:
            return (2 * numerator + denominator) // (2 * denominator)
        case Rounding.UP:
            return -(-numerator // denominator)
