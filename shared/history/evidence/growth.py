"""How does a chain's hash tree keep up with its log? A frontier a chain, and the root of every 256 events beside it.

Publishing then costs what is new, and a proof reads at most 256 events beside one hash for each 256 older ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Uuid,
    insert,
    select,
    update,
)

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.lease import Lease, LeaseLost
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.store import Store
from shared.history.evidence.checkpoint import ChainEnd, in_order
from shared.history.evidence.merkle import Frontier, Ranges, leaf_hash

BLOCK: Final = 256
"""Events under one stored hash. Part of the tables: it never changes."""
PORTION: Final = 20_000
"""Events taken into the trees in one transaction."""

metadata = MetaData()

tree_table = Table(
    "evidence_tree",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""Each chain's hash tree, as far as it was taken in."""

block_table = Table(
    "evidence_block",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""The root over each whole block of events; block 0 is sequences 1 to 256."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What one chain's tree becomes."""

    organisation: UUID
    before: int
    after: Frontier
    blocks: list[dict[str, Any]]


class Trees:
    """The hash trees of all chains of a log."""

    def __init__(self, log: Log, lease: Lease) -> None:
        self._log, self._lease = log, lease
        log.store.create(metadata)

    def grow(self) -> None:
        """Take in what the log has now, in portions. ChainBroken when it has less than was taken in, or a gap."""
        trees, heads = self._frontiers(), self._log.heads()
        for organisation, tree in trees.items():
            if organisation not in heads or heads[organisation].sequence < tree.size:
                message = f"{self._log.service}/{organisation} is shorter than the {tree.size} events already covered"
                raise ChainBroken(message)
        steps, taken = list[_Step](), 0
        for organisation, head in sorted(heads.items()):
            tree = trees.get(organisation, Frontier())
            while tree.size < head.sequence:
                upto = min(head.sequence, tree.size + PORTION - taken)
                steps.append(self._step(organisation, tree, upto))
                taken += upto - tree.size
                tree = steps[-1].after
                if taken == PORTION:
                    self._write(steps)
                    steps, taken = [], 0
        self._write(steps)

    def ends(self, connection: Connection) -> tuple[ChainEnd, ...]:
        """Every chain as far as it was taken in, in the order of checkpoints."""
        rows = connection.execute(select(tree_table)).all()
        return in_order(ChainEnd(row.organisation, row.size, Frontier.decode(row.frontier).root()) for row in rows)

    def ranges(self, organisation: UUID) -> Ranges:
        """Roots over ranges of a chain's leaves, from stored blocks where whole ones lie inside."""

        def root(start: int, end: int) -> bytes:
            with self._log.store.read() as connection:
                whole = Frontier()
                if start % BLOCK == 0 and end - start >= BLOCK:
                    whole = whole.extend_hashed(_blocks(connection, organisation, start // BLOCK, end // BLOCK))
                rest = Frontier().extend(_hashes(connection, organisation, start + whole.size * BLOCK, end))
            both = Frontier(whole.size * BLOCK + rest.size, whole.peaks + rest.peaks)
            if both.size != end - start:
                message = f"{self._log.service}/{organisation} lacks events between {start + 1} and {end}"
                raise ChainBroken(message)
            return both.root()

        return root

    def _frontiers(self) -> dict[UUID, Frontier]:
        with self._log.store.read() as connection:
            rows = connection.execute(select(tree_table)).all()
        return {row.organisation: Frontier.decode(row.frontier) for row in rows}

    def _step(self, organisation: UUID, tree: Frontier, upto: int) -> _Step:
        with self._log.store.read() as connection:
            leaves = [leaf_hash(each) for each in _hashes(connection, organisation, tree.size, upto)]
            first = tree.size - tree.size % BLOCK
            begun = [leaf_hash(each) for each in _hashes(connection, organisation, first, tree.size)]
        if len(leaves) != upto - tree.size:
            message = f"{self._log.service}/{organisation} lacks events between {tree.size + 1} and {upto}"
            raise ChainBroken(message)
        blocks = [
            {"organisation": organisation, "number": (first + place) // BLOCK, "hash": root}
            for place, root in _whole_blocks(begun + leaves)
        ]
        return _Step(organisation, tree.size, tree.extend_hashed(leaves), blocks)

    def _write(self, steps: list[_Step]) -> None:
        if not steps:
            return
        with self._log.store.write() as connection:
            self._lease.check(connection)
            for step in steps:
                values = {"size": step.after.size, "frontier": step.after.encode()}
                if step.before == 0:
                    connection.execute(insert(tree_table).values(organisation=step.organisation, **values))
                else:
                    where = (tree_table.c.organisation == step.organisation) & (tree_table.c.size == step.before)
                    if connection.execute(update(tree_table).where(where).values(**values)).rowcount != 1:
                        raise LeaseLost
            if blocks := [block for step in steps for block in step.blocks]:
                connection.execute(insert(block_table), blocks)


def _whole_blocks(leaves: list[bytes]) -> Iterator[tuple[int, bytes]]:
    for place in range(0, len(leaves) - BLOCK + 1, BLOCK):
        yield place, Frontier().extend_hashed(leaves[place : place + BLOCK]).root()


def _hashes(connection: Connection, organisation: UUID, after: int, upto: int) -> Iterable[bytes]:
    """The hashes of the events after one sequence up to another."""
    of: Select[Any] = select(event_table.c.hash).where(event_table.c.organisation == organisation)
    some = of.where(event_table.c.sequence > after, event_table.c.sequence <= upto).order_by(event_table.c.sequence)
    return [bytes(each) for each in connection.execute(some).scalars()] if upto > after else []


def _blocks(connection: Connection, organisation: UUID, first: int, end: int) -> Iterable[bytes]:
    of: Select[Any] = select(block_table.c.hash).where(block_table.c.organisation == organisation)
    some = of.where(block_table.c.number >= first, block_table.c.number < end).order_by(block_table.c.number)
    return [bytes(each) for each in connection.execute(some).scalars()]


def hashes_of(store: Store, organisation: UUID, sequences: Iterable[int]) -> Mapping[int, bytes]:
    """The hashes of single events; those that are not there are left out."""
    with store.read() as connection:
        rows = connection.execute(
            select(event_table.c.sequence, event_table.c.hash)
            .where(event_table.c.organisation == organisation)
            .where(event_table.c.sequence.in_(list(sequences)))
        )
        return {row.sequence: bytes(row.hash) for row in rows}
