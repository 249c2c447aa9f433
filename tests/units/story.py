"""How does a test tell what happened to units and members? In sentences; each becomes a fact of one log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    Level,
    PlaceReclassified,
    Side,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
    UnitSplit,
)
from shared.eventsourcing.decider import Said
from shared.units.tree import Tree

LONG_AGO = dt.date(2000, 1, 1)


def named(name: str) -> UUID:
    """The same id for the same name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name)


class Story:
    """Facts told one after another into the log of one organisation."""

    def __init__(self, organisation: str = "Tỉnh Đoàn Tuyên Quang") -> None:
        self.organisation = named(organisation)
        self.facts: list[Said] = []

    @property
    def tree(self) -> Tree:
        """The tree of everything told so far."""
        return Tree.empty().with_facts(self.facts)

    def tell(self, fact: Event, subject: UUID, day: dt.date) -> Said:
        """Any fact, next in the log."""
        sequence = len(self.facts) + 1
        said = Said(fact, subject, self.organisation, uuid.uuid5(self.organisation, str(sequence)), sequence, day)
        self.facts.append(said)
        return said

    def place(
        self, title: str, parent: UUID | None = None, day: dt.date = LONG_AGO, level: Level = Level.COMMUNE
    ) -> UUID:
        """A place is declared."""
        fact = TerritoryDeclared(title=title, level=level, kind="xa", parent=parent, effective=day)
        return self.tell(fact, named(title), day).subject

    def unit(
        self,
        title: str,
        parent: UUID | None = None,
        day: dt.date = LONG_AGO,
        *,
        territory: UUID | None = None,
        kind: str = "branch",
    ) -> UUID:
        """A unit is founded."""
        fact = UnitFounded(title=title, kind=kind, parent=parent, territory=territory, effective=day)
        return self.tell(fact, named(title), day).subject

    def rename(self, unit: UUID, title: str, day: dt.date) -> Said:
        """It bears another name."""
        return self.tell(UnitRenamed(title=title, effective=day), unit, day)

    def reclassify(self, place: UUID, kind: str, day: dt.date) -> Said:
        """It is of another kind."""
        return self.tell(PlaceReclassified(kind=kind, effective=day), place, day)

    def move(self, unit: UUID, parent: UUID, day: dt.date, *, territory: UUID | None = None) -> Said:
        """It stands under another unit, or works elsewhere."""
        return self.tell(UnitMoved(parent=parent, territory=territory, effective=day), unit, day)

    def merge(self, sources: Iterable[UUID], target: UUID, day: dt.date) -> Said:
        """The sources go on in the target."""
        return self.tell(UnitMerged(sources=tuple(sources), effective=day), target, day)

    def split(
        self,
        unit: UUID,
        parts: Iterable[UUID],
        day: dt.date,
        *,
        whole: bool = True,
        sides: Iterable[tuple[UUID, UUID]] = (),
    ) -> Said:
        """It is divided into parts."""
        named_sides = tuple(Side(child=child, part=part) for child, part in sides)
        fact = UnitSplit(parts=tuple(parts), whole=whole, sides=named_sides, effective=day)
        return self.tell(fact, unit, day)

    def dissolve(self, unit: UUID, day: dt.date) -> Said:
        """It ends."""
        return self.tell(UnitDissolved(effective=day), unit, day)
