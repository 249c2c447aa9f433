"""How is a figure asked in a test? Of real views, fed by the real runner from whatever logs a test tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration, Generations
from shared.history.figures import Figure, Question, Relations, answer, events_behind
from tests.support.logs import Logs

LEDGER = frozenset({"position", "stream_entry", "passed", "parked", "stopped"})
EVERYTHING = 10**6


@dataclass(frozen=True)
class Given:
    """What was answered: (numerator, denominator) by the values of the keys, and the roots of the facts behind."""

    rows: Mapping[tuple[str | None, ...], tuple[int, int | None]]
    events: frozenset[tuple[str, str]]
    counts: Mapping[tuple[str | None, ...], str | None] = field(default_factory=dict)


class Views:
    """The views of a declaration in a store of the test's own, and the figures that are asked of them."""

    def __init__(self, url: str, declaration: Declaration, figures: Mapping[str, Figure]) -> None:
        self._figures = figures
        self._generations = Generations(declaration, url)
        self.runner = Runner(self._generations.serving())

    def feed(self, logs: Logs, chance: Random | None = None) -> Views:
        """Apply all logs; with `chance`, in any order and batching."""
        for service, events in logs.batches(chance):
            self.runner.take(service, events)
        assert self.runner.parked() == []
        return self

    def ask(self, name: str, question: Question) -> Given:
        """One figure."""
        figure = self._figures[name]
        by = tuple(dict.fromkeys((*question.by, *figure.apart)))
        relations = Relations(self.runner.facts, self.runner.generation.metadata.tables, question)
        with self.runner.generation.store.read() as connection:
            rows = answer(connection, figure, relations)
            events = events_behind(connection, figure, relations, limit=EVERYTHING, offset=0)
        keys = [tuple(row.keys[key] for key in by) for row in rows]
        return Given(
            {key: (row.numerator, row.denominator) for key, row in zip(keys, rows, strict=True)},
            frozenset((str(organisation), str(event)) for organisation, event in events),
            {key: row.counts for key, row in zip(keys, rows, strict=True)},
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table's rows in the order of all their columns."""
        described = self.runner.generation.metadata.tables[table]
        with self.runner.generation.store.read() as connection:
            found = connection.execute(select(described).order_by(*described.c)).mappings().all()
        return [dict(row) for row in found]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of every table but the runner's own."""
        return {name: self.rows(name) for name in self.runner.generation.metadata.tables if name not in LEDGER}

    def close(self) -> None:
        """Give the store back."""
        self.runner.generation.store.close()
        self._generations.close()


def asked(unit: UUID, start: str, end: str, *by: str, known: int | None = None, **parameters: int) -> Question:
    """A question for a period, start ≤ day < end."""
    return Question(unit, dt.date.fromisoformat(start), dt.date.fromisoformat(end), by, parameters, known)


def on(unit: UUID, day: str, *by: str, known: int | None = None) -> Question:
    """A question for one day."""
    first = dt.date.fromisoformat(day)
    return Question(unit, first, first + dt.timedelta(days=1), by, known=known)
