"""Who sees to it that what was forgotten is gone? A part of the service: it looks at each forgetting, again and again.

The fact is committed first; the key falls with the answer to it. Whatever died in between, a replica that was away, and
a service that only hears of it from membership, are put right here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.membership import PersonForgotten
from shared.eventsourcing.decider import Said
from shared.eventsourcing.pause import within
from shared.eventsourcing.runner import Runner
from shared.personal.documents import Documents
from shared.personal.keys import Holding, KeyStore

EVERY: Final = 30.0
"""Seconds between two looks without a reason."""
SOON: Final = 1.0
"""The same while somebody who still reads keeps what was destroyed from being wiped."""


class Shredder:
    """Obeys every forgetting that stands in the views."""

    name = "forgetting"

    def __init__(
        self,
        keys: KeyStore,
        documents: Documents,
        runner: Runner,
        holders: Callable[[UUID, UUID, dt.date], Iterable[UUID]],
    ) -> None:
        self.problem: str | None = None
        self._keys = keys
        self._documents = documents
        self._runner = runner
        self._holders = holders
        self._obeyed: set[Holding] = set()
        self._due = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        runner.on_said(self._hear)

    def holdings(self, organisation: UUID, person: UUID, day: dt.date) -> list[Holding]:
        """What falls with a forgetting of that day: what the organisation holds, and what it has inherited by then."""
        return [Holding(each, person) for each in self._holders(organisation, person, day)]

    def obey(self, holdings: Iterable[Holding]) -> None:
        """Destroy now. Blocks."""
        wanted = [each for each in dict.fromkeys(holdings) if each not in self._obeyed]
        if wanted:
            self._keys.forget(wanted)
            self._documents.forget(wanted)
            self._obeyed.update(wanted)
            if not self._keys.wiping.done:
                self.wake()

    def look(self) -> None:
        """Obey all that stands in the views; wipe what could not be wiped while somebody read. Blocks."""
        with self._runner.generation.store.read() as connection:
            try:
                told = self._runner.facts.said(connection, frozenset({PersonForgotten}))
            except KeyError:
                told = []
                """Views of an earlier release, which knew of no forgetting: they are being made anew."""
        self.obey(each for said in told for each in self.holdings(said.organisation, said.subject, said.day))
        if not self._keys.wiping.done:
            self._keys.wiping.wipe()

    async def run(self) -> None:
        """Look until `stop`."""
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            try:
                await asyncio.to_thread(self.look)
                self.problem = None
            except SQLAlchemyError as error:
                self.problem = f"keys: {type(error).__name__}"
            await within(self._due, EVERY if self._keys.wiping.done else SOON)
            self._due.clear()

    def stop(self) -> None:
        """Make `run` end soon."""
        self._stopping = True
        self.wake()

    def _hear(self, told: Iterable[Said] | None) -> None:
        if told is None or any(isinstance(said.fact, PersonForgotten) for said in told):
            self.wake()

    def wake(self) -> None:
        """Look soon; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._due.set)
