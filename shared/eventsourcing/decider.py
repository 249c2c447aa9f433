"""How is a fact judged? A decider: an initial state, `decide` and `evolve`, all pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.contracts.event import Event

S = TypeVar("S")
W = TypeVar("W")


class Said(NamedTuple):
    """A fact with its circumstances, as rules see it."""

    fact: Event
    subject: UUID
    organisation: UUID
    """Whose log the root stands in."""
    event: UUID
    """The root's id: a corrected fact keeps its place and its name."""
    sequence: int
    """The root's place in that log."""
    day: dt.date
    """The local day that counts: the fact's effect date, else the day on which it occurred."""

    @property
    def place(self) -> tuple[dt.date, UUID, int]:
        """Where the fact stands in every fold: by day, then organisation, then order in its log."""
        return self.day, self.organisation, self.sequence


class SaidAlready(Exception):
    """A rule finds that the same act stands in the organisation's log already, in other words: nothing is stored."""

    def __init__(self, organisation: UUID, event: UUID) -> None:
        super().__init__()
        self.root = (organisation, event)


@dataclass(frozen=True)
class Decider(Generic[S, W]):
    """The rules of one aggregate. `decide` raises `Refused` or accepts; `evolve` never fails."""

    facts: frozenset[type[Event]]
    initial: S
    decide: Callable[[S, Said, W], None]
    evolve: Callable[[S, Said], S]

    def fold(self, history: Iterable[Said]) -> S:
        """The state after these facts, whatever order they are given in."""
        state = self.initial
        for said in in_order(history):
            state = self.evolve(state, said)
        return state


AnyDecider = Decider[Any, Any]


def in_order(history: Iterable[Said]) -> list[Said]:
    """Standing facts in the order in which every fold takes them."""
    return sorted(history, key=lambda said: said.place)
