"""In which states was a person, from when to when? Away, affiliated, introduced, proposed, disciplined, deferred, card.

A state begins with a fact and ends with another, with a day that was named, or with the membership to which it belongs.
Members pass with their branch when branches merge, and their states with them: then one state is told in two spans.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    AffiliationEnded,
    AffiliationReceived,
    CardIssued,
    CardWithdrawn,
    DisciplineDecided,
    DisciplineLifted,
    MaturityDeferred,
    MemberAway,
    MemberBack,
    MemberDied,
    StrikeOffDeclined,
    StrikeOffProposed,
    TransferIntroduced,
    UnitMerged,
)
from shared.eventsourcing.decider import Said, in_order
from shared.units.roster import Membership, merged_into, standing
from shared.units.tree import Tree


class Kind(StrEnum):
    """What a state is."""

    AWAY = "away"
    """Working away (đi làm ăn xa)."""
    AFFILIATED = "affiliated"
    """A guest of another branch (sinh hoạt tạm thời, nơi cư trú)."""
    INTRODUCED = "introduced"
    """On the way to another branch (đã giới thiệu, chưa tiếp nhận)."""
    PROPOSED = "proposed"
    """Proposed to be struck off, undecided (đã đề nghị xóa tên)."""
    DISCIPLINED = "disciplined"
    """A discipline is in force (đang chịu kỷ luật)."""
    DEFERRED = "deferred"
    """Past the age, stays for a while (tiếp tục sinh hoạt)."""
    CARD = "card"
    """Holds a card (giữ thẻ)."""


class State(NamedTuple):
    """From `start` to before `end` (none: still); a state that a merger carries on is told once for each branch."""

    kind: Kind
    branch: UUID
    organisation: UUID
    start: dt.date
    end: dt.date | None
    since: dt.date
    """The day on which it began, in whatever branch."""
    opened_by: UUID
    opened_in: UUID
    """The fact with which it began: its root, and whose log that stands in."""
    detail: str | None = None
    """The kind of affiliation, the cause proposed, the level of discipline."""
    due: dt.date | None = None
    """The day on which it was expected to end."""
    reported: bool = True
    """Whether the member had said where to."""

    def lasts(self, day: dt.date) -> bool:
        """Whether the person is in it on that day."""
        return self.start <= day and (self.end is None or day < self.end)


BY_SEAT: Final = frozenset({Kind.AWAY, Kind.INTRODUCED, Kind.PROPOSED})
"""States that belong to one membership and end with it."""
BY_ORGANISATION: Final = frozenset({Kind.DISCIPLINED, Kind.DEFERRED})
"""States that follow a member from branch to branch of the organisation."""

_BEGINS: Final[Mapping[type[Event], Kind]] = {
    MemberAway: Kind.AWAY,
    AffiliationReceived: Kind.AFFILIATED,
    TransferIntroduced: Kind.INTRODUCED,
    StrikeOffProposed: Kind.PROPOSED,
    DisciplineDecided: Kind.DISCIPLINED,
    MaturityDeferred: Kind.DEFERRED,
    CardIssued: Kind.CARD,
}
_ENDS: Final[Mapping[type[Event], Kind]] = {
    MemberBack: Kind.AWAY,
    AffiliationEnded: Kind.AFFILIATED,
    StrikeOffDeclined: Kind.PROPOSED,
    DisciplineLifted: Kind.DISCIPLINED,
    CardWithdrawn: Kind.CARD,
}

_Owner = tuple[Kind, UUID]
"""A state, and the membership (by its opening fact), organisation or host to which it belongs."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A state that has begun."""

    state: State
    owner: UUID


def states(facts: Iterable[Said], tree: Tree) -> list[State]:
    """Every state of one person, from all standing facts about the person; by kind, then by first day."""
    facts = in_order(facts)
    memberships = standing(facts, tree).memberships
    fold = _Fold(tree, memberships)
    for said in facts:
        fold.take(said)
    return sorted((part for opened in fold.all() for part in _parts(opened, memberships, tree)), key=_order)


def _order(state: State) -> tuple[Kind, dt.date, UUID, UUID]:
    return state.kind, state.start, state.branch, state.opened_by


def _begun(kind: Kind, branch: UUID, said: Said) -> State:
    state = State(kind, branch, said.organisation, said.day, None, said.day, said.event, said.organisation)
    match said.fact:
        case MemberAway(expected_return=due, reported=reported):
            return state._replace(due=due, reported=reported)
        case AffiliationReceived(kind=affiliation, until=due):
            return state._replace(detail=affiliation.value, due=due)
        case StrikeOffProposed(cause=cause):
            return state._replace(detail=cause)
        case DisciplineDecided(level=level):
            return state._replace(detail=level.value)
        case MaturityDeferred(until=due):
            return state._replace(due=due)
        case _:
            return state


class _Fold:
    """The states of one person, fact by fact."""

    def __init__(self, tree: Tree, memberships: tuple[Membership, ...]) -> None:
        self._tree = tree
        self._memberships = memberships
        self._open: dict[_Owner, _Open] = {}
        self._past: list[_Open] = []

    def all(self) -> Iterator[_Open]:
        """Those that have ended, and those that have not."""
        yield from self._past
        yield from self._open.values()

    def take(self, said: Said) -> None:
        """Apply one fact. A new word takes the place of an older one; what belongs to no membership is no state."""
        kind = _BEGINS.get(type(said.fact)) or _ENDS.get(type(said.fact))
        if isinstance(said.fact, MemberDied):
            for guest in [each for each in self._open if each[0] is Kind.AFFILIATED]:
                self._close(guest, said.day)
        elif kind is not None and (owner := self._owner(kind, said)) is not None:
            self._close((kind, owner), said.day)
            if type(said.fact) in _BEGINS:
                self._open[kind, owner] = _Open(_begun(kind, self._branch(said), said), owner)

    def _close(self, owner: _Owner, day: dt.date) -> None:
        if (opened := self._open.pop(owner, None)) is not None:
            self._past.append(replace(opened, state=opened.state._replace(end=day)))

    def _branch(self, said: Said) -> UUID:
        branch: UUID = getattr(said.fact, "branch")  # noqa: B009 — every fact of a state names one
        return merged_into(self._tree, branch, said.place)

    def _owner(self, kind: Kind, said: Said) -> UUID | None:
        if kind in BY_SEAT:
            return self._seat(self._branch(said), said.day)
        if kind is Kind.AFFILIATED:
            return self._branch(said)
        held = (owner for each, owner in self._open if each is kind)
        return next((owner for owner in held if self._tree.follows(said.organisation, owner)), said.organisation)

    def _seat(self, branch: UUID, day: dt.date) -> UUID | None:
        """The membership in that branch on that day, by the fact that opened it."""
        found = (each for each in self._memberships if each.branch == branch and each.lasts(day))
        return next((each.opened_by for each in found), None)


def _parts(opened: _Open, memberships: tuple[Membership, ...], tree: Tree) -> Iterator[State]:
    """A state as it is told: no longer than what it belongs to, and cut where branches merge."""
    state = opened.state
    match state.kind:
        case Kind.CARD:
            yield from _lasting(state)
        case Kind.AFFILIATED:
            yield from _as_guest(_until_due(state), memberships, tree)
        case kind:
            whole = _until_due(state) if kind is Kind.DEFERRED else state
            for each in memberships:
                line = tree.follows(each.organisation, opened.owner) or tree.follows(opened.owner, each.organisation)
                belongs = each.opened_by == opened.owner if kind in BY_SEAT else line
                if belongs:
                    yield from _within(whole, each.start, each.end, each.branch)


def _until_due(state: State) -> State:
    return state._replace(end=_earlier(state.end, state.due))


def _as_guest(state: State, memberships: tuple[Membership, ...], tree: Tree) -> Iterator[State]:
    """The host's mergers carry the guest along; who becomes a member of the host is a guest no longer."""
    met: set[UUID] = set()
    branch, start = state.branch, state.start
    while branch not in met:
        met.add(branch)
        ending = tree.ending(branch)
        merger = ending if ending is not None and isinstance(ending.fact, UnitMerged) and ending.day > start else None
        end = None if merger is None else merger.day
        came = [each.start for each in memberships if each.branch == branch and (each.end is None or each.end > start)]
        yield from _within(state, start, min((*came, *([end] if end else [])), default=None), branch)
        if merger is None or any(day <= merger.day for day in came):
            return
        branch, start = merger.subject, merger.day


def _within(state: State, start: dt.date, end: dt.date | None, branch: UUID) -> Iterator[State]:
    part = state._replace(branch=branch, start=max(state.start, start), end=_earlier(state.end, end))
    yield from _lasting(part)


def _lasting(state: State) -> Iterator[State]:
    if state.end is None or state.start < state.end:
        yield state


def _earlier(*days: dt.date | None) -> dt.date | None:
    return min((day for day in days if day is not None), default=None)
