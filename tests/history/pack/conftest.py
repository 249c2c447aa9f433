"""Which fixtures have the tests of packs? A small office with a report in its pack, and the battery's count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.history.replay.report import Asked
from tests.history.pack.editing import Members
from tests.history.pack.office import PUBLIC, Office, office_of
from tests.support.logs import Told
from tests.support.tale import Tale, id_of, land

Tally = Callable[..., None]
YEAR = (dt.date(2022, 1, 1), dt.date(2023, 1, 1))


@dataclass
class Case:
    """A history, its office, and a pack of everything with a report."""

    tale: Tale
    office: Office
    pack: Path
    asked: Asked
    told: dict[str, Told]

    @property
    def members(self) -> Members:
        """The pack, taken apart."""
        return Members.of(self.pack)


def small_tale() -> tuple[Tale, dict[str, Told]]:
    """The country, a year of meetings and visits, with one put right, one put right twice, and one voided."""
    tale, told = land(), dict[str, Told]()
    for month in range(1, 5):
        for branch in ("x", "y", "z", "s"):
            told[f"{branch}{month}"] = tale.met(branch, f"2022-{month:02}-05", 10 + month, 2)
    for number, cadre in enumerate(("lan", "hoa", "lan", "mai")):
        told[f"visit{number}"] = tale.visited(cadre, "x", f"2022-0{number + 1}-05", f"sitting {number % 3}")
    told["new"] = tale.unit("y2", "branch", "b1", "h2", "2022-03-01")
    tale.merge("y2", "y", on="2022-03-15")
    told["late"] = tale.met("y", "2022-04-20", 7, 1)
    meeting = told["x1"].fact
    for present in (9, 8):
        roll = meeting.roll.model_copy(update={"present": present, "absent": 13 - present})  # type: ignore[attr-defined]
        tale.logs.correct(told["x1"], meeting.model_copy(update={"roll": roll}), "2022-01-05")
    tale.logs.void(told["z2"])
    return tale, told


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The small office; nobody changes it."""
    folder = tmp_path_factory.mktemp("office")
    tale, told = small_tale()
    office = office_of(folder, tale.logs)
    asked = Asked(None, PUBLIC, id_of("d1"), *YEAR, ("month",))
    office.pack(folder / "pack.zip", tale.logs.clock, asked, pages=folder)
    yield Case(tale, office, folder / "pack.zip", asked, told)
    office.close()


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Tell the battery's table: row, how many, how many of them failed, seed."""

    def count(row: str, reached: int, failures: int = 0, seed: int | str = "") -> None:
        record_property("battery", [row, reached, failures, str(seed)])

    return count
