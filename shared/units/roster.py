"""Who was a member of which branch when? One person's facts, folded into memberships.

A membership lasts from its first day to before the day on which it ended. When branches merge, members pass to the new
branch on that day without facts of their own, and who was in both is there once. What names a branch that has merged
by then means the branch in which it goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    MemberAdmittedToParty,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReadmitted,
    MemberReferredToParty,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
    UnitMerged,
)
from shared.eventsourcing.decider import Said, in_order
from shared.units.tree import Tree

ROSTER_FACTS: frozenset[type[Event]] = frozenset(
    {
        *(MemberEntered, MemberJoined, MemberReadmitted, TransferIntroduced, TransferReceived),
        *(MemberMatured, MemberStruckOff, MemberResigned, MemberExpelled, MemberDied),
        *(MemberReferredToParty, MemberAdmittedToParty),
    }
)
"""The facts of a person's life in branches. The last two change no membership."""

Place = tuple[dt.date, UUID, int]
"""Where a fact stands in every fold."""


class Membership(NamedTuple):
    """A person's time in a branch: from `start` to before `end`; none: still there."""

    branch: UUID
    organisation: UUID
    start: dt.date
    end: dt.date | None
    opened_by: UUID
    """The person's own fact from which it comes, also when it passed on through mergers."""
    ended_by: UUID | None
    """The person's fact or the merger that ended it."""
    entered: bool
    """On the book when it was opened: a member, never an admission."""

    def lasts(self, day: dt.date) -> bool:
        """Whether the person is a member on that day."""
        return self.start <= day and (self.end is None or day < self.end)


class Standing(NamedTuple):
    """What one person's facts come to under a tree."""

    memberships: tuple[Membership, ...]
    """By their first day; none of them empty."""
    introduced: frozenset[UUID]
    """Branches that have introduced the member elsewhere, where nobody has received yet."""
    referred_by: frozenset[UUID]
    """Organisations that have recommended the person to the Party."""
    in_party: frozenset[UUID]
    """Organisations that have recorded the person's admission to the Party."""

    def member_of(self, branch: UUID, day: dt.date) -> bool:
        """Whether the person is a member of that branch on that day."""
        return any(each.branch == branch and each.lasts(day) for each in self.memberships)

    def branches(self, day: dt.date) -> tuple[UUID, ...]:
        """Every branch of which the person is a member on that day."""
        return tuple(each.branch for each in self.memberships if each.lasts(day))


@dataclass(frozen=True, slots=True)
class MembershipState:
    """What a decider folds: one person's standing facts. Where they lead is a question to the tree."""

    facts: tuple[Said, ...] = ()

    def evolved(self, said: Said) -> MembershipState:
        """The state with one more fact."""
        return MembershipState((*self.facts, said)) if type(said.fact) in ROSTER_FACTS else self

    def standing(self, tree: Tree) -> Standing:
        """Memberships, introductions and the Party, as these facts have them under a tree."""
        return standing(self.facts, tree)


def standing(facts: Iterable[Said], tree: Tree) -> Standing:
    """Fold one person's standing facts, given in any order."""
    fold = _Fold(tree)
    for said in in_order(facts):
        fold.pass_on(before=said.place)
        fold.take(said)
    fold.pass_on(before=None)
    return fold.result()


def merged_into(tree: Tree, branch: UUID, before: Place) -> UUID:
    """The branch in which a branch goes on at a place in the fold; itself while it has not merged."""
    met = {branch}
    while (ending := tree.ending(branch)) is not None and isinstance(ending.fact, UnitMerged):
        if ending.place >= before or ending.subject in met:
            break
        branch = ending.subject
        met.add(branch)
    return branch


@dataclass(frozen=True, slots=True)
class _Seat:
    """An open membership, and the place in the fold at which the person came to that branch."""

    membership: Membership
    since: Place
    introduced: bool = False


class _Fold:
    """The memberships of one person, fact by fact."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._seats: dict[UUID, _Seat] = {}
        self._past: list[Membership] = []
        self._referred: set[UUID] = set()
        self._in_party: set[UUID] = set()

    def result(self) -> Standing:
        """What has come of it."""
        every = [*self._past, *(seat.membership for seat in self._seats.values())]
        return Standing(
            tuple(sorted(each for each in every if each.start != each.end)),
            frozenset(branch for branch, seat in self._seats.items() if seat.introduced),
            frozenset(self._referred),
            frozenset(self._in_party),
        )

    def take(self, said: Said) -> None:
        """Apply one fact."""
        match said.fact:
            case MemberEntered(branch=branch) | MemberJoined(branch=branch) | MemberReadmitted(branch=branch):
                self._open(branch, said)
            case TransferIntroduced(branch=branch):
                self._introduce(self._merged_into(branch, said.place))
            case TransferReceived(branch=branch, origin=origin):
                self._receive(branch, origin, said)
            case MemberDied():
                self._die(said)
            case MemberReferredToParty():
                self._referred.add(said.organisation)
            case MemberAdmittedToParty():
                self._in_party.add(said.organisation)
            case (
                MemberMatured(branch=branch)
                | MemberStruckOff(branch=branch)
                | MemberResigned(branch=branch)
                | MemberExpelled(branch=branch)
            ):
                self._close(self._merged_into(branch, said.place), said)
            case _:
                return

    def pass_on(self, before: Place | None) -> None:
        """Let members pass with every merger that stands before a place in the fold."""
        while due := [each for branch in self._seats if (each := self._due(branch, before)) is not None]:
            ending, branch = min(due, key=lambda each: (each[0].place, self._seats[each[1]].since, each[1]))
            seat = self._seats[branch]
            target = self._merged_into(ending.subject, ending.place)
            if target == branch:
                self._seats[branch] = replace(seat, since=ending.place)
                continue
            self._close(branch, ending)
            if target not in self._seats:
                organisation = self._tree.founder(target) or seat.membership.organisation
                passed = seat.membership._replace(branch=target, organisation=organisation, start=ending.day)
                self._seats[target] = _Seat(passed, ending.place, seat.introduced)

    def _due(self, branch: UUID, before: Place | None) -> tuple[Said, UUID] | None:
        """The merger with which a seat passes on next."""
        ending = self._tree.ending(branch)
        if ending is None or not isinstance(ending.fact, UnitMerged) or ending.place <= self._seats[branch].since:
            return None
        return (ending, branch) if before is None or ending.place < before else None

    def _merged_into(self, branch: UUID, before: Place) -> UUID:
        return merged_into(self._tree, branch, before)

    def _introduce(self, branch: UUID) -> None:
        if (seat := self._seats.get(branch)) is not None:
            self._seats[branch] = replace(seat, introduced=True)

    def _die(self, said: Said) -> None:
        for branch, seat in list(self._seats.items()):
            if self._speaks_for(said, seat):
                self._close(branch, said)

    def _speaks_for(self, said: Said, seat: _Seat) -> bool:
        """Whether the seat is in the poster's line: held there, or in a branch that passed from one to the other."""
        held = seat.membership
        if said.organisation == held.organisation:
            return True
        return all(self._tree.ever_owned(each, held.branch) for each in (said.organisation, held.organisation))

    def _receive(self, branch: UUID, origin: UUID | None, said: Said) -> None:
        """End the old membership and open the new one on the same day."""
        branch = self._merged_into(branch, said.place)
        if origin is not None:
            old = [self._merged_into(origin, said.place)]
        else:
            old = [
                other
                for other, seat in self._seats.items()
                if seat.introduced and self._speaks_for(said, seat) and other != branch
            ]
        if len(old) == 1 and old[0] != branch:
            self._close(old[0], said)
        self._open(branch, said)

    def _open(self, branch: UUID, said: Said) -> None:
        branch = self._merged_into(branch, said.place)
        if branch not in self._seats:
            entered = isinstance(said.fact, MemberEntered)
            opened = Membership(branch, said.organisation, said.day, None, said.event, None, entered)
            self._seats[branch] = _Seat(opened, said.place)

    def _close(self, branch: UUID, said: Said) -> None:
        if (seat := self._seats.pop(branch, None)) is not None:
            self._past.append(seat.membership._replace(end=said.day, ended_by=said.event))
