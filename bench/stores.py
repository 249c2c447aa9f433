"""Where do the contestants write? Each into a store of its own, all of one kind and as durable as it can be."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from bench.door import Door
from bench.limits import Disk, RawPostgres, RawSqlite, Writer
from tests.support.servers import PostgresServer

if TYPE_CHECKING:
    from bench.peer import Peer


class Stores(ABC):
    """New, empty stores of one kind, closed with the bench."""

    kind: str

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing

    @abstractmethod
    def url(self) -> str:
        """SQLAlchemy URL of an empty database."""

    @abstractmethod
    def bare(self, *, batches: bool = False) -> Writer:
        """The driver alone; in its fastest way for batches when asked."""

    @abstractmethod
    def peer(self, *, functions: bool = False) -> Peer:
        """The peer; `functions`: its faster mode on PostgreSQL, in which a follower can miss events."""

    def door(self) -> Door | None:
        """The whole service with a supervisor, where that is measured."""
        return None

    def disk(self) -> Disk | None:
        """A file to force pages to, where that is the limit."""
        return None


class SqliteStores(Stores):
    """Files in a folder."""

    kind = "SQLite"

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        super().__init__(closing)
        self.folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir()

    def url(self) -> str:
        """A new file."""
        return f"sqlite:///{self._file()}"

    def bare(self, *, batches: bool = False) -> Writer:
        """One connection of the standard library, whatever is written."""
        del batches
        return self._closing.enter_context(RawSqlite(self._file()))

    def peer(self, *, functions: bool = False) -> Peer:
        """On a new file."""
        from bench.peer import Peer, sqlite  # noqa: PLC0415 — only where the package is installed

        del functions
        return self._closing.enter_context(Peer(sqlite(str(self._file()))))

    def door(self) -> Door:
        """In a folder beside the files."""
        return self._closing.enter_context(Door(self._file().with_suffix("")))

    def disk(self) -> Disk:
        """A file beside the others."""
        return self._closing.enter_context(Disk(self._file()))

    def _file(self) -> Path:
        return self.folder / f"{next(self._numbers)}.sqlite"


class PostgresStores(Stores):
    """Databases of one server."""

    kind = "PostgreSQL"

    def __init__(self, server: PostgresServer, closing: ExitStack) -> None:
        super().__init__(closing)
        self._server = server

    def url(self) -> str:
        """A new database."""
        return self._server.create(f"bench_{uuid4().hex}")

    def bare(self, *, batches: bool = False) -> Writer:
        """One connection of psycopg; batches by COPY."""
        return self._closing.enter_context(RawPostgres(self.url(), copy=batches))

    def peer(self, *, functions: bool = False) -> Peer:
        """On a new database."""
        from bench.peer import Peer, postgres  # noqa: PLC0415 — only where the package is installed

        return self._closing.enter_context(Peer(postgres(self.url(), functions=functions)))
