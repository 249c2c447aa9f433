"""By which facts does somebody stand in a branch's book? Each membership, and what else it came of at mergers.

Who was in both branches of a merger is in the new one once, by both ways in: were one of the facts voided, the other
would still hold. So each of them is behind the membership.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.contracts.membership import UnitMerged
from shared.eventsourcing.decider import Said
from shared.units.roster import Membership, standing
from shared.units.tree import Tree


class Stay(NamedTuple):
    """By one fact of the person's own, a member of `branch` from `start` to before `end` (none: still)."""

    branch: UUID
    organisation: UUID
    start: dt.date
    end: dt.date | None
    opened_by: UUID
    entered: bool


def stays(facts: Iterable[Said], tree: Tree) -> Iterator[Stay]:
    """One person's stays, from all standing facts about the person."""
    memberships = standing(facts, tree).memberships
    for membership in memberships:
        yield _stay(membership, membership, membership.start)
        former, joined = membership, _joined(membership, memberships, tree)
        while joined is not None and joined.opened_by != membership.opened_by:
            yield _stay(membership, joined, former.end or joined.start)
            former, joined = joined, _joined(joined, memberships, tree)


def _stay(opened: Membership, held: Membership, start: dt.date) -> Stay:
    return Stay(held.branch, held.organisation, start, held.end, opened.opened_by, opened.entered)


def _joined(membership: Membership, among: Sequence[Membership], tree: Tree) -> Membership | None:
    """The membership in which this one goes on when its branch has merged; nothing when it ended otherwise."""
    ending, met = tree.ending(membership.branch), {membership.branch}
    if ending is None or membership.ended_by != ending.event:
        return None
    day = ending.day
    while ending is not None and isinstance(ending.fact, UnitMerged) and ending.subject not in met:
        branch = ending.subject
        met.add(branch)
        found = next((each for each in among if each.branch == branch and each.lasts(day)), None)
        if found is not None:
            return found
        ending = tree.ending(branch)
    return None
