"""Does what came after the files count at once? New facts, what corrects those in the files, and the present state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.ratings.projections import FIGURES
from services.ratings.projections.weighing import in_columns
from shared.contracts.envelope import Correction
from shared.contracts.meetings import MeetingsFactCorrected
from shared.history.columns.writer import fill
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.columns import ColumnViews
from tests.support.history import Chronicle, meeting
from tests.support.tale import id_of, land
from tests.support.views import asked

P = id_of("p")
QUESTION = asked(P, "2022-01-01", "2023-01-01")


@pytest.fixture
def views(store: str, tmp_path: Path) -> Iterator[ColumnViews]:
    """Empty columns beside empty views, on each kind of store."""
    sql = ratings_views(store)
    columns = ColumnViews(tmp_path / "columns", sql)
    yield columns
    columns.close()
    sql.close()


def test_the_tail_counts_at_once_and_changes_what_is_filed(views: ColumnViews) -> None:
    tale = land()
    first, second = tale.met("x", "2022-02-01", present=3), tale.met("y", "2022-02-01", present=1)
    views.feed(tale.logs)
    assert views.ask("attendance", QUESTION).rows == {(): (4, 4)}, "nothing is filed yet"
    views.file(tale.logs)
    assert views.ask("attendance", QUESTION).rows == {(): (4, 4)}
    before = tale.logs.clock
    tale.logs.correct(first, tale.met("x", "2021-02-01", present=7).fact, "2022-02-01")
    corrected = tale.logs.clock
    tale.logs.void(second)
    views.feed(tale.logs)
    assert views.ask("attendance", QUESTION).rows == {(): (7, 7)}
    assert views.ask("attendance", replace(QUESTION, known=corrected)).rows == {(): (8, 8)}
    assert views.ask("attendance", replace(QUESTION, known=before)).rows == {(): (4, 4)}
    views.file(tale.logs)
    assert views.ask("attendance", QUESTION).rows == {(): (7, 7)}, "the same once all is filed"


def test_the_state_is_that_of_the_moment(views: ColumnViews) -> None:
    tale = land()
    tale.met("x", "2022-02-01", present=3)
    views.feed(tale.logs)
    views.file(tale.logs)
    then = tale.logs.clock
    tale.merge("w", "x", on="2022-01-01")
    views.feed(tale.logs)
    under_u2 = asked(id_of("u2"), "2022-01-01", "2023-01-01")
    assert views.ask("attendance", under_u2).rows == {(): (3, 3)}
    assert views.ask("attendance", replace(under_u2, known=then)).rows == {(): (0, None)}


def test_a_root_in_the_tail_finds_its_correction_in_the_files(views: ColumnViews) -> None:
    """The successor's log was filed first."""
    tale, book = land(), Chronicle()
    root = book.meet(id_of("women"), id_of("x"), id_of("m"), 3)
    link = Correction(id_of("women"), root.envelope.id, root.envelope.id)
    whole = MeetingsFactCorrected(type=root.envelope.content.type, fact=meeting(id_of("x"), 5).model_dump(mode="json"))
    late = book.record(id_of("successor"), whole, id_of("m"), corrects=link)
    views.feed(tale.logs)
    views.runner.take("meetings", [late])
    fill(views.folder, views.columns.facts, [("meetings", [[late]])])
    assert views.ask("attendance", QUESTION).rows == {(): (5, 20)}
    views.runner.take("meetings", [root])
    given = views.ask("attendance", QUESTION)
    assert given.rows == {(): (5, 20)}
    assert given.events == {(str(id_of("women")), str(root.envelope.id))}
    with views.runner.generation.store.read() as connection:
        standing = connection.execute(views.runner.facts.standing(type(meeting(P, 1)))).all()
    assert [row.sequence for row in standing] == [1]


def test_answers_say_how_far_they_reach(views: ColumnViews) -> None:
    tale = land()
    views.feed(tale.logs)
    views.columns.answer(FIGURES["attendance"], QUESTION)
    assert views.columns.position() == views.runner.position()
    tale.met("x", "2022-02-01", present=3)
    views.feed(tale.logs)
    views.columns.answer(FIGURES["attendance"], QUESTION)
    assert views.columns.position() == views.runner.position()


def test_figures_over_many_filed_facts_are_asked_of_the_columns(views: ColumnViews) -> None:
    tale, attendance, visits, runner = land(), FIGURES["attendance"], FIGURES["visits"], views.runner
    for number in range(3):
        tale.met("x", f"2022-0{number + 1}-01", present=3)
    views.feed(tale.logs)
    assert not in_columns(runner, views.columns, attendance, QUESTION, few=2), "nothing is filed yet"
    views.file(tale.logs)
    assert views.columns.filed(attendance, QUESTION) == (3, 0)
    assert in_columns(runner, views.columns, attendance, QUESTION, few=2)
    assert not in_columns(runner, views.columns, attendance, QUESTION, few=3), "few"
    assert not in_columns(runner, views.columns, attendance, asked(P, "2023-01-01", "2024-01-01"), few=2), "that year"
    assert not in_columns(runner, views.columns, attendance, replace(QUESTION, unit=id_of("x")), few=2), "one branch"
    assert not in_columns(runner, views.columns, visits, QUESTION, few=2), "another type"
    assert in_columns(runner, views.columns, visits, replace(QUESTION, known=tale.logs.clock), few=2), "the past"
    for number in range(3):
        tale.met("y", f"2022-0{number + 1}-01", present=3)
    views.feed(tale.logs)
    assert not in_columns(runner, views.columns, attendance, QUESTION, few=2), "too much came since"
