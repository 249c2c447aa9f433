"""Where does a unit stand under the tree of a day, and what did it come out of? Section 8."""
# ruff: noqa: TRY003 — what is wrong is said where it is found

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.history.pack.stranger.facts import Fact
from tests.history.pack.stranger.spelling import Unsure

NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass
class Unit:
    """What is known of one unit."""

    founding: Fact | None = None
    end: Fact | None = None
    said: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    @property
    def place(self) -> bool:
        return self.founding is not None and self.founding.kind == "territory-declared"

    def ended(self, day: str) -> bool:
        return self.end is not None and self.end.day <= day

    def newest(self, day: str) -> list[tuple[str, str | None, str | None]]:
        upto = bisect_left([since > day for since, _, _ in self.said], x=True)
        return self.said[:upto][::-1] if upto else self.said[:1]


class Country:
    """Every unit and place."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self.units: dict[str, Unit] = defaultdict(Unit)
        for fact in facts:
            for each in (fact.subject, *(side["child"] for side in fact.body.get("sides", []))):
                self.units[each].said = []
            if fact.kind in ("unit-founded", "territory-declared") and self.units[fact.subject].founding is None:
                self.units[fact.subject].founding = fact
            for each in self._ended(fact):
                self.units[each].end = self.units[each].end or fact
        for name, unit in self.units.items():
            before = facts if unit.end is None else facts[: facts.index(unit.end)]
            unit.said = [each for fact in before for each in self._stated(name, unit, fact)]

    @staticmethod
    def _ended(fact: Fact) -> list[str]:
        match fact.kind, fact.body:
            case ("unit-dissolved", _) | ("unit-split", {"whole": True}):
                return [fact.subject]
            case "unit-merged", {"sources": sources}:
                return [each for each in sources if each != fact.subject]
            case _:
                return []

    @staticmethod
    def _stated(name: str, unit: Unit, fact: Fact) -> Iterator[tuple[str, str | None, str | None]]:
        if fact.kind == "unit-split":
            yield from ((fact.day, side["part"], None) for side in fact.body.get("sides", []) if side["child"] == name)
        elif fact.subject == name and (fact is unit.founding or fact.kind == "unit-moved"):
            yield fact.day, fact.body.get("parent"), fact.body.get("territory")

    def upto(self, name: str | None, day: str, asking: frozenset[str] = frozenset()) -> list[str]:
        if name is None or name not in self.units:
            return []
        nothing_said = self.units[name].end is None and not self.units[name].said
        if self.units[name].founding is None and nothing_said:
            return []
        if name in asking or self.units[name].founding is None:
            raise Unsure("units contradict each other")
        unit, asking = self.units[name], asking | {name}
        if unit.ended(day) and (onto := self._onto(unit)):
            ways = [self.upto(each, day, asking) for each in onto]
            if len(ways) == 1:
                return ways[0]
            shared = [each for each in ways[0] if all(each in way for way in ways[1:])]
            return self.upto(shared[0], day, asking) if shared else []
        own = [name] if unit.founding is not None and unit.founding.day <= day and not unit.ended(day) else []
        for _, parent, _ in unit.newest(day):
            above = self.units.get(parent or "")
            if above is None or above.founding is None or above.place == unit.place:
                return own + self.upto(parent, day, asking)
        return own

    def _onto(self, unit: Unit) -> list[str]:
        if unit.end is None or unit.end.kind == "unit-dissolved":
            return []
        merged = unit.end.kind == "unit-merged"
        names = [unit.end.subject] if merged else list(dict.fromkeys(unit.end.body["parts"]))
        others = [self.units.get(name) for name in names]
        fit = all(other is not None and other.founding is not None and other.place == unit.place for other in others)
        return names if fit else []

    def above(self, name: str, day: str, seen: str) -> list[str]:
        """Where it counts; NOBODY among it where that is nowhere."""
        unit = self.units.get(name)
        if unit is None or unit.founding is None or max(day, seen) < unit.founding.day:
            return [NOBODY]
        over = []
        for origin in self._origins(name, day, seen, ground=True):
            chain = self.upto(origin, day)
            placed = origin in self.units and self.units[origin].place
            over.append(chain if placed else self.upto(self._ground(chain, day), day))
        places = _in_all(over)
        if unit.place:
            return places or [NOBODY]
        line = _in_all([self.upto(origin, day) for origin in self._origins(name, day, seen, ground=False)])
        return (line or [NOBODY]) + (places or self.upto(self._ground(line, day), day))

    def _gains(self, name: str) -> Iterator[tuple[str, str]]:
        """What it took over, and when."""
        for fact in self.facts:
            if fact.kind == "unit-merged" and fact.subject == name:
                ended = [each for each in fact.body["sources"] if self.units[each].end is fact]
                yield from ((each, fact.day) for each in ended)
            elif fact.kind == "unit-split" and name in fact.body["parts"] and name != fact.subject:
                end = self.units[fact.subject].end
                beside = not fact.body["whole"] and (end is None or self.facts.index(fact) < self.facts.index(end))
                if end is fact or beside:
                    yield fact.subject, fact.day

    def _place(self, name: str) -> bool | None:
        known = name in self.units and self.units[name].founding is not None
        return self.units[name].place if known else None

    def _origins(self, name: str, day: str, seen: str, *, ground: bool) -> set[str]:
        found, met, ahead = set[str](), set[tuple[str, str]](), [(name, seen)]
        while ahead:
            name, seen = each = ahead.pop()
            if each in met:
                continue
            met.add(each)
            gains = [(source, on) for source, on in self._gains(name) if day < on <= seen]
            if any(self._place(source) is not self._place(name) for source, _ in gains):
                raise Unsure("units contradict each other")
            ahead += gains
            founding = self.units[name].founding if name in self.units else None
            if founding is None or founding.day <= day:
                found.add(name)
            elif not any(on <= founding.day for _, on in gains):
                named = [one for one in (founding.body.get("territory"), founding.body.get("parent")) if one]
                places = [one for one in named if self._place(one)] if ground else []
                others = [one for one in named if not self._place(one)]
                ahead.append(((places or others or [""])[0], founding.day))
        return found

    def _ground(self, line: Iterable[str], day: str) -> str | None:
        for each in line:
            for _, parent, territory in self.units[each].newest(day):
                for named in (territory, parent):
                    if named in self.units and self.units[named].place:
                        return named
        return None


def _in_all(chains: Sequence[Sequence[str]]) -> list[str]:
    return [each for each in chains[0] if all(each in chain for chain in chains)] if chains else []
