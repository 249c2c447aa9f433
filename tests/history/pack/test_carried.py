"""Where does a fact count under a tree that is older than its unit? As the definitions say, to both verifiers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import pytest

from shared.contracts.membership import UnitSplit
from shared.history.pack import verify
from shared.history.replay.report import Asked
from tests.history.pack.conftest import YEAR
from tests.history.pack.editing import Members, verdicts
from tests.history.pack.office import PUBLIC, office_of
from tests.history.pack.stranger.facts import Said
from tests.history.pack.stranger.units import Country
from tests.history.pack.test_traces import TREE, events_of
from tests.support.happenings import BEGINNING, DAYS, END
from tests.support.logs import Logs
from tests.support.recounting import counts, recounted
from tests.support.sayings import history
from tests.support.seeds import SEEDS, drawn
from tests.support.tale import Tale, day, id_of, land

PAGE: Final = Path(__file__).parents[3] / "docs" / "formats" / "audit-pack.md"
ROWS: Final = 13
"""Of the example on the page."""
BEFORE, FOUNDED, AFTER, LATER = "2022-05-31", "2022-06-01", "2022-06-02", "2022-08-01"
STEPS: Final = 25
"""Changes of units beside those of a random history, so that lineages grow long."""
QUESTIONS, MANY = 2_000, 50
"""How often a history is asked, and how many are drawn in the battery."""
NAMES: Final = (
    *("-", "p", "d1", "d2", "c1", "c2", "c3", "h1", "h2", "h3", "h4", "root", "u1", "u2", "b1", "b2", "b3"),
    *("s", "w", "x", "y", "z", "new", "made", "both", "grown", "half", "part", "void", "again", "late"),
)
ID_OF: Final = {name: verify.NOWHERE if name == "-" else str(id_of(name)) for name in NAMES}


def reform() -> Tale:
    """On 1 June 2022 units are founded, made of others and taken out of others; the first of August goes on."""
    tale = land()
    tale.unit("new", "branch", "b1", "h3", on=FOUNDED)  # works in another commune than the unit above it
    tale.unit("late", "sub-branch", "new", None, on=LATER)
    tale.unit("made", "branch", "b2", "h3", on=FOUNDED)
    tale.merge("made", "y", "z", on=FOUNDED)
    tale.unit("grown", "branch", "b1", "h1", on=FOUNDED)
    tale.merge("grown", "w", on=LATER)
    for part in ("half", "both"):
        tale.unit(part, "branch", "b3", "h4", on=FOUNDED)
    tale.split("x", "half", "both", on=FOUNDED)
    tale.unit("part", "branch", "b3", "h4", on=FOUNDED)
    fact = UnitSplit(parts=(id_of("part"),), whole=False, effective=day(FOUNDED))
    tale.say(fact, "s", FOUNDED)
    tale.logs.void(tale.unit("void", "branch", "b1", "h1", on=FOUNDED))
    tale.logs.void(tale.unit("again", "branch", "b1", "h1", on=FOUNDED))
    tale.unit("again", "branch", "b3", "h4", on=LATER)
    return tale


COUNTS: Final = {
    ("new", FOUNDED, BEFORE): "b1 u1 root h3 c2 d1 p",
    ("new", FOUNDED, FOUNDED): "new b1 u1 root h3 c2 d1 p",
    ("new", FOUNDED, AFTER): "new b1 u1 root h3 c2 d1 p",
    ("new", BEFORE, BEFORE): "-",
    ("new", BEFORE, FOUNDED): "new b1 u1 root h3 c2 d1 p",
    ("late", LATER, BEFORE): "b1 u1 root h3 c2 d1 p",
    ("late", LATER, FOUNDED): "new b1 u1 root h3 c2 d1 p",
    ("made", FOUNDED, BEFORE): "u1 root d1 p",
    ("made", FOUNDED, FOUNDED): "made b2 u1 root h3 c2 d1 p",
    ("made", AFTER, AFTER): "made b2 u1 root h3 c2 d1 p",
    ("made", BEFORE, BEFORE): "-",
    ("made", BEFORE, FOUNDED): "made b2 u1 root h3 c2 d1 p",
    ("y", BEFORE, BEFORE): "y b1 u1 root h2 c1 d1 p",
    ("y", BEFORE, FOUNDED): "made b2 u1 root h3 c2 d1 p",
    ("grown", FOUNDED, BEFORE): "b1 u1 root h1 c1 d1 p",
    ("grown", LATER, BEFORE): "root p",
    ("grown", LATER, FOUNDED): "root p",
    ("grown", FOUNDED, LATER): "grown b1 u1 root h1 c1 d1 p",
    ("grown", LATER, LATER): "grown b1 u1 root h1 c1 d1 p",
    ("half", FOUNDED, BEFORE): "x b1 u1 root h1 c1 d1 p",
    ("half", FOUNDED, FOUNDED): "half b3 u2 root h4 c3 d2 p",
    ("x", BEFORE, FOUNDED): "b3 u2 root c3 d2 p",
    ("part", FOUNDED, BEFORE): "s x b1 u1 root h1 c1 d1 p",
    ("s", FOUNDED, BEFORE): "s x b1 u1 root h1 c1 d1 p",
    ("void", FOUNDED, BEFORE): "-",
    ("void", FOUNDED, AFTER): "-",
    ("again", LATER, BEFORE): "b3 u2 root h4 c3 d2 p",
    ("again", FOUNDED, FOUNDED): "-",
    ("again", FOUNDED, LATER): "again b3 u2 root h4 c3 d2 p",
}
"""(unit, seen on, tree of): where that counts, by hand."""


class Heard:
    """The tree of one history as both verifiers read it out of the same pack."""

    def __init__(self, folder: Path, logs: Logs) -> None:
        file, office = folder / "pack.zip", office_of(folder, logs)
        office.pack(file, logs.clock)
        office.close()
        pack = verify.Pack()
        pack.open(str(file))
        for name in (name for name in pack.members if name.startswith("chains/")):
            _, service, last = name.split("/")
            pack.read_chain(service, last.removesuffix(".jsonl"))
        self._first = verify.Tree(pack.standing(*verify.TREE))
        self._second = Country(Said(events_of(Members.of(file))).facts("membership", *TREE))

    def above(self, unit: str, seen: str, tree_day: str) -> tuple[set[str], set[str]]:
        """Where something counts, as the one and the other has it."""
        return self._first.above(unit, tree_day, seen), set(self._second.above(unit, tree_day, seen))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """The reform, read by both."""
    return Heard(tmp_path_factory.mktemp("reform"), reform().logs)


@pytest.mark.parametrize(("unit", "seen", "tree_day"), COUNTS)
def test_what_was_founded_merged_or_divided_counts_where_it_came_from(
    heard: Heard, unit: str, seen: str, tree_day: str
) -> None:
    expected = {ID_OF[name] for name in COUNTS[unit, seen, tree_day].split()}
    assert heard.above(ID_OF[unit], seen, tree_day) == (expected, expected)


def test_the_example_on_the_page_is_this_one() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text().splitlines() if "|" in line]
    example = {(row[0], row[1], row[2]): row[3] for row in rows if row[0] in NAMES and row[1][:2] == "20"}
    assert example == {question: COUNTS[question] for question in example}
    assert len(example) == ROWS


@pytest.mark.parametrize("tree_day", [BEFORE, FOUNDED])
def test_packs_with_a_report_under_such_a_tree_are_proven(tmp_path: Path, tree_day: str) -> None:
    tale, told = (
        reform(),
        {(unit, seen): names.split() for (unit, seen, tree), names in COUNTS.items() if tree == tree_day},
    )
    for number, (unit, seen) in enumerate(told):
        tale.met(unit, seen, 10 + number)
    office = office_of(tmp_path, tale.logs)
    for above in ("-", "c2", "b1", "x"):
        asked = Asked(None, PUBLIC[:2], UUID(ID_OF[above]), *YEAR, ("unit",), {}, tree=day(tree_day))
        office.pack(tmp_path / "pack.zip", tale.logs.clock, asked)
        found = verdicts(tmp_path / "pack.zip", *office.keys)
        assert (found.code, found.stranger) == (0, 0), (above, found.words)
        rows = Members.of(tmp_path / "pack.zip").report["output"]["figures"][0]["rows"]
        expected = Counter(ID_OF[unit] for (unit, _), names in told.items() if above in names)
        assert {row["keys"]["unit"]: row["numerator"] for row in rows} == expected, above
    office.close()


# ── Any history, any unit, any two days ──────────────────────────────────────────────────────────────────────────────


def told_apart(folder: Path, seed: int) -> int:
    """Both verifiers beside the recount; how often something counts elsewhere than in the unit itself."""
    story, chance = history(seed), Random(seed)
    for number in range(STEPS):
        story.country.go_on(END + dt.timedelta(10 * number))
    heard, tree = Heard(folder, story.logs), recounted(story.logs).tree
    days, elsewhere = [*range(-600, 0, 100), *range(0, DAYS + 10 * STEPS, 7)], 0
    for _ in range(QUESTIONS):
        unit = str(chance.choice(story.country.every()))
        seen, tree_day = (BEGINNING + dt.timedelta(chance.choice(days)) for _ in range(2))
        expected = {ID_OF["-"] if above == "-" else above for above in counts(tree, unit, seen, tree_day).above}
        assert heard.above(unit, str(seen), str(tree_day)) == (expected, expected), (seed, unit, seen, tree_day)
        elsewhere += tree_day < seen and unit not in expected
    return elsewhere


@pytest.mark.parametrize("seed", SEEDS)
def test_every_unit_and_place_of_a_random_history_counts_as_recounted(tmp_path: Path, seed: int | None) -> None:
    assert told_apart(tmp_path, drawn(seed)) > 0


@pytest.mark.battery
def test_so_do_those_of_very_many(tmp_path: Path) -> None:
    for _ in range(MANY):
        seed = drawn()
        told_apart(tmp_path / f"{seed}", seed)
