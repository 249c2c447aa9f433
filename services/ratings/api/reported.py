"""What was reported of the figure that is answered? Each report beside it, with the difference and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.ratings.projections.beside import beside, differs_since, reported_of, told
from shared.eventsourcing.runner import Runner
from shared.history.figures import Figure, Question, Row
from shared.history.past import PastTooLarge
from shared.history.replay.moments import end_of, local

Answer = Callable[[Figure, Question], Sequence[Row]]
"""The lines of a figure for a question."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What others have reported, put beside what the answers say."""

    runner: Runner
    answer: Answer

    def beside(self, figure: Figure, question: Question, today: dt.date) -> list[dict[str, Any]]:
        """The reports of just this figure, unit and period, each with the line that it speaks of."""
        with self.runner.generation.store.read() as connection:
            reports = reported_of(connection, self.runner.facts, figure, question)
        if question.known is not None:
            today = min(today, local(question.known).date())

        def ask(keys: tuple[str, ...], day: dt.date | None) -> Sequence[Row]:
            known = question.known if day is None else end_of(day)
            return self.answer(figure, replace(question, by=keys, known=known))

        found = []
        for each in beside(figure, reports, ask):
            try:
                since = differs_since(figure, each, today, ask)
            except PastTooLarge:
                since = None
            found.append(told(each, since))
        return found
