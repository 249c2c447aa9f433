"""Where do decoded facts wait until they are a file? In lists by table and year, then as Arrow."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Table

from shared.contracts.envelope import Correction, Envelope
from shared.contracts.event import Event
from shared.eventsourcing.facts import FactTable
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
        self.count = 0

    def fact(self, cls: type[Event], envelope: Envelope, raw: bytes, corrects: Correction | None) -> None:
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

    def correction(self, cls: type[Event], envelope: Envelope, corrects: Correction, *, voids: bool) -> None:
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
