"""Do the columns fill themselves with what is sealed, and never with what does not verify?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.history.archive.archive import Archive
from shared.history.archive.depot import FolderDepot
from shared.history.archive.sealer import Sealer
from shared.history.columns.keeping import Keeper
from shared.history.columns.manifest import Manifest
from shared.history.columns.writer import folder_of
from tests.ratings.projections.ratings_views import DECLARATION, ratings_views
from tests.support.columns import ColumnViews
from tests.support.couriers import HeldLease, running
from tests.support.tale import Tale, id_of, land
from tests.support.views import asked
from tests.support.waiting import until

SERVICES = ("membership", "meetings", "ratings")
QUESTION = asked(id_of("p"), "2022-01-01", "2023-01-01")


class House:
    """Three logs with one archive, the views over them, and the keeper of their columns."""

    def __init__(self, folder: Path) -> None:
        self.archive, self.tale = folder / "archive", land()
        depot = FolderDepot(self.archive)
        self.logs = {name: Log(name, open_store(f"sqlite:///{folder / name}.sqlite")) for name in SERVICES}
        self.sealers = [Sealer(log, depot, HeldLease()) for log in self.logs.values()]
        self.views = ColumnViews(folder / "columns", ratings_views(f"sqlite:///{folder / 'views.sqlite'}"))
        self.keeper = Keeper(folder / "columns", DECLARATION, [Archive(depot, name) for name in SERVICES], sweep=0.05)

    def tell(self, tale: Tale) -> None:
        """Record what the tale has told since, in the logs and in the views."""
        for (service, organisation), chain in tale.logs.chains.items():
            log = self.logs[service]
            with log.store.write() as connection:
                end = log.chains(connection, [organisation])[organisation].sequence
                if following := chain[end:]:
                    log.write(connection, [(each, each.envelope.content.digest()) for each in following])
        self.views.feed(tale.logs)

    def filed(self) -> Manifest | None:
        """What the files say that they hold."""
        return folder_of(self.views.folder, self.views.columns.facts).manifest()

    def seal(self) -> int:
        """Seal all that is recorded."""
        return sum(sealer.seal_all() for sealer in self.sealers)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.views.close()
    made.views.runner.generation.store.close()
    for log in made.logs.values():
        log.store.close()


def test_what_is_sealed_is_filed_once_and_answers_as_the_views_do(house: House) -> None:
    first = house.tale.met("x", "2022-02-01", present=3)
    house.tell(house.tale)
    assert house.keeper.file_sealed() == 0, "nothing is sealed"
    house.seal()
    filed = house.keeper.file_sealed()
    assert filed == sum(len(chain) for chain in house.tale.logs.chains.values())
    assert house.keeper.file_sealed() == 0
    then = house.tale.logs.clock
    house.tale.logs.void(first)
    house.tale.met("y", "2022-03-01", present=5)
    house.tell(house.tale)
    for _ in range(2):
        assert house.views.ask("attendance", QUESTION).rows == {(): (5, 5)}
        assert house.views.ask("attendance", replace(QUESTION, known=then)).rows == {(): (3, 3)}
        house.seal()
        house.keeper.file_sealed()


def test_it_files_by_itself(house: House) -> None:
    house.tell(house.tale)
    with running(house.keeper):
        house.seal()
        until(lambda: (found := house.filed()) is not None and len(found.positions) >= 1)
    assert house.keeper.problem is None


def test_nothing_is_filed_from_an_archive_that_does_not_verify(house: House) -> None:
    house.tell(house.tale)
    house.seal()
    segment = next(house.archive.rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-1] + b"\0")
    with running(house.keeper):
        until(lambda: house.keeper.problem is not None)
    assert "seal" in (house.keeper.problem or "")
    assert house.filed() is None
