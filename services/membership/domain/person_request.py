"""How does a person's request over his or her data go on? Received, acknowledged, extended once, answered once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    PersonRequestAcknowledged,
    PersonRequestAnswered,
    PersonRequestExtended,
    PersonRequestReceived,
    RequestOutcome,
)
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class NoSuchRequest(Refused):
    """The organisation has received no such request by that day."""

    vi = "Đến ngày đó tổ chức chưa tiếp nhận yêu cầu nào như vậy."


class RequestReceivedTwice(Refused):
    """A request is received once; another one has an id of its own."""

    vi = "Yêu cầu này đã được tiếp nhận; yêu cầu khác phải có mã khác."


class ReceivedLater(Refused):
    """The day of receipt lies after the day of the fact."""

    vi = "Ngày tiếp nhận ghi sau ngày của sự việc."


class AcknowledgedTwice(Refused):
    """The person was told already that the request is there."""

    vi = "Đã báo cho người yêu cầu là đã nhận."


class ExtendedTwice(Refused):
    """A term is lengthened once."""

    vi = "Thời hạn chỉ được gia hạn một lần."


class AnsweredAlready(Refused):
    """The request has been answered; nothing follows."""

    vi = "Yêu cầu đã được trả lời."


class GroundMissing(Refused):
    """What was not done, or only in part, has a ground."""

    vi = "Từ chối hoặc chỉ thực hiện một phần thì phải nêu căn cứ."


@dataclass(frozen=True, slots=True)
class RequestState:
    """How far a request has come."""

    received_by: UUID | None = None
    acknowledged: bool = False
    extended: bool = False
    answered: bool = False

    def evolved(self, said: Said) -> RequestState:
        """The state with one more fact."""
        match said.fact:
            case PersonRequestReceived() if self.received_by is None:
                return replace(self, received_by=said.organisation)
            case PersonRequestAcknowledged():
                return replace(self, acknowledged=True)
            case PersonRequestExtended():
                return replace(self, extended=True)
            case PersonRequestAnswered():
                return replace(self, answered=True)
            case _:
                return self


def decide(state: RequestState, said: Said, world: World) -> None:
    """Accept a step, or raise why not."""
    if isinstance(said.fact, PersonRequestReceived):
        if state.received_by is not None or world.holds(said, PersonRequestReceived):
            raise RequestReceivedTwice("subject")
        if said.fact.received_on > said.day:
            raise ReceivedLater("received_on")
        return
    if state.received_by != said.organisation:
        raise NoSuchRequest("subject")
    if state.answered:
        raise AnsweredAlready("subject")
    match said.fact:
        case PersonRequestAcknowledged() if state.acknowledged:
            raise AcknowledgedTwice("subject")
        case PersonRequestExtended() if state.extended:
            raise ExtendedTwice("subject")
        case PersonRequestAnswered(outcome=outcome, ground=None) if outcome is not RequestOutcome.GRANTED:
            raise GroundMissing("ground")


FACTS: Final[frozenset[type[Event]]] = frozenset(
    {PersonRequestReceived, PersonRequestAcknowledged, PersonRequestExtended, PersonRequestAnswered}
)

DECIDER = Decider(facts=FACTS, initial=RequestState(), decide=decide, evolve=RequestState.evolved)
