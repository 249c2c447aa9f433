"""Whose knowledge of a person went on to whom? To the successor that took over where the person last was on that book.

What a closed organisation holds of a person lies under its own keys for ever. A successor reads it, and answers for it,
as far as the person's last stay on that organisation's book was in a unit that passed to it. Who had moved on to a
unit that went to another successor is that one's.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.units.tree import Tree


class OnBook(NamedTuple):
    """A person's time on an organisation's book; no end: still there."""

    organisation: UUID
    branch: UUID
    end: dt.date | None


def inherited(tree: Tree, heir: UUID, stays: Iterable[OnBook], day: dt.date = dt.date.max) -> tuple[UUID, ...]:
    """The organisations whose knowledge of a person of these stays the heir has by a day, the oldest first."""
    books: dict[UUID, list[OnBook]] = defaultdict(list)
    for each in stays:
        if each.organisation != heir and tree.follows(heir, each.organisation):
            books[each.organisation].append(each)
    found = [own for own, told in books.items() if any(_took(tree, heir, each.branch, day) for each in _last(told))]
    return tuple(sorted(found, key=lambda each: (-len(tree.followers(each)), each)))


def _last(stays: Sequence[OnBook]) -> list[OnBook]:
    """Where somebody was last: whatever goes on, else what ended last."""
    latest = max(each.end or dt.date.max for each in stays)
    return [each for each in stays if (each.end or dt.date.max) == latest]


def _took(tree: Tree, heir: UUID, branch: UUID, day: dt.date) -> bool:
    return any(tenure.organisation == heir and tenure.start <= day for tenure in tree.tenures(branch))
