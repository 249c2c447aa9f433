"""Is a book open exactly where nobody came into it but from open books? Held against a clerk who goes day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from shared.contracts.membership import BookOpened
from shared.eventsourcing.runner import Runner
from shared.units.knowledge import UNIT_FACTS
from shared.units.openings import openness
from shared.units.tree import Tree
from tests.membership.projections.membership_views import membership_views
from tests.support.tale import Tale, day, id_of
from tests.support.views import Views

BASES = ("base one", "base two")
FIRST = dt.date(2022, 1, 1)
DAYS = 60


class Clerk:
    """Tells a history of branches, and keeps by hand whose book is open."""

    def __init__(self, seed: int) -> None:
        self.tale, self.chance = Tale(), Random(seed)
        self.tale.organisation("women")
        self.tale.unit("top", "province-body", None, None)
        self.home: dict[str, str] = {}
        self.open: dict[str, bool] = {}
        self.seen: list[tuple[dt.date, str, tuple[int, int]]] = []
        for base in BASES:
            self.tale.unit(base, "base-unit", "top", None)
            for number in range(4):
                self._found(f"{base} {number}", base, "2010-01-01")
        for number in range(DAYS):
            self._day(FIRST + dt.timedelta(days=number))

    def _found(self, name: str, base: str, on: str) -> None:
        self.tale.unit(name, "branch", base, None, on)
        self.home[name], self.open[name] = base, False

    def _day(self, today: dt.date) -> None:
        on, what = today.isoformat(), self.chance.randrange(6)
        if what == 0 and len(self.home) > 3:
            self._merge(on)
        elif what == 1:
            self._opened(self.chance.choice([*self.home, *BASES]), on)
        elif what == 2:
            self._found(f"founded {on}", self.chance.choice(BASES), on)
        for base in ("top", *BASES):
            under = [name for name, home in self.home.items() if base in {"top", home}]
            self.seen.append((today, base, (len(under), sum(self.open[name] for name in under))))

    def _merge(self, on: str) -> None:
        target, *sources = self.chance.sample(sorted(self.home), self.chance.choice([2, 2, 3]))
        base = self.home[target]
        if self.chance.random() < 1 / 2:
            sources, target = [target, *sources], f"made {on}"
            self._found(target, base, on)
            self.open[target] = True
        self.tale.merge(target, *sources, on=on)
        self.open[target] &= all(self.open.pop(source) for source in sources)
        for source in sources:
            del self.home[source]

    def _opened(self, unit: str, on: str) -> None:
        self.tale.say(BookOpened(unit=id_of(unit), opened_on=day(on), members=0), unit, on)
        self.open |= {name: True for name, home in self.home.items() if unit in {name, home}}


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    views = membership_views(f"sqlite:///{tmp_path / 'views.sqlite'}")
    yield views
    views.close()


def tree_of(runner: Runner) -> Tree:
    with runner.generation.store.read() as connection:
        return Tree.empty().with_facts(runner.facts.said(connection, UNIT_FACTS))


@pytest.mark.parametrize("seed", range(4))
def test_a_book_is_open_as_the_clerk_has_it_across_mergers(views: Views, seed: int) -> None:
    clerk = Clerk(seed)
    runner = views.feed(clerk.tale.logs).runner
    tree = tree_of(runner)
    assert any(0 < opened < branches for _, _, (branches, opened) in clerk.seen)
    for on, unit, expected in clerk.seen:
        assert openness(runner, tree, id_of(unit), on) == expected, (on, unit)


def test_what_two_open_books_became_is_open_and_what_took_in_a_closed_one_is_not(views: Views) -> None:
    tale = Tale()
    tale.organisation("women")
    tale.unit("top", "base-unit", None, None)
    for name in ("a", "b", "c"):
        tale.unit(name, "branch", "top", None)
    for name in ("a", "b"):
        tale.say(BookOpened(unit=id_of(name), opened_on=FIRST, members=0), name, "2022-01-01")
    tale.unit("ab", "branch", "top", None, "2025-07-01")
    tale.merge("ab", "a", "b", on="2025-07-01")
    tale.merge("ab", "c", on="2025-09-01")
    runner = views.feed(tale.logs).runner
    found = {on: openness(runner, tree_of(runner), id_of("ab"), day(on)).marks for on in ("2025-07-01", "2025-09-01")}
    assert found == {"2025-07-01": [], "2025-09-01": ["from-opening-only"]}
