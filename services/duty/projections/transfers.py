"""Which members were introduced to a branch and not received yet, from when to when?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Date, MetaData, Table, Uuid

from shared.contracts.membership import MemberAdmittedToParty, MemberReferredToParty, TransferIntroduced
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite
from shared.units.roster import ROSTER_FACTS

MOVING: Final = ROSTER_FACTS - {MemberReferredToParty, MemberAdmittedToParty}
"""What is said of a person's membership; a referral to the Party changes none."""


class Transfers(Projection):
    """Keys: persons. Whatever is said of a person's membership afterwards ends the waiting."""

    name = "transfers"
    listens = MOVING

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`introduced`: a person waits for a branch from a day on."""
        self._introduced = Table(
            "introduced",
            metadata,
            Column("person", Uuid, primary_key=True),
            Column("destination", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
        )
        return [self._introduced]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The person."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Read these persons' memberships again."""
        lives = views.about(self.listens, keys)
        rows = [row for person, facts in lives.items() for row in _waits(person, facts)]
        rewrite(views.connection, self._introduced, self._introduced.c.person, keys, rows)


def _waits(person: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    waiting: tuple[UUID, dt.date] | None = None
    for said in in_order(facts):
        if waiting is not None and waiting[1] < said.day:
            yield {"person": person, "destination": waiting[0], "start_day": waiting[1], "end_day": said.day}
        waiting = None
        if isinstance(said.fact, TransferIntroduced) and said.fact.destination is not None:
            waiting = (said.fact.destination, said.day)
    if waiting is not None:
        yield {"person": person, "destination": waiting[0], "start_day": waiting[1], "end_day": None}
