"""When may a person enter a branch, pass to another, leave, and be recorded on the way to the Party?

Whether somebody is a member somewhere is asked of the roster, which knows transfers and mergers; here stand the rules
that one more fact must keep. Coming back after leaving is allowed, by either name; who never was a member is admitted,
not readmitted. The ages at which an organisation admits prompt and refuse nobody: birth dates are personal data.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from services.membership.domain.life import Life, decider_of_life, require_member
from shared.contracts.event import Event
from shared.contracts.membership import (
    MemberAdmittedToParty,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberReadmitted,
    MemberReferredToParty,
    MemberResigned,
    TransferIntroduced,
    TransferReceived,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.roster import Membership, Standing
from shared.units.world import World


class AlreadyMember(Refused):
    """The person is a member there on that day; nobody is admitted to one organisation twice."""

    vi = "Ngày đó người này đã là đoàn viên, hội viên; không kết nạp hai lần vào một tổ chức."


class NeverAMember(Refused):
    """The organisation's books never had the person before that day; who comes first is admitted, not readmitted."""

    vi = "Trước ngày đó người này chưa từng là đoàn viên, hội viên của tổ chức; đây là kết nạp, không phải kết nạp lại."


class RecordedDead(Refused):
    """The organisation has recorded the person's death; void that fact first if it is wrong."""

    vi = "Tổ chức đã ghi người này qua đời; nếu sai thì hủy sự việc đó trước."


class AdmittedLater(Refused):
    """The book says of a member that he was admitted after the day on which he was entered."""

    vi = "Ngày kết nạp ghi sau ngày vào sổ."


class SameBranch(Refused):
    """A transfer leads from one branch to another."""

    vi = "Chuyển sinh hoạt phải sang chi đoàn, chi hội khác."


class AlreadyInParty(Refused):
    """The organisation has recorded the person's admission to the Party."""

    vi = "Tổ chức đã ghi người này được kết nạp Đảng."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept a fact of a person's coming and going, or raise why not."""
    match said.fact:
        case (
            MemberEntered(branch=branch)
            | MemberJoined(branch=branch)
            | MemberReadmitted(branch=branch)
            | TransferReceived(branch=branch)
        ):
            standing = life.standing(world.tree)
            world.require_branch("branch", branch, said.day)
            if standing.member_of(branch, said.day):
                raise AlreadyMember("branch")
            if _told(life, said, world, MemberDied):
                raise RecordedDead("subject")
            _require_sound_arrival(standing, said, world)
        case (
            TransferIntroduced(branch=branch)
            | MemberResigned(branch=branch)
            | MemberExpelled(branch=branch)
            | MemberDied(branch=branch)
            | MemberReferredToParty(branch=branch)
            | MemberAdmittedToParty(branch=branch)
        ):
            require_member(life, branch, said, world)
            _require_sound_step(life, said, world)


def _require_sound_arrival(standing: Standing, said: Said, world: World) -> None:
    """Each way into a branch has a rule of its own. Only an entry may make somebody a member twice."""
    match said.fact:
        case MemberEntered(admitted_on=dt.date() as day) if day > said.day:
            raise AdmittedLater("admitted_on")
        case MemberEntered(admitted_year=int() as year) if year > said.day.year:
            raise AdmittedLater("admitted_year")
        case MemberJoined() | MemberReadmitted():
            own = [each for each in standing.memberships if _same_line(each, said, world)]
            if any(each.lasts(said.day) for each in own):
                raise AlreadyMember("branch")
            if isinstance(said.fact, MemberReadmitted) and not own:
                raise NeverAMember("branch")
        case TransferReceived(branch=branch, origin=origin) if origin == branch:
            raise SameBranch("origin")


def _told(life: Life, said: Said, world: World, kind: type[Event]) -> bool:
    """Whether the poster, or an organisation that went on in it, has told such a fact of the person."""
    return any(
        isinstance(each.fact, kind) and world.tree.follows(said.organisation, each.organisation) for each in life.facts
    )


def _same_line(membership: Membership, said: Said, world: World) -> bool:
    """Whether the poster's organisation holds the membership, by its own facts or because it took the branch over."""
    owners = (said.organisation, membership.organisation)
    return owners[0] == owners[1] or all(world.tree.ever_owned(each, membership.branch) for each in owners)


def _require_sound_step(life: Life, said: Said, world: World) -> None:
    """What a member's own step asks beside being a member."""
    match said.fact:
        case TransferIntroduced(branch=branch, destination=UUID() as destination):
            world.require_branch("destination", destination, said.day)
            if destination == branch:
                raise SameBranch("destination")
        case MemberAdmittedToParty() if _told(life, said, world, MemberAdmittedToParty):
            raise AlreadyInParty("branch")


DECIDER: Final = decider_of_life(
    decide,
    *(MemberEntered, MemberJoined, MemberReadmitted, TransferIntroduced, TransferReceived),
    *(MemberResigned, MemberExpelled, MemberDied),
    *(MemberReferredToParty, MemberAdmittedToParty),
)
