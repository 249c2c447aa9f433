"""Is a pack of facts about units that contradict each other ever said to lie? Proven, or left open, never that."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from shared.contracts.event import Event
from shared.contracts.membership import (
    Level,
    Side,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitSplit,
)
from shared.history.replay.report import Asked
from tests.history.pack.editing import verdicts
from tests.history.pack.office import PUBLIC, office_of
from tests.support.tale import Tale, id_of

DAYS = 60
BEGINNING = dt.date(2022, 1, 1)
IN_BOTH = 1_000
"""A seed by which a unit once counts in another by its line and by its ground."""


def anything(chance: Random, *, steps: int) -> Tale:
    """Units and places about which anything is said in any order, and meetings of them."""
    tale = Tale()
    places, units = [f"place {n}" for n in range(4)], [f"unit {n}" for n in range(7)]
    for _ in range(steps):
        day = BEGINNING + dt.timedelta(days=chance.randrange(DAYS))
        subject = chance.choice([*places, *units])
        fact = _about(subject, day, chance, places, units)
        tale.logs.tell(fact, id_of(subject), day.isoformat(), id_of(chance.choice(["women", "operator"])))
    for number in range(12):
        day = BEGINNING + dt.timedelta(days=chance.randrange(DAYS))
        tale.met(chance.choice(units), day.isoformat(), 5 + number)
    return tale


def _about(subject: str, day: dt.date, chance: Random, places: list[str], units: list[str]) -> Event:
    def some(many: int) -> tuple[UUID, ...]:
        return tuple(map(id_of, chance.sample([*places, *units], many)))

    parent, territory = chance.choice([None, *some(2)]), chance.choice([None, id_of(chance.choice(places))])
    sides = tuple(Side(child=child, part=part) for child, part in zip(some(2), some(2), strict=True))
    match chance.randrange(9):
        case 0 | 1 | 2 | 3 if subject in places:
            return TerritoryDeclared(title="nơi", level=Level.COMMUNE, kind="xa", parent=parent, effective=day)
        case 0 | 1 | 2 | 3:
            kind = chance.choice(["branch", "sub-branch", "base-unit"])
            return UnitFounded(title="đơn vị", kind=kind, parent=parent, territory=territory, effective=day)
        case 4 | 5:
            return UnitMoved(parent=some(1)[0], territory=territory, effective=day)
        case 6:
            return UnitMerged(sources=some(chance.randint(1, 2)), effective=day)
        case 7:
            parts = some(chance.randint(1, 3))
            return UnitSplit(parts=parts, whole=chance.random() < 2 / 3, sides=sides, effective=day)
        case _:
            return UnitDissolved(effective=day)


def told_apart(folder: Path, seeds: Iterable[int]) -> Counter[int]:
    """How many packs ended how."""
    codes = Counter[int]()
    for seed in seeds:
        chance = Random(seed)
        tale = anything(chance, steps=chance.choice([8, 15, 25, 40]))
        office = office_of(folder / f"{seed}", tale.logs)
        for number in range(3):
            unit = id_of(chance.choice([f"place {chance.randrange(4)}", f"unit {chance.randrange(7)}"]))
            tree = chance.choice([None, BEGINNING + dt.timedelta(days=chance.randrange(DAYS))])
            asked = Asked(None, PUBLIC[:2], unit, BEGINNING, dt.date(2023, 1, 1), ("unit",), {}, tree=tree)
            pack = folder / f"{seed}-{number}.zip"
            office.pack(pack, tale.logs.clock, asked, pages=folder)
            found = verdicts(pack, *office.keys)
            assert found.agree, (seed, number, found.words)
            codes[found.code] += 1
        office.close()
    return codes


def test_contradicting_facts_leave_figures_open_and_never_contradict_the_report(tmp_path: Path) -> None:
    codes = told_apart(tmp_path, [*range(5), IN_BOTH])
    assert codes[1] == 0
    assert codes[0] > 0


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_so_do_very_many(tmp_path: Path) -> None:
    codes = told_apart(tmp_path, range(1_000, 1_200))
    assert codes[1] == 0
    assert min(codes[0], codes[2]) > 0
