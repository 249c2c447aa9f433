"""Is one branch asked without reading what all others did? On SQLite, by the way in which it says it will look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from services.ratings.projections import FIGURES
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.tale import id_of, land
from tests.support.views import Views, asked, on

MANY = frozenset(
    {
        "roster",
        "unit",
        "branch_head",
        "fact_meetings_meeting_held",
        "fact_meetings_visit_completed",
        "fact_membership_member_joined",
        "fact_membership_dues_exempted",
        "fact_membership_dues_paid",
        "fact_membership_task_assigned",
        "fact_ratings_rating_decided",
    }
)
"""Tables of which a country has millions of rows, or hundreds of thousands."""


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    made = ratings_views(f"sqlite:///{tmp_path_factory.mktemp('narrow') / 'views.sqlite'}")
    tale = land()
    tale.joined("lan", "x", "2022-01-10")
    made.feed(tale.logs)
    yield made
    made.close()


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_branch_is_found_by_the_index(views: Views, name: str) -> None:
    day = FIGURES[name].asked == "day"
    question = on(id_of("x"), "2022-12-31") if day else asked(id_of("x"), "2022-01-01", "2023-01-01")
    steps = list[str]()

    def explain(connection: Connection, cursor: object, statement: str, values: Any, *_more: object) -> None:
        del cursor, _more
        explained = connection.connection.cursor()
        explained.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        steps.extend(row[3] for row in explained.fetchall())
        explained.close()

    reader = views.runner.generation.store.reader
    event.listen(reader, "before_cursor_execute", explain)
    views.ask(name, question)
    event.remove(reader, "before_cursor_execute", explain)
    read = {step.split()[1] for step in steps if step.startswith("SCAN ")}
    assert not read & MANY, steps
