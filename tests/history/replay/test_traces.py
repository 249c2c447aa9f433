"""Do the events behind a number make that number? They alone give it, and without any one of them it is another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from services.ratings.projections import FIGURES
from shared.contracts.event import Event
from shared.contracts.meetings import CommunityModelLaunched
from shared.history.figures import NO_UNIT, Figure, Question, Relations, events_behind
from shared.history.measures import Sum
from shared.history.past import views_then
from shared.history.replay.without import Answer, Place, Without
from shared.units.knowledge import UNIT_FACTS
from tests.ratings.projections.questions import questions
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.sayings import history
from tests.support.views import EVERYTHING, Views

Root = tuple[UUID, UUID]
NOW = 2**62
NUMBERS = 300
SAMPLE = 12


def numbers(folder: Path, seeds: Iterator[int]) -> Iterator[tuple[Views, Figure, Question, int]]:
    """Random figures that have something behind them."""
    for seed in seeds:
        told, chance = history(seed), Random(seed)
        views = ratings_views(f"sqlite:///{folder / f'{seed}.sqlite'}").feed(told.logs)
        for name, question in questions(told, chance):
            if question.unit != NO_UNIT and views.ask(name, question).events:
                yield views, FIGURES[name], question, seed
        views.close()


def holds(views: Views, figure: Figure, question: Question, chance: Random) -> bool:
    """Whether the listed events alone give the number, and taking one of them away changes it."""
    facts = views.runner.facts
    store = views.runner.generation.store
    with store.read() as reader, views_then(reader, facts, figure.hears, figure.state, NOW) as alone:
        asked = Without(alone, figure, question)
        whole, behind = asked.answer(), listed(views, figure, question)
        rest = [place for place, root in places(views, speaking(views, figure, behind)) if root not in behind]
        if not same(whole, asked.answer_without(rest)):
            return False
        root = chance.choice(sorted(behind))
        gone = [place for place, of in places(views, figure.hears) if of == root]
        return differs(figure, whole, asked.answer_without(gone), root, repeated=repeated(views, figure, root))


def same(whole: Answer, alone: Answer) -> bool:
    """Whether the numbers agree. That nobody was granted something is a row only where somebody elsewhere was."""
    return [row for row in whole.rows if row.numerator or row in alone.rows] == list(alone.rows)


def listed(views: Views, figure: Figure, question: Question) -> frozenset[Root]:
    """What the answer names as the events behind it."""
    relations = Relations(views.runner.facts, views.runner.generation.metadata.tables, question)
    with views.runner.generation.store.read() as connection:
        return frozenset(events_behind(connection, figure, relations, limit=EVERYTHING, offset=0))


def repeated(views: Views, figure: Figure, root: Root) -> bool:
    """Whether it is a model that others established too: it counts by the first of them, and then by the next."""
    if CommunityModelLaunched not in figure.hears:
        return False
    table = views.runner.facts.tables[CommunityModelLaunched].table.name
    of = {(row["organisation"], row["root_id"]): row["subject"] for row in views.rows(table)}
    return any(of.get(root) == subject for other, subject in of.items() if other != root)


def differs(figure: Figure, whole: Answer, less: Answer, root: Root, *, repeated: bool) -> bool:
    """Sums change; what counts once each may be said by others too, then what is behind it changes."""
    summed = isinstance(figure.measure, Sum) and figure.share_of is None and not repeated
    if summed and any(map(weighs, whole.weights[root])):
        return whole.rows != less.rows
    return whole != less


def weighs(line: str) -> bool:
    """Whether what a fact brings in is not nothing."""
    return line.partition("|")[0] not in {"0/0", "0/None", "None/None"}


def speaking(views: Views, figure: Figure, behind: frozenset[Root]) -> frozenset[type[Event]]:
    """The types of the listed events, but those of the tree: without its units nothing stands anywhere."""
    named = {cls for cls in figure.hears - UNIT_FACTS if any(root in behind for _, root in places(views, {cls}))}
    return frozenset(named)


def places(views: Views, types: frozenset[type[Event]] | set[type[Event]]) -> list[tuple[Place, Root]]:
    """Every version of facts of these types, and every voiding: its place, and its root."""
    names = {cls.name for cls in types}
    rows = [(row["type"].split(".")[2], row) for row in views.rows("correction") if row["type"] in names]
    for cls in types:
        rows += [(cls.service, row) for row in views.rows(views.runner.facts.tables[cls].table.name)]
    return [
        ((service, row["poster"], row["poster_sequence"]), (row["organisation"], row["root_id"]))
        for service, row in rows
    ]


@pytest.mark.parametrize(("many", "seed"), [(SAMPLE, 800), pytest.param(NUMBERS, 900, marks=pytest.mark.battery)])
def test_the_listed_events_alone_give_the_number_and_each_of_them_matters(
    tmp_path: Path, tally: Callable[..., None], many: int, seed: int
) -> None:
    chance, wrong, tried = Random(seed), [], 0
    for views, figure, question, from_seed in numbers(tmp_path, iter(range(seed, seed + many))):
        if tried == many:
            break
        if many == SAMPLE and chance.random() < 0.7:
            continue
        tried += 1
        if not holds(views, figure, question, chance):
            wrong.append((figure.name, question, from_seed))
    tally("A-17", tried, len(wrong), seed)
    assert tried == many
    assert wrong == []
