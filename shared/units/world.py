"""What may a rule ask beside its own stream? The tree, the directory, who is a member, other streams of the log.

A rule is judged on its fact's own day, so every question about the tree takes that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import NotSeenYet, Refused
from shared.eventsourcing.stream import Stream
from shared.units.member_rules import member_rules
from shared.units.scope import UnknownUnit

if TYPE_CHECKING:
    from shared.contracts.membership import MemberRulesAdopted
    from shared.units.directory import Directory
    from shared.units.tree import Tree

BRANCH_KINDS: Final = frozenset({"branch", "base-branch", "sub-branch"})
"""The kinds of units that hold members: chi đoàn, chi hội; chi đoàn cơ sở; tổ hội, phân hội, phân đoàn."""
MEETING_KINDS: Final = BRANCH_KINDS | {"front-board"}
"""The kinds of units that meet: branches of every kind, and the Front board of a hamlet (Ban công tác Mặt trận)."""


class NotAlive(Refused):
    """The unit or place does not exist on that day: not founded yet, or ended before."""

    vi = "Ngày đó đơn vị hoặc địa bàn chưa thành lập hoặc đã kết thúc."

    foreign: ClassVar[bool] = True


class NotAUnit(Refused):
    """It is a place of the territory; a unit of an organisation's line is asked for."""

    vi = "Đây là địa bàn, không phải đơn vị của tổ chức."

    foreign: ClassVar[bool] = True


class NotAPlace(Refused):
    """It is a unit of an organisation's line; a place of the territory is asked for."""

    vi = "Đây là đơn vị của tổ chức, không phải địa bàn."

    foreign: ClassVar[bool] = True


class NotABranch(Refused):
    """It is a unit of another kind; a branch, base branch or sub-branch is asked for."""

    vi = "Đơn vị này không phải chi đoàn, chi hội hay tổ, phân hội, phân đoàn."

    foreign: ClassVar[bool] = True


class UnknownOrganisation(Refused):
    """No such organisation has been registered."""

    vi = "Tổ chức này chưa được đăng ký."

    foreign: ClassVar[bool] = True


class NamedTwice(Refused):
    """A unit or organisation stands twice in a list."""

    vi = "Có đơn vị hoặc tổ chức ghi hai lần trong danh sách."


class PeriodNotBegun(Refused):
    """Nothing can be said yet of a period that begins after the fact's own day."""

    vi = "Kỳ này chưa bắt đầu vào ngày của sự việc."


def _unknown(_unit: UUID, _day: dt.date) -> int:
    """Only membership has the books."""
    raise NotSeenYet


@dataclass(frozen=True)
class World:
    """All that `decide` is given beside state and fact."""

    tree: Tree
    directory: Directory
    is_member: Callable[[UUID, UUID, dt.date], bool]
    """Whether a person is on the book of a branch, or of a sub-branch of it, on a day."""
    stream: Callable[[UUID], Stream]
    """The stream of a subject of the same log: the fact's own, or one that the service's `related` names."""
    on_book: Callable[[UUID, dt.date], int] = _unknown
    """How many members stand in the book of a unit on a day; NotSeenYet where the views lag behind the log."""
    reached: Callable[[str, UUID], int] | None = None
    """How far a service's log of an organisation has been seen; none: nobody asks in this service."""
    moment: Callable[[], dt.datetime] | None = None
    """The moment of judging, for what may not lie ahead of it; none: nobody asks in this service."""

    def before(self, said: Said) -> World:
        """The world without the version of this very fact that a correction is about to replace."""
        return replace(self, tree=self.tree.without([(said.organisation, said.event)]))

    def others(self, said: Said) -> Iterator[Said]:
        """What else stands in the fact's stream, on whatever day; not what a correction replaces."""
        return self.stream(said.subject).standing(without=(said.organisation, said.event))

    def holds(self, said: Said, *kinds: type[Event]) -> bool:
        """Whether something else of these kinds stands in the fact's stream, on whatever day."""
        return any(isinstance(other.fact, kinds) for other in self.others(said))

    def rules(self, organisation: UUID, day: dt.date) -> MemberRulesAdopted | None:
        """The organisation's rules for its members on a day; none known: people decide."""
        return member_rules(self.tree, self.directory, organisation, day)

    # ── What is required of a unit that a field names. Each raises what is wrong, with the field ─────────────────

    def require_known(self, field: str, unit: UUID) -> None:
        """A unit or place whose founding or declaration was seen."""
        if not self.tree.known(unit):
            raise UnknownUnit(field)

    def require_living(self, field: str, unit: UUID, day: dt.date) -> None:
        """A unit or place that exists on that day."""
        self.require_known(field, unit)
        if not self.tree.alive(unit, day):
            raise NotAlive(field)

    def require_lived(self, field: str, unit: UUID, period: Period) -> None:
        """A unit or place that existed on at least one day of a period: what has ended is still reported on."""
        self.require_known(field, unit)
        founding, ending = self.tree.founding(unit), self.tree.ending(unit)
        begun = founding is not None and founding.day < period.end
        if not begun or (ending is not None and ending.day <= period.start):
            raise NotAlive(field)

    def require_in_line(self, field: str, unit: UUID) -> None:
        """A unit of an organisation's line, living or not."""
        self.require_known(field, unit)
        if self.tree.is_place(unit):
            raise NotAUnit(field)

    def require_unit(self, field: str, unit: UUID, day: dt.date) -> None:
        """A unit of an organisation's line that exists on that day."""
        self.require_in_line(field, unit)
        self.require_living(field, unit, day)

    def require_place(self, field: str, place: UUID, day: dt.date) -> None:
        """A place of the territory that exists on that day."""
        self.require_known(field, place)
        if not self.tree.is_place(place):
            raise NotAPlace(field)
        self.require_living(field, place, day)

    def require_branch(self, field: str, branch: UUID, day: dt.date) -> None:
        """A branch, base branch or sub-branch that exists on that day."""
        self.require_unit(field, branch, day)
        if self.tree.kind(branch) not in BRANCH_KINDS:
            raise NotABranch(field)

    def require_begun(self, field: str, period: Period, said: Said) -> None:
        """A period that has begun by the fact's day. It need not have ended: years are closed in December."""
        if period.start > said.day:
            raise PeriodNotBegun(field)

    def require_organisation(self, field: str, organisation: UUID) -> None:
        """An organisation that has been registered."""
        if self.directory.organisation(organisation) is None:
            raise UnknownOrganisation(field)


def each_once(field: str, ids: Sequence[UUID]) -> Iterator[tuple[str, UUID]]:
    """Each id of a list with the path of its place in it. Raises NamedTwice."""
    seen: set[UUID] = set()
    for number, each in enumerate(ids):
        path = f"{field}.{number}"
        if each in seen:
            raise NamedTwice(path)
        seen.add(each)
        yield path, each


def decider_without_state(decide: Callable[[None, Said, World], None], *facts: type[Event]) -> Decider[None, World]:
    """The decider of an aggregate whose rules do not depend on what came earlier in its stream."""
    return Decider(frozenset(facts), None, decide, lambda state, _: state)
