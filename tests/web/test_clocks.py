"""Is what has not happened yet refused at any hour, also where days, months and years end?"""

from __future__ import annotations

import datetime as dt
from typing import Final

import pytest

from shared.contracts.event import VIETNAM
from shared.web.problem import TurnedAway
from shared.web.values import happened, happened_at

MICROSECOND: Final = dt.timedelta(microseconds=1)
MIDNIGHTS: Final = [
    dt.datetime(2024, 2, 29, tzinfo=VIETNAM),
    dt.datetime(2024, 3, 1, tzinfo=VIETNAM),
    dt.datetime(2023, 3, 1, tzinfo=VIETNAM),
    dt.datetime(2025, 12, 31, tzinfo=VIETNAM),
    dt.datetime(2026, 1, 1, tzinfo=VIETNAM),
]
every_midnight = pytest.mark.parametrize("midnight", MIDNIGHTS, ids=lambda each: each.date().isoformat())


@every_midnight
def test_a_day_begins_at_midnight_in_viet_nam_and_not_before(midnight: dt.datetime) -> None:
    day = midnight.date().isoformat()
    with pytest.raises(TurnedAway, match="occurred-in-future"):
        happened(day, "occurred", midnight - MICROSECOND)
    happened(day, "occurred", midnight)
    happened(day, "occurred", midnight.astimezone(dt.UTC))


@every_midnight
@pytest.mark.parametrize("wrong", [dt.timedelta(hours=2), dt.timedelta(days=90)])
def test_a_clock_that_is_behind_refuses_what_it_takes_for_the_future(
    midnight: dt.datetime, wrong: dt.timedelta
) -> None:
    with pytest.raises(TurnedAway, match="occurred-in-future"):
        happened_at(midnight.isoformat(), "time", midnight - wrong)
    happened_at(midnight.isoformat(), "time", midnight + wrong)
