"""How are facts told that lie behind a figure? Read back from their columns, and spoken as a timeline speaks.

Whoever listens to another service keeps that service's facts as typed rows, not as bytes. A row holds every field of
its contract, so the fact can be made again from it; where that fails, it is said to be unread and never guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, Table, select

from shared.contracts.envelope import recorded_text
from shared.contracts.event import Event, decode
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.fact_table import FactTable
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.pairs import Pairs
from shared.history.replay.named_codes import Named, named_in_facts
from shared.history.replay.sentences import Circumstances, Spoken, Titles, spoken
from shared.history.replay.timeline import UNREAD

CORRECTED: Final = Spoken(" (bản đã đính chính)", " (as corrected)")
Root = tuple[UUID, UUID]
"""(organisation, event id) of a root fact."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where the standing version of a fact lies: in order of the days on which things happened, then of recording."""

    day: dt.date
    recorded: int
    poster: UUID
    sequence: int
    event: UUID
    root: Root
    type: str


@dataclass(frozen=True, slots=True)
class Retold:
    """A standing fact, its receipt and its sentence."""

    spot: Spot
    subject: UUID
    fact: Event | None
    """None where it could not be read back."""
    sentence: Spoken

    def told(self) -> dict[str, Any]:
        """As an answer has it."""
        spot = self.spot
        return {
            "service": spot.type.split(".")[2],
            "organisation": str(spot.poster),
            "sequence": spot.sequence,
            "event": str(spot.event),
            "root": {"organisation": str(spot.root[0]), "event": str(spot.root[1])},
            "type": spot.type,
            "day": spot.day.isoformat(),
            "recorded": recorded_text(spot.recorded),
            **self.sentence.told(),
        }


def spots(
    connection: Connection, facts: Facts, types: Iterable[type[Event]], roots: Iterable[Root], known: int | None = None
) -> list[Spot]:
    """Where these facts stand, or stood as known then; those of which nothing stands are left out."""
    wanted, found = set(roots), list[Spot]()
    for cls in sorted(types, key=lambda each: each.name):
        standing = facts.standing(cls, known=known).subquery()
        c = standing.c
        query = select(c.day, c.recorded, c.poster, c.poster_sequence, c.event_id, c.organisation, c.root_id)
        for chunk in chunks(sorted({root for _, root in wanted})):
            for row in connection.execute(query.where(c.root_id.in_(chunk))):
                root = (row.organisation, row.root_id)
                if root in wanted:
                    found.append(
                        Spot(row.day, row.recorded, row.poster, row.poster_sequence, row.event_id, root, cls.name)
                    )
    return sorted(found)


def retold(connection: Connection, facts: Facts, page: Sequence[Spot], titles: Titles) -> list[Retold]:
    """These facts with their sentences, in the same order."""
    by_type = {cls.name: table for cls, table in facts.tables.items()}
    read: dict[tuple[str, UUID, int], tuple[UUID, Event | None]] = {}
    for name, table in by_type.items():
        if places := [(spot.poster, spot.sequence) for spot in page if spot.type == name]:
            read |= _read(connection, table, places)
    named = named_in_facts(connection, facts)
    return [_told(spot, *read[spot.type, spot.poster, spot.sequence], titles, named) for spot in page]


def _told(spot: Spot, subject: UUID, fact: Event | None, titles: Titles, named: Named) -> Retold:
    if fact is None:
        return Retold(spot, subject, None, UNREAD)
    said = spoken(fact, Circumstances(subject, spot.poster, spot.day, named=named), titles)
    if spot.event != spot.root[1]:
        said = Spoken(f"{said.vi}{CORRECTED.vi}", f"{said.en}{CORRECTED.en}")
    return Retold(spot, subject, fact, said)


_Place = tuple[UUID, int]


def _read(
    connection: Connection, table: FactTable, places: Sequence[_Place]
) -> Iterator[tuple[tuple[str, UUID, int], tuple[UUID, Event | None]]]:
    for chunk in chunks(places):
        rows = connection.execute(*_named(connection, table.table, chunk)).mappings().all()
        lists = _lists(connection, table, chunk)
        for row in rows:
            place = (row["poster"], row["poster_sequence"])
            yield (table.cls.name, *place), (row["subject"], _fact(table, row, lists.get(place, {})))


def _lists(connection: Connection, table: FactTable, places: Sequence[_Place]) -> dict[_Place, dict[str, list[UUID]]]:
    found: dict[_Place, dict[str, list[UUID]]] = {}
    for column, child in table.children.items():
        query, given = _named(connection, child, places)
        for row in connection.execute(query.order_by(child.c.place), given):
            found.setdefault((row.poster, row.poster_sequence), {}).setdefault(column, []).append(row.value)
    return found


def _named(connection: Connection, table: Table, places: Sequence[_Place]) -> tuple[Select[Any], dict[str, Any]]:
    """A query of the rows of these events, with its parameters."""
    wanted = Pairs(table.c.poster, table.c.poster_sequence, connection.dialect)
    return select(table).where(wanted.here), wanted.given(places)


def _fact(table: FactTable, row: Mapping[Any, Any], lists: Mapping[str, Sequence[UUID]]) -> Event | None:
    """The fact as its contract reads it; none where the columns do not make one."""
    if table.kept:
        return _decoded(table.cls, bytes(row["fact"]))
    content: dict[str, Any] = {}
    for field in table.fields:
        value: Any = lists.get(field.column) if field.child else row[field.column]
        if value is not None:
            inner = content
            for step in field.path[:-1]:
                inner = inner.setdefault(step, {})
            inner[field.path[-1]] = msgspec.json.decode(value) if field.kind is None and not field.child else value
    return _decoded(table.cls, _encode(content)) or _decoded(table.cls, _encode(_with_empty_lists(table, content)))


def _with_empty_lists(table: FactTable, content: dict[str, Any]) -> dict[str, Any]:
    """Of an empty list no row tells; where a contract asks for one, it is empty."""
    for field in table.fields:
        inner: Any = content
        for step in field.path[:-1]:
            inner = inner.get(step, {})
        if field.child:
            inner.setdefault(field.path[-1], [])
    return content


def _decoded(cls: type[Event], content: bytes) -> Event | None:
    try:
        return decode(cls, content)
    except ValueError:
        return None
