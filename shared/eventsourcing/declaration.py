"""What are a service's views made of? A declaration; its digest says whether views were made from the same one.

Views are kept with the names of what they were made from. A later program opens them as what they are: it goes on with
them where it can still declare exactly that, and else lets them stand still until it has made its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, MetaData, Select
from sqlalchemy.schema import CreateTable

from shared.contracts.event import Event, contract
from shared.eventsourcing.decider import Said
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.permission import EVERYTHING, Permission
from shared.eventsourcing.projection import Ledger, Projection

READ_BACK = ("subject", "organisation", "root_id", "sequence", "day", "fact")
"""The columns of a fact table that rules read back; every fact table of a kept type has had them."""


@dataclass(frozen=True)
class Declaration:
    """What a service's views are made of: the events it listens to and the projections it keeps, in their order."""

    service: str
    listens: frozenset[type[Event]]
    projections: tuple[type[Projection], ...]
    keeps: frozenset[type[Event]] = frozenset()
    """Event types that rules read back, beside those of the projections."""
    permission: Permission = EVERYTHING
    """What of it all may be heard; what rules read back always is."""

    @property
    def kept(self) -> frozenset[type[Event]]:
        """Event types whose exact bytes are kept."""
        return self.keeps.union(*(each.listens for each in self.projections))


class Made(msgspec.Struct, frozen=True):
    """What views were made from, by names: kept with them, and read by later programs."""

    listens: tuple[str, ...]
    keeps: tuple[str, ...]
    """Types whose exact bytes are kept, those of projections included."""
    projections: tuple[str, ...]
    """`name:version`, in their order."""
    permission: str = ""

    @classmethod
    def of(cls, declaration: Declaration) -> Made:
        """The names of what a declaration asks for."""
        return cls(
            tuple(sorted(each.name for each in declaration.listens)),
            tuple(sorted(each.name for each in declaration.kept)),
            tuple(map(_named, declaration.projections)),
            declaration.permission.text(),
        )

    @classmethod
    def read(cls, text: str) -> Made:
        """As it was written."""
        return msgspec.json.decode(text, type=cls)

    def text(self) -> str:
        """To be written."""
        return msgspec.json.encode(self).decode()

    def declared_by(self, program: Declaration) -> Declaration:
        """The part of a program's declaration that has these names; its digest says whether it is the same."""
        projections = tuple(each for each in program.projections if _named(each) in self.projections)
        permission = Permission.read(self.permission)
        return Declaration(program.service, _types(self.listens), projections, _types(self.keeps), permission)


class Tables:
    """The tables that a declaration asks for, on a metadata of their own, and its projections over them."""

    def __init__(self, declaration: Declaration, made: Made | None = None) -> None:
        """`made` says what is there, when it is read from views that were made from something else."""
        self.declaration = declaration
        self.metadata = MetaData()
        self.ledger = Ledger(self.metadata)
        wanted = (self.metadata, declaration.listens, declaration.kept)
        self.facts = Facts(*wanted) if made is None else _FactsAsMade(*wanted, made)
        self.projections = tuple(projection(self.metadata) for projection in declaration.projections)


@lru_cache(maxsize=64)
def digest_of(declaration: Declaration) -> str:
    """SHA-256 over every table's declaration: another digest needs a rebuild, never a migration."""
    tables = (str(CreateTable(table)) for table in Tables(declaration).metadata.sorted_tables)
    heard = filter(None, [declaration.permission.text()])
    return hashlib.sha256("\n".join((*map(_named, declaration.projections), *heard, *tables)).encode()).hexdigest()


class _FactsAsMade(Facts):
    """The facts of views that were made from another declaration, as rules read them back: what is there."""

    def __init__(
        self, metadata: MetaData, listened: Iterable[type[Event]], kept: Iterable[type[Event]], made: Made
    ) -> None:
        super().__init__(metadata, listened, kept)
        self._made = made

    def _read_back(self, cls: type[Event]) -> tuple[Select[Any], Select[Any]]:
        columns = self.tables[cls].table.c
        every, about = super()._read_back(cls)
        wanted = [columns[name] for name in READ_BACK]
        return every.with_only_columns(*wanted), about.with_only_columns(*wanted)

    def said(
        self,
        connection: Connection,
        listened: Iterable[type[Event]],
        *,
        subjects: Iterable[Any] | None = None,
    ) -> list[Said]:
        """Of a type that was not kept there, nothing has been said yet."""
        there = [cls for cls in listened if cls.name in self._made.keeps]
        return super().said(connection, there, subjects=subjects)


def _named(projection: type[Projection]) -> str:
    return f"{projection.name}:{projection.version}"


def _types(names: Iterable[str]) -> frozenset[type[Event]]:
    return frozenset(cls for name in names if (cls := contract(name)) is not None)
