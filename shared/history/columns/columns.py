"""What answers a figure over the whole history at once? The very selects of the figures, over columns.

`Columns` is asked as the SQL views are and answers the same, for now and for any moment: known then is a filter.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection

from shared.eventsourcing.views import Declaration
from shared.history.columns.dialect import engine_over, give_back, open_memory
from shared.history.columns.everywhere import ANY_UNIT, asked_everywhere
from shared.history.columns.live import Positions, Present, Snapshot
from shared.history.columns.manifest import Manifest
from shared.history.columns.relations import Views
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.states import States
from shared.history.columns.writer import folder_of
from shared.history.comparable import Lacking, held_back_everywhere
from shared.history.figures import Figure, Question, Relations, Row, answered, roots_behind
from shared.history.rollup import looks_back
from shared.units.waiting import Withheld

MEMORY: Final = "160MB"


class Columns:
    """The columns of a declaration below a place, read; with `present`, the live views' newest facts and state too.

    One question at a time; each is spread over the processors.
    """

    def __init__(
        self, place: Path, declaration: Declaration, present: Present | None = None, *, memory: str = MEMORY
    ) -> None:
        self.facts = ColumnFacts(declaration.listens, declaration.kept)
        self._folder = folder_of(place, self.facts)
        self._present = present
        self._database = open_memory(memory, spill=self._folder.path / "spill")
        self._engine = engine_over(self._database)
        self._views = Views(self._database, self._folder.path, self.facts)
        self._tidy = partial(give_back, self._database, memory)
        self._states = States(self._database, self._engine, self.facts, self._tidy)
        self._turn = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._manifest: Manifest | None = None
        self._weighed: tuple[tuple[int, int] | None, Manifest | None] = None, None
        self._ends: Mapping[str, Mapping[UUID, int]] | None = None

    def answer(self, figure: Figure, question: Question) -> list[Row]:
        """The figure for the question, as `figures.answer` gives it."""
        with self._asked(figure, question) as (reader, relations):
            return answered(reader, figure, relations)

    def events_behind(self, figure: Figure, question: Question, *, limit: int, offset: int) -> list[tuple[UUID, UUID]]:
        """The facts behind the answer, as `figures.events_behind` gives them."""
        with self._asked(figure, question) as (reader, relations):
            return roots_behind(reader, figure, relations, limit=limit, offset=offset)

    def everywhere(self, figure: Figure, question: Question) -> pa.Table:
        """The figure in every unit and place at once: `within`, each key asked by, `numerator`, `denominator`.

        The question's unit is not looked at. UnknownKey or OneUnitOnly where that cannot be.
        """
        with self._asked(figure, question) as (_, relations):
            return asked_everywhere(self._database, self._engine, figure, relations)

    def everywhere_marked(
        self, figure: Figure, question: Question, withheld: Sequence[tuple[UUID, Withheld]]
    ) -> tuple[pa.Table, Lacking]:
        """The same, and which of its cells lack what may be theirs: what waits for a word, or came of several since."""
        with self._asked(figure, question) as (reader, relations):
            table = asked_everywhere(self._database, self._engine, figure, relations)
            if not withheld and not looks_back(question):
                return table, Lacking({}, {})
            nowhere = replace(relations, question=replace(question, unit=ANY_UNIT))
            return table, held_back_everywhere(reader, figure, nowhere, withheld)

    def filed(self, figure: Figure, question: Question) -> tuple[int, int]:
        """Of the facts that a figure counts: how many of the asked years lie in the files, how many came after them."""
        manifest = self._published()
        if manifest is None:
            return 0, sum(sum(ends.values()) for ends in self._seen().values())
        tables = [self.facts.tables[cls].table.name for cls in figure.listens if cls in self.facts.tables]
        years = {str(year) for year in range(question.start.year, question.last_day.year + 1)}
        services = {cls.service for cls in figure.listens}
        later = sum(
            end - manifest.positions.get(service, {}).get(poster, 0)
            for service, ends in self._seen().items()
            if service in services
            for poster, end in ends.items()
        )
        return sum(manifest.rows(table, years) for table in tables), later

    def position(self) -> Mapping[str, Mapping[UUID, int]]:
        """How far the last answer reaches: service → organisation → sequence."""
        filed = {} if self._manifest is None else self._manifest.positions
        return filed if self._ends is None else self._ends

    def close(self) -> None:
        """Give the memory back."""
        self._engine.dispose()
        self._database.close()

    @contextmanager
    def _asked(self, figure: Figure, question: Question) -> Iterator[tuple[Connection, Relations]]:
        with self._turn, ExitStack() as closing:
            closing.callback(self._tidy)
            snapshot = None if self._present is None else closing.enter_context(self._present())
            self._refresh(snapshot)
            tables = self._states.tables(figure.state, question.known, snapshot)
            yield closing.enter_context(self._engine.connect()), Relations(self.facts, tables, question)

    def _published(self) -> Manifest | None:
        stamp = self._folder.stamp()
        if stamp != self._weighed[0]:
            self._weighed = stamp, self._folder.manifest()
        return self._weighed[1]

    def _seen(self) -> Positions:
        if self._present is None:
            return {}
        with self._present() as snapshot:
            return snapshot.positions()

    def _refresh(self, snapshot: Snapshot | None) -> None:
        """See what was published, and what came after it."""
        stamp = self._folder.stamp()
        ends = None if snapshot is None else snapshot.positions()
        if (stamp, ends) == (self._stamp, self._ends):
            return
        if stamp != self._stamp:
            self._manifest = self._folder.manifest()
        if snapshot is not None:
            self._views.take_tail(self._manifest, snapshot)
        self._views.show(self._manifest)
        self._states.moved()
        self._stamp, self._ends = stamp, ends
