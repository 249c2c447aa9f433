"""What stands in a log, and what follows from what? Found by its circumstances, page by page; nothing is written.

A request looks through a bounded stretch of the log and says where the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from shared.contracts.envelope import Recorded
from shared.contracts.event import local_day
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import Attributes, chain_table, event_table
from shared.eventsourcing.stream import Stream
from shared.history.replay.entries import Entry, Graph, Page, Place, Wanted

STRETCH: Final = 50_000
"""Sequences looked through for one page."""
MOST: Final = 1_000
"""Events in one graph, or mentions in one timeline."""
STEPS: Final = 20
"""Steps from cause to effect that are followed."""

_decode = msgspec.json.Decoder(Attributes).decode
_NONE: Final = Attributes()
event = event_table.c


class Browser:
    """Looks through one service's log, in the books of some organisations."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def find(self, organisation: UUID, wanted: Wanted, after: int, limit: int) -> Page:
        """At most `limit` events past a sequence, in sequence."""
        end = after + STRETCH
        query = select(event_table).where(event.organisation == organisation, event.sequence > after)
        if wanted.subject is None:
            query = query.where(event.sequence <= end)
        entries: list[Entry] = []
        with self._log.store.read() as connection:
            rows = connection.execute(_narrowed(query, wanted).order_by(event.sequence))
            for entry in filter(lambda each: _fits(each, wanted), map(_entry, rows)):
                if len(entries) == limit:
                    return Page(entries, entries[-1].row.sequence)
                entries.append(entry)
            last = connection.execute(
                select(chain_table.c.sequence).where(chain_table.c.organisation == organisation)
            ).scalar_one_or_none()
        return Page(entries, None if wanted.subject is not None or end >= (last or 0) else end)

    def one(self, organisation: UUID, event_id: UUID) -> Entry | None:
        """One event."""
        with self._log.store.read() as connection:
            return next(self._at(connection, [organisation], [event_id]), None)

    def graph(self, entry: Entry, organisations: Sequence[UUID] | None) -> Graph:
        """What lies around an event in the books of these organisations (none: of all)."""
        with self._log.store.read() as connection:
            books = sorted(connection.execute(select(chain_table.c.organisation)).scalars())
            books = books if organisations is None else list(organisations)
            ancestors, elsewhere = self._ancestors(connection, entry, books)
            descendants = self._descendants(connection, entry, books)
            shown = {entry.place, *(each.place for each in (*ancestors, *descendants))}
            together = [] if entry.more.correlation is None else [entry.more.correlation]
            correlated = [
                each
                for each in self._naming(connection, together, books)
                if each.more.correlation == entry.more.correlation and each.place not in shown
            ]
        return Graph(entry, ancestors, descendants, correlated, elsewhere)

    def states(self, entry: Entry, organisations: Sequence[UUID] | None) -> tuple[list[Said], list[Said]]:
        """The standing facts of the event's stream right before and right after it, in the order of their folding."""
        subject, end = entry.row.subject, (entry.row.recorded, entry.row.organisation, entry.row.sequence)
        with self._log.store.read() as connection:
            history = self._log.streams(connection, [subject])[subject]
        books = None if organisations is None else frozenset(organisations)
        seen = [each for each in history if books is None or each.envelope.organisation in books]
        before = [each for each in seen if _order(each) < end]
        until = [each for each in seen if _order(each) <= end]
        return _standing(subject, before), _standing(subject, until)

    def mentions(self, ids: Sequence[UUID], organisations: Sequence[UUID] | None) -> list[Place]:
        """Events whose facts name one of these ids, besides those about it; at most MOST."""
        text = [_holds(event.fact, str(each), on_sqlite=self._log.store.on_sqlite) for each in ids]
        query = select(event.organisation, event.event_id).where(or_(*text), event.subject.not_in(ids))
        if organisations is not None:
            query = query.where(event.organisation.in_(organisations))
        with self._log.store.read() as connection:
            return [(row.organisation, row.event_id) for row in connection.execute(query.limit(MOST))]

    def entries(self, places: Iterable[Place]) -> dict[Place, Entry]:
        """These events, those that there are."""
        by_book: dict[UUID, list[UUID]] = {}
        for organisation, event_id in places:
            by_book.setdefault(organisation, []).append(event_id)
        with self._log.store.read() as connection:
            found = (each for book, ids in by_book.items() for each in self._at(connection, [book], ids))
            return {each.place: each for each in found}

    def _ancestors(self, connection: Connection, entry: Entry, books: Sequence[UUID]) -> tuple[list[Entry], list[UUID]]:
        found: dict[Place, Entry] = {}
        elsewhere: list[UUID] = []
        due = list(entry.causes)
        for _ in range(STEPS):
            causes = {each.row.event_id: each for each in self._at(connection, books, due)}
            elsewhere += [each for each in due if each not in causes and each not in elsewhere]
            fresh = [each for each in causes.values() if each.place not in found and each.place != entry.place]
            found |= {each.place: each for each in fresh}
            due = [cause for each in fresh for cause in each.causes]
            if not due:
                break
        return _in_order(found.values()), elsewhere

    def _descendants(self, connection: Connection, entry: Entry, books: Sequence[UUID]) -> list[Entry]:
        found: dict[Place, Entry] = {}
        due = [entry.row.event_id]
        for _ in range(STEPS):
            effects = [each for each in self._naming(connection, due, books) if {*each.causes} & {*due}]
            fresh = [each for each in effects if each.place not in found and each.place != entry.place]
            found |= {each.place: each for each in fresh}
            due = [each.row.event_id for each in fresh]
            if not due or len(found) >= MOST:
                break
        return _in_order(found.values())[:MOST]

    def _naming(self, connection: Connection, ids: Sequence[UUID], books: Sequence[UUID]) -> list[Entry]:
        """Events in whose circumstances one of these ids stands."""
        found: list[Entry] = []
        for chunk in chunks(ids):
            text = [_holds(event.attributes, str(each), on_sqlite=self._log.store.on_sqlite) for each in chunk]
            query = select(event_table).where(event.attributes.is_not(None), or_(*text), event.organisation.in_(books))
            found += map(_entry, connection.execute(query.limit(MOST)))
        return found

    def _at(self, connection: Connection, books: Sequence[UUID], ids: Sequence[UUID]) -> Iterator[Entry]:
        for book in books:
            for chunk in chunks(ids):
                query = select(event_table).where(event.organisation == book, event.event_id.in_(chunk))
                yield from map(_entry, connection.execute(query))


def _entry(row: Row[Any]) -> Entry:
    return Entry(row, _NONE if row.attributes is None else _decode(row.attributes))


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda each: (each.row.recorded, each.row.organisation, each.row.sequence))


def _order(recorded: Recorded) -> tuple[int, UUID, int]:
    envelope = recorded.envelope
    return envelope.recorded, envelope.organisation, envelope.sequence


def _standing(subject: UUID, history: Iterable[Recorded]) -> list[Said]:
    return in_order(Stream.of(subject, sorted(history, key=_order)).standing())


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.subject is not None:
        query = query.where(event.subject == wanted.subject)
    if wanted.type is not None:
        query = query.where(event.type == wanted.type)
    if wanted.recorded_from is not None:
        query = query.where(event.recorded >= wanted.recorded_from)
    if wanted.recorded_to is not None:
        query = query.where(event.recorded <= wanted.recorded_to)
    return query.where(event.attributes.is_not(None)) if wanted.rare else query


def _fits(entry: Entry, wanted: Wanted) -> bool:
    more = entry.more
    document = None if more.document is None else more.document.number
    pairs = (
        (wanted.causation, more.causation),
        (wanted.correlation, more.correlation),
        (wanted.reason, more.reason),
        (wanted.document, document),
    )
    return all(asked is None or asked == found for asked, found in pairs) and _occurred(entry, wanted)


def _occurred(entry: Entry, wanted: Wanted) -> bool:
    if wanted.occurred_from is None and wanted.occurred_to is None:
        return True
    day = local_day(entry.row.occurred)
    return (wanted.occurred_from or day) <= day <= (wanted.occurred_to or day)


def _holds(column: ColumnElement[bytes], text: str, *, on_sqlite: bool) -> ColumnElement[bool]:
    if on_sqlite:
        return func.instr(column, text.encode()) > 0
    return func.strpos(func.convert_from(column, "UTF8"), text) > 0
