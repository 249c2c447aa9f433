"""Do the views answer the demo's table as it was printed, and as the independent recount has it? Quickly, too."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from services.ratings.projections import FIGURES
from shared.history.figures import Question, Relations, answer
from shared.operations.demo.calibration import Calibration, load
from shared.operations.demo.history import history
from shared.operations.demo.ids import Ids
from shared.operations.demo.posting import Posting
from shared.operations.demo.scribe import encode
from shared.operations.demo.table import AnswerRow, compare
from tests.demo.recounted import Recounted
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.logs import Logs
from tests.support.views import Views

LONGEST = 1.0
"""Seconds of this process for one answer."""
PAGE = 2_000


class _Asked:
    """The demo's questions, put to the views."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self.took: dict[str, float] = {}

    async def ask(self, figure: str, parameters: Mapping[str, str]) -> list[AnswerRow]:
        """As the figures API would answer."""
        declared, runner = FIGURES[figure], self._views.runner
        first = dt.date.fromisoformat(parameters.get("on") or parameters["start"])
        end = dt.date.fromisoformat(parameters["end"]) if "end" in parameters else first + dt.timedelta(days=1)
        by = tuple(parameters["by"].split(",")) if "by" in parameters else ()
        threshold = {"threshold": int(parameters["threshold"])} if "threshold" in parameters else {}
        question = Question(UUID(parameters["unit"]), first, end, by, threshold)
        started = time.process_time()
        with runner.generation.store.read() as connection:
            rows = answer(connection, declared, Relations(runner.facts, runner.generation.metadata.tables, question))
        self.took[figure] = max(self.took.get(figure, 0), time.process_time() - started)
        return [AnswerRow(dict(row.keys), row.numerator, row.denominator) for row in rows]


def _fed(views: Views, postings: list[Posting], ids: Ids) -> Views:
    logs = Logs()
    for posting in postings:
        organisation = UUID(ids(f"organisation:{posting.poster}"))
        for event in posting.events():
            logs.post(msgspec.json.decode(encode(event)), organisation)
    for (service, _), chain in logs.chains.items():
        for start in range(0, len(chain), PAGE):
            views.runner.take(service, chain[start : start + PAGE])
    return views


@pytest.mark.battery
@pytest.mark.timeout(900)
def test_the_demos_table_is_as_printed_and_as_recounted_and_no_answer_takes_long(tmp_path: Path) -> None:
    calibration: Calibration = load()
    ids = Ids(calibration.seed)
    postings = history(calibration)
    views = _fed(ratings_views(f"sqlite:///{tmp_path / 'views.sqlite'}"), postings, ids)
    asked = _Asked(views)
    counted, recounted = (asyncio.run(compare(calibration, figures)) for figures in (asked, Recounted(postings, ids)))
    views.close()
    assert not counted.differing
    for line, same in zip(counted.lines, recounted.lines, strict=True):
        assert (line.parts, line.beside) == (same.parts, same.beside), line.row.id
    assert {name: seconds for name, seconds in asked.took.items() if seconds > LONGEST} == {}
