"""When is a review of the lists opened, what may it find, and when is it closed? Findings only while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.membership import MemberReviewed, ReviewClosed, ReviewOpened
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.roster import standing
from shared.units.world import World


class ReviewAlreadyOpened(Refused):
    """A review of that id stands in the log."""

    vi = "Đợt rà soát mang mã này đã có trong sổ."


class ReviewNotOpen(Refused):
    """On that day the review is not opened yet, or is closed."""

    vi = "Ngày đó đợt rà soát chưa mở hoặc đã kết thúc."


class OtherReview(Refused):
    """The review was opened for another unit."""

    vi = "Đợt rà soát này mở cho đơn vị khác."


class OutsideTheReview(Refused):
    """The branch lies neither at nor below the unit that is reviewed."""

    vi = "Chi đoàn, chi hội không thuộc đơn vị được rà soát."


class NotOnTheList(Refused):
    """The person is not on the branch's book on that day, so there is nothing to confirm or to strike off."""

    vi = "Ngày đó người này không có trong sổ của chi đoàn, chi hội."


@dataclass(frozen=True, slots=True)
class Campaign:
    """A review from its opening to its closing (đợt rà soát)."""

    unit: UUID | None = None
    closed: bool = False

    @property
    def open(self) -> bool:
        """Whether members may be reviewed."""
        return self.unit is not None and not self.closed


def decide(state: Campaign, said: Said, world: World) -> None:
    """Accept a step of a review, or raise why not."""
    match said.fact:
        case ReviewOpened(unit=unit):
            if world.holds(said, ReviewOpened):
                raise ReviewAlreadyOpened("subject")
            world.require_unit("unit", unit, said.day)
        case MemberReviewed(branch=branch, person=person):
            _require_open(state)
            world.require_branch("branch", branch, said.day)
            if branch != state.unit and (state.unit is None or not world.tree.under(branch, state.unit, said.day)):
                raise OutsideTheReview("branch")
            _require_listed(person, branch, said, world)
        case ReviewClosed(unit=unit):
            _require_open(state)
            if unit != state.unit:
                raise OtherReview("unit")


def _require_open(state: Campaign) -> None:
    if not state.open:
        raise ReviewNotOpen("subject")


def _require_listed(person: UUID, branch: UUID, said: Said, world: World) -> None:
    """The person's own stream says where he is a member; a sub-branch's members stand on its branch's list."""
    branches = standing(world.stream(person).standing(), world.tree).branches(said.day)
    if not any(each == branch or world.tree.under(each, branch, said.day) for each in branches):
        raise NotOnTheList("person")


def evolve(state: Campaign, said: Said) -> Campaign:
    """The review after one more fact of its stream."""
    match said.fact:
        case ReviewOpened(unit=unit):
            return Campaign(unit)
        case ReviewClosed():
            return Campaign(state.unit, closed=True)
        case _:
            return state


DECIDER = Decider(
    facts=frozenset({ReviewOpened, MemberReviewed, ReviewClosed}), initial=Campaign(), decide=decide, evolve=evolve
)
