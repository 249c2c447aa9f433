"""What has a service that takes personal data? Keys, the part that destroys them, and what it does at its door."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.membership import PersonForgotten
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Busy
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.store import open_store
from shared.eventsourcing.submission import Outcome, Receipt
from shared.personal.documents import Documents
from shared.personal.keys import KeyStore, open_keys
from shared.personal.master import MasterKeyMissing, MasterKeys
from shared.personal.readings import Readings
from shared.personal.sealing import is_personal, sealed
from shared.personal.shredding import Shredder

Holders = Callable[[UUID, UUID, dt.date], Iterable[UUID]]
"""By whose forgetting of a person on a day what falls: the organisations whose keys; `EVERYBODY` is all of them."""


def open_custody(service: Service, where: Whereabouts, masters: Callable[[], MasterKeys], holders: Holders) -> Custody:
    """What lies beside a service's log. MasterKeyMissing when keys lie there that none of the master keys opens."""
    keys = KeyStore(open_keys(where.url("keys")), masters)
    beside = Beside(Readings(open_store(where.url("readings"))), Documents(keys, where.folder / "documents"))
    return Custody(keys, beside, service, holders)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside the keys."""

    readings: Readings
    documents: Documents


class Custody:
    """The keys of one service and the record of who read; starts and stops with the service."""

    def __init__(
        self,
        keys: KeyStore,
        beside: Beside,
        service: Service,
        holders: Holders,
    ) -> None:
        self.keys = keys
        self.readings = beside.readings
        self.documents = beside.documents
        self._shredder = Shredder(keys, beside.documents, service.runner, holders)
        service.add(self._shredder)

    def close(self) -> None:
        """Give the stores back."""
        self.keys.close()
        self.readings.close()

    def rotate(self) -> tuple[str, int]:
        """Read the master keys again and wrap all under the first; its name, and how many were. Blocks.

        What was interrupted goes on where it stopped: each key bears the name of its master key.
        """
        self.keys.read_master()
        count = self.documents.rewrap()
        while done := self.keys.rewrap():
            count += done
        return self.keys.master.first.id, count

    async def seal(self, poster: Poster, drafts: Sequence[Draft]) -> list[Draft]:
        """The drafts as they may be judged: nothing in clear. Busy when the keys cannot be had now."""
        if not is_personal(drafts):
            return list(drafts)
        try:
            return await asyncio.to_thread(sealed, self.keys, poster, drafts)
        except (SQLAlchemyError, MasterKeyMissing) as error:
            raise Busy from error

    async def obey(self, poster: Poster, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """Destroy what these facts forget before anybody is told that they stand; what fails is done again later."""
        forgotten = [
            (draft.content.subject, draft.fact.effect_day(draft.content.occurred))
            for draft, outcome in zip(drafts, outcomes, strict=True)
            if isinstance(draft.fact, PersonForgotten) and isinstance(outcome, Receipt)
        ]
        if forgotten:
            try:
                await asyncio.to_thread(self._forget, poster.organisation, forgotten)
            except SQLAlchemyError:
                self._shredder.wake()

    def _forget(self, organisation: UUID, forgotten: Iterable[tuple[UUID, dt.date]]) -> None:
        self._shredder.obey(
            each for person, day in forgotten for each in self._shredder.holdings(organisation, person, day)
        )
