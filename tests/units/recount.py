"""Who is a member where, counted by hand? An oracle that sweeps through facts and mergers together, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from shared.contracts.membership import (
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReadmitted,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitSplit,
)
from shared.eventsourcing.decider import Said, in_order


class Book:
    """One person's pages in the book of members."""

    def __init__(self) -> None:
        self.pages: dict[UUID, UUID] = {}
        """Branch → the organisation whose member the person is there."""
        self.introduced: set[UUID] = set()
        self.owners: dict[UUID, UUID] = {}
        self.went_into: dict[UUID, UUID] = {}
        self.ended: set[UUID] = set()

    @classmethod
    def on(cls, day: dt.date, units: Iterable[Said], person: Iterable[Said]) -> Book:
        """The book after everything that is valid by that day."""
        book = cls()
        for said in in_order((*units, *person)):
            if isinstance(said.fact, UnitFounded):
                book.owners.setdefault(said.subject, said.organisation)
            elif said.day <= day:
                book.apply(said)
        return book

    def apply(self, said: Said) -> None:
        """Turn to the page that a fact is about."""
        match said.fact:
            case UnitMerged(sources=sources):
                for source in sources:
                    self._merge(source, said.subject)
            case UnitDissolved() | UnitSplit(whole=True):
                self.ended.add(said.subject)
            case MemberEntered(branch=branch) | MemberJoined(branch=branch) | MemberReadmitted(branch=branch):
                self.pages.setdefault(self._now(branch), said.organisation)
            case TransferIntroduced(branch=branch):
                self.introduced |= {self._now(branch)} & set(self.pages)
            case TransferReceived(branch=branch, origin=origin):
                self._receive(said.organisation, self._now(branch), origin)
            case MemberDied():
                for branch in [branch for branch, owner in self.pages.items() if owner == said.organisation]:
                    self._strike(branch)
            case MemberMatured() | MemberStruckOff() | MemberResigned() | MemberExpelled():
                self._strike(self._now(said.fact.branch))

    def _merge(self, source: UUID, target: UUID) -> None:
        if source in self.ended or source == target:
            return
        self.ended.add(source)
        self.went_into[source] = target
        now = self._now(target)
        if (owner := self.pages.pop(source, None)) is not None:
            if now not in self.pages and source in self.introduced:
                self.introduced.add(now)
            self.pages.setdefault(now, self.owners.get(now, owner))
        self.introduced.discard(source)

    def _receive(self, organisation: UUID, branch: UUID, origin: UUID | None) -> None:
        left = [self._now(origin)] if origin is not None else self._introduced_by(organisation, branch)
        if len(left) == 1 and left[0] != branch:
            self._strike(left[0])
        self.pages.setdefault(branch, organisation)

    def _introduced_by(self, organisation: UUID, branch: UUID) -> list[UUID]:
        return [each for each in self.introduced if each != branch and self.pages.get(each) == organisation]

    def _strike(self, branch: UUID) -> None:
        self.pages.pop(branch, None)
        self.introduced.discard(branch)

    def _now(self, branch: UUID) -> UUID:
        while branch in self.went_into:
            branch = self.went_into[branch]
        return branch
