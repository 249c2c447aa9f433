"""What have new views otherwise than the old ones? Every table that both have, row by row in the order of its keys.

What a row is about, and which answers read it, the kit does not know: a service may say so, and then the difference is
told answer by answer too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Column, Connection, CursorResult, Dialect, Row, Table, Text, collate, inspect, select

from shared.eventsourcing.views import Generation

CHUNK: Final = 5_000
ROWS_SHOWN: Final = 20
MOST_NAMED: Final = 10_000
"""Things named for one answer; where there are more, the difference says that it is not complete."""

Named = Callable[[Table, Mapping[str, Any]], Iterable[tuple[str, str]]]
"""Which answers read a row, and for what: (answer, thing) pairs, such as a figure and a unit."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What new views have otherwise than the old ones, as of one position of both."""

    tables: Mapping[str, tuple[int, int]]
    """Table → (rows only in the old views, rows only in the new)."""
    examples: Mapping[str, Sequence[str]]
    """Table → the first keys that differ."""
    answers: Mapping[str, Sequence[str]]
    """Answer → the things, in order, for which it rests on rows that differ."""
    complete: bool = True
    """Whether every such thing is named."""

    @property
    def empty(self) -> bool:
        """Whether old and new agree in every table that both have."""
        return not any(old or new for old, new in self.tables.values())


def compare(
    old: Connection,
    new: Connection,
    tables: Iterable[Table],
    *,
    named: Named | None = None,
    seen: Callable[[int], None] = lambda _: None,
) -> Difference:
    """Compare these tables in the columns that both sides have; `seen` hears how many rows were looked at since."""
    found: dict[str, tuple[int, int]] = {}
    examples: dict[str, list[str]] = {}
    answers = _Answers(named)
    for table in tables:
        common = _Common.of(old, table)
        if common is None:
            continue
        only_old = only_new = 0
        for before, after in _differing(common.rows(old), common.rows(new), common.keys, seen):
            only_old, only_new = only_old + (before is not None), only_new + (after is not None)
            rows = [common.read(each) for each in (before, after) if each is not None]
            shown = examples.setdefault(table.name, [])
            if len(shown) < ROWS_SHOWN:
                shown.append(str(tuple(rows[0][column.name] for column in table.primary_key)))
            answers.rest_on(table, rows)
        found[table.name] = (only_old, only_new)
    return Difference(found, examples, answers.told(), answers.complete)


class _Answers:
    """Which answers rest on rows that differ, and for what."""

    def __init__(self, named: Named | None) -> None:
        self.complete = True
        self._named = named
        self._things: dict[str, set[str]] = {}

    def rest_on(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        if self._named is None:
            return
        for row in rows:
            for answer, thing in self._named(table, row):
                things = self._things.setdefault(answer, set())
                if len(things) < MOST_NAMED:
                    things.add(thing)
                else:
                    self.complete = self.complete and thing in things

    def told(self) -> Mapping[str, Sequence[str]]:
        return {answer: sorted(things) for answer, things in sorted(self._things.items())}


def compared(generation: Generation) -> list[Table]:
    """The tables that say something of the facts: all but the runner's notes of how it came by its rows."""
    ledger = generation.ledger
    notes = {each.name for each in (ledger.entry, ledger.passed, ledger.parked, ledger.stopped)}
    return [each for each in generation.metadata.sorted_tables if each.name not in notes]


class _Common:
    """A table in the columns that both sides have. Rows are compared as the store gives them, and read to be shown."""

    def __init__(self, dialect: Dialect, table: Table, columns: Sequence[Column[Any]]) -> None:
        on_postgres = dialect.name == "postgresql"
        order = [
            collate(column, "C") if on_postgres and isinstance(column.type, Text) else column
            for column in table.primary_key
        ]
        self._statement = str(select(*columns).order_by(*order).compile(dialect=dialect))
        self._readers = [
            (each.name, each.type.dialect_impl(dialect).result_processor(dialect, None)) for each in columns
        ]
        self.keys = tuple(columns.index(column) for column in table.primary_key)
        """Where the key stands in a row."""

    @classmethod
    def of(cls, old: Connection, table: Table) -> Self | None:
        """Nothing when the old views lack the table or a part of its key."""
        inspector = inspect(old)
        if not inspector.has_table(table.name):
            return None
        there = {column["name"] for column in inspector.get_columns(table.name)}
        if not {column.name for column in table.primary_key} <= there:
            return None
        return cls(old.dialect, table, [column for column in table.c if column.name in there])

    def rows(self, connection: Connection) -> CursorResult[Any]:
        """Every row in the order of the keys, a page at a time."""
        options: dict[str, Any] = {"stream_results": True, "max_row_buffer": CHUNK}
        return connection.execution_options(**options).exec_driver_sql(self._statement)

    def read(self, row: Row[Any]) -> dict[str, Any]:
        """A row's values by their columns' names."""
        named = zip(self._readers, row, strict=True)
        return {name: value if read is None else read(value) for (name, read), value in named}


def _differing(
    old: CursorResult[Any], new: CursorResult[Any], keys: Sequence[int], seen: Callable[[int], None]
) -> Iterator[tuple[Row[Any] | None, Row[Any] | None]]:
    """The rows that differ: old and new of the same key, or the one that there is."""
    before, after = _Page(old), _Page(new)
    while before.fill() | after.fill():
        size = min(len(before.rows), len(after.rows))
        if size and before.rows[:size] == after.rows[:size]:
            before.drop(size)
            after.drop(size)
            seen(size)
            continue
        yield from _one_by_one(before, after, keys)
        seen(0)


def _one_by_one(before: _Page, after: _Page, keys: Sequence[int]) -> Iterator[tuple[Row[Any] | None, Row[Any] | None]]:
    """Go through two pages up to the end of one of them; at the end of a side everything is left to the other."""
    left = right = 0
    while left < len(before.rows) or right < len(after.rows):
        if (left == len(before.rows) and not before.ended) or (right == len(after.rows) and not after.ended):
            break
        a = before.rows[left] if left < len(before.rows) else None
        b = after.rows[right] if right < len(after.rows) else None
        first = min(_key(row, keys) for row in (a, b) if row is not None)
        one = a if a is not None and _key(a, keys) == first else None
        two = b if b is not None and _key(b, keys) == first else None
        left, right = left + (one is not None), right + (two is not None)
        if one != two:
            yield one, two
    before.drop(left)
    after.drop(right)


class _Page:
    """The next rows of one side."""

    def __init__(self, result: CursorResult[Any]) -> None:
        self._result = result
        self.rows: list[Row[Any]] = []
        self.ended = False

    def fill(self) -> bool:
        """Read on when nothing is left; whether there are rows."""
        if not self.rows and not self.ended:
            self.rows = list(self._result.fetchmany(CHUNK))
            self.ended = not self.rows
        return bool(self.rows)

    def drop(self, count: int) -> None:
        """These rows are done."""
        del self.rows[:count]


def _key(row: Row[Any], keys: Sequence[int]) -> tuple[Any, ...]:
    return tuple(row[place] for place in keys)
