"""When may a period be opened? By a body that lives, once for an axis and kind of unit, as long as it says it is."""

from __future__ import annotations

from typing import Final

from services.ratings.domain.authority import NoDistrictAnyMore, SubjectNotTheAxis, no_district
from services.ratings.domain.rule_set import UnknownRuleSet, adoptions
from shared.contracts.fields import Period
from shared.contracts.ratings import PeriodKind, RatingPeriodOpened, period_id
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.calendar import months_after
from shared.units.world import World, decider_without_state

MONTHS: Final = {PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}
TERMS: Final = range(12, 121, 12)
"""Whole years, up to ten."""


class OtherLength(Refused):
    """A quarter has three months, a half year six, a year twelve, a term whole years."""

    vi = "Độ dài của kỳ không đúng: quý 3 tháng, sáu tháng, năm 12 tháng, nhiệm kỳ trọn năm."


class AlreadyOpened(Refused):
    """The body has opened that period on that axis for units of that kind."""

    vi = "Cơ quan này đã mở kỳ này trên trục này cho loại đơn vị này."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept the opening of a period, or raise why not. A period may be opened before it begins."""
    match said.fact:
        case RatingPeriodOpened(axis=axis, period=period, body=body) as opened:
            if said.subject != period_id(axis, period):
                raise SubjectNotTheAxis("subject")
            world.require_unit("body", body, said.day)
            if no_district(body, world.tree, said.day):
                raise NoDistrictAnyMore("body")
            if not _as_long_as(opened.kind, period):
                raise OtherLength("period")
            if opened.rule_set is not None and not adoptions(opened.rule_set, world):
                raise UnknownRuleSet("rule_set")
            if any(_same(opened, other) for other in world.others(said)):
                raise AlreadyOpened("subject")


def _as_long_as(kind: PeriodKind, period: Period) -> bool:
    lengths = TERMS if kind is PeriodKind.TERM else (MONTHS[kind],)
    return any(months_after(period.start, months) == period.end for months in lengths)


def _same(opened: RatingPeriodOpened, other: Said) -> bool:
    match other.fact:
        case RatingPeriodOpened(body=body, subject_kind=kind):
            return (body, kind) == (opened.body, opened.subject_kind)
        case _:
            return False


DECIDER = decider_without_state(decide, RatingPeriodOpened)
