"""Which branch does a cell name? By its short code, else by its name where only one bears it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from shared.sheets.cells import folded, tidy
from shared.units.tree import Tree
from shared.units.world import BRANCH_KINDS

SHORTEST: Final = 4
_CODE: Final = re.compile(r"\[(?P<code>[0-9a-f]{4,32})\]\s*$", re.IGNORECASE)


class NoSuchBranch(ValueError):
    """The cell names no branch, or several; the message says so in Vietnamese."""


class Branches:
    """The branches of an organisation that live on a day, under the subtrees that a poster may name."""

    def __init__(self, tree: Tree, organisation: UUID, roots: Iterable[UUID], day: dt.date) -> None:
        roots = tuple(roots)
        self._titles: dict[UUID, str] = {}
        self._above: dict[UUID, str] = {}
        for unit in tree.units():
            if tree.kind(unit) not in BRANCH_KINDS or not tree.alive(unit, day):
                continue
            if tree.owner(unit, day) != organisation:
                continue
            if roots and not any(tree.under(unit, root, day) for root in roots):
                continue
            self._titles[unit] = tree.title(unit, day) or ""
            parent = tree.parent(unit, day)
            self._above[unit] = "" if parent is None else tree.title(parent, day) or ""
        self._codes = _short_codes(self._titles)
        self._by_code = {code: unit for unit, code in self._codes.items()}
        self._by_name: dict[str, list[UUID]] = defaultdict(list)
        for unit, title in self._titles.items():
            self._by_name[folded(title)].append(unit)
            self._by_name[folded(f"{title} {self._above[unit]}")].append(unit)

    def __len__(self) -> int:
        return len(self._titles)

    def label(self, unit: UUID) -> str:
        """How a branch stands in the list to choose from: its name, what is above it, its short code."""
        above = f" – {self._above[unit]}" if self._above[unit] else ""
        return f"{self._titles[unit]}{above} [{self._codes[unit]}]"

    def labels(self) -> list[str]:
        """All of them, in the order of their names."""
        return [self.label(unit) for unit in sorted(self._titles, key=lambda unit: (folded(self._titles[unit]), unit))]

    def title(self, unit: UUID) -> str:
        """Its name alone; nothing for one that is not here."""
        return self._titles.get(unit, "")

    def find(self, cell: str) -> UUID:
        """The branch that a cell names. NoSuchBranch says why there is none."""
        said = tidy(cell)
        if match := _CODE.search(said):
            unit = self._by_code.get(match["code"].lower())
            if unit is None:
                message = "mã ngắn trong ngoặc vuông không có trong danh mục"
                raise NoSuchBranch(message)
            return unit
        found = self._by_name.get(folded(said), [])
        if not found:
            message = "không có trong danh mục của tổ chức"
            raise NoSuchBranch(message)
        if len(set(found)) > 1:
            message = f"có {len(set(found))} nơi cùng tên; hãy chọn trong danh mục để có mã ngắn"
            raise NoSuchBranch(message)
        return found[0]


def _short_codes(units: Iterable[UUID]) -> dict[UUID, str]:
    """The first digits of each id, as many as it takes to tell all apart."""
    ids = list(units)
    for length in range(SHORTEST, 33):
        codes = Counter(unit.hex[:length] for unit in ids)
        if all(number == 1 for number in codes.values()):
            break
    return {unit: unit.hex[:length] for unit in ids} if ids else {}
