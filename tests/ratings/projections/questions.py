"""What may be asked of a random history? Any unit or place, period and split, and none at all; the same for a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Final

from services.ratings.projections import FIGURES
from shared.history.figures import NO_UNIT, Question
from tests.ratings.projections.expected import ANSWERS, SPLITS, expected
from tests.support.happenings import BEGINNING, Happenings
from tests.support.recounting import recounted
from tests.support.views import Views

PARAMETERS: Final = {"threshold": [30, 50, 75, 100], "own": [0, 1]}


def questions(history: Happenings, chance: Random, known: int | None = None) -> Iterator[tuple[str, Question]]:
    """For every figure, one question to a unit that holds much over a long time, and one to anything."""
    above = history.country.every("province", "district", "province-body")
    for name in ANSWERS:
        for units, start in ((above, BEGINNING), ([*history.country.every(), NO_UNIT], history.day())):
            first, last = sorted((start, history.day()))
            parameters = {key: chance.choice(PARAMETERS[key]) for key in FIGURES[name].parameters}
            by = chance.choice(SPLITS.get(name, ((),)))
            yield name, Question(chance.choice(units), first, last + dt.timedelta(days=1), by, parameters, known)


def agree(views: Views, history: Happenings, chance: Random, *, known: int | None = None) -> int:
    """Ask everything of the views and of the independent recount; how many answers had any fact behind them."""
    told, backed = recounted(history.logs, known), 0
    for name, question in questions(history, chance, known):
        given, wanted = views.ask(name, question), expected(told, name, question)
        assert given.rows == wanted.rows, (name, question)
        assert given.events == wanted.events, (name, question)
        assert not wanted.counts or given.counts == wanted.counts, (name, question)
        backed += bool(wanted.events)
    return backed
