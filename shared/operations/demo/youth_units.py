"""Which units has the Youth Union of Bình Thuận beside the hamlets' branches, and how many young people live there?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property

import msgspec

from shared.contracts.membership import PeopleCounted, UnitFounded
from shared.operations.demo.calibration import Declared
from shared.operations.demo.ids import shares
from shared.operations.demo.scribe import Posted, Scribe
from shared.operations.demo.world import Unit, World

PROVINCE, UNION = "binh-thuan", "binh-thuan/youth-union"


class Shape(Declared, frozen=True, kw_only=True):
    """The sizes of this history; lists of grades run from the best rank down."""

    grades_2021: list[int]
    grades_2022: list[int]
    schools: int
    school_branches: int
    entered: int
    head_changes: int
    joined_2022: int
    joined_in_hamlets: int
    joined_2021: int
    joined_2023: int
    to_party_2022: int
    to_party_entered: int
    to_party_2021: int
    to_party_2023: int
    cards: int
    handbooks: int
    participation: list[int]
    youth_counted: int
    matured: int
    struck_off: int
    resigned: int
    expelled: int
    died: int
    transfers: int
    late: int
    corrected: int
    voided: int


class YouthUnits:
    """The units of the Union, and the facts that found those which are not of the territory."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, world.ids
        self.shape = msgspec.convert(world.calibration.shape["binh-thuan"], Shape)
        self.organisation = world.organisation(UNION)
        self.opened = world.province(self.organisation).opened
        self.scribe = Scribe(self.ids, UNION)

    @cached_property
    def branches(self) -> list[Unit]:
        """The branches of the hamlets and quarters: those that the article speaks of."""
        return self.world.units(self.organisation, PROVINCE, 3)

    def facts(self) -> Iterator[Posted]:
        """Schools and small units are founded, then young people are counted by district."""
        yield from self._founded()
        yield from self._youth_counted()

    @cached_property
    def _districts(self) -> list[Unit]:
        return self.world.units(self.organisation, PROVINCE, 1)

    @cached_property
    def _schools(self) -> list[Unit]:
        """Each school's union stands under a district body and works in the district's first commune."""
        found = []
        for n in range(1, self.shape.schools + 1):
            district = self._districts[n % len(self._districts)]
            path, title = f"{district.path}/truong-{n}", f"Đoàn Trường THPT số {n}, {district.title}"
            found.append(Unit(path, title, "base-unit", 2, f"{district.place}/1"))
        return found

    @cached_property
    def school_branches(self) -> list[Unit]:
        """The branches of the schools, by year of pupils."""
        return [
            Unit(f"{school.path}/{n}", f"Chi đoàn khối {9 + n}, {school.title}", "branch", 3, school.place)
            for school in self._schools
            for n in range(1, self.shape.school_branches + 1)
        ]

    @cached_property
    def small(self) -> list[Unit]:
        """A branch that is a base itself (chi đoàn cơ sở), and two sub-branches (phân đoàn)."""
        above = self._districts[2]
        title = f"Chi đoàn cơ sở Cơ quan, {above.title}"
        return [
            Unit(f"{above.path}/co-quan", title, "base-branch", 2, f"{above.place}/1"),
            *(
                Unit(f"{branch.path}/phan-doan-1", f"Phân đoàn 1, {branch.title}", "sub-branch", 4, branch.place)
                for branch in self.branches[:2]
            ),
        ]

    def _founded(self) -> Iterator[Posted]:
        """Schools with their branches, and the small units."""
        for unit in (*self._schools, *self.school_branches, *self.small):
            fact = {
                "title": unit.title,
                "kind": unit.kind,
                "parent": self.ids(f"unit:{unit.above}"),
                "territory": self.ids(f"place:{unit.place}"),
                "effective": self.opened,
            }
            yield self.scribe.says(UnitFounded, self.ids(f"unit:{unit.path}"), self.opened, fact)

    def _youth_counted(self) -> Iterator[Posted]:
        day = dt.date(2022, 1, 10)
        counts = shares(self.shape.youth_counted, len(self._districts))
        for district, count in zip(self._districts, counts, strict=True):
            fact = {
                "scope": self.ids(f"unit:{district.path}"),
                "group": "youth",
                "count": count,
                "source": f"Báo cáo thực lực thanh niên, {district.title}",
                "counted_on": day,
            }
            yield self.scribe.says(PeopleCounted, self.ids(f"count:{district.path}/youth"), day, fact)
