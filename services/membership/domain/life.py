"""What do all rules of a person's life share? One person's standing facts, and that one must be a member.

The facts of a person are one stream, and every file of rules folds all of them: whether somebody may be struck off is
asked of what was said of being away. Where the facts lead is a question to the tree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from services.membership.domain.states import Kind, State, states
from shared.contracts.event import Event
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.roster import Standing, standing
from shared.units.tree import Tree
from shared.units.world import World


class NotAMember(Refused):
    """The person is not a member of that branch on that day."""

    vi = "Ngày đó người này không có trong sổ của chi đoàn, chi hội; khách thì đếm riêng."


class NotAbove(Refused):
    """The body named is neither the branch itself nor a unit above it on that day."""

    vi = "Ngày đó đơn vị nêu ra không phải chi đoàn, chi hội này và cũng không phải cấp trên của nó."


class BeforeTheDay(Refused):
    """A day that lies ahead is asked for: it must be later than the day of the fact."""

    vi = "Ngày này phải sau ngày của sự việc."


class NotWholeMonths(Refused):
    """The period begins and ends on the first day of a month."""

    vi = "Kỳ phải tròn tháng: từ ngày đầu một tháng đến ngày đầu một tháng khác."


@dataclass(frozen=True, slots=True)
class Life:
    """What every decider of a person folds: the person's standing facts."""

    facts: tuple[Said, ...] = ()

    def evolved(self, said: Said) -> Life:
        """The life with one more fact."""
        return Life((*self.facts, said)) if said.fact.aggregate == "person" else self

    def standing(self, tree: Tree) -> Standing:
        """Memberships, introductions and the Party, as these facts have them under a tree."""
        return standing(self.facts, tree)

    def told(self, tree: Tree, organisation: UUID, *kinds: type[Event]) -> Iterator[Said]:
        """The facts of these kinds that an organisation told, or one that went on in it; in order."""
        return (
            said
            for said in self.facts
            if isinstance(said.fact, kinds) and tree.follows(organisation, said.organisation)
        )

    def state(self, tree: Tree, kind: Kind, day: dt.date, *, branch: UUID) -> State | None:
        """The state of a kind in which the person is at a branch on a day."""
        found = states(self.facts, tree)
        return next((each for each in found if each.kind is kind and each.branch == branch and each.lasts(day)), None)

    def held(self, tree: Tree, kind: Kind, day: dt.date, *, organisation: UUID) -> State | None:
        """The state of a kind in which the person is in an organisation, or one that went on in it, on a day."""
        found = (each for each in states(self.facts, tree) if each.kind is kind and each.lasts(day))
        return next((each for each in found if tree.follows(organisation, each.organisation)), None)


def require_member(life: Life, branch: UUID, said: Said, world: World) -> None:
    """Be a member of the branch on the fact's day. The branch may have ended since, so it is not asked to live."""
    if not life.standing(world.tree).member_of(branch, said.day):
        raise NotAMember("branch")


def require_above(field: str, body: UUID | None, branch: UUID, said: Said, world: World) -> UUID:
    """The body that acts upon a branch's member: the branch, or a living unit above it. None: the branch."""
    if body is None or body == branch:
        return branch
    world.require_unit(field, body, said.day)
    if not world.tree.under(branch, body, said.day):
        raise NotAbove(field)
    return body


def require_ahead(field: str, day: dt.date | None, said: Said) -> None:
    """A day that lies ahead, where one is given."""
    if day is not None and day <= said.day:
        raise BeforeTheDay(field)


def decider_of_life(decide: Callable[[Life, Said, World], None], *facts: type[Event]) -> Decider[Life, World]:
    """The decider of some facts of a person's life; all of them fold the whole of it."""
    return Decider(facts=frozenset(facts), initial=Life(), decide=decide, evolve=Life.evolved)
