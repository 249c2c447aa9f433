"""When does a person take and leave a post in a unit? Each post once until it is left; one person may hold several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from shared.contracts.membership import OfficerElected, OfficerLeft
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class SubjectNotTheUnit(Refused):
    """The subject of the fact is the unit that it names."""

    vi = "Chủ thể của sự việc phải là đơn vị được nêu."


class AlreadyInPost(Refused):
    """The person holds that post of the unit on that day."""

    vi = "Ngày đó người này đang giữ chức vụ này ở đơn vị."


class NotInPost(Refused):
    """The person does not hold that post of the unit on that day."""

    vi = "Ngày đó người này không giữ chức vụ này ở đơn vị."


class TermAlreadyOver(Refused):
    """The term for which the person is elected has ended by that day."""

    vi = "Nhiệm kỳ nêu ra đã kết thúc trước ngày bầu, chỉ định."


class Post(NamedTuple):
    """A post of the unit, and who holds it."""

    person: UUID
    post: str


@dataclass(frozen=True, slots=True)
class Committee:
    """Who holds which posts of the unit (ban chấp hành)."""

    posts: frozenset[Post] = frozenset()

    def holds(self, person: UUID) -> bool:
        """Whether a person holds any post."""
        return any(each.person == person for each in self.posts)


def decide(state: Committee, said: Said, world: World) -> None:
    """Accept that a person takes or leaves a post, or raise why not."""
    match said.fact:
        case OfficerElected(unit=unit, person=person, post=post, term=term):
            _require_subject(unit, said)
            world.require_unit("unit", unit, said.day)
            if Post(person, post) in state.posts:
                raise AlreadyInPost("post")
            if term is not None and term.end <= said.day:
                raise TermAlreadyOver("term")
        case OfficerLeft(unit=unit, person=person, post=post):
            _require_subject(unit, said)
            if Post(person, post) not in state.posts:
                raise NotInPost("post")


def evolve(state: Committee, said: Said) -> Committee:
    """The committee after one more fact of the unit's stream."""
    match said.fact:
        case OfficerElected(person=person, post=post):
            return Committee(state.posts | {Post(person, post)})
        case OfficerLeft(person=person, post=post):
            return Committee(state.posts - {Post(person, post)})
        case _:
            return state


def _require_subject(unit: UUID, said: Said) -> None:
    if unit != said.subject:
        raise SubjectNotTheUnit("unit")


DECIDER = Decider(facts=frozenset({OfficerElected, OfficerLeft}), initial=Committee(), decide=decide, evolve=evolve)
