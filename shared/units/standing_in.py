"""Who is what in which unit on a day? Members by the book, officers by their posts and as heads of branches.

A person counts once, by the id that is kept, whichever ids were given up for it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Table, and_, func, select

from shared.contracts.event import Event
from shared.contracts.membership import BranchHeadLeftOffice, BranchHeadTookOffice, OfficerElected, OfficerLeft
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.facts import Facts
from shared.units.identities import Identities
from shared.units.lasting import lasting
from shared.units.projection import Rosters

MEMBER, OFFICER = "member", "officer"
STANDINGS: Final = frozenset({MEMBER, OFFICER})
"""The standings of persons of which facts say who has them; of any other nobody does."""
HEARD: Final[frozenset[type[Event]]] = frozenset(
    {OfficerElected, OfficerLeft, BranchHeadTookOffice, BranchHeadLeftOffice}
)
STATE: Final = (Rosters, Identities)
HEAD: Final = ""
"""Stands for the post of whoever heads a branch, whatever its title."""
Since = Mapping[UUID, Mapping[UUID, dt.date]]
"""Unit → person → since when."""


def kept_ids(connection: Connection, tables: Mapping[str, Table]) -> Mapping[UUID, UUID]:
    """Each id that was given up → the id that is kept."""
    merges = tables["identity"]
    rows = connection.execute(select(merges.c.person, merges.c.kept).where(merges.c.step == 0))
    return {row.person: row.kept for row in rows}


def standing_in(
    connection: Connection,
    facts: Facts,
    tables: Mapping[str, Table],
    standing: str,
    units: Iterable[UUID],
    day: dt.date,
) -> Since:
    """Everybody who has a standing in these units on a day, under the id that is kept."""
    asked, kept = sorted(set(units)), kept_ids(connection, tables)
    found: dict[UUID, dict[UUID, dt.date]] = defaultdict(dict)
    held = _members(connection, tables["roster"], asked, day) if standing == MEMBER else iter(())
    held = _officers(connection, facts, asked, day) if standing == OFFICER else held
    for unit, person, since in held:
        theirs, one = found[unit], kept.get(person, person)
        theirs[one] = min(since, theirs.get(one, since))
    return found


def _members(
    connection: Connection, roster: Table, units: list[UUID], day: dt.date
) -> Iterator[tuple[UUID, UUID, dt.date]]:
    """Since the fact from which the membership comes, which passes on through mergers."""
    begun = roster.alias()
    same = and_(
        begun.c.person == roster.c.person,
        begun.c.opened_by == roster.c.opened_by,
        begun.c.opened_in == roster.c.opened_in,
    )
    query = (
        select(roster.c.branch, roster.c.person, func.min(begun.c.start_day).label("since"))
        .join(begun, same)
        .where(lasting(roster, day))
        .group_by(roster.c.branch, roster.c.person)
    )
    for chunk in chunks(units):
        for row in connection.execute(query.where(roster.c.branch.in_(chunk))):
            yield row.branch, row.person, row.since


def _officers(
    connection: Connection, facts: Facts, units: list[UUID], day: dt.date
) -> Iterator[tuple[UUID, UUID, dt.date]]:
    """Of each post of a person the last word by the day counts."""
    words = list[tuple[dt.date, UUID, int, UUID, UUID, str, bool]]()
    for cls, took in ((OfficerElected, True), (OfficerLeft, False)):
        said = facts.standing(cls).subquery()
        for chunk in chunks(units):
            for row in connection.execute(select(said).where(said.c.unit.in_(chunk), said.c.day <= day)):
                words.append((row.day, row.organisation, row.sequence, row.unit, row.person, row.post, took))
    for head, took in ((BranchHeadTookOffice, True), (BranchHeadLeftOffice, False)):
        said = facts.standing(head).subquery()
        for chunk in chunks(units):
            for row in connection.execute(select(said).where(said.c.branch.in_(chunk), said.c.day <= day)):
                words.append((row.day, row.organisation, row.sequence, row.branch, row.person, HEAD, took))
    posts: dict[tuple[UUID, UUID, str], dt.date | None] = {}
    for on, _, _, unit, person, post, took in sorted(words):
        posts[unit, person, post] = on if took else None
    for (unit, person, _), since in posts.items():
        if since is not None:
            yield unit, person, since
