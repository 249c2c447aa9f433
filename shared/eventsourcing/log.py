"""Where do facts stand for ever? The log: an append-only SQL table, one dense hash chain for each organisation.

The log is its own outbox: the relay reads it by organisation and sequence. A sequence is given as the last step of
the transaction, under the lock of the organisation's chain row, so a reader never sees a gap that fills later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from shared.contracts.closings import LogClosed
from shared.contracts.envelope import Recorded, genesis
from shared.contracts.event import contract, decode, registered
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.heads import Head
from shared.eventsourcing.log_rows import chain_table, chained, envelope_of, event_table, metadata, row_of
from shared.eventsourcing.pairs import Pairs
from shared.eventsourcing.sealed import metadata as sealed_metadata
from shared.eventsourcing.sealed import sealed_through
from shared.eventsourcing.store import Store
from shared.eventsourcing.wall import may_append, see_only

_HEADS = select(chain_table)
_FROM = (
    select(event_table)
    .where(event_table.c.organisation == bindparam("of"))
    .where(event_table.c.sequence >= bindparam("from_sequence"))
    .order_by(event_table.c.sequence)
    .limit(bindparam("most"))
)
_EVENTS_OF = (
    select(event_table)
    .where(event_table.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(event_table.c.subject, event_table.c.organisation, event_table.c.version)
)
_FOUND = select(
    event_table.c.organisation,
    event_table.c.event_id,
    event_table.c.sequence,
    event_table.c.hash,
    event_table.c.content,
)
_CHAINS = select(chain_table).where(chain_table.c.organisation.in_(bindparam("organisations", expanding=True)))
_LASTS = (
    select(event_table.c.organisation, event_table.c.type, event_table.c.fact)
    .join(chain_table, chain_table.c.organisation == event_table.c.organisation)
    .where(chain_table.c.sequence == event_table.c.sequence)
    .where(event_table.c.organisation.in_(bindparam("organisations", expanding=True)))
    .where(event_table.c.type.in_(bindparam("types", expanding=True)))
)
_HOLD = (
    select(chain_table.c.organisation)
    .where(chain_table.c.organisation.in_(bindparam("organisations", expanding=True)))
    .order_by(chain_table.c.organisation)
    .with_for_update()
)
_RAISE = (
    update(chain_table)
    .where(chain_table.c.organisation == bindparam("of"))
    .where(chain_table.c.sequence == bindparam("from_sequence"))
    .where(chain_table.c.hash == bindparam("from_hash"))
)
_APPEND = insert(event_table)
"""What is asked of the store all day, built once: building a statement costs several times what running it costs."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A counter row as a writer needs it."""

    sequence: int
    hash: bytes
    recorded: int


class Overtaken(Exception):
    """A chain has moved since it was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """An event that stands in the log under an id."""

    sequence: int
    hash: bytes
    content: bytes


class Log:
    """The log of one service. Its methods that take a connection run in the caller's transaction."""

    def __init__(self, service: str, store: Store) -> None:
        self.service = service
        self.store = store
        dialect = sqlite if store.on_sqlite else postgresql
        self._begin = dialect.insert(chain_table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        self._ids = Pairs(event_table.c.organisation, event_table.c.event_id, store.reader.dialect)
        self._found = _FOUND.where(self._ids.here)
        store.create(metadata)
        store.create(sealed_metadata)

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def heads(self) -> dict[UUID, Head]:
        """The end of every organisation's chain."""
        with self.store.read() as connection:
            sealed = sealed_through(connection)
            rows = connection.execute(_HEADS)
            return {
                row.organisation: Head(row.sequence, row.hash, sealed.get(row.organisation, 0))
                for row in rows
                if row.sequence
            }

    def after(self, position: Mapping[UUID, int], limit: int) -> list[Recorded]:
        """At most `limit` events past the position (absent: 0), each organisation's in sequence without a gap.

        Organisations with the fewest outstanding events come first, so that one's flood does not hide another.
        """
        with self.store.read() as connection:
            return self.past(connection, position, limit)

    def past(self, connection: Connection, position: Mapping[UUID, int], limit: int) -> list[Recorded]:
        """The same on a connection of the caller's, who may be about to write."""
        found: list[Recorded] = []
        behind = sorted(
            (sequence - position.get(organisation, 0), organisation)
            for organisation, sequence, *_ in connection.execute(_HEADS)
            if sequence > position.get(organisation, 0)
        )
        for _, organisation in behind:
            if len(found) >= limit:
                break
            after = position.get(organisation, 0)
            following = list(self._following(connection, organisation, after, limit - len(found)))
            if not following:
                message = f"position {after} lies past the end of the log"
                raise ChainBroken(message)
            found += following
        return found

    def _following(self, connection: Connection, organisation: UUID, after: int, limit: int) -> Iterator[Recorded]:
        """What follows a sequence. The event at the sequence is read too: its hash is the next one's `previous`."""
        wanted = {"of": organisation, "from_sequence": after, "most": limit + 1}
        rows = connection.execute(_FROM, wanted).all()
        if after == 0:
            return chained(self.service, rows[:limit], genesis(self.service, organisation))
        if rows and rows[0].sequence != after:
            message = f"sequence {after} is missing"
            raise ChainBroken(message)
        return chained(self.service, rows[1:], rows[0].hash if rows else b"")

    def event(self, organisation: UUID, event_id: UUID) -> Recorded | None:
        """One event by its organisation and id."""
        with self.store.read() as connection:
            see_only(connection, organisation)
            sequence = connection.execute(
                select(event_table.c.sequence)
                .where(event_table.c.organisation == organisation)
                .where(event_table.c.event_id == event_id)
            ).scalar_one_or_none()
        if sequence is None:
            return None
        return self.slice(organisation, sequence - 1, 1)[0]

    def slice(self, organisation: UUID, after: int, limit: int) -> list[Recorded]:
        """At most `limit` events of one organisation past a sequence."""
        with self.store.read() as connection:
            see_only(connection, organisation)
            return list(self._following(connection, organisation, after, limit))

    def streams(self, connection: Connection, subjects: Iterable[UUID]) -> dict[UUID, list[Recorded]]:
        """The events of these subjects in every organisation's log, each organisation's in sequence.

        Their `previous` is left empty: rules do not ask for it.
        """
        streams: dict[UUID, list[Recorded]] = defaultdict(list)
        for chunk in chunks(list(subjects)):
            for row in connection.execute(_EVENTS_OF, {"subjects": chunk}):
                streams[row.subject].append(Recorded(envelope_of(row, b""), bytes(row.hash)))
        return streams

    def subjects(self, connection: Connection, organisation: UUID) -> Iterator[tuple[UUID, list[Recorded]]]:
        """Every subject of which an organisation has said something, with all that anybody has said of it."""
        query = select(event_table.c.subject).where(event_table.c.organisation == organisation).distinct()
        for chunk in chunks(connection.execute(query.order_by(event_table.c.subject)).scalars().all()):
            yield from self.streams(connection, chunk).items()

    def found(self, connection: Connection, ids: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Found]:
        """Which of these (organisation, event id) stand in the log already."""
        known: dict[tuple[UUID, UUID], Found] = {}
        for chunk in chunks(list(ids)):
            for row in connection.execute(self._found, self._ids.given(chunk)):
                known[row.organisation, row.event_id] = Found(row.sequence, bytes(row.hash), bytes(row.content))
        return known

    # ── Writing: inside one transaction of the intake ────────────────────────────────────────────────────────────

    def closings(self, connection: Connection, organisations: Iterable[UUID]) -> dict[UUID, LogClosed]:
        """The last facts of those logs that are closed, of these organisations and of all that followed them."""
        types = [cls.name for cls in registered().values() if cls.closes and cls.service == self.service]
        found: dict[UUID, LogClosed] = {}
        met = ahead = frozenset(organisations)
        while ahead:
            new: dict[UUID, LogClosed] = {}
            for chunk in chunks(sorted(ahead)):
                for row in connection.execute(_LASTS, {"organisations": chunk, "types": types}):
                    cls = contract(row.type)
                    if cls is not None and issubclass(cls, LogClosed):
                        new[row.organisation] = decode(cls, bytes(row.fact))
            found |= new
            ahead = frozenset(each for closing in new.values() for each in closing.successors) - met
            met |= ahead
        return found

    def hold(self, connection: Connection, organisations: Iterable[UUID]) -> None:
        """Let nobody else write of these logs before this transaction ends.

        Whoever was overtaken holds those that it writes to. Two successors that correct the same fact hold the closed
        one: they append to two logs, so no counter of their own sets one behind the other. The rows of closed logs are
        locked before any counter is raised, and always in the order of their ids.
        """
        for chunk in chunks(sorted(organisations)):
            connection.execute(_HOLD, {"organisations": chunk}).all()

    def chains(self, connection: Connection, organisations: Iterable[UUID]) -> dict[UUID, Chain]:
        """The ends of these organisations' chains."""
        chains = {each: Chain(0, genesis(self.service, each), 0) for each in organisations}
        for chunk in chunks(list(chains)):
            for row in connection.execute(_CHAINS, {"organisations": chunk}):
                chains[row.organisation] = Chain(row.sequence, bytes(row.hash), row.recorded)
        return chains

    def write(self, connection: Connection, events: Sequence[tuple[Recorded, bytes]]) -> None:
        """Append events (with their content digests): raise the counters first, which locks them, then insert.

        Overtaken when a chain does not end where its first event continues it.
        """
        may_append(connection, {recorded.envelope.organisation for recorded, _ in events})
        self._raise_counters(connection, [recorded for recorded, _ in events])
        connection.execute(_APPEND, [row_of(recorded, digest) for recorded, digest in events])

    def _raise_counters(self, connection: Connection, events: Sequence[Recorded]) -> None:
        """In the order of the organisations' ids, so that two processes never wait for each other."""
        firsts = {each.envelope.organisation: each.envelope for each in reversed(events)}
        ends = {each.envelope.organisation: each for each in events}
        begun, raised = list[dict[str, Any]](), list[dict[str, Any]]()
        for organisation in sorted(ends):
            first, end = firsts[organisation], ends[organisation]
            row = {"sequence": end.envelope.sequence, "hash": end.hash, "recorded": end.envelope.recorded}
            if first.sequence == 1:
                begun.append({"organisation": organisation, **row})
            else:
                where = {"of": organisation, "from_sequence": first.sequence - 1, "from_hash": first.previous}
                raised.append({**where, **row})
        done = connection.execute(self._begin, begun).rowcount if begun else 0
        done += connection.execute(_RAISE, raised).rowcount if raised else 0
        if done != len(ends):
            raise Overtaken
