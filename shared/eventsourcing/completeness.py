"""Is every recorded event accounted for, exactly once? Counts and chain hashes, log against views, per organisation.

What became of the events up to a position (see `accounts`) must add up to it at any moment, and its hash must be the
log's own. `look` compares that with a query over organisations; `recount` counts every table again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, exists, func, literal, select

from shared.eventsourcing.accounts import KINDS, Kind
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.heads import Head
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.pairs import Pairs
from shared.eventsourcing.parking import Parking
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Generation


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One organisation's events in one service's log that are not accounted for, or a chain that is another one."""

    service: str
    organisation: str
    said: str
    """One sentence for an administrator."""
    unaccounted: int = 0
    """How many events are missing, or are there too often."""
    chain: bool = False
    """The position's hash is not the log's."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a comparison found."""

    organisations: int
    """(service, organisation) pairs that were compared."""
    compared: int
    """Those of them whose hash could be compared with the log's: a head further on says nothing of it."""
    events: int
    """Up to the positions."""
    discrepancies: Sequence[Discrepancy] = field(default_factory=tuple)

    @property
    def unaccounted(self) -> int:
        """Events that are missing or there too often."""
        return sum(each.unaccounted for each in self.discrepancies)

    @property
    def mismatches(self) -> int:
        """Chains that are not the log's."""
        return sum(each.chain for each in self.discrepancies)

    @property
    def whole(self) -> bool:
        """Whether everything is accounted for."""
        return not self.discrepancies


@dataclass(frozen=True, slots=True)
class _Line:
    service: str
    organisation: UUID
    sequence: int
    hash: bytes | None
    counts: Mapping[Kind, int]


Heads = Callable[[str], Mapping[UUID, Head]]


class Completeness:
    """Compares the views of a runner with the logs that they are made of."""

    def __init__(self, runner: Runner, log: Log | None, heads: Heads) -> None:
        self._runner = runner
        self._log = log
        self._heads = heads
        self._recounted: tuple[int, Proof] | None = None

    @property
    def recounted(self) -> Proof | None:
        """What the last recount of the views that serve found; none since they serve, nothing."""
        found = self._recounted
        return None if found is None or found[0] != self._runner.generation.number else found[1]

    def look(self) -> Proof:
        """Compare accounts and hashes: one query over the views, one over the own log for some hundred positions."""
        with self._runner.generation.store.read() as connection:
            lines = _lines(connection, self._runner.generation)
        return self._proof(lines, [each for line in lines for each in _unequal(line)])

    def recount(self) -> Proof:
        """Count every fact table again, as of one moment, and compare that too. Takes seconds a million events."""
        generation = self._runner.generation
        with generation.store.pinned() as connection:
            lines = _lines(connection, generation)
            counted = _counted(connection, generation)
        found = [each for line in lines for each in (*_unequal(line), *_differing(line, counted))]
        known = {(line.service, line.organisation) for line in lines}
        found += [_beyond(*place, counts) for place, counts in sorted(counted.items()) if place not in known]
        proof = self._proof(lines, found)
        self._recounted = (generation.number, proof)
        return proof

    def _proof(self, lines: Sequence[_Line], found: list[Discrepancy]) -> Proof:
        compared, other = self._compare_hashes([line for line in lines if line.hash is not None])
        events = sum(line.sequence for line in lines)
        return Proof(len(lines), compared, events, (*found, *other))

    def _compare_hashes(self, lines: Sequence[_Line]) -> tuple[int, list[Discrepancy]]:
        own = self._log.service if self._log is not None else None
        stored = self._stored([line for line in lines if line.service == own])
        heads = {service: self._heads(service) for service in {line.service for line in lines} - {own}}
        compared, found = 0, list[Discrepancy]()
        for line in lines:
            if line.service == own:
                real = stored.get((line.organisation, line.sequence), b"")
            else:
                head = heads[line.service].get(line.organisation)
                if head is None or head.sequence != line.sequence:
                    continue
                real = head.hash
            compared += 1
            if real != line.hash:
                why = "is not the log's" if real else "lies past the log's end"
                said = f"{line.service}/{line.organisation}: the hash at {line.sequence} {why}"
                found.append(Discrepancy(line.service, str(line.organisation), said, chain=True))
        return compared, found

    def _stored(self, lines: Sequence[_Line]) -> dict[tuple[UUID, int], bytes]:
        """The hashes in the own log at these positions."""
        if self._log is None or not lines:
            return {}
        columns, store = (event_table.c.organisation, event_table.c.sequence), self._log.store
        ends = Pairs(*columns, store.reader.dialect)
        wanted = select(*columns, event_table.c.hash).where(ends.here)
        found: dict[tuple[UUID, int], bytes] = {}
        with store.read() as connection:
            for chunk in chunks(lines):
                at = ends.given([(line.organisation, line.sequence) for line in chunk])
                for row in connection.execute(wanted, at):
                    found[row.organisation, row.sequence] = bytes(row.hash)
        return found


def _lines(connection: Connection, generation: Generation) -> list[_Line]:
    """Every position with its account, also where one of them is missing: one statement, hence one moment."""
    position, account = generation.ledger.position, generation.ledger.account
    same = and_(position.c.service == account.c.service, position.c.organisation == account.c.organisation)
    counts = [account.c[kind] for kind in KINDS]
    accounted: Select[Any] = select(
        account.c.service, account.c.organisation, position.c.sequence, position.c.hash, *counts
    ).select_from(account.outerjoin(position, same))
    without = select(
        position.c.service,
        position.c.organisation,
        position.c.sequence,
        position.c.hash,
        *(literal(0).label(kind) for kind in KINDS),
    ).where(~exists().where(same))
    return [
        _Line(
            row.service,
            row.organisation,
            row.sequence or 0,
            None if row.hash is None else bytes(row.hash),
            {kind: getattr(row, kind) for kind in KINDS},
        )
        for row in connection.execute(accounted.union_all(without))
    ]


def _unequal(line: _Line) -> Iterator[Discrepancy]:
    accounted = sum(line.counts.values())
    if accounted != line.sequence:
        said = f"{line.service}/{line.organisation}: {accounted} accounted for, position {line.sequence}"
        yield Discrepancy(line.service, str(line.organisation), said, abs(accounted - line.sequence))


def _counted(connection: Connection, generation: Generation) -> dict[tuple[str, UUID], dict[Kind, int]]:
    """What the tables hold: versions, voidings, events that could not be read."""
    counted: dict[tuple[str, UUID], dict[Kind, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for cls, fact in generation.facts.tables.items():
        rows = select(fact.table.c.poster, func.count()).group_by(fact.table.c.poster)
        for poster, many in connection.execute(rows):
            counted[cls.service, poster]["facts"] += many
    correction = generation.facts.correction.c
    voids = select(correction.type, correction.poster, func.count()).where(correction.voids)
    for name, poster, many in connection.execute(voids.group_by(correction.type, correction.poster)):
        counted[name.split(".")[2], poster]["voids"] += many
    for place, many in Parking(generation.ledger.parked).unread(connection).items():
        counted[place]["unread"] += many
    return dict(counted)


def _differing(line: _Line, counted: Mapping[tuple[str, UUID], Mapping[Kind, int]]) -> Iterator[Discrepancy]:
    there = counted.get((line.service, line.organisation), {})
    for kind in KINDS:
        if kind != "passed" and (many := there.get(kind, 0)) != line.counts[kind]:
            said = f"{line.service}/{line.organisation}: {many} {kind} in the tables, {line.counts[kind]} accounted for"
            yield Discrepancy(line.service, str(line.organisation), said, abs(many - line.counts[kind]))


def _beyond(service: str, organisation: UUID, counts: Mapping[Kind, int]) -> Discrepancy:
    many = sum(counts.values())
    return Discrepancy(service, str(organisation), f"{service}/{organisation}: {many} events without account", many)
