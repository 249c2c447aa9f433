"""Does a rebuild name exactly the units and figures that a falsified row would have changed?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from services.ratings.projections import FIGURES
from shared.contracts.envelope import Recorded
from shared.eventsourcing.rebuild import Rebuild
from shared.eventsourcing.views import Generations
from shared.history.resting import resting
from tests.ratings.projections.ratings_views import DECLARATION
from tests.support.logs import Logs
from tests.support.tale import id_of, land
from tests.support.views import Views


class TellingLogs:
    """One service's logs as a source."""

    def __init__(self, service: str, logs: Logs) -> None:
        self.service, self._logs = service, logs
        self._told = False

    def read(self) -> Iterator[Sequence[Recorded]]:
        if not self._told:
            self._told = True
            for service, events in self._logs.batches():
                if service == self.service:
                    yield events


@pytest.fixture
def rebuild(store: str) -> Iterator[Rebuild]:
    views = Views(store, DECLARATION, FIGURES)
    tale = land()
    for branch in ("x", "s"):
        tale.met(branch, "2022-01-05")
    views.feed(tale.logs)
    generations = Generations(DECLARATION, store)
    services = sorted({service for service, _ in tale.logs.chains})
    rebuild = Rebuild(generations, views.runner, lambda: [TellingLogs(each, tale.logs) for each in services])
    rebuild.named = resting(FIGURES.values())
    yield rebuild
    generations.close()
    views.close()


def change(rebuild: Rebuild, name: str, where: str, **values: object) -> None:
    generation = rebuild._runner.generation  # noqa: SLF001 — planted behind everybody's back
    table = generation.metadata.tables[name]
    with generation.store.write() as connection:
        done = connection.execute(table.update().where(table.c[where] == id_of("x")).values(**values))
    assert done.rowcount == 1


def test_unchanged_views_name_nothing(rebuild: Rebuild) -> None:
    difference = rebuild.run()
    assert difference.empty
    assert difference.answers == {}


def test_a_falsified_fact_names_its_branch_and_the_figures_that_read_such_facts(rebuild: Rebuild) -> None:
    change(rebuild, "fact_meetings_meeting_held", "branch", roll_present=3)
    answers = rebuild.run().answers
    assert {unit for units in answers.values() for unit in units} == {str(id_of("x"))}
    assert {"attendance", "meetings-held"} <= answers.keys()
    assert "members" not in answers


def test_a_falsified_unit_names_itself_for_every_figure_that_reads_the_tree(rebuild: Rebuild) -> None:
    change(rebuild, "unit", "id", title="Chi hội khác")
    answers = rebuild.run().answers
    assert answers.keys() == FIGURES.keys()
    assert {unit for units in answers.values() for unit in units} == {str(id_of("x"))}
