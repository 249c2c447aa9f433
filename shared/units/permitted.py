"""What may a service that records nothing hear today? What its grant says, kept up while it runs.

Views are made under one permission. When the grant changes they are outdated and made anew by themselves; until then
they answer only if all that was heard for them may still be heard.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

import redis
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.membership import ReaderGranted, ReaderRevoked
from shared.eventsourcing.courier import Stream
from shared.eventsourcing.decider import Said
from shared.eventsourcing.declaration import Declaration
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.permission import NOTHING, Permission
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.sources import SharedSource
from shared.eventsourcing.stream import fact_of, said_of
from shared.eventsourcing.sweep import Pace
from shared.eventsourcing.views import Generations
from shared.units.directory import Directory
from shared.units.ground import OWNER
from shared.units.rights import SENSITIVE_FACTS
from shared.units.seen_ground import SeenGround

LOOK: Final = 0.5
"""Seconds between two looks at the grant."""
GRANTS: Final = {fact.name: fact for fact in (ReaderGranted, ReaderRevoked)}
WITHHELD: Final = tuple(sorted(fact.name for fact in SENSITIVE_FACTS))


class ReadingNotGranted(Answered):
    """The service may not hear what its views were made from, or nothing at all: the operator grants it."""

    vi = "Dịch vụ này chưa được cấp quyền đọc, hoặc bảng đang được dựng lại theo quyền mới."
    status = 503


def permission_of(directory: Directory, service: str, day: dt.date) -> Permission:
    """What a service's grant lets it hear on a day."""
    grant = directory.reader(service, day)
    if grant is None:
        return NOTHING
    return Permission.of(grant.producers, grant.organisations or None, () if grant.sensitive else WITHHELD)


def permission_at_start(where: Whereabouts, declaration: Declaration, today: dt.date) -> Permission:
    """Under which the views that serve were made; before there are any, what history says that may be heard."""
    generations = Generations(declaration, where.url("views"))
    try:
        made = generations.made()
    finally:
        generations.close()
    return permission_of(_directory(where), declaration.service, today) if made is None else made


def _directory(where: Whereabouts) -> Directory:
    """What history has of grants, as far as it can be read now."""
    told: list[Said] = []
    with suppress(redis.RedisError, OSError, Answered):
        for shard in range(where.shards):
            for batch in SharedSource(where.redis, Stream(OWNER, shard), where.sealed(OWNER)).read():
                for envelope in (each.envelope for each in batch if each.envelope.content.type in GRANTS):
                    fact = fact_of(envelope.content)
                    told.append(said_of(envelope, fact, envelope.organisation, envelope.sequence))
    return Directory().with_facts(told)


class Permitted:
    """A part of a service: looks at its grant, and has views made anew when that is another one."""

    name = "granted"

    def __init__(self, service: Service, ground: SeenGround, today: Callable[[], dt.date]) -> None:
        """The service is declared with what it may hear at its start."""
        self._service, self._ground, self._today = service, ground, today
        self._start = service.generations.declaration.permission
        self._caught_up = False
        self._pace = Pace(LOOK)
        self._made: tuple[int, Permission] | None = None

    @property
    def permission(self) -> Permission:
        """What may be heard today. Until membership's log has once been read to its head: what was so at the start."""
        self._caught_up = self._caught_up or self._ground.heads_reached()
        if not self._caught_up:
            return self._start
        return permission_of(self._ground.knowledge.directory, self._service.name, self._today())

    @property
    def problem(self) -> str | None:
        """None: a service without a grant is well. It does what it may, which is nothing, and each answer says so."""
        return None

    @property
    def may_answer(self) -> bool:
        """Whether all that was heard for the views that serve may be heard now. From nothing comes no answer."""
        generation = self._service.runner.generation
        if self._made is None or self._made[0] != generation.number:
            self._made = (generation.number, self._service.generations.permission(generation))
        return NOTHING not in (self.permission, self._made[1]) and self.permission.covers(self._made[1])

    def require(self) -> None:
        """Raise ReadingNotGranted while nothing may be answered: a dependency of every question."""
        if not self.may_answer:
            raise ReadingNotGranted

    def look(self) -> None:
        """Declare the views anew if the grant is another one than they are declared with."""
        generations, permission = self._service.generations, self.permission
        if generations.declaration.permission != permission:
            generations.declare(replace(generations.declaration, permission=permission))

    async def run(self) -> None:
        """Look until `stop`."""
        with self._pace.kept():
            while not self._pace.ended:
                with suppress(SQLAlchemyError):
                    await asyncio.to_thread(self.look)
                await self._pace.wait()

    def stop(self) -> None:
        """Make `run` end soon; from any thread."""
        self._pace.end()
