"""Which checkpoint covers a moment, and which chains stand under it? Read from a service's published checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import inspect, select

from shared.eventsourcing.log import Log
from shared.history.evidence.checkpoint import ChainEnd, Checkpoint, decode_ends, encode_ends
from shared.history.evidence.ledger import NotCovered, Published, checkpoint_table, cosignature_table
from shared.history.evidence.note import Note, Signature


@dataclass(frozen=True, slots=True)
class Covering:
    """One service's checkpoint in a pack, and its list of keys as it is given away."""

    published: Published
    keys: bytes

    @property
    def service(self) -> str:
        """The service whose log it is."""
        return self.published.checkpoint.service

    @property
    def ends(self) -> dict[UUID, ChainEnd]:
        """The chains that it covers."""
        return {end.organisation: end for end in self.published.ends if end.size}

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Its members in the pack."""
        yield f"checkpoints/{self.service}.note", str(self.published.note).encode()
        yield f"checkpoints/{self.service}.chains", encode_ends(self.published.ends).encode()
        if self.keys:
            yield f"keys/{self.service}.jsonl", self.keys


def latest(log: Log) -> Published | None:
    """The last checkpoint of a log; none: it has published nothing yet."""
    return next(_published(log, descending=True), None)


def covering(log: Log, known: int) -> Published:
    """The first checkpoint that was published at that moment (µs) or after it. NotCovered: none was."""
    for published in _published(log):
        if published.checkpoint.published >= known:
            return published
    raise NotCovered(log.service)


def _published(log: Log, *, descending: bool = False) -> Iterator[Published]:
    """Every checkpoint with its cosignatures, read from a store of which nothing is asked but reading."""
    number = checkpoint_table.c.number
    with log.store.read() as connection:
        if not inspect(connection).has_table(checkpoint_table.name):
            return
        numbers = connection.execute(select(number).order_by(number.desc() if descending else number)).scalars().all()
        for each in numbers:
            row = connection.execute(select(checkpoint_table).where(number == each)).one()
            of = select(cosignature_table.c.signature).where(cosignature_table.c.number == each)
            cosigned = connection.execute(of.order_by(cosignature_table.c.witness)).scalars().all()
            signatures = tuple(Signature.parse(line) for line in (row.signature, *cosigned))
            ends = decode_ends(bytes(row.chains).decode())
            yield Published(Checkpoint.parse(row.text), Note(row.text, signatures), ends)
