"""Which questions about figures are refused? Those that no calendar answers, by name and never by a fault."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from services.ratings.api.asked import question
from shared.web.problem import TurnedAway

UNIT = UUID(int=1)


@pytest.mark.parametrize("field", ["on", "start", "end"])
@pytest.mark.parametrize("day", [dt.date.min, dt.date(1929, 12, 31), dt.date.max])
def test_a_day_on_which_no_fact_can_lie_is_refused(field: str, day: dt.date) -> None:
    days = {"start": dt.date(2022, 1, 1), "end": dt.date(2023, 1, 1)} if field != "on" else {}
    days[field] = day
    with pytest.raises(TurnedAway) as refused:
        question("attendance", UNIT, days.get("start"), days.get("end"), days.get("on"))
    assert (refused.value.problem.status, refused.value.problem.code) == (422, "year-out-of-range")
    assert refused.value.problem.field == field
