"""May details of a person be recorded, may they be forgotten, and what stands against it?

Forgetting cannot be undone, so it is judged by everything that stands in the log now, whatever day it names. An
organisation decides about what it holds itself; the operator's acts count for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import HoldPlaced, HoldReleased, PersonDescribed, PersonForgotten
from shared.eventsourcing.decider import Decider, Said, SaidAlready
from shared.eventsourcing.errors import Refused
from shared.units.heritage import OnBook, inherited
from shared.units.roster import MembershipState, standing
from shared.units.world import World


class PersonUnknown(Refused):
    """The organisation has recorded nothing of this person."""

    vi = "Tổ chức chưa ghi gì về người này."


class NeverOnThatBook(Refused):
    """The person neither is nor was a member of that branch."""

    vi = "Người này chưa từng có trong sổ của chi đoàn, chi hội đó."


class UnderHold(Refused):
    """A hold stands: nothing of the person may be destroyed; `hold` names the event that placed it."""

    vi = "Đang có quyết định tạm giữ dữ liệu của người này; chưa được xóa."


class PersonIsForgotten(Refused):
    """What was held of the person is destroyed already; there is nothing to keep."""

    vi = "Dữ liệu của người này đã xóa; không còn gì để giữ."


class NoSuchHold(Refused):
    """No hold of this person stands under that id in the organisation's own log."""

    vi = "Tổ chức không có quyết định tạm giữ nào như vậy về người này."


def decide(state: MembershipState, said: Said, world: World) -> None:
    """Accept a fact about a person's data, or raise why not."""
    match said.fact:
        case PersonDescribed(branch=branch):
            world.require_branch("branch", branch, said.day)
            memberships = state.standing(world.tree).memberships
            books = (each.organisation for each in memberships if each.branch == branch)
            if not any(world.tree.follows(said.organisation, each) for each in books):
                raise NeverOnThatBook("branch")
        case PersonForgotten():
            _require_known(said, world)
            _refuse_twice(said, world)
            for hold in _holds(said, world):
                raise UnderHold("subject", hold=str(hold.event))
        case HoldPlaced():
            _require_known(said, world)
            if any(_concerns(other, said, world) for other in _earlier(said, world, PersonForgotten)):
                raise PersonIsForgotten("subject")
        case HoldReleased(hold=placed):
            holders = _holders(said, world)
            own = [each for each in _earlier(said, world, HoldPlaced) if each.organisation in holders]
            if placed not in {each.event for each in own}:
                raise NoSuchHold("hold")
            _refuse_twice(said, world)


def _earlier(said: Said, world: World, kind: type[Event]) -> Iterator[Said]:
    """Facts of a kind about this person: of the own log what was recorded before, of the others all that stands."""
    for other in world.others(said):
        if isinstance(other.fact, kind) and (other.organisation != said.organisation or other.sequence < said.sequence):
            yield other


def _require_known(said: Said, world: World) -> None:
    by_operator, holders = world.directory.is_operator(said.organisation), _holders(said, world)
    told = (other for other in world.others(said) if type(other.fact) not in FORGETTING)
    if not any(by_operator or other.organisation in holders for other in told):
        raise PersonUnknown("subject")


def _refuse_twice(said: Said, world: World) -> None:
    """The same said again in other words is no second act."""
    for other in _earlier(said, world, type(said.fact)):
        same = not isinstance(said.fact, HoldReleased) or other.fact == said.fact
        # What an organisation has inherited since is forgotten by a new act.
        if isinstance(said.fact, PersonForgotten) and _holders(other, world) != _holders(said, world):
            continue
        if same and other.organisation == said.organisation:
            raise SaidAlready(other.organisation, other.event)


def _holds(said: Said, world: World) -> Iterator[Said]:
    """The holds that forbid this forgetting: also those that an inherited organisation has placed."""
    holders = _holders(said, world)
    released = [
        (each.fact.hold, each.organisation)
        for each in _earlier(said, world, HoldReleased)
        if isinstance(each.fact, HoldReleased)
    ]
    for hold in _earlier(said, world, HoldPlaced):
        over = isinstance(hold.fact, HoldPlaced) and hold.fact.until is not None and hold.fact.until <= said.day
        ended = any(id == hold.event and world.tree.follows(by, hold.organisation) for id, by in released)
        if not over and not ended and (hold.organisation in holders or _concerns(hold, said, world)):
            yield hold


def _holders(said: Said, world: World) -> tuple[UUID, ...]:
    """Whose knowledge of the person the poster has on the fact's day: what it inherited by then, itself last."""
    stays = standing((*world.others(said),), world.tree).memberships
    books = [OnBook(each.organisation, each.branch, each.end) for each in stays]
    return (*inherited(world.tree, said.organisation, books, said.day), said.organisation)


def _concerns(other: Said, said: Said, world: World) -> bool:
    """Whether two organisations' acts are about the same data: one's own, or the operator's about everybody's."""
    return other.organisation == said.organisation or any(
        world.directory.is_operator(each) for each in (other.organisation, said.organisation)
    )


FORGETTING: Final[frozenset[type[Event]]] = frozenset({PersonForgotten, HoldPlaced, HoldReleased})

DECIDER = Decider(
    facts=FORGETTING | {PersonDescribed},
    initial=MembershipState(),
    decide=decide,
    evolve=MembershipState.evolved,
)
