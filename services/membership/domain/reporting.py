"""When may an organisation rule which reports its units owe? For itself, at any time, from a day on."""

from __future__ import annotations

from services.membership.domain.member_rules import OnlyForItself
from shared.contracts.membership import ReportingSet
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class OwedForNoDay(Refused):
    """The report would be owed until a day before the rule begins."""

    vi = "Ngày thôi báo cáo phải sau ngày bắt đầu."


def decide(_state: None, said: Said, _world: World) -> None:
    """Accept a rule for reports, or raise why not."""
    match said.fact:
        case ReportingSet(starts=starts, until=until):
            if said.subject != said.organisation:
                raise OnlyForItself("subject")
            if until is not None and until <= starts:
                raise OwedForNoDay("until")


DECIDER = decider_without_state(decide, ReportingSet)
