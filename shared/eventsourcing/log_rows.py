"""How does an event stand in the log? As a row of one table, its organisation's end as a row of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Row, Table, Text, UniqueConstraint, Uuid

from shared.contracts.envelope import Content, Correction, Document, Envelope, Recorded
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.wall import build_wall

metadata = MetaData()

chain_table = Table(
    "chain",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("recorded", BigInteger, nullable=False),
)
"""The counter rows: the end of each organisation's chain."""

event_table = Table(
    "event",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("occurred", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("attributes", LargeBinary, nullable=True),
    Column("fact", LargeBinary, nullable=False),
    Column("personal", LargeBinary, nullable=True),
    Column("content", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    UniqueConstraint("organisation", "event_id"),
    UniqueConstraint("subject", "organisation", "version"),
)

build_wall(metadata)


class Attributes(msgspec.Struct, frozen=True, omit_defaults=True):
    """The envelope's attributes that most events lack, stored as one value."""

    declared_actor: str | None = None
    causation: UUID | None = None
    correlation: UUID | None = None
    known: tuple[str, ...] = ()
    key_id: str | None = None
    signature: str | None = None
    document: Document | None = None
    reason: str | None = None
    corrects: Correction | None = None


_NO_ATTRIBUTES: Final = Attributes()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Attributes).decode


def chained(service: str, rows: Iterable[Row[Any]], previous: bytes) -> Iterator[Recorded]:
    """The events of rows that follow each other, the first behind the hash `previous`. ChainBroken."""
    for row in rows:
        recorded = Recorded(envelope_of(row, previous), bytes(row.hash))
        if recorded.envelope.service != service:
            message = f"{recorded.envelope.content.type} in the log of {service}"
            raise ChainBroken(message)
        yield recorded
        previous = recorded.hash


def envelope_of(row: Row[Any], previous: bytes) -> Envelope:
    """The event of a row; `previous` is the hash of the one before it."""
    more = _NO_ATTRIBUTES if row.attributes is None else _decode(row.attributes)
    return Envelope(
        id=row.event_id,
        organisation=row.organisation,
        sequence=row.sequence,
        version=row.version,
        recorded=row.recorded,
        actor=row.actor,
        declared_actor=more.declared_actor,
        causation=more.causation,
        correlation=more.correlation,
        known=more.known,
        key_id=more.key_id,
        signature=more.signature,
        content=Content(
            type=row.type,
            subject=row.subject,
            occurred=row.occurred,
            document=more.document,
            reason=more.reason,
            corrects=more.corrects,
            fact=bytes(row.fact),
            personal=None if row.personal is None else bytes(row.personal),
        ),
        previous=previous,
    )


def row_of(recorded: Recorded, digest: bytes) -> dict[str, object]:
    """The row of an event whose content has this digest."""
    envelope, content = recorded.envelope, recorded.envelope.content
    more = Attributes(
        declared_actor=envelope.declared_actor,
        causation=envelope.causation,
        correlation=envelope.correlation,
        known=envelope.known,
        key_id=envelope.key_id,
        signature=envelope.signature,
        document=content.document,
        reason=content.reason,
        corrects=content.corrects,
    )
    return {
        "organisation": envelope.organisation,
        "sequence": envelope.sequence,
        "event_id": envelope.id,
        "type": content.type,
        "subject": content.subject,
        "version": envelope.version,
        "occurred": content.occurred,
        "recorded": envelope.recorded,
        "actor": envelope.actor,
        "attributes": None if more == _NO_ATTRIBUTES else _encode(more),
        "fact": content.fact,
        "personal": content.personal,
        "content": digest,
        "hash": recorded.hash,
    }
