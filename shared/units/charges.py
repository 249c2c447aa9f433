"""Who is in charge of which area, from when to when, and for whom? Also when the organisation goes on in another.

A charge given by an organisation that closes passes to whoever takes the area over: on the closing day the cadre is in
that one's service, and it may relieve or assign anew in its own log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from shared.contracts.meetings import CadreAssigned, CadreRelieved
from shared.eventsourcing.decider import Said, in_order
from shared.units.tree import Tree


class Charge(NamedTuple):
    """A cadre of a tier is in charge of an area from `start` to before `end` (none: still)."""

    tier: str
    area: UUID
    start: dt.date
    end: dt.date | None
    assigned_in: UUID
    """The organisation in whose log the assignment stands."""
    assigned_by: UUID


class Service(NamedTuple):
    """A charge as far as it is held for one organisation."""

    organisation: UUID
    charge: Charge
    """From the first day for this organisation; its end is that of the whole charge."""
    passed_on: dt.date | None
    """The day on which it goes on for another organisation, if it does before its end."""


def charges(facts: Iterable[Said], tree: Tree) -> Iterator[Charge]:
    """One cadre's charges, from assignment to relief; assigned again meanwhile, the later word holds from its day."""
    held: list[Charge] = []
    for said in in_order(facts):
        if isinstance(said.fact, CadreAssigned | CadreRelieved):
            ended = ended_by(said, held, tree)
            yield from (each._replace(end=said.day) for each in ended if each.start < said.day)
            held = [each for each in held if each not in ended]
            if isinstance(said.fact, CadreAssigned):
                held.append(Charge(said.fact.tier, said.fact.area, said.day, None, said.organisation, said.event))
    yield from held


def ended_by(said: Said, held: Iterable[Charge], tree: Tree) -> list[Charge]:
    """Which of the charges held an assignment or a relief ends: the poster's own, and what passed to it by that day.

    A closed log takes nothing more, so where none is, its successor may relieve for the days before the closing too.
    """
    if not isinstance(said.fact, CadreAssigned | CadreRelieved):
        return []
    poster, area = said.organisation, said.fact.area
    there = [each for each in held if each.area == area]
    mine = [each for each in there if poster in {each.assigned_in, _held_for(each, said.day, tree)}]
    if mine or isinstance(said.fact, CadreAssigned):
        return mine
    return [
        each for each in there if any(poster == after.organisation for after in tree.succession(each.assigned_in, area))
    ]


def services(charge: Charge, tree: Tree) -> Iterator[Service]:
    """For whom a charge is held, one organisation after another; a part without a day is left out."""
    line = tree.succession(charge.assigned_in, charge.area)
    for number, tenure in enumerate(line):
        start = max(charge.start, tenure.start)
        following = line[number + 1].start if number + 1 < len(line) else None
        passed = following if following is not None and (charge.end is None or following < charge.end) else None
        if (charge.end is None or start < charge.end) and (passed is None or start < passed):
            yield Service(tenure.organisation, charge._replace(start=start), passed)


def _held_for(charge: Charge, day: dt.date, tree: Tree) -> UUID:
    line = tree.succession(charge.assigned_in, charge.area)
    return [charge.assigned_in, *(tenure.organisation for tenure in line if tenure.start <= day)][-1]
