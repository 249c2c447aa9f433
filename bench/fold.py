"""What must every way of reading come to? The plain fold: sums for each branch and year, in memory, fact by fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import msgspec

from bench.history import Post
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, VisitCompleted

Key = tuple[str, int]
"""(branch, year)."""
Totals = dict[Key, tuple[int, int, int, int]]
"""(branch, year) → meetings held, members expected, members present, visits."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What one fact adds."""

    branch: UUID
    held: int = 0
    expected: int = 0
    present: int = 0
    visits: int = 0

    @classmethod
    def of(cls, fact: Event) -> Sums:
        """What this fact adds, and to which branch."""
        match fact:
            case MeetingHeld():
                return cls(fact.branch, 1, fact.roll.expected, fact.roll.present)
            case VisitCompleted():
                return cls(fact.unit, visits=1)
        raise TypeError(fact.name)


def fold(posts: Iterable[Post]) -> Totals:
    """The plain fold over decoded facts."""
    each = ((Sums.of(post.fact), post.occurred) for post in posts)
    return fold_sums((str(s.branch), day, (s.held, s.expected, s.present, s.visits)) for s, day in each)


def fold_sums(facts: Iterable[tuple[str, str, tuple[int, int, int, int]]]) -> Totals:
    """The same over (branch, occurred, what the fact adds)."""
    totals: Totals = {}
    for branch, occurred, sums in facts:
        _add(totals, (branch, int(occurred[:4])), sums)
    return totals


class _LeanRoll(msgspec.Struct, gc=False):
    expected: int
    present: int


class _Lean(msgspec.Struct, gc=False):
    """Only what the fold uses, of either fact."""

    branch: str = ""
    unit: str = ""
    roll: _LeanRoll | None = None


_lean = msgspec.json.Decoder(_Lean).decode


def fold_bytes(facts: Iterable[tuple[bytes, str]]) -> Totals:
    """The same from (fact's bytes, occurred), decoding nothing but the fields that count."""
    totals: Totals = {}
    for raw, occurred in facts:
        fact = _lean(raw)
        if fact.roll is None:
            _add(totals, (fact.unit, int(occurred[:4])), (0, 0, 0, 1))
        else:
            _add(totals, (fact.branch, int(occurred[:4])), (1, fact.roll.expected, fact.roll.present, 0))
    return totals


class _Data(msgspec.Struct, gc=False):
    fact: msgspec.Raw


class _Line(msgspec.Struct, gc=False):
    """A sealed line, as far as a fold that believes no line needs it."""

    occurred: str
    previoushash: str
    data: _Data


def fold_hashed(lines: Iterable[bytes]) -> Totals:
    """The same from sealed lines, with as much hashing as proving them takes; nothing is judged."""
    decode = msgspec.json.Decoder(_Line).decode
    totals: Totals = {}
    for line in lines:
        read = decode(line)
        raw = bytes(read.data.fact)
        content = sha256(line[:200] + sha256(raw).digest()).digest()
        sha256(line[200:300] + content + read.previoushash.encode()).digest()
        fact = _lean(raw)
        if fact.roll is None:
            _add(totals, (fact.unit, int(read.occurred[:4])), (0, 0, 0, 1))
        else:
            _add(totals, (fact.branch, int(read.occurred[:4])), (1, fact.roll.expected, fact.roll.present, 0))
    return totals


def _add(totals: Totals, key: Key, more: tuple[int, int, int, int]) -> None:
    held, expected, present, visits = totals.get(key, (0, 0, 0, 0))
    totals[key] = (held + more[0], expected + more[1], present + more[2], visits + more[3])
