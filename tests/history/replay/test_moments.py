"""Which day does a moment belong to? The Vietnamese one, on every boundary, from whatever zone it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from services.ratings.projections.replay import REPLAYED
from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll
from shared.history.figures import Question, Relations, roots_behind
from shared.history.replay.moments import end_of, local, moment
from shared.history.replay.report import Replay
from shared.history.replay.sources import Exported
from tests.history.replay.kept import exported
from tests.support.tale import Tale, day, id_of, land

CASES = 500
OFFSETS = range(-12, 15)
BOUNDARIES = (
    *("2021-12-31", "2022-12-31", "2022-03-31", "2022-06-30", "2022-09-30", "2023-06-30", "2023-07-01"),
    *("2024-02-28", "2024-02-29", "2022-01-31", "2023-02-28", "2022-04-30"),
)
"""Last days of months, quarters and years; the merger of this story is on 1 July 2023; a leap day."""
MERGER = "2023-07-01"
INSTANTS = ("16:59:59.999Z", "16:59:59.999999Z", "17:00:00Z", "17:00:00.000001Z", "00:00:00Z", "23:59:59Z")


def cases(many: int, chance: Random) -> Iterator[tuple[str, dt.date]]:
    """An instant by clocks somewhere on earth, and the Vietnamese day that it lies in, counted by hand in hours."""
    for _ in range(many):
        boundary, text, offset = day(chance.choice(BOUNDARIES)), chance.choice(INSTANTS), chance.choice(OFFSETS)
        hours = int(text[:2])
        vietnamese = boundary + dt.timedelta(days=int(hours + 7 >= 24))
        there = boundary + dt.timedelta(days=(hours + offset) // 24)
        zone = text[-1:] if offset == 0 else f"{'+' if offset > 0 else '-'}{abs(offset):02}:00"
        yield f"{there.isoformat()}T{(hours + offset) % 24:02}{text[2:-1]}{zone}", vietnamese


@pytest.mark.parametrize("many", [60, pytest.param(CASES, marks=pytest.mark.battery)])
def test_a_meeting_counts_on_its_vietnamese_day_in_its_month_and_in_the_unit_of_that_day(
    tmp_path: Path, tally: Callable[..., None], many: int
) -> None:
    tale, expected = land(), dict[tuple[str, dt.date], set[tuple[UUID, UUID]]]()
    tale.merge("z", "x", on=MERGER)
    for number, (occurred, vietnamese) in enumerate(cases(many, Random(many))):
        told = tale.logs.tell(met("x"), id_of(f"meeting {number}"), occurred, id_of("women"))
        assert told is not None
        counts_in = "b2" if vietnamese >= day(MERGER) else "b1"
        expected.setdefault((counts_in, vietnamese), set()).add((told.by, told.root.envelope.id))
    wrong = sum(
        found != expected.get(key, set()) for key, found in counted(tale, tmp_path, {day for _, day in expected})
    )
    tally("A-13", many, wrong, many)
    assert wrong == 0


def met(branch: str) -> MeetingHeld:
    """A regular meeting."""
    return MeetingHeld(branch=id_of(branch), kind=MeetingKind.REGULAR, roll=Roll(expected=1, present=1))


def counted(
    tale: Tale, folder: Path, days: set[dt.date]
) -> Iterator[tuple[tuple[str, dt.date], set[tuple[UUID, UUID]]]]:
    """What counts in either base unit on each of these days and those around."""
    exported(tale.logs, folder)
    figure = REPLAYED.figures["meetings-held"]
    with Replay(REPLAYED, lambda: [Exported([folder])]).views(None) as views:
        facts, tables = views.generation.facts, views.generation.metadata.tables
        with views.generation.store.read() as connection:
            for each in sorted({one + dt.timedelta(days=step) for one in days for step in (-1, 0, 1)}):
                for unit in ("b1", "b2"):
                    question = Question(id_of(unit), each, each + dt.timedelta(days=1))
                    found = roots_behind(connection, figure, Relations(facts, tables, question), limit=999, offset=0)
                    yield (unit, each), set(found)


@pytest.mark.parametrize("occurred", [*cases(40, Random(1))])
def test_a_moment_is_the_same_by_whatever_clock(occurred: tuple[str, dt.date]) -> None:
    text, vietnamese = occurred
    assert local(moment(text)).date() == vietnamese
    assert end_of(vietnamese - dt.timedelta(days=1)) < moment(text) <= end_of(vietnamese)


def test_a_day_is_known_to_its_end() -> None:
    assert moment("2021-12-31") == moment("2021-12-31T16:59:59.999999Z") == end_of(day("2021-12-31"))
    assert moment("2021-12-31") + 1 == moment("2022-01-01T00:00:00+07:00")
    assert moment("2024-02-29T23:59:59.999999999+07:00") == end_of(day("2024-02-29")), "rounded down"


@pytest.mark.parametrize(
    "text",
    ["", "2021-02-29", "2021-12-31T00:00:00", "yesterday", "1929-12-31", "9999-01-01", "0", "2021-1-1", "20211231"],
)
def test_what_is_neither_a_day_nor_an_instant_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moment(text)
