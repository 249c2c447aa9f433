"""Where does a unit or a place stand on a day? The dated trees of the organisations' lines and of the territory."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from tests.oracle.standing import Closing, Fact

SUB_BRANCH = "sub-branch"
ONE_DAY = dt.timedelta(days=1)


class Dimension(Enum):
    """In which tree one looks upwards."""

    LINE = "line"
    """From a unit to the unit above it, within its organisation."""
    TERRITORY = "territory"
    """From a unit to the place in which it works, and from a place to the place above it."""


class Chain(NamedTuple):
    """Where something counts: the node itself and all above it, nearest first.

    `held` are the nodes below the first one from which it had to be held back, because it cannot be said to which of
    them it belongs.
    """

    nodes: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()


class Stated(NamedTuple):
    """A parent or a territory as stated on a day."""

    day: dt.date
    above: str


@dataclass(frozen=True)
class End:
    """A unit's last day has passed: it goes on in `into` (the target of a merge, the parts of a split, nowhere)."""

    day: dt.date
    how: str
    into: tuple[str, ...]


class Tree:
    """Every unit and place with its founding, its end and what was stated about it, by day."""

    def __init__(self, facts: Iterable[Fact], closed: Mapping[str, Closing] | None = None) -> None:
        """Read the unit facts, which come in the order of the fold."""
        self.closed = closed or {}
        self.founded: dict[str, Fact] = {}
        self.ended: dict[str, End] = {}
        self.stated: dict[Dimension, dict[str, list[Stated]]] = {way: defaultdict(list) for way in Dimension}
        self.merges: dict[str, list[Fact]] = defaultdict(list)
        """By target."""
        self.splits: dict[str, list[Fact]] = defaultdict(list)
        """By part."""
        self._chains: dict[tuple[str, dt.date, Dimension], Chain] = {}
        self._above: dict[tuple[str, dt.date], frozenset[str]] = {}
        told = list(facts)
        for fact in told:
            if fact.name in ("territory-declared", "unit-founded"):
                self.founded.setdefault(fact.subject, fact)
        for fact in told:
            self._read(fact)

    def _read(self, fact: Fact) -> None:
        unit, body = fact.subject, fact.body
        match fact.name:
            case "territory-declared" | "unit-founded" | "unit-moved":
                self._state(unit, fact.day, body.get("parent"))
                self._state(unit, fact.day, body.get("territory"))
            case "unit-merged":
                self.merges[unit].append(fact)
                for source in body["sources"]:
                    self.ended.setdefault(source, End(fact.day, "merged", (unit,)))
            case "unit-split":
                for part in body["parts"]:
                    self.splits[part].append(fact)
                for side in body.get("sides", ()):
                    self._state(side["child"], fact.day, side["part"])
                if body["whole"]:
                    self.ended.setdefault(unit, End(fact.day, "split", tuple(body["parts"])))
            case "unit-dissolved":
                self.ended.setdefault(unit, End(fact.day, "dissolved", ()))

    def _state(self, node: str, day: dt.date, above: str | None) -> None:
        if above is not None:
            way = Dimension.TERRITORY if self.is_place(above) else Dimension.LINE
            self.stated[way][node].append(Stated(day, above))

    def is_place(self, node: str) -> bool:
        """True for a unit of the territory."""
        return node in self.founded and self.founded[node].name == "territory-declared"

    def lives(self, node: str, day: dt.date) -> bool:
        """True from the day of founding to the day before the end."""
        # «unit on a day» "founded ≤ day < ended"
        return node in self.founded and self.founded[node].day <= day and not self.has_ended(node, day)

    def has_ended(self, node: str, day: dt.date) -> bool:
        """True from the day of the end on."""
        return node in self.ended and self.ended[node].day <= day

    def last_stated(self, node: str, day: dt.date, way: Dimension) -> str | None:
        """The parent, or the place, as last stated by that day."""
        # «unit on a day» "its parent is the last stated"
        return next((said.above for said in reversed(self.stated[way][node]) if said.day <= day), None)

    def chain(self, node: str, day: dt.date, way: Dimension) -> Chain:
        """Where what happens in the node on the day counts; for an ended node, where it was carried.

        In the territory the chain of a unit begins with its place: the unit itself stands in its line.
        """
        key = (node, day, way)
        if key not in self._chains:
            self._chains[key] = self._chain(node, day, way)
        return self._chains[key]

    def _chain(self, node: str, day: dt.date, way: Dimension) -> Chain:
        if node not in self.founded or self.founded[node].day > day:
            return Chain()
        if self.has_ended(node, day):
            return self._carried(node, day, way)
        return self._standing(node, day, day, way)

    def _standing(self, node: str, stated_by: dt.date, day: dt.date, way: Dimension) -> Chain:
        """The node with all above it; of an ended node, only what is above it."""
        itself = (node,) if self.lives(node, day) and self.is_place(node) == (way is Dimension.TERRITORY) else ()
        above = self.last_stated(node, stated_by, way)
        if above is None and way is Dimension.TERRITORY and not self.is_place(node):
            # A unit for which no place was stated works where the unit above it works.
            above = self.last_stated(node, stated_by, Dimension.LINE)
        # «unit on a day» "an ended parent is replaced by where it was carried"
        upper = Chain() if above is None else self.chain(above, day, way)
        return Chain(itself + upper.nodes, upper.held)

    def _carried(self, node: str, day: dt.date, way: Dimension) -> Chain:
        end = self.ended[node]
        match end.how:
            # «tree of a date, forward» "merged: its target; dissolved without successor: its last parent; split: the
            # nearest unit above all parts"
            case "merged":
                # «root of a closed organisation» "the successor posts its merge into the own root": a merge like any
                # other, and what stood under the old root stands under the new one.
                return self.chain(end.into[0], day, way)
            case "dissolved":
                return self._standing(node, end.day, day, way)
            case _:
                # «waiting unit» "child of a split that names no side: counts above the parts, both parts marked"
                parts = [(part, self.chain(part, day, way)) for part in end.into]
                return nearest(above=parts)

    def above(self, node: str, day: dt.date) -> frozenset[str]:
        """The node and all above it in both trees; "-" when that is nothing."""
        # «as it was then» "counted in the unit and all above it on the fact's day"
        key = (node, day)
        if key not in self._above:
            nodes = {above for way in Dimension for above in self.chain(node, day, way).nodes}
            # «no unit» "key "-" when nothing is above"
            self._above[key] = frozenset(nodes or {"-"})
        return self._above[key]

    def seat(self, branch: str, day: dt.date) -> str:
        """The branch in which those of a branch are on the day."""
        # «merge of branches» "members pass to the new branch on the day, …; children follow without facts of their own"
        while self.has_ended(branch, day) and self.ended[branch].how == "merged":
            branch = self.ended[branch].into[0]
        return branch

    def kind(self, unit: str) -> str:
        """The unit's kind at its founding; "-" for an unknown one."""
        return str(self.founded[unit].body["kind"]) if unit in self.founded else "-"

    def branch_above(self, unit: str, day: dt.date) -> str:
        """The unit itself; for a sub-branch, the branch above it."""
        # «sub-branch» "may hold members and meet; counts in the branch above it"
        if self.kind(unit) != SUB_BRANCH:
            return unit
        line = self.chain(unit, day, Dimension.LINE).nodes
        return next((above for above in line if self.kind(above) != SUB_BRANCH), unit)

    def owner(self, unit: str, day: dt.date) -> str:
        """The organisation whose rules hold for the unit on the day; "-" for an unknown unit."""
        # «owner of a unit» "founding organisation; from the closing day on its named successor"
        owned = [owner for owner, since in self.owners(unit) if since <= day]
        return owned[-1] if owned else "-"

    def owners(self, unit: str) -> list[tuple[str, dt.date]]:
        """Every organisation to which the unit belonged, each with its first day."""
        if unit not in self.founded:
            return []
        owners = [(self.founded[unit].organisation, dt.date.min)]
        while (owner := owners[-1][0]) in self.closed:
            closing = self.closed[owner]
            # «owner of a unit» "from the closing day on its named successor": the nearest portion as it stood the day
            # before, else the first one named
            line = (unit, *self.chain(unit, closing.day - ONE_DAY, Dimension.LINE).nodes)
            named = [closing.portions[each] for each in line if each in closing.portions]
            heir = (named or [closing.successor])[0]
            if heir in [each for each, _ in owners]:
                break
            owners.append((heir, max(closing.day, owners[-1][1])))
        return owners

    def living(self, day: dt.date) -> list[str]:
        """Every unit and place that lives on the day."""
        return [node for node in self.founded if self.lives(node, day)]


def nearest(*, above: Iterable[tuple[str, Chain]] = (), within: Iterable[Chain] = ()) -> Chain:
    """The nearest node that is above each of `above` (a node and its chain) and in each chain of `within`.

    Held back from everything that lies below it.
    """
    pairs, inclusive = list(above), list(within)
    strict = [chain.nodes[1:] if chain.nodes[:1] == (node,) else chain.nodes for node, chain in pairs]
    choices = strict + [chain.nodes for chain in inclusive]
    common = next((node for node in choices[0] if all(node in nodes for nodes in choices)), None)
    held: set[str] = set()
    for chain in [*(chain for _, chain in pairs), *inclusive]:
        held |= chain.held | set(chain.nodes[: chain.nodes.index(common)] if common in chain.nodes else chain.nodes)
    rest = choices[0][choices[0].index(common) :] if common is not None else ()
    return Chain(rest, frozenset(held))
