"""When may a person enter a branch, pass to another, leave, and be recorded on the way to the Party?

Whether somebody is a member somewhere is asked of the roster, which knows transfers and mergers; here stand the rules
that one more fact must keep. Coming back after leaving is allowed.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    MemberAdmittedToParty,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReferredToParty,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
)
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.roster import MembershipState, Standing
from shared.units.world import World

YOUTH_UNION: Final = "youth-union"
"""The kind of organisation whose members grow out of it."""


class AlreadyMember(Refused):
    """The person is a member there on that day; nobody is admitted to one organisation twice."""

    vi = "Ngày đó người này đã là đoàn viên, hội viên; không kết nạp hai lần vào một tổ chức."


class NotAMember(Refused):
    """The person is not a member of that branch on that day."""

    vi = "Ngày đó người này không có trong sổ của chi đoàn, chi hội; khách thì đếm riêng."


class RecordedDead(Refused):
    """The organisation has recorded the person's death; void that fact first if it is wrong."""

    vi = "Tổ chức đã ghi người này qua đời; nếu sai thì hủy sự việc đó trước."


class AdmittedLater(Refused):
    """The book says of a member that he was admitted after the day on which he was entered."""

    vi = "Ngày kết nạp ghi sau ngày vào sổ."


class SameBranch(Refused):
    """A transfer leads from one branch to another."""

    vi = "Chuyển sinh hoạt phải sang chi đoàn, chi hội khác."


class OnlyYouthUnion(Refused):
    """Only members of the Youth Union mature (trưởng thành đoàn)."""

    vi = "Chỉ đoàn viên Đoàn Thanh niên mới trưởng thành đoàn."


class AlreadyInParty(Refused):
    """The organisation has recorded the person's admission to the Party."""

    vi = "Tổ chức đã ghi người này được kết nạp Đảng."


def decide(state: MembershipState, said: Said, world: World) -> None:
    """Accept a fact of a person's life, or raise why not."""
    standing = state.standing(world.tree)
    match said.fact:
        case MemberEntered(branch=branch) | MemberJoined(branch=branch) | TransferReceived(branch=branch):
            world.require_branch("branch", branch, said.day)
            if standing.member_of(branch, said.day):
                raise AlreadyMember("branch")
            if _died(state, said.organisation):
                raise RecordedDead("subject")
            _require_sound_arrival(standing, said)
        case (
            TransferIntroduced(branch=branch)
            | MemberMatured(branch=branch)
            | MemberStruckOff(branch=branch)
            | MemberResigned(branch=branch)
            | MemberExpelled(branch=branch)
            | MemberDied(branch=branch)
            | MemberReferredToParty(branch=branch)
            | MemberAdmittedToParty(branch=branch)
        ):
            # The branch may have ended since the person came to it, so it is not asked to live.
            if not standing.member_of(branch, said.day):
                raise NotAMember("branch")
            _require_sound_step(standing, said, world)


def _died(state: MembershipState, organisation: UUID) -> bool:
    return any(isinstance(said.fact, MemberDied) and said.organisation == organisation for said in state.facts)


def _require_sound_arrival(standing: Standing, said: Said) -> None:
    """Each way into a branch has a rule of its own. Only an entry may make somebody a member twice."""
    match said.fact:
        case MemberEntered(admitted_on=dt.date() as day) if day > said.day:
            raise AdmittedLater("admitted_on")
        case MemberEntered(admitted_year=int() as year) if year > said.day.year:
            raise AdmittedLater("admitted_year")
        case MemberJoined():
            lasting = (each for each in standing.memberships if each.lasts(said.day))
            if any(each.organisation == said.organisation for each in lasting):
                raise AlreadyMember("branch")
        case TransferReceived(branch=branch, origin=origin) if origin == branch:
            raise SameBranch("origin")


def _require_sound_step(standing: Standing, said: Said, world: World) -> None:
    """What a member's own step asks beside being a member."""
    match said.fact:
        case TransferIntroduced(branch=branch, destination=UUID() as destination):
            world.require_branch("destination", destination, said.day)
            if destination == branch:
                raise SameBranch("destination")
        case MemberMatured():
            registered = world.directory.organisation(said.organisation)
            if registered is None or registered.kind != YOUTH_UNION:
                raise OnlyYouthUnion("branch")
        case MemberAdmittedToParty() if said.organisation in standing.in_party:
            raise AlreadyInParty("branch")


FACTS: Final[frozenset[type[Event]]] = frozenset(
    {
        *(MemberEntered, MemberJoined, TransferIntroduced, TransferReceived),
        *(MemberMatured, MemberStruckOff, MemberResigned, MemberExpelled, MemberDied),
        *(MemberReferredToParty, MemberAdmittedToParty),
    }
)

DECIDER = Decider(facts=FACTS, initial=MembershipState(), decide=decide, evolve=MembershipState.evolved)
