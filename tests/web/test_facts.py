"""Is a fact what its bytes say? Also under a contract that would take one value for another."""

from __future__ import annotations

import datetime as dt
import json
from typing import Literal

import pytest

from shared.contracts.event import Event, Part
from shared.web.facts import field_path, read_fact
from shared.web.problem import TurnedAway
from tests.web.odd import MARK


class Line(Part):
    """A part with an indulgent field."""

    on: dt.date | None = None


class Indulgent(Event):
    """A contract of no service, whose types take digits for a day and `true` for 1."""

    day: dt.date
    form: Literal[1] = 1
    lines: tuple[Line, ...] = ()


GOOD = {"day": "2026-02-10", "form": 1, "lines": [{"on": "2026-02-10"}, {"on": None}]}


def read(**changes: object) -> Event:
    posted = {**GOOD, **changes}
    return read_fact(Indulgent, json.dumps(posted).encode(), posted, "data.fact")


def test_what_says_the_same_is_taken() -> None:
    assert read() == Indulgent(day=dt.date(2026, 2, 10), lines=(Line(on=dt.date(2026, 2, 10)), Line()))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"day": "1653955200"}, "bad-format", "data.fact.day"),
        ({"form": True}, "wrong-type", "data.fact.form"),
        ({"form": 1.0}, "wrong-type", "data.fact.form"),
        ({"lines": [{}, {"on": "0"}]}, "bad-format", "data.fact.lines.1.on"),
    ],
)
def test_a_value_that_validation_changes_is_refused(changes: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(TurnedAway) as turned:
        read(**changes)
    assert (turned.value.problem.status, turned.value.problem.code, turned.value.problem.field) == (422, code, field)


def test_a_path_ends_before_the_first_word_that_is_not_ours() -> None:
    assert field_path(Indulgent, ("lines", 0, "on"), "data.fact") == "data.fact.lines.0.on"
    assert field_path(Indulgent, ("lines", 0, MARK, "on"), "data.fact") == "data.fact.lines.0"
    assert field_path(Indulgent, (MARK,), "data.fact") == "data.fact"
