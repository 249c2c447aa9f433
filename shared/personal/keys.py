"""Where do the keys of persons lie, and how are they destroyed? In a small store beside the log, each wrapped.

A key belongs to an organisation's knowledge of a person: what two organisations say of one person lies under two keys.
What is forgotten is remembered by ids alone, so that no new key is ever made for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)

from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.pairs import Pairs
from shared.eventsourcing.store import Store
from shared.personal.cipher import new_key
from shared.personal.master import MasterKey, MasterKeyMissing, MasterKeys
from shared.personal.wiping import Wiping, leave_no_samples, open_overwriting

EVERYBODY: Final = UUID(int=0)
"""Instead of an organisation: forgotten by the operator, for all of them."""
_TURN: Final = 0x6E6E706B
"""The number of PostgreSQL's lock under which keys are made and destroyed."""


class Holding(NamedTuple):
    """What an organisation holds of a person."""

    organisation: UUID
    person: UUID

    @property
    def bound_to(self) -> bytes:
        """What a wrapped key is bound to."""
        return b"nennep person key 1" + self.organisation.bytes + self.person.bytes


metadata = MetaData()
key_table = Table(
    "person_key",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("person", Uuid, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master", Text, nullable=False),
    postgresql_partition_by="HASH (person)",
)
forgotten_table = Table(
    "person_forgotten",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("person", Uuid, primary_key=True),
)
document_table = Table(
    "filed_document",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("media", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("person", Uuid, nullable=True),
    Column("filed_at", BigInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master", Text, nullable=False),
)
"""Scans, and the key of each: see `documents`."""

for _table in (key_table, document_table):
    leave_no_samples(_table, "wrapped")


def open_keys(url: str) -> Store:
    """The store of the keys."""
    store = open_overwriting(url)
    store.create(metadata)
    return store


class KeyStore:
    """The keys of one service. Its methods block; none keeps a key in memory."""

    def __init__(self, store: Store, masters: Callable[[], MasterKeys]) -> None:
        """MasterKeyMissing when keys lie here that none of the master keys opens."""
        self.store = store
        self.master = masters()
        self._masters = masters
        self.wiping = Wiping(store, [key_table, document_table])
        self._check()

    def _check(self) -> None:
        with self.store.read() as connection:
            for table in (key_table, document_table):
                for id in connection.execute(select(table.c.master).distinct()).scalars():
                    self.opened_by(id)

    def opened_by(self, id: str) -> MasterKey:
        """The master key of that name; another replica may have begun to use one that is new here."""
        if id not in self.master.ids:
            self.master = self._masters()
        return self.master.of(id)

    def read_master(self) -> None:
        """Read the master keys again. MasterKeyMissing when some keys would not open; nothing changes."""
        before, self.master = self.master, self._masters()
        try:
            self._check()
        except MasterKeyMissing:
            self.master = before
            raise

    def close(self) -> None:
        """Give the store back."""
        self.store.close()

    # ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def keys(self, holdings: Collection[Holding]) -> dict[Holding, bytes]:
        """The keys that there are."""
        with self.store.read() as connection:
            return dict(self._found(connection, holdings))

    def keys_to_write(self, holdings: Collection[Holding]) -> dict[Holding, bytes]:
        """A key for each, made where there is none, safe from a power cut; none for those forgotten."""
        with self.store.read() as connection:
            gone = forgotten_in(connection, holdings)
            found = dict(self._found(connection, [each for each in holdings if each not in gone]))
        if len(found) + len(gone) == len(set(holdings)):
            return found
        with self.turn() as connection:
            gone = forgotten_in(connection, holdings)
            wanted = [each for each in dict.fromkeys(holdings) if each not in gone]
            found = dict(self._found(connection, wanted))
            made = {each: new_key() for each in wanted if each not in found}
            if made:
                connection.execute(insert(key_table), [self._row(each, key) for each, key in made.items()])
        return found | made

    def forgotten(self, holdings: Collection[Holding]) -> set[Holding]:
        """Which of these were forgotten, by their organisation or for everybody."""
        with self.store.read() as connection:
            return forgotten_in(connection, holdings)

    def _found(self, connection: Connection, holdings: Iterable[Holding]) -> Iterator[tuple[Holding, bytes]]:
        wanted = Pairs(key_table.c.organisation, key_table.c.person, self.store.reader.dialect)
        for chunk in chunks(sorted(set(holdings))):
            for row in connection.execute(select(key_table).where(wanted.here), wanted.given(chunk)):
                holding = Holding(row.organisation, row.person)
                yield holding, self.opened_by(row.master).unwrap(bytes(row.wrapped), holding.bound_to)

    def _row(self, holding: Holding, key: bytes) -> dict[str, Any]:
        first = self.master.first
        return {**holding._asdict(), "wrapped": first.wrap(key, holding.bound_to), "master": first.id}

    @contextmanager
    def turn(self) -> Iterator[Connection]:
        """A writing transaction; of replicas on PostgreSQL one at a time makes or destroys keys."""
        with self.store.write() as connection:
            if not self.store.on_sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
            yield connection

    # ── Forgetting ───────────────────────────────────────────────────────────────────────────────────────────────

    def forget(self, holdings: Collection[Holding]) -> int:
        """Destroy the keys of these, for good; how many there were. Doing it again changes nothing."""
        parts: list[str] = []
        with self.turn() as connection:
            known = _stated(connection, holdings)
            new = [each._asdict() for each in dict.fromkeys(holdings) if each not in known]
            if new:
                connection.execute(insert(forgotten_table), new)
            for organisation, person in holdings:
                which = key_table.c.person == person
                if organisation != EVERYBODY:
                    which &= key_table.c.organisation == organisation
                parts += connection.execute(delete(key_table).where(which).returning(self._part)).scalars()
        if parts:
            self.wiping.add(parts)
            self.wiping.wipe()
        return len(parts)

    @property
    def _part(self) -> ColumnElement[str]:
        """The part of the table in which a row lies."""
        return literal(key_table.name) if self.store.on_sqlite else literal_column("tableoid::regclass::text")

    # ── Rotation ─────────────────────────────────────────────────────────────────────────────────────────────────

    def rewrap(self, most: int = 1_000) -> int:
        """Wrap at most so many keys under the first master key; how many were. None left when it is 0."""
        with self.turn() as connection:
            rows = connection.execute(
                select(key_table).where(key_table.c.master != self.master.first.id).limit(most)
            ).all()
            for row in rows:
                holding = Holding(row.organisation, row.person)
                key = self.opened_by(row.master).unwrap(bytes(row.wrapped), holding.bound_to)
                connection.execute(
                    update(key_table)
                    .where(key_table.c.organisation == row.organisation, key_table.c.person == row.person)
                    .values(self._row(holding, key))
                )
        if not rows:
            self.wiping.add()
            self.wiping.wipe()
        return len(rows)


def forgotten_in(connection: Connection, holdings: Collection[Holding]) -> set[Holding]:
    """Which of these were forgotten."""
    stated = _stated(connection, holdings)
    return {each for each in holdings if stated & {each, Holding(EVERYBODY, each.person)}}


def _stated(connection: Connection, holdings: Iterable[Holding]) -> set[Holding]:
    """Every forgetting that is remembered of these persons."""
    stated: set[Holding] = set()
    for chunk in chunks(sorted({each.person for each in holdings})):
        rows = connection.execute(select(forgotten_table).where(forgotten_table.c.person.in_(chunk)))
        stated |= {Holding(row.organisation, row.person) for row in rows}
    return stated
