"""What moved a figure between two moments? Exactly the facts that did, near and far, and none of those beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.ratings.projections.replay import REPLAYED
from shared.contracts.meetings import Every
from shared.history.past import PastTooLarge
from shared.history.replay import compare
from shared.history.replay.compare import differences
from shared.history.replay.report import Replay
from shared.history.replay.sources import Exported
from shared.history.replay.wording import difference_lines
from tests.history.replay.kept import exported
from tests.support.logs import Told
from tests.support.tale import Tale, day, id_of, land


def compared(tale: Tale, folder: Path, name: str, known: int, unit: str = "p", *by: str) -> Mapping[str, Any]:
    """A figure of 2022 at a moment and now."""
    exported(tale.logs, folder)
    asked = REPLAYED.asked([name], id_of(unit), day("2022-01-01"), day("2023-01-01"), by=by)
    found: Mapping[str, Any] = differences(Replay(REPLAYED, lambda: [Exported([folder])]), asked, known)["figures"][0]
    return found


def moved(found: Mapping[str, Any]) -> dict[str, str]:
    """How each event that moved the figure did so."""
    return {each["event"]: each["moved"] for each in found["moved"]}


def event(told: Told) -> str:
    """The last word on a fact."""
    return str(told.last.envelope.id)


def test_new_facts_corrections_and_voidings_are_told_apart_and_others_move_nothing(tmp_path: Path) -> None:
    tale = land()
    kept = tale.met("x", "2022-01-31", present=3, absent=1)
    corrected, voided = (tale.met("x", f"2022-0{month}-28", present=2, absent=2) for month in (2, 3))
    taken_away = tale.met("x", "2022-04-30", present=1)
    known = tale.logs.clock
    new = tale.met("y", "2022-05-31", present=4)
    outside = tale.met("y", "2023-05-31", present=4)
    tale.logs.correct(corrected, tale.logs.told[-2].fact, "2022-02-28")
    tale.logs.correct(taken_away, taken_away.fact, "2021-04-30")
    tale.logs.void(voided)
    found = compared(tale, tmp_path, "attendance", known)
    assert found["rows"] == [
        {"keys": {}, "before": {"numerator": 8, "denominator": 13}, "after": {"numerator": 11, "denominator": 12}}
    ]
    assert moved(found) == {
        event(new): "counted",
        event(corrected): "changed",
        event(taken_away): "no-longer-counted",
        event(voided): "no-longer-counted",
    }
    assert [each["event"] for each in found["others"]] == [event(outside)]
    assert {each["event"]: each["act"] for each in found["moved"]} == {
        event(new): "recorded",
        event(corrected): "corrected",
        event(taken_away): "corrected",
        event(voided): "voided",
    }
    assert event(kept) not in moved(found)


def test_a_merger_and_a_duty_that_move_what_others_said_are_found_from_afar(tmp_path: Path) -> None:
    tale = land()
    tale.met("x", "2022-02-28", present=2)
    known = tale.logs.clock
    beside = tale.unit("x2", "branch", "b2", "h3", on="2022-01-01")
    merger = tale.merge("z", "x", on="2022-02-01")
    renamed = tale.unit("x3", "branch", "b3", "h4", on="2022-01-01")
    found = compared(tale, tmp_path, "meetings-held", known, "b1")
    assert found["rows"][0]["after"] == {"numerator": 0, "denominator": None}
    assert moved(found) == {event(merger): "from-afar"}
    assert {each["event"] for each in found["others"]} == {event(beside), event(renamed)}
    duty = tale.every("branch", Every.MONTH, "2022-01-01")
    assert moved(compared(tale, tmp_path, "meetings-met", duty.root.envelope.recorded - 1)) == {
        event(duty): "from-afar"
    }


def test_an_event_that_is_taken_away_takes_none_of_another_service_with_it(tmp_path: Path) -> None:
    tale = land()
    following = len(tale.logs.chains["membership", id_of("women")]) + 1
    for number in range(following):
        tale.met("x", f"2022-02-{number + 1:02}", present=2)
    known = tale.logs.clock
    beside = tale.unit("x2", "branch", "b2", "h3", on="2022-01-01")
    new = tale.met("x", "2022-03-31", present=2)
    assert beside.root.envelope.sequence == following, "a meeting has the same number in its log"
    found = compared(tale, tmp_path, "meetings-held", known)
    assert moved(found) == {event(new): "counted"}


def test_between_equal_answers_nothing_moved(tmp_path: Path) -> None:
    tale = land()
    told = tale.met("x", "2022-02-28", present=2)
    known = tale.logs.clock
    tale.logs.correct(told, told.fact, "2022-02-28")
    found = compared(tale, tmp_path, "meetings-held", known)
    assert (found["differs"], found["moved"], found["between"]) == (False, [], 1)


def test_where_the_search_would_take_too_long_the_rest_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "EFFORT", 0)
    tale = land()
    tale.met("x", "2022-02-28", present=2)
    known = tale.logs.clock
    merger = tale.merge("z", "x", on="2022-02-01")
    assert moved(compared(tale, tmp_path, "meetings-held", known, "b1")) == {event(merger): "undecided"}


def test_too_many_facts_between_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "FACTS", 2)
    tale = land()
    for month in (1, 2, 3):
        tale.met("x", f"2022-0{month}-28")
    with pytest.raises(PastTooLarge):
        compared(tale, tmp_path, "meetings-held", tale.logs.clock - 3)


def test_a_difference_is_told_in_vietnamese(tmp_path: Path) -> None:
    tale = land()
    known = tale.logs.clock
    tale.met("x", "2022-02-28", present=2, absent=1)
    exported(tale.logs, tmp_path)
    asked = REPLAYED.asked(["attendance"], id_of("p"), day("2022-01-01"), day("2023-01-01"))
    text = "\n".join(difference_lines(differences(Replay(REPLAYED, lambda: [Exported([tmp_path])]), asked, known)))
    assert "0 (không có dữ liệu) → 2/3 (66,7 %)" in text
    assert "1 sự việc ghi ở giữa, 1 làm thay đổi" in text
    assert "meeting-held được ghi: nay được tính" in text
    assert UUID(text.rpartition("(")[2].rstrip(")\n")).version
