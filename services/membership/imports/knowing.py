"""Whom may a row mean? Who was imported before, by the organisation or by one that went on in it, whatever has merged.

A person is known by marks: hashes of an outside key, or of name, birth and branch, each under one organisation's key.
After a closing the successor looks for those of the closed organisation too, and after a merger for those of the
branches that went on in the row's: else the first list of a new province would enter everybody a second time.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Final
from uuid import UUID

import msgspec

from services.membership.imports.marks import Marks
from services.membership.imports.rows import Row
from shared.contracts.membership import UnitMerged
from shared.sheets.cells import folded
from shared.units.tree import Tree

Candidates = Sequence[Mapping[UUID, frozenset[UUID]]]
"""For each kind of mark, the surest first: persons who bear it, each with the organisations that know them so."""
_json: Final = msgspec.json.Encoder(order="sorted").encode


class Acquaintance:
    """Who is known to an organisation and to those that went on in it by a day."""

    def __init__(self, marks: Marks, tree: Tree, organisation: UUID, day: dt.date) -> None:
        self._marks, self._tree, self._own, self._day = marks, tree, organisation, day
        self._joined: dict[UUID, tuple[UUID, ...]] = {}

    @cached_property
    def line(self) -> tuple[UUID, ...]:
        """The organisation, and the closed ones that it follows."""
        closings = ((each, self._tree.closing(each)) for each in sorted(self._tree.predecessors(self._own)))
        return self._own, *(each for each, closing in closings if closing is not None and closing.day <= self._day)

    def marks(self, row: Row) -> list[bytes]:
        """By what the row's person is known again from now on, surest first."""
        return [self._marks.hashed(self._own, *words) for words in _words(row, row.branch)]

    def candidates(self, rows: Iterable[Row]) -> dict[int, Candidates]:
        """`id` of a row → whom it may mean."""
        wanted = {id(row): [self._alike(row, organisation) for organisation in self.line] for row in rows}
        known = [
            self._marks.known(organisation, {mark for told in wanted.values() for mark in chain(*told[number])})
            for number, organisation in enumerate(self.line)
        ]
        return {row: self._bearing(told, known) for row, told in wanted.items()}

    def details(self, persons: Iterable[UUID]) -> dict[UUID, tuple[UUID, bytes]]:
        """Person → by whom the person was last imported, and the hash of what was said then."""
        persons, found = list(persons), dict[UUID, tuple[UUID, bytes]]()
        for organisation in reversed(self.line):
            told = self._marks.details(organisation, persons)
            found |= {person: (organisation, details) for person, details in told.items()}
        return found

    def hashed(self, organisation: UUID, row: Row) -> bytes:
        """The hash of what a row says of a person."""
        return self._marks.hashed(organisation, _json(row.details).decode())

    def _alike(self, row: Row, organisation: UUID) -> list[list[bytes]]:
        """The marks of each kind, of the row's branch and of those that went on in it."""
        branches = [None] if row.branch is None else [row.branch, *self._merged_into(row.branch)]
        each = [[self._marks.hashed(organisation, *words) for words in _words(row, branch)] for branch in branches]
        return [sorted(set(same)) for same in zip(*each, strict=True)]

    def _merged_into(self, branch: UUID) -> tuple[UUID, ...]:
        """The branches that had gone on in it by the day."""
        if branch not in self._joined:
            met, ahead = [branch], [branch]
            while ahead:
                gains = (each for each in self._tree.gains(ahead.pop()) if isinstance(each.said.fact, UnitMerged))
                new = [each.source for each in gains if each.said.day <= self._day and each.source not in met]
                met += new
                ahead += new
            self._joined[branch] = tuple(met[1:])
        return self._joined[branch]

    def _bearing(
        self, told: Sequence[Sequence[Sequence[bytes]]], known: Sequence[Mapping[bytes, set[UUID]]]
    ) -> Candidates:
        found: list[dict[UUID, frozenset[UUID]]] = []
        for kind in zip(*told, strict=True):
            bearing = defaultdict[UUID, set[UUID]](set)
            for organisation, marks, theirs in zip(self.line, kind, known, strict=True):
                for person in chain.from_iterable(theirs.get(mark, ()) for mark in marks):
                    bearing[person].add(organisation)
            found.append({person: frozenset(knowing) for person, knowing in bearing.items()})
        return found


def _words(row: Row, branch: UUID | None) -> list[tuple[str, ...]]:
    """What tells the row's person: the outside key; name, birth and branch."""
    found: list[tuple[str, ...]] = []
    if row.key is not None:
        found.append(("key", folded(row.key)))
    if branch is not None and "full_name" in row.details:
        name = folded(str(row.details["full_name"]))
        day, year = row.details.get("birth_date"), row.details.get("birth_year")
        if day is not None:
            found.append(("day", name, str(day), branch.hex))
        born = str(day)[:4] if day is not None else "" if year is None else str(year)
        found.append(("year", name, born, branch.hex))
    return found
