"""What is a projection? A named answer kept ready: its tables, the keys that a fact touches, and how to recompute them.

A projection never applies an event. It is told which of its keys a fact touches, deletes its rows of these keys and
computes them again from the standing facts. So late facts, corrections, voidings, duplicates and every interleaving
of logs end in the same rows, and a fact that arrives before what it refers to simply waits in its table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
)

from shared.contracts.event import Event
from shared.eventsourcing.accounts import account_table
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said
from shared.eventsourcing.facts import Facts


class Projection(ABC):
    """Base of every state projection. An instance belongs to one generation of views."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the rows would come out otherwise though the tables look the same: old views are then rebuilt."""
    listens: ClassVar[frozenset[type[Event]]]

    def __init__(self, metadata: MetaData) -> None:
        """Declare the tables on this generation's metadata."""
        self.tables = tuple(self.declare(metadata))

    @abstractmethod
    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """The tables that this projection owns; nobody else writes them."""

    @abstractmethod
    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The keys whose rows a fact may change. Asked for a new version and for the one it replaces."""

    @abstractmethod
    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Replace the rows of these keys by what the standing facts say now. Doing it again changes nothing."""

    def forget(self) -> None:  # noqa: B027 — most projections remember nothing
        """Drop whatever is remembered outside the tables: the transaction was rolled back."""


@dataclass(frozen=True, slots=True)
class Views:
    """What a projection works with: a connection inside the runner's transaction, and the facts."""

    connection: Connection
    facts: Facts

    def about(self, kinds: Iterable[type[Event]], subjects: Iterable[UUID]) -> dict[UUID, list[Said]]:
        """The standing facts of these kinds, gathered by subject; who has none is left out."""
        found: dict[UUID, list[Said]] = defaultdict(list)
        for said in self.facts.said(self.connection, kinds, subjects=subjects):
            found[said.subject].append(said)
        return dict(found)

    def naming(self, kind: type[Event], column: str, keys: Iterable[UUID], *columns: str) -> list[Row[Any]]:
        """The standing facts of a type whose column names one of these: that column, the day, and these, by day."""
        wanted, table = sorted(keys), self.facts.tables[kind].table.c
        rows: list[Row[Any]] = []
        for chunk in chunks(wanted):
            asked = (table[column], table.day, *(table[name] for name in columns))
            standing = self.facts.standing(kind).with_only_columns(*asked).where(table.sequence.is_not(None))
            query = standing.where(table[column].in_(chunk))
            rows += self.connection.execute(query.order_by(table.day, table.organisation, table.sequence))
        return rows


class Ledger:
    """The runner's own tables, written in the same transaction as the rows that they vouch for."""

    def __init__(self, metadata: MetaData) -> None:
        self.position = Table(
            "position",
            metadata,
            Column("service", Text, primary_key=True),
            Column("organisation", Uuid, primary_key=True),
            Column("sequence", BigInteger, nullable=False),
            Column("hash", LargeBinary(32), nullable=False),
        )
        self.account = account_table(metadata)
        self.entry = Table(
            "stream_entry",
            metadata,
            Column("stream", Text, primary_key=True),
            Column("entry", Text, nullable=False),
        )
        self.passed = Table(
            "passed",
            metadata,
            Column("type", Text, primary_key=True),
            Column("count", BigInteger, nullable=False),
        )
        """Events of types that nobody here listens to: counted and passed."""
        self.parked = Table(
            "parked",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("service", Text, primary_key=True),
            Column("poster", Uuid, primary_key=True),
            Column("event_id", Uuid, primary_key=True),
            Column("key", Uuid, primary_key=True),
            Column("type", Text, nullable=False),
            Column("sequence", BigInteger, nullable=False),
            Column("reason", Text, nullable=False),
            Column("blocked", Boolean, nullable=False),
            Column("discarded", Boolean, nullable=False),
            Column("event", LargeBinary, nullable=False),
        )
        """Keys whose rows could not be computed, and the event at hand. `blocked`: it only waits behind another.
        `discarded`: it is left out of the projection for good, and blocks nothing."""
        self.stopped = Table(
            "stopped",
            metadata,
            Column("projection", Text, primary_key=True),
            Column("reason", Text, nullable=False),
        )
        """Projections that failed too often: they stand still until they are rebuilt."""
