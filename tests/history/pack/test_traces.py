"""Do the facts behind a figure make it, and no others? Numbers of packs, taken at random."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.history.pack.conftest import Tally
from tests.history.pack.editing import Members
from tests.history.pack.office import office_of
from tests.history.pack.stranger.chains import Event, read_line
from tests.history.pack.stranger.facts import Said
from tests.history.pack.stranger.figures import recounted
from tests.history.pack.stranger.units import Country
from tests.history.pack.test_pack import any_question
from tests.support.sayings import history

NUMBERS: Final = 300
SAMPLE: Final = 15
TREE: Final = (
    *("territory-declared", "unit-founded", "unit-moved"),
    *("unit-merged", "unit-split", "unit-dissolved"),
)


def events_of(members: Members) -> list[Event]:
    """Every event that counts at the pack's moment."""
    found: list[Event] = []
    for name in members.chains:
        _, service, last = name.split("/")
        before: Event | None = None
        for number, line in enumerate(members.lines(name), 1):
            before = read_line(line, service, last.removesuffix(".jsonl"), number, before)
            found += [before] if before.attributes["recorded"] <= members.said["known"] else []
    return found


def of_one_row(asked: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The question that this row alone answers, if it can be asked."""
    month = row["keys"].get("month")
    if month is None:
        return asked
    following = f"{int(month[:4]) + int(month[5:]) // 12}-{int(month[5:]) % 12 + 1:02}-01"
    period = {"start": max(asked["start"], f"{month}-01"), "end": min(asked["end"], following)}
    return {**asked, **period}


def traced(folder: Path, seed: int) -> int:
    """How many numbers were traced to their facts."""
    told, chance, count = history(seed), Random(seed), 0
    office = office_of(folder, told.logs)
    office.pack(folder / "pack.zip", told.logs.clock, any_question(told, chance))
    office.close()
    members = Members.of(folder / "pack.zip")
    report, said = members.report, Said(events_of(members))
    country = Country(said.facts("membership", *TREE))
    for figure in report["output"]["figures"]:
        for row in figure["rows"]:
            asked = of_one_row(report["inputs"]["asked"], row)
            answer = recounted(said, country, figure["figure"], asked)
            behind = {root for root, *_ in said.standing if root[1] in {"meeting-held", "visit-completed"}}
            listed = {root for root in behind if differs(said, country, figure["figure"], asked, answer, root)}
            assert len(listed) == answer["events"]["count"]
            alone = only(said, listed)
            assert recounted(alone, country, figure["figure"], asked) == answer
            count += 1
    return count


def only(said: Said, roots: set[tuple[str, str, str, str]]) -> Said:
    """Just these facts."""
    found = Said([])
    found.roots, found.standing = said.roots, [each for each in said.standing if each[0] in roots]
    return found


def differs(
    said: Said,
    country: Country,
    name: str,
    asked: dict[str, Any],
    answer: dict[str, Any],
    root: tuple[str, str, str, str],
) -> bool:
    """Whether the answer is another without this fact."""
    without = only(said, {each[0] for each in said.standing} - {root})
    return recounted(without, country, name, asked) != answer


def test_the_facts_behind_a_number_make_it_and_each_of_them_counts(tmp_path: Path, tally: Tally) -> None:
    count = seed = 0
    while count < SAMPLE:
        count += traced(tmp_path / str(seed), seed)
        seed += 1
    tally("A-17", count, 0, f"0..{seed}")


@pytest.mark.battery
def test_three_hundred_numbers_are_traced(tmp_path: Path, tally: Tally) -> None:
    count, seed = 0, 100
    while count < NUMBERS:
        count += traced(tmp_path / str(seed), seed)
        seed += 1
    tally("A-17", count, 0, f"100..{seed}")
