"""Which places and units exist in the demo? The territory of four provinces, and each organisation's line in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from shared.operations.demo.calibration import Calibration, District, Organisation, Province
from shared.operations.demo.ids import Ids, shares

DEPTH = ("province", "district", "commune", "hamlet")
UNIT_KIND = ("province-body", "district-body", "base-unit", "branch")


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its path, e.g. `tra-vinh/cau-ke/1/3`."""

    path: str
    title: str
    kind: str
    depth: int
    """0 province, 1 district, 2 commune, 3 hamlet."""
    name: str
    short: str

    @property
    def above(self) -> str | None:
        """The path of the place above."""
        return self.path.rpartition("/")[0] or None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a line by its path, e.g. `tra-vinh/womens-union/cau-ke/1/3`; it works in `place`."""

    path: str
    title: str
    kind: str
    depth: int
    """0 province, 1 district, 2 commune, 3 hamlet; 4 for a sub-branch."""
    place: str

    @property
    def above(self) -> str | None:
        """The path of the unit above; none for the root."""
        return self.path.rpartition("/")[0] if self.depth else None


class World:
    """The territory and the lines that the calibration declares."""

    def __init__(self, calibration: Calibration) -> None:
        self.calibration = calibration
        self.ids = Ids(calibration.seed)
        self._lines: dict[str, list[Unit]] = {}

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every place by its path, each after the place above it."""
        return {place.path: place for province in self.calibration.province for place in self._province(province)}

    def under(self, path: str, depth: int) -> list[Place]:
        """The places of a depth under a place."""
        return [place for place in self.places.values() if place.depth == depth and _within(place.path, path)]

    def organisation(self, key: str) -> Organisation:
        """The organisation of that key."""
        return next(organisation for organisation in self.calibration.organisation if organisation.key == key)

    def organisations(self, province: str) -> list[Organisation]:
        """The organisations of a province that are no territorial bodies."""
        return [
            organisation
            for organisation in self.calibration.organisation
            if organisation.province == province and self.calibration.kind[organisation.kind].body == "organisation"
        ]

    def province(self, organisation: Organisation) -> Province:
        """The province in which an organisation works."""
        return next(p for p in self.calibration.province if p.key == organisation.province)

    def line(self, organisation: Organisation) -> list[Unit]:
        """The units of an organisation, each after the unit above it."""
        if organisation.key not in self._lines:
            self._lines[organisation.key] = [
                self._unit(organisation, place)
                for place in self.places.values()
                if _within(place.path, organisation.province) and self._reaches(organisation, place)
            ]
        return self._lines[organisation.key]

    def units(self, organisation: Organisation, within: str, depth: int) -> list[Unit]:
        """The units of a depth that work under a place."""
        return [unit for unit in self.line(organisation) if unit.depth == depth and _within(unit.place, within)]

    @cached_property
    def without_branch(self) -> frozenset[tuple[str, str]]:
        """The (organisation, hamlet) pairs of Châu Thành in which the organisation has no branch."""
        lines = [o for o in self.organisations("dong-thap") if o.reach.get("chau-thanh") == "hamlet"]
        chance = self.ids.chance("without-branch")
        hamlets = self.under("dong-thap/chau-thanh", 3)
        count: int = self.calibration.shape["chau-thanh"]["without_branch"]
        chosen = chance.sample(lines, count)
        return frozenset((o.key, hamlet.path) for o, hamlet in zip(chosen, chance.sample(hamlets, count), strict=True))

    def _reaches(self, organisation: Organisation, place: Place) -> bool:
        if place.depth == 0:
            return True
        district = place.path.split("/")[1]
        reach = organisation.reach.get(district) or organisation.reach.get("*")
        if reach is None or place.depth > DEPTH.index(reach):
            return False
        return (organisation.key, place.path) not in self.without_branch

    def _unit(self, organisation: Organisation, place: Place) -> Unit:
        kind = self.calibration.kind[organisation.kind]
        pattern = (kind.province, kind.district, kind.commune, kind.hamlet)[place.depth]
        code = kind.hamlet_unit if place.depth == DEPTH.index("hamlet") else UNIT_KIND[place.depth]
        return Unit(
            path=organisation.key + place.path.removeprefix(organisation.province),
            title=pattern.format(place=place.title, name=place.name, short=place.short),
            kind=code if kind.body == "organisation" else "committee",
            depth=place.depth,
            place=place.path,
        )

    def _province(self, province: Province) -> Iterator[Place]:
        yield Place(province.key, f"tỉnh {province.name}", "tinh", 0, province.name, "Tỉnh")
        for district in province.districts:
            word = self.calibration.district_word[district.kind]
            path = f"{province.key}/{district.key}"
            yield Place(path, f"{word.full} {district.name}", district.kind, 1, district.name, word.short)
            yield from self._communes(province, district, path)

    @staticmethod
    def _communes(province: Province, district: District, above: str) -> Iterator[Place]:
        for number, hamlets in enumerate(shares(district.hamlets, district.communes), start=1):
            town = number <= district.towns
            kind = district.town if town and district.town is not None else province.commune
            name, path = f"{district.name} {number}", f"{above}/{number}"
            commune = f"{kind.word} {name}"
            yield Place(path, commune, kind.kind, 2, name, kind.word)
            local = province.town_hamlet if town else province.hamlet
            for hamlet in range(1, hamlets + 1):
                title = f"{local.word} {hamlet}, {commune}"
                yield Place(f"{path}/{hamlet}", title, local.kind, 3, str(hamlet), local.word)


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith(above + "/")
