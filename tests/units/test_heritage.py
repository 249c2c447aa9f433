"""Whose knowledge of a person goes on to which successor?"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from shared.contracts.closings import Portion
from shared.contracts.membership import MembershipLogClosed
from shared.eventsourcing.decider import Said
from shared.units.heritage import OnBook, inherited
from tests.units.story import Story, named

OLD, FIRST, SECOND, LAST, STRANGER = (named(each) for each in ("old", "first", "second", "last", "stranger"))
CLOSED, CLOSED_AGAIN = dt.date(2025, 7, 1), dt.date(2026, 1, 1)

line, elsewhere = Story("old"), Story("first")
TOP = line.unit("top", kind="province-body")
NORTH, SOUTH = line.unit("north", TOP), line.unit("south", TOP)
OTHER = elsewhere.unit("other", kind="branch")


def closing(organisation: UUID, *successors: UUID, day: dt.date, **portions: UUID) -> Said:
    parts = tuple(Portion(unit=named(unit), successor=successor) for unit, successor in portions.items())
    fact = MembershipLogClosed(successors=successors, portions=parts, effective=day)
    return Said(fact, organisation, organisation, named(f"closing/{organisation}"), 99, day)


TREE = line.tree.with_facts(
    [
        *elsewhere.facts,
        closing(OLD, FIRST, SECOND, day=CLOSED, south=SECOND),
        closing(FIRST, LAST, day=CLOSED_AGAIN),
    ]
)


def stay(branch: UUID, end: str | None = None, of: UUID = OLD) -> OnBook:
    return OnBook(of, branch, None if end is None else dt.date.fromisoformat(end))


def test_each_successor_has_those_of_the_units_that_it_took_over() -> None:
    for branch, heir, other in ((NORTH, FIRST, SECOND), (SOUTH, SECOND, FIRST)):
        assert inherited(TREE, heir, [stay(branch)]) == (OLD,)
        assert inherited(TREE, other, [stay(branch)]) == ()
        assert inherited(TREE, STRANGER, [stay(branch)]) == ()


def test_who_had_left_is_where_he_last_was() -> None:
    moved = [stay(NORTH, "2020-01-01"), stay(SOUTH, "2022-01-01")]
    assert (inherited(TREE, FIRST, moved), inherited(TREE, SECOND, moved)) == ((), (OLD,))
    came_back = [*moved, stay(NORTH)]
    assert (inherited(TREE, FIRST, came_back), inherited(TREE, SECOND, came_back)) == ((OLD,), ())
    in_both = [stay(NORTH), stay(SOUTH)]
    assert (inherited(TREE, FIRST, in_both), inherited(TREE, SECOND, in_both)) == ((OLD,), (OLD,))


def test_what_went_on_twice_is_inherited_from_both_the_oldest_first() -> None:
    assert inherited(TREE, LAST, [stay(NORTH), stay(OTHER, of=FIRST)]) == (OLD, FIRST)
    assert inherited(TREE, LAST, [stay(SOUTH)]) == ()


def test_before_the_takeover_nothing_is_inherited() -> None:
    assert inherited(TREE, FIRST, [stay(NORTH)], CLOSED) == (OLD,)
    assert inherited(TREE, FIRST, [stay(NORTH)], CLOSED - dt.timedelta(days=1)) == ()
    assert inherited(TREE, LAST, [stay(NORTH)], CLOSED) == ()


def test_what_others_hold_is_never_inherited() -> None:
    assert inherited(TREE, FIRST, [stay(OTHER, of=FIRST)]) == ()
    assert inherited(TREE, FIRST, [stay(NORTH, of=STRANGER)]) == ()
    assert inherited(TREE, FIRST, []) == ()
