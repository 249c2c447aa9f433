"""How are columns asked in a test? As the SQL views are, and of the same logs: some in files, the rest still live."""

from __future__ import annotations

from pathlib import Path
from random import Random

from services.ratings.projections import FIGURES
from shared.history.columns.columns import Columns
from shared.history.columns.live import live
from shared.history.columns.writer import open_writer
from shared.history.figures import Question
from tests.ratings.projections.ratings_views import DECLARATION
from tests.support.logs import Logs
from tests.support.views import EVERYTHING, Given, Views


class ColumnViews(Views):
    """SQL views whose figures are answered from columns, beside them in a folder."""

    def __init__(self, folder: Path, views: Views) -> None:
        self.folder = folder
        self._figures = FIGURES
        self.runner = views.runner
        self.columns = Columns(folder, DECLARATION, live(lambda: views.runner.generation))

    def file(self, logs: Logs, chance: Random | None = None) -> ColumnViews:
        """Put all logs into files; with `chance`, only so many batches in any order, in several steps."""
        batches = list(logs.batches(chance))
        with open_writer(self.folder, self.columns.facts) as writer:
            for service, events in batches if chance is None else batches[: chance.randrange(len(batches))]:
                writer.take(service, events)
                if chance is not None and chance.random() < 1 / 8:
                    writer.commit()
            writer.commit()
        return self

    def ask(self, name: str, question: Question) -> Given:
        """One figure."""
        figure = self._figures[name]
        by = tuple(dict.fromkeys((*question.by, *figure.apart)))
        rows = self.columns.answer(figure, question)
        events = self.columns.events_behind(figure, question, limit=EVERYTHING, offset=0)
        keys = [tuple(row.keys[key] for key in by) for row in rows]
        return Given(
            {key: (row.numerator, row.denominator) for key, row in zip(keys, rows, strict=True)},
            frozenset((str(organisation), str(event)) for organisation, event in events),
            {key: row.counts for key, row in zip(keys, rows, strict=True)},
        )

    def close(self) -> None:
        """Give the memory back; the SQL views stay."""
        self.columns.close()
