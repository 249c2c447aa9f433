"""Which facts make the tree of the reference file? Posted CloudEvents, with ids that are the same at every run.

In the order in which they can be accepted: what exists is declared first, then the reform of 2025 (the new places, what
goes on, what merges, what is divided, the districts' end, the provinces), then what came after it. Whole origins are
merged into the new place. One that went into several is divided into those very places: `unit-split` names them all,
and says of none how much it got, because no source does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Final
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.membership import (
    PlaceReclassified,
    TerritoryDeclared,
    UnitDissolved,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
    UnitSplit,
)
from shared.units.reference.territory import Row, Territory

Posted = dict[str, Any]
"""A CloudEvent as it is sent."""
NAMESPACE: Final = UUID("f4c0a2b1-5d0e-5a3f-9a53-1f6c8d2e7b90")
"""Of all ids made here; never changed."""
SINCE: Final = dt.date(2011, 2, 1)
"""From when the places of the first list are on the book, where nothing else is asked for: by then every district of
the five articles existed. The list does not say since when each has been what it is."""
LEVELS: Final = ("province", "district", "commune")
SOURCE: Final = "/reference/territory"


def place_id(place: str) -> UUID:
    """The id of a place of the file: by its code, and the reform's year where that formed it."""
    return uuid5(NAMESPACE, f"place:{place}")


class Telling:
    """Tells a territory as facts."""

    def __init__(self, territory: Territory, since: dt.date = SINCE) -> None:
        self._territory = territory
        self._since = since

    def facts(self) -> Iterator[Posted]:
        """Every fact, in an order in which they are accepted."""
        yield from self._declared(row for row, *_ in self._spans() if row.start is None)
        yield from self._changed(before=True)
        yield from self._declared(row for row, *_ in self._spans() if row.start is not None)
        yield from self._changed(before=False, moved=True)
        yield from self._merged(*LEVELS[1:])
        yield from self._divided()
        yield from self._ended()
        yield from self._merged(LEVELS[0])
        yield from self._changed(before=False, moved=False)

    def _spans(self) -> Iterable[tuple[Row, ...]]:
        return sorted(self._territory.places.values(), key=lambda rows: LEVELS.index(rows[0].level))

    def _declared(self, rows: Iterable[Row]) -> Iterator[Posted]:
        for row in rows:
            fact = {"title": row.title, "level": row.level, "kind": row.kind}
            fact |= {"parent": str(place_id(row.parent))} if row.parent else {}
            fact |= {"effective": str(row.start or self._since), "code": f"nso-{row.code}"}
            fact |= {"decree": f"Nghị quyết số {row.decree}"} if row.decree else {}
            yield self._says(TerritoryDeclared, row, fact)

    def _changed(self, *, before: bool, moved: bool | None = None) -> Iterator[Posted]:
        """What each place went on as: before the reform, by it (`moved`), or after it."""
        reform = self._reform
        for rows in self._spans():
            for old, new in pairwise(rows):
                day = new.start
                if day is None or (day < reform) != before or (not before and (day == reform) != moved):
                    continue
                yield from self._difference(old, new, str(day))

    @property
    def _reform(self) -> dt.date:
        return min(row.start for row in self._territory.rows if row.start is not None and row.origins)

    def _difference(self, old: Row, new: Row, day: str) -> Iterator[Posted]:
        if old.parent != new.parent:
            yield self._says(UnitMoved, new, {"parent": str(place_id(new.parent)), "effective": day})
        if old.kind != new.kind:
            yield self._says(PlaceReclassified, new, {"kind": new.kind, "effective": day})
        if old.title != new.title:
            yield self._says(UnitRenamed, new, {"title": new.title, "effective": day})

    def _merged(self, *levels: str) -> Iterator[Posted]:
        for row in self._territory.rows:
            sources = [str(place_id(origin.place)) for origin in row.origins if origin.whole]
            if sources and self._territory.places[row.origins[0].place][0].level in levels:
                yield self._says(UnitMerged, row, {"sources": sources, "effective": str(row.start)})

    def _divided(self) -> Iterator[Posted]:
        for place, onto in self._territory.successors.items():
            parts = [part for part, whole in onto if not whole]
            if parts:
                row = self._territory.places[parts[0]][0]
                fact = {"parts": [str(place_id(part)) for part in parts], "whole": True, "effective": str(row.start)}
                yield self._says(UnitSplit, row, fact, subject=place)

    def _ended(self) -> Iterator[Posted]:
        """The districts; an island district that had no communes went on as a special zone."""
        for rows in self._spans():
            row = rows[-1]
            if row.level == "district" and row.place not in self._territory.successors:
                row = row._replace(decree=self._territory.districts_ended_by)
                yield self._says(UnitDissolved, row, {"effective": str(row.end)})

    def _says(self, contract: type[Event], row: Row, fact: dict[str, Any], subject: str | None = None) -> Posted:
        place, day = subject or row.place, fact["effective"]
        act = self._territory.acts.get(row.decree)
        posted: Posted = {
            "specversion": "1.0",
            "id": str(uuid5(NAMESPACE, f"event:{contract.name}/{place}/{row.start or ''}")),
            "source": SOURCE,
            "type": contract.name,
            "subject": str(place_id(place)),
            "occurred": day if act is None else str(act.date),
            "data": {"fact": fact},
        }
        if act is not None:
            posted |= {"docnumber": act.number, "docissuer": act.issuer, "docdate": str(act.date)}
        return posted
