"""How far has each chain been put away for ever? A row of the log's store for each sealing record.

What a record and a segment are is the archive's affair; here they are bytes. Other services' sealed history comes
before their Redis streams, which are trimmed only up to what is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, Row, Table, Uuid, func, insert, select

from shared.contracts.envelope import Recorded

metadata = MetaData()

seal_table = Table(
    "seal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("organisation", Uuid, nullable=False, index=True),
    Column("last", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""`number`: dense, in the sealer's order. `record`: the sealing record's bytes. `frontier`: the chain's hash tree."""

_THROUGH: Final = select(seal_table.c.organisation, func.max(seal_table.c.last)).group_by(seal_table.c.organisation)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealing record as the log's store keeps it."""

    number: int
    organisation: UUID
    last: int
    record: bytes
    frontier: bytes


def sealed_through(connection: Connection) -> dict[UUID, int]:
    """Organisation → the sequence up to which its chain is sealed; absent: nothing is."""
    return {organisation: last for organisation, last in connection.execute(_THROUGH)}  # noqa: C416 — rows are no pairs to mypy


def last_seal(connection: Connection) -> int:
    """The number of the last sealing record; 0 when there is none."""
    return connection.execute(select(func.max(seal_table.c.number))).scalar_one() or 0


def seals_after(connection: Connection, number: int) -> Iterator[Sealed]:
    """The sealing records past a number, in their order."""
    query = select(seal_table).where(seal_table.c.number > number).order_by(seal_table.c.number)
    return (_sealed(row) for row in connection.execute(query).all())


def last_of(connection: Connection, organisation: UUID) -> Sealed | None:
    """An organisation's last sealing record."""
    of = select(seal_table).where(seal_table.c.organisation == organisation)
    row = connection.execute(of.order_by(seal_table.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else _sealed(row)


def write_seal(connection: Connection, sealed: Sealed) -> None:
    """Keep a record in this transaction, which has checked the lease. IntegrityError when its number is taken."""
    connection.execute(
        insert(seal_table).values(
            number=sealed.number,
            organisation=sealed.organisation,
            last=sealed.last,
            record=sealed.record,
            frontier=sealed.frontier,
        )
    )


def _sealed(row: Row[Any]) -> Sealed:
    return Sealed(row.number, row.organisation, row.last, bytes(row.record), bytes(row.frontier))


def every_organisation(_: UUID) -> bool:
    """Whichever it is."""
    return True


class SealedHistory(Protocol):
    """What the archive holds of one service."""

    def read(self, after: Mapping[UUID, int], /, wanted: Callable[[UUID], bool] = ...) -> Iterator[Sequence[Recorded]]:
        """Every sealed event past the position of the wanted organisations, verified, each one's in sequence."""


class _NothingSealed:
    def read(
        self,
        _: Mapping[UUID, int],
        /,
        wanted: Callable[[UUID], bool] = every_organisation,  # noqa: ARG002
    ) -> Iterator[Sequence[Recorded]]:
        return iter(())


NOTHING_SEALED: Final[SealedHistory] = _NothingSealed()
"""The history of a service that has no archive."""
