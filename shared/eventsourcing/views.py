"""Where do a service's views live? In generations: a store each, so that a rebuild never disturbs those who read.

A generation holds the fact tables, the projections' tables and the positions that vouch for them. It carries the
digest of all its declarations. Which one serves is one row in a small control store; switching and rolling back
change that row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, Text, delete, insert, make_url, select, text, update
from sqlalchemy.schema import CreateTable

from shared.contracts.event import Event
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.projection import Ledger, Projection
from shared.eventsourcing.store import Store, open_store


@dataclass(frozen=True)
class Declaration:
    """What a service's views are made of: the events it listens to and the projections it keeps, in their order."""

    service: str
    listens: frozenset[type[Event]]
    projections: tuple[type[Projection], ...]
    keeps: frozenset[type[Event]] = frozenset()
    """Event types that rules read back, beside those of the projections."""

    @property
    def kept(self) -> frozenset[type[Event]]:
        """Event types whose exact bytes are kept."""
        return self.keeps.union(*(each.listens for each in self.projections))


class Generation:
    """One complete set of views in a store of its own."""

    def __init__(self, number: int, declaration: Declaration, store: Store) -> None:
        self.number = number
        self.declaration = declaration
        self.store = store
        self.metadata = MetaData()
        self.ledger = Ledger(self.metadata)
        self.facts = Facts(self.metadata, declaration.listens, declaration.kept)
        self.projections = tuple(projection(self.metadata) for projection in declaration.projections)
        store.create(self.metadata)

    def digest(self) -> str:
        """SHA-256 over every table's declaration: another digest needs a rebuild, never a migration."""
        return digest_of(self.declaration)


def digest_of(declaration: Declaration) -> str:
    """The digest that a generation of this declaration would carry."""
    metadata = MetaData()
    Ledger(metadata)
    Facts(metadata, declaration.listens, declaration.kept)
    versions = [f"{projection.name}:{projection.version}" for projection in declaration.projections]
    for projection in declaration.projections:
        projection(metadata)
    tables = (str(CreateTable(table)) for table in metadata.sorted_tables)
    return hashlib.sha256("\n".join((*versions, *tables)).encode()).hexdigest()


class Generations:
    """The generations of one service, and which of them serves."""

    def __init__(self, declaration: Declaration, url: str) -> None:
        self.declaration = declaration
        self._url = make_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self.control = open_store(self._url)
        """Says which generation serves; on PostgreSQL the lease lies here too."""
        metadata = MetaData()
        self._table = Table(
            "generation",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("digest", Text, nullable=False),
            Column("state", Text, nullable=False),
        )
        """`state`: serving, shadow, previous."""
        self.control.create(metadata)

    def serving(self) -> Generation:
        """Open the generation that serves; on a new store make the first."""
        with self.control.read() as connection:
            row = connection.execute(select(self._table).where(self._table.c.state == "serving")).one_or_none()
        if row is None:
            self._set(1, "serving", digest_of(self.declaration))
            return self._open(1)
        return self._open(row.number)

    def outdated(self) -> bool:
        """Whether the serving generation was declared otherwise than this program declares it."""
        with self.control.read() as connection:
            digest = connection.execute(
                select(self._table.c.digest).where(self._table.c.state == "serving")
            ).scalar_one_or_none()
        return digest is not None and digest != digest_of(self.declaration)

    def shadow(self) -> Generation:
        """A new, empty generation to fill beside the serving one. What an interrupted rebuild left is dropped."""
        with self.control.read() as connection:
            numbers = connection.execute(select(self._table.c.number, self._table.c.state)).all()
        for number, state in numbers:
            if state == "shadow":
                self._drop(number)
        number = max((number for number, _ in numbers), default=0) + 1
        self._set(number, "shadow", digest_of(self.declaration))
        return self._open(number)

    def switch(self, number: int) -> None:
        """Let a shadow serve; the one that served is kept as the previous one, an older one is dropped."""
        with self.control.read() as connection:
            previous = select(self._table.c.number).where(self._table.c.state == "previous")
            older = connection.execute(previous).scalars().all()
        with self.control.write() as connection:
            connection.execute(delete(self._table).where(self._table.c.state == "previous"))
            connection.execute(update(self._table).where(self._table.c.state == "serving").values(state="previous"))
            connection.execute(update(self._table).where(self._table.c.number == number).values(state="serving"))
        for each in older:
            self._drop(each)

    def roll_back(self) -> int | None:
        """Let the previous generation serve again; its number, or nothing when there is none."""
        with self.control.write() as connection:
            number = connection.execute(
                select(self._table.c.number).where(self._table.c.state == "previous")
            ).scalar_one_or_none()
            if number is not None:
                connection.execute(update(self._table).where(self._table.c.state == "serving").values(state="shadow"))
                connection.execute(update(self._table).where(self._table.c.number == number).values(state="serving"))
        return number

    def listed(self) -> Iterable[tuple[int, str, str]]:
        """(number, state, digest) of every generation."""
        with self.control.read() as connection:
            rows = connection.execute(select(self._table).order_by(self._table.c.number))
            return [(row.number, row.state, row.digest) for row in rows]

    def close(self) -> None:
        """Give the control store's connections back."""
        self.control.close()

    def _set(self, number: int, state: str, digest: str) -> None:
        with self.control.write() as connection:
            connection.execute(insert(self._table).values(number=number, state=state, digest=digest))

    def _open(self, number: int) -> Generation:
        if self._sqlite:
            path = self._file(number)
            return Generation(number, self.declaration, open_store(f"sqlite:///{path}", durability="NORMAL"))
        with self.control.write() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_schema(number)}"))
        return Generation(number, self.declaration, open_store(self._url, schema=_schema(number)))

    def _file(self, number: int) -> Path:
        control = Path(self._url.database or "")
        return control.with_name(f"{control.stem}-{number}.sqlite")

    def _drop(self, number: int) -> None:
        with self.control.write() as connection:
            connection.execute(delete(self._table).where(self._table.c.number == number))
            if not self._sqlite:
                connection.execute(text(f"DROP SCHEMA IF EXISTS {_schema(number)} CASCADE"))
        if self._sqlite:
            for suffix in ("", "-wal", "-shm"):
                self._file(number).with_name(self._file(number).name + suffix).unlink(missing_ok=True)


def _schema(number: int) -> str:
    return f"views_{int(number)}"
