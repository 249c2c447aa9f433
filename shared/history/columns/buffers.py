"""Where do decoded facts wait until they are a file? In lists by table and year, then as Arrow."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Table

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Correction, Envelope, Recorded
from shared.contracts.event import Event, contract, known_versions
from shared.contracts.upcasting import current, upcast
from shared.eventsourcing.errors import UnknownVersion, Unreadable
from shared.eventsourcing.fact_table import FactTable
from shared.eventsourcing.stream import plain
from shared.history.columns.lean import Lean
from shared.history.columns.shape import ColumnFacts, arrow_schema, as_arrow

NO_YEAR: Final = "-"
Rows = list[tuple[Any, ...]]


class Buffers:
    """Rows of all tables, in the order in which they came."""

    def __init__(self, facts: ColumnFacts) -> None:
        self._facts = facts
        self._lean = {cls: Lean(table) for cls, table in facts.tables.items()}
        self._rows: dict[tuple[str, str], Rows] = defaultdict(list)
        self._tables = {table.name: table for table in facts.metadata.tables.values()}
        self._listened: frozenset[type[Event] | None] = frozenset(facts.tables)
        self.count = 0

    def take(self, recorded: Recorded) -> None:
        """An event, as the live views read it: a correction is a row of its own, and a version where it is listened to.

        Unreadable, UnknownVersion or ValueError where it does not decode.
        """
        content = recorded.envelope.content
        cls = contract(content.type)
        if cls is not None and issubclass(cls, FactVoided):
            said = contract(current(cls.model_validate_json(content.fact, extra="ignore").type))
            if said in self._listened:
                self._version(recorded, said, b"", voided=True)
            return
        inner = plain(content)
        name, raw = upcast(inner.type, inner.fact)
        said = contract(name)
        if said in self._listened:
            self._version(recorded, said, raw, voided=False)
        elif said is None and any(contract(other) in self._listened for other in known_versions(inner.type)):
            raise UnknownVersion(inner.type)

    def _version(self, recorded: Recorded, said: type[Event] | None, raw: bytes, *, voided: bool) -> None:
        envelope, corrects = recorded.envelope, recorded.envelope.content.corrects
        if said is None or issubclass(said, FactCorrected | FactVoided):
            raise Unreadable(envelope.content.type)
        if not voided:
            self._fact(said, envelope, raw, corrects)
        if corrects is not None:
            self._correction(said, envelope, corrects, voids=voided)

    def _fact(self, cls: type[Event], envelope: Envelope, raw: bytes, corrects: Correction | None) -> None:
        """A version of a fact: a root, or what a correction puts in its place. ValueError where it does not decode."""
        content, table = envelope.content, self._facts.tables[cls]
        day, values, lists = self._lean[cls].said(raw, content.occurred)
        root = (envelope.organisation, envelope.id) if corrects is None else (corrects.organisation, corrects.root)
        self._rows[table.table.name, str(day.year)].append(
            (
                envelope.organisation,
                envelope.sequence,
                envelope.id,
                *root,
                envelope.sequence if corrects is None else None,
                envelope.recorded,
                content.occurred,
                day,
                content.subject,
                *values,
                *((raw,) if table.kept else ()),
                None,
            )
        )
        self.count += 1
        if any(lists):
            self._lists(table, envelope, day, lists)

    def _lists(
        self, table: FactTable, envelope: Envelope, day: dt.date, lists: Sequence[Sequence[UUID] | None]
    ) -> None:
        for child, ids in zip(table.children.values(), lists, strict=True):
            rows = self._rows[child.name, str(day.year)]
            rows += [(envelope.organisation, envelope.sequence, place, each) for place, each in enumerate(ids or ())]

    def _correction(self, cls: type[Event], envelope: Envelope, corrects: Correction, *, voids: bool) -> None:
        """That an event replaces another."""
        self._rows[self._facts.correction.name, NO_YEAR].append(
            (
                *(envelope.organisation, envelope.sequence, envelope.id),
                *(corrects.organisation, corrects.root, corrects.replaces),
                *(cls.name, voids, envelope.recorded),
            )
        )
        self.count += 1

    def drained(self) -> Iterator[tuple[Table, str, pa.Table]]:
        """(table, year, rows) of all that waits; nothing waits afterwards."""
        rows, self._rows, self.count = self._rows, defaultdict(list), 0
        for (name, year), found in sorted(rows.items()):
            if found:
                table = self._tables[name]
                yield table, year, as_arrow(found, arrow_schema(table))
