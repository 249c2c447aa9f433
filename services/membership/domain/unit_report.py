"""When is a report sent and received? By a living unit, upwards or to outsiders; received once, from above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.membership import ReportReceived, ReportSent
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class ReportAlreadySent(Refused):
    """A report of that id stands in the log; one that is sent anew has an id of its own."""

    vi = "Báo cáo mang mã này đã có trong sổ; gửi lại thì ghi mã khác."


class NotItsSuperior(Refused):
    """The recipient is no unit above the one that reports."""

    vi = "Ngày đó nơi nhận không phải cấp trên của đơn vị báo cáo."


class ReportNotSent(Refused):
    """No report of that id was sent by that day."""

    vi = "Đến ngày đó chưa ghi gửi báo cáo mang mã này."


class OtherUnitsReport(Refused):
    """The report is another unit's."""

    vi = "Báo cáo này là của đơn vị khác."


class SentElsewhere(Refused):
    """The report went to a body outside the organisation, whose receipt is not the organisation's to record."""

    vi = "Báo cáo này gửi ra ngoài tổ chức nên tổ chức không ghi tiếp nhận."


class ReportAlreadyReceived(Refused):
    """The report was received before."""

    vi = "Báo cáo này đã được ghi tiếp nhận."


@dataclass(frozen=True, slots=True)
class Report:
    """Which unit sent it, whether to a body above it, and whether that one has it."""

    unit: UUID | None = None
    inside: bool = False
    received: bool = False


def decide(state: Report, said: Said, world: World) -> None:
    """Accept a report or its receipt, or raise why not."""
    match said.fact:
        case ReportSent(unit=unit, period=period, recipient=recipient):
            if world.holds(said, ReportSent):
                raise ReportAlreadySent("subject")
            world.require_unit("unit", unit, said.day)
            world.require_begun("period", period, said)
            if recipient is not None:
                world.require_unit("recipient", recipient, said.day)
                if recipient not in world.tree.line(unit, said.day):
                    raise NotItsSuperior("recipient")
        case ReportReceived(unit=unit):
            if state.unit is None:
                raise ReportNotSent("subject")
            if unit != state.unit:
                raise OtherUnitsReport("unit")
            if not state.inside:
                raise SentElsewhere("subject")
            if state.received:
                raise ReportAlreadyReceived("subject")


def evolve(state: Report, said: Said) -> Report:
    """The report after one more fact of its stream."""
    match said.fact:
        case ReportSent(unit=unit, recipient=recipient):
            return Report(unit, recipient is not None, state.received)
        case ReportReceived():
            return Report(state.unit, state.inside, received=True)
        case _:
            return state


DECIDER = Decider(facts=frozenset({ReportSent, ReportReceived}), initial=Report(), decide=decide, evolve=evolve)
