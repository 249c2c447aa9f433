"""What is kept of webhooks? Where to, which events, how far each is, and what could not be delivered. Never a secret.

A webhook is no fact of the log: it is how a deployment is wired today, and no replay ever needs it. Who wired it stays
on record beside it (`acts.py`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    insert,
    select,
    update,
)

from shared.eventsourcing.store import Store
from shared.web.webhooks.acts import Act, Acts

MOST: Final = 20
"""Webhooks of one organisation at a service."""
MOST_TRIES: Final = 10
"""Attempts after which an event is parked, and the next one has its turn."""
FIRST, LONGEST = 1, 600
"""Seconds between two attempts: the first pause, doubled each time up to the longest."""
SECOND: Final = 1_000_000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook, and how far it is."""

    id: UUID
    organisation: UUID
    credential: UUID
    """The key that registered it: what that key may read today is what is sent."""
    url: str
    types: tuple[str, ...]
    """Names of events; none: all."""
    position: int
    """The last sequence that was delivered, passed over, or parked."""
    tries: int
    """Attempts at the next one so far."""
    due: int
    """Microseconds since 1970, before which nothing is tried."""
    trouble: str | None
    """What happened at the last attempt, where it failed."""


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that could not be delivered."""

    webhook: UUID
    sequence: int
    tries: int
    trouble: str
    since: int
    again: bool
    """Whether it is to be tried once more."""


class Registry:
    """The webhooks of one service."""

    def __init__(self, store: Store) -> None:
        self.store = store
        metadata = MetaData()
        self._hook = Table(
            "webhook",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("organisation", Uuid, nullable=False, index=True),
            Column("credential", Uuid, nullable=False),
            Column("url", Text, nullable=False),
            Column("types", Text, nullable=False),
            Column("position", BigInteger, nullable=False),
            Column("tries", Integer, nullable=False),
            Column("due", BigInteger, nullable=False),
            Column("trouble", Text),
        )
        self._parked = Table(
            "webhook_parked",
            metadata,
            Column("webhook", Uuid, primary_key=True),
            Column("sequence", BigInteger, primary_key=True),
            Column("tries", Integer, nullable=False),
            Column("trouble", Text, nullable=False),
            Column("since", BigInteger, nullable=False),
            Column("again", Boolean, nullable=False),
        )
        self._acts = Acts(metadata)
        store.create(metadata)

    # ── By people ────────────────────────────────────────────────────────────────────────────────────────────────

    def register(self, hook: Webhook, act: Act) -> bool:
        """Keep a webhook; false when the organisation has as many as it may."""
        with self.store.write() as connection:
            own = select(self._hook.c.id).where(self._hook.c.organisation == hook.organisation)
            if len(connection.execute(own).all()) >= MOST:
                return False
            row = {name: getattr(hook, name) for name in Webhook.__slots__}
            connection.execute(insert(self._hook).values({**row, "types": _encode(hook.types).decode()}))
            self._acts.record(connection, act)
        return True

    def of(self, organisation: UUID) -> list[Webhook]:
        """The webhooks of an organisation, by id."""
        query = select(self._hook).where(self._hook.c.organisation == organisation).order_by(self._hook.c.id)
        with self.store.read() as connection:
            return [_webhook(row) for row in connection.execute(query)]

    def remove(self, hook: UUID, act: Act) -> None:
        """Forget a webhook and what it could not deliver."""
        with self.store.write() as connection:
            self._acts.record(connection, act)
            connection.execute(delete(self._parked).where(self._parked.c.webhook == hook))
            connection.execute(delete(self._hook).where(self._hook.c.id == hook))

    def replay(self, hook: UUID, after: int, act: Act) -> None:
        """Deliver again what follows a sequence."""
        with self.store.write() as connection:
            self._acts.record(connection, act)
            connection.execute(delete(self._parked).where(self._parked.c.webhook == hook))
            self._set(connection, hook, position=after, tries=0, due=0, trouble=None)

    def parked(self, hook: UUID) -> list[Parked]:
        """What could not be delivered, in sequence."""
        query = select(self._parked).where(self._parked.c.webhook == hook).order_by(self._parked.c.sequence)
        with self.store.read() as connection:
            return [Parked(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 — its public name

    def retry(self, hook: UUID, sequences: Sequence[int], act: Act) -> int:
        """Try parked events once more, all of them where none is named; how many."""
        wanted = self._parked.c.webhook == hook
        if sequences:
            wanted &= self._parked.c.sequence.in_(sequences)
        with self.store.write() as connection:
            self._acts.record(connection, act)
            return connection.execute(update(self._parked).where(wanted).values(again=True)).rowcount

    def acts(self, organisation: UUID, after: int, limit: int) -> list[Act]:
        """What an organisation's keys have done to its webhooks, past a number; those that are gone too."""
        with self.store.read() as connection:
            return self._acts.of(connection, organisation, after, limit)

    # ── By the sender ────────────────────────────────────────────────────────────────────────────────────────────

    def every(self) -> list[Webhook]:
        """All of them."""
        with self.store.read() as connection:
            return [_webhook(row) for row in connection.execute(select(self._hook).order_by(self._hook.c.id))]

    def to_retry(self) -> frozenset[UUID]:
        """The webhooks of which something parked is to be tried once more."""
        with self.store.read() as connection:
            return frozenset(connection.execute(select(self._parked.c.webhook).where(self._parked.c.again)).scalars())

    def moved(self, connection: Any, hook: Webhook, position: int) -> None:  # noqa: ANN401 — a connection of the store
        """All up to a sequence is delivered or was none of its events. A replay that was asked for meanwhile stands."""
        unmoved = (self._hook.c.id == hook.id) & (self._hook.c.position == hook.position)
        values = {"position": position, "tries": 0, "due": 0, "trouble": None}
        connection.execute(update(self._hook).where(unmoved).values(values))

    def failed(self, connection: Any, hook: Webhook, sequence: int, trouble: str, now: int) -> None:  # noqa: ANN401
        """An attempt failed: another one later, or the event is parked and the next one has its turn."""
        tries = hook.tries + 1
        if tries < MOST_TRIES:
            pause = min(LONGEST, FIRST * 2 ** (tries - 1))
            self._set(connection, hook.id, tries=tries, due=now + pause * SECOND, trouble=trouble)
            return
        self._park(connection, hook.id, sequence, tries, trouble, now)
        self.moved(connection, hook, sequence)

    def settled(self, connection: Any, parked: Parked, trouble: str | None, now: int) -> None:  # noqa: ANN401
        """A parked event was tried once more: it is gone, or stays with what happened."""
        self._unpark(connection, parked)
        if trouble is not None:
            self._park(connection, parked.webhook, parked.sequence, parked.tries + 1, trouble, now)

    def _park(self, connection: Any, hook: UUID, sequence: int, tries: int, trouble: str, now: int) -> None:  # noqa: ANN401
        parked = Parked(hook, sequence, tries, trouble, now, again=False)
        self._unpark(connection, parked)
        connection.execute(insert(self._parked).values({name: getattr(parked, name) for name in Parked.__slots__}))

    def _unpark(self, connection: Any, parked: Parked) -> None:  # noqa: ANN401
        this = (self._parked.c.webhook == parked.webhook) & (self._parked.c.sequence == parked.sequence)
        connection.execute(delete(self._parked).where(this))

    def _set(self, connection: Any, hook: UUID, **values: Any) -> None:  # noqa: ANN401
        connection.execute(update(self._hook).where(self._hook.c.id == hook).values(values))


def _webhook(row: Row[Any]) -> Webhook:
    values = dict(row._mapping)  # noqa: SLF001 — its public name
    return Webhook(**{**values, "types": _decode(values["types"])})
