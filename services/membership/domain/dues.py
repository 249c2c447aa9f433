"""For which months are dues paid or exempted? Whole months, none twice, exemptions within the organisation's bound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.membership.domain.life import Life, NotWholeMonths, decider_of_life, require_member
from shared.contracts.fields import Period
from shared.contracts.membership import DuesExempted, DuesPaid
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class AlreadySettled(Refused):
    """Dues of one of these months are paid or exempted already."""

    vi = "Có tháng trong kỳ này đã đóng hoặc đã được miễn đoàn phí, hội phí."


class ExemptTooLong(Refused):
    """The organisation's rules allow no exemption of so many months on end."""

    vi = "Quy định của tổ chức không cho miễn nhiều tháng liền như vậy."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept months that are paid or exempted, or raise why not."""
    match said.fact:
        case DuesPaid(branch=branch, period=period) | DuesExempted(branch=branch, period=period):
            require_member(life, branch, said, world)
            if period.start.day != 1 or period.end.day != 1:
                raise NotWholeMonths("period")
            if settled(life.told(world.tree, said.organisation, DuesPaid, DuesExempted)) & months(period):
                raise AlreadySettled("period")
            if isinstance(said.fact, DuesExempted):
                _require_bound(life, period, said, world)


def months(period: Period) -> set[int]:
    """The months of a period of whole months, each by its number since the year 0."""
    return set(range(period.start.year * 12 + period.start.month, period.end.year * 12 + period.end.month))


def settled(facts: Iterable[Said]) -> set[int]:
    """The months for which dues were paid or exempted."""
    periods = [said.fact.period for said in facts if isinstance(said.fact, DuesPaid | DuesExempted)]
    return {month for period in periods for month in months(period)}


def _require_bound(life: Life, period: Period, said: Said, world: World) -> None:
    rules = world.rules(said.organisation, said.day)
    if rules is None or rules.exemption_months is None:
        return
    exempted = settled(life.told(world.tree, said.organisation, DuesExempted)) | months(period)
    first = last = min(months(period))
    while first - 1 in exempted:
        first -= 1
    while last + 1 in exempted:
        last += 1
    if last - first + 1 > rules.exemption_months:
        raise ExemptTooLong("period")


DECIDER: Final = decider_of_life(decide, DuesPaid, DuesExempted)
