"""What does a grade open elsewhere? What the posted rule says of its rank, and nothing where none was posted."""

from __future__ import annotations

from shared.contracts.fields import Grade
from shared.contracts.ratings import RatingAuthoritySet
from shared.eventsourcing.errors import Refused


class OtherEffects(Refused):
    """The effects are exactly those that the posted rule grants to the grade, in the order of the words."""

    vi = "Hệ quả phải đúng như quy định dành cho mức xếp loại này, xếp theo thứ tự chữ."


def effects_of(rule: RatingAuthoritySet | None, grade: Grade | None) -> tuple[str, ...]:
    """The effects that a rule grants to a grade, in the order of the words."""
    if rule is None or grade is None:
        return ()
    held = {each.effect for each in rule.effects if each.scale == grade.scale and grade.rank <= each.worst_rank}
    return tuple(sorted(held))


def require_effects(named: tuple[str, ...], rule: RatingAuthoritySet | None, grade: Grade | None) -> None:
    """Raise OtherEffects unless the fact names just these."""
    if named != effects_of(rule, grade):
        raise OtherEffects("effects")
