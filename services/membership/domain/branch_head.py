"""When does a person take and leave office as head of a branch? One head at a time; heads may stand in no book."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.membership import BranchHeadLeftOffice, BranchHeadTookOffice
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class SubjectNotTheBranch(Refused):
    """The subject of the fact is the branch that it names."""

    vi = "Chủ thể của sự việc phải là chi đoàn, chi hội được nêu."


class BranchHasHead(Refused):
    """Another person heads the branch on that day, or this one does already; first the head leaves office."""

    vi = "Ngày đó chi đoàn, chi hội đang có người đứng đầu; phải thôi giữ chức trước."


class NotInOffice(Refused):
    """The person does not head the branch on that day."""

    vi = "Ngày đó người này không giữ chức đứng đầu chi đoàn, chi hội."


@dataclass(frozen=True, slots=True)
class Office:
    """Who heads the branch (bí thư chi đoàn, chi hội trưởng)."""

    head: UUID | None = None


def decide(state: Office, said: Said, world: World) -> None:
    """Accept that a head takes or leaves office, or raise why not."""
    match said.fact:
        case BranchHeadTookOffice(branch=branch):
            _require_subject(branch, said)
            world.require_branch("branch", branch, said.day)
            if state.head is not None:
                raise BranchHasHead("branch")
        case BranchHeadLeftOffice(branch=branch, person=person):
            _require_subject(branch, said)
            if state.head != person:
                raise NotInOffice("person")


def evolve(state: Office, said: Said) -> Office:
    """The office after one more fact of the branch's stream."""
    match said.fact:
        case BranchHeadTookOffice(person=person):
            return Office(person)
        case BranchHeadLeftOffice(person=person) if person == state.head:
            return Office()
        case _:
            return state


def _require_subject(branch: UUID, said: Said) -> None:
    if branch != said.subject:
        raise SubjectNotTheBranch("branch")


DECIDER = Decider(
    facts=frozenset({BranchHeadTookOffice, BranchHeadLeftOffice}), initial=Office(), decide=decide, evolve=evolve
)
