"""Who stands under whom on a day? The dated tree of all units and places, from the facts that made it.

A `Tree` never changes; `with_facts` gives another one that shares nearly all with it. The order in which facts are
given does not matter. Organisation line and territory are two dimensions: a unit has a line above it, and works in a
place that has places above it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.event import FIRST_DAY
from shared.contracts.membership import (
    Level,
    MembershipLogClosed,
    TerritoryDeclared,
    UnitFounded,
    UnitMerged,
    UnitSplit,
)
from shared.eventsourcing.decider import Said
from shared.units.life import NEVER, UNIT_FACTS, Gain, spoken_of
from shared.units.lives import Lives, Root
from shared.units.stands import Stand, Stands

ONE_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end` (none: for good) the same units and places stand above a unit."""

    start: dt.date
    end: dt.date | None
    above: tuple[UUID, ...]
    held_back_from: frozenset[UUID]
    """Units and places to which it may belong though it counts above them: their figures are not comparable."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """An organisation owns a unit from `start` on."""

    organisation: UUID
    start: dt.date


class Tree:
    """Units and places with all that is known of them."""

    __slots__ = ("_lives", "_stands")

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._stands = Stands(lives)

    @classmethod
    def empty(cls) -> Tree:
        """The tree before the first fact."""
        return cls(Lives())

    def with_facts(self, told: Iterable[Said]) -> Tree:
        """The tree with these standing facts too: a new version takes the old one's place, other facts pass by."""
        return self._changed({(said.organisation, said.event): said for said in told if type(said.fact) in UNIT_FACTS})

    def without(self, roots: Iterable[Root]) -> Tree:
        """The tree without the facts of these roots (organisation, event): they were voided."""
        return self._changed(dict.fromkeys(roots))

    def _changed(self, facts: Mapping[Root, Said | None]) -> Tree:
        news = {root: said for root, said in facts.items() if said != self._lives.standing(root)}
        return Tree(self._lives.changed(news)) if news else self

    def told(self, subjects: Iterable[UUID] | None) -> set[Root]:
        """The roots of the facts about these subjects that stand in it; None: of all."""
        lives = self._lives.every() if subjects is None else map(self._lives.get, subjects)
        return {
            (said.organisation, said.event)
            for life in lives
            if life is not None
            for said in life.facts
            if said.subject == life.unit
        }

    @property
    def lives(self) -> Lives:
        """What is known of each unit and place by itself."""
        return self._lives

    # ── One unit by itself ───────────────────────────────────────────────────────────────────────────────────────

    def units(self) -> Iterator[UUID]:
        """Every known unit and place, in no particular order."""
        return (life.unit for life in self._lives.every() if life.founding is not None)

    def known(self, unit: UUID) -> bool:
        """Whether a founding or declaration was seen."""
        return self.founding(unit) is not None

    def alive(self, unit: UUID, day: dt.date) -> bool:
        """Whether it exists on that day: founded ≤ day < ended."""
        life = self._lives.get(unit)
        return life is not None and life.alive(day)

    def founding(self, unit: UUID) -> Said | None:
        """The fact that founded or declared it."""
        life = self._lives.get(unit)
        return None if life is None else life.founding

    def ending(self, unit: UUID) -> Said | None:
        """The fact that ended it: merged into another, divided as a whole, dissolved."""
        life = self._lives.get(unit)
        return None if life is None else life.ending

    # ── Whose it is ──────────────────────────────────────────────────────────────────────────────────────────────

    def founder(self, unit: UUID) -> UUID | None:
        """The organisation that founded it; for a place the one that declared it."""
        founding = self.founding(unit)
        return None if founding is None else founding.organisation

    def closing(self, organisation: UUID) -> Said | None:
        """The fact by which an organisation went on in others."""
        life = self._lives.get(organisation)
        return None if life is None else life.closing

    def tenures(self, unit: UUID) -> tuple[Tenure, ...]:
        """Who owned it one after another: its founder, then whom each closing names. Nobody where it is unknown."""
        founder = self.founder(unit)
        return () if founder is None else self.succession(founder, unit)

    def succession(self, organisation: UUID, unit: UUID) -> tuple[Tenure, ...]:
        """Whose it was one after another, what an organisation had in a unit: its own, then whom each closing names."""
        found = [Tenure(organisation, FIRST_DAY)]
        met = {organisation}
        while (closing := self.closing(found[-1].organisation)) is not None:
            heir = self._heir(closing, unit)
            if heir is None or heir in met:
                break
            met.add(heir)
            found.append(Tenure(heir, max(closing.day, found[-1].start)))
        return tuple(found)

    def _heir(self, closing: Said, unit: UUID) -> UUID | None:
        """To whom a unit goes, as it stood on the last day: by the nearest portion, else to the first successor."""
        if not isinstance(closing.fact, MembershipLogClosed):
            return None
        portions = {portion.unit: portion.successor for portion in closing.fact.portions}
        line = (unit, *self.line(unit, closing.day - ONE_DAY)) if portions else ()
        return next((portions[each] for each in line if each in portions), closing.fact.successors[0])

    def owner(self, unit: UUID, day: dt.date) -> UUID | None:
        """The organisation to which it belongs on a day: its founder; from the closing day on whoever followed."""
        owned = [tenure.organisation for tenure in self.tenures(unit) if tenure.start <= day]
        return owned[-1] if owned else None

    def answers_for(self, organisation: UUID, unit: UUID, day: dt.date) -> bool:
        """Whether it speaks for the unit on a day: its owner then, or who followed, for a closed log takes no more."""
        tenures = self.tenures(unit)
        return any(
            tenure.organisation == organisation and (number + 1 == len(tenures) or day < tenures[number + 1].start)
            for number, tenure in enumerate(tenures)
        )

    def ever_owned(self, organisation: UUID, unit: UUID) -> bool:
        """Whether it founded the unit, or has taken it over."""
        return any(tenure.organisation == organisation for tenure in self.tenures(unit))

    def follows(self, heir: UUID, organisation: UUID) -> bool:
        """Whether it is that organisation, or one of those in which it went on."""
        return heir in self.followers(organisation)

    def followers(self, organisation: UUID) -> frozenset[UUID]:
        """The organisation, and all that its closing and theirs name."""
        met, ahead = {organisation}, [organisation]
        while ahead:
            closing = self.closing(ahead.pop())
            if closing is not None and isinstance(closing.fact, MembershipLogClosed):
                new = set(closing.fact.successors) - met
                met |= new
                ahead += new
        return frozenset(met)

    def predecessors(self, organisation: UUID) -> frozenset[UUID]:
        """All whose closings name it, and theirs: their logs are its to read and to put right."""
        return frozenset(each for each in self._lives.closed if self.follows(organisation, each)) - {organisation}

    def held_by(self, organisations: Iterable[UUID]) -> frozenset[UUID]:
        """Every unit that one of these organisations has ever owned. Looks at all units there are."""
        wanted = frozenset(organisations)
        return frozenset(
            unit for unit in self.units() if any(tenure.organisation in wanted for tenure in self.tenures(unit))
        )

    def is_place(self, unit: UUID) -> bool:
        """Whether it belongs to the territory, not to an organisation's line."""
        life = self._lives.get(unit)
        return life is not None and life.place

    def kind(self, unit: UUID) -> str | None:
        """Its kind at founding: branch, base-unit, xa, ap …"""
        fact = None if (founding := self.founding(unit)) is None else founding.fact
        return fact.kind if isinstance(fact, UnitFounded | TerritoryDeclared) else None

    def kind_on(self, unit: UUID, day: dt.date) -> str | None:
        """Its kind on that day: a commune becomes a ward, a province a city. Before its founding the first one."""
        life = self._lives.get(unit)
        return None if life is None else life.kind(day)

    def level(self, place: UUID) -> Level | None:
        """The level of a place; nothing for a unit of a line."""
        fact = None if (founding := self.founding(place)) is None else founding.fact
        return fact.level if isinstance(fact, TerritoryDeclared) else None

    def title(self, unit: UUID, day: dt.date) -> str | None:
        """Its name on that day; before the first one the first, after the end the last."""
        life = self._lives.get(unit)
        return None if life is None else life.title(day)

    def renamed(self, unit: UUID) -> frozenset[dt.date]:
        """The days on which it got a name or a kind, its founding among them."""
        life = self._lives.get(unit)
        return frozenset() if life is None else frozenset(day for day, _ in (*life.titles, *life.kinds))

    def heirs(self, unit: UUID) -> list[tuple[UUID, Said]]:
        """Where it went on, whole or in parts, and the parts that were taken out of it before; each with its fact."""
        life = self._lives.get(unit)
        if life is None:
            return []
        taken = [said for said in life.facts if said.subject == unit and _parts(said)]
        before = [said for said in taken if life.ending is None or said.place < life.ending.place]
        ended = [] if life.ending is None else [(each, life.ending) for each in life.successors]
        return [(part, said) for said in before for part in _parts(said)] + ended

    def first_parent(self, unit: UUID) -> UUID | None:
        """Under which unit it was founded, or into which place it was declared."""
        life = self._lives.get(unit)
        return life.statements[0].parent if life is not None and life.statements else None

    def gains(self, unit: UUID) -> tuple[Gain, ...]:
        """What it took over: units that did end by merging into it, and units of which it did become a part."""
        life = self._lives.get(unit)
        return () if life is None else tuple(gain for gain in life.gains if self._happened(gain))

    def _happened(self, gain: Gain) -> bool:
        ending = self.ending(gain.source)
        parted = isinstance(gain.said.fact, UnitSplit) and not gain.said.fact.whole
        return ending == gain.said or (parted and (ending is None or gain.said.place < ending.place))

    # ── What stands above ────────────────────────────────────────────────────────────────────────────────────────

    def parent(self, unit: UUID, day: dt.date) -> UUID | None:
        """The living unit directly above it in its own dimension. Of a unit that has ended: where it went on."""
        stand = self._stands.stand(unit, day)
        chain = stand.places if self.is_place(unit) else stand.line
        return chain[0] if chain else None

    def line(self, unit: UUID, day: dt.date) -> tuple[UUID, ...]:
        """The units above it in the organisation's line, nearest first; nothing for a place."""
        return self._stands.stand(unit, day).line

    def places(self, unit: UUID, day: dt.date) -> tuple[UUID, ...]:
        """The places in which a unit works, or that lie above a place, nearest first."""
        return self._stands.stand(unit, day).places

    def territory(self, unit: UUID, day: dt.date) -> UUID | None:
        """The place in which a unit works: its own, else that of the nearest unit above that has one."""
        places = () if self.is_place(unit) else self._stands.stand(unit, day).places
        return places[0] if places else None

    def above(self, unit: UUID, day: dt.date) -> tuple[UUID, ...]:
        """Every unit and place above it: the line, then the places, nearest first."""
        stand = self._stands.stand(unit, day)
        return stand.line + stand.places

    def under(self, unit: UUID, root: UUID, day: dt.date) -> bool:
        """Whether it is the root itself or stands under it, in line or territory."""
        if unit == root:
            return True
        stand = self._stands.stand(unit, day)
        return root in stand.line or root in stand.places

    def held_back_from(self, unit: UUID, day: dt.date) -> frozenset[UUID]:
        """The units and places to which it may belong though it counts above them: it, or one above it, is waiting."""
        return self._stands.stand(unit, day).held_back_from

    def spans(self, unit: UUID) -> list[Span]:
        """What stands above it, from 1930 for good, as spans in which nothing of that changes."""
        found: list[Span] = []
        day = FIRST_DAY
        while day < NEVER:
            stand = self._stands.stand(unit, day)
            above = stand.line + stand.places
            start = day
            if found and (found[-1].above, found[-1].held_back_from) == (above, stand.held_back_from):
                start = found.pop().start
            found.append(Span(start, stand.end if stand.end < NEVER else None, above, stand.held_back_from))
            day = stand.end
        return found

    def stand(self, unit: UUID, day: dt.date) -> Stand:
        """Everything above it in line and territory, and for how long around the day that stays."""
        return self._stands.stand(unit, day)

    def upto(self, unit: UUID, day: dt.date) -> tuple[UUID, ...]:
        """The living units above it in its own dimension, nearest first, itself in front if it lives."""
        return self._stands.upto(unit, day)

    def would_cycle(self, unit: UUID, parent: UUID, day: dt.date) -> bool:
        """Whether the unit would stand above itself, were it put under that parent on that day."""
        return unit == parent or unit in self._stands.upto(parent, day)

    # ── What stands below ────────────────────────────────────────────────────────────────────────────────────────

    def children(self, unit: UUID, day: dt.date) -> tuple[UUID, ...]:
        """The living units directly under it in its own dimension, those that wait there too, in order of their ids."""
        gone = [each for each in self._lives.divided if not self.alive(each, day) and self.parent(each, day) == unit]
        found: set[UUID] = set()
        ahead, met = [unit, *gone], {unit, *gone}
        while ahead:
            for each in self._lives.naming(ahead.pop()) - met:
                if self.parent(each, day) == unit:
                    met.add(each)
                    if self.alive(each, day):
                        found.add(each)
                    else:
                        ahead.append(each)
        return tuple(sorted(found))

    def roots(self, organisation: UUID) -> tuple[UUID, ...]:
        """The units and places that an organisation founded under nothing, in order of their ids."""
        tops = self._lives.tops(organisation)
        return tuple(
            sorted(unit for unit in tops if self.founder(unit) == organisation and self.first_parent(unit) is None)
        )

    def merged_with(self, units: Iterable[UUID]) -> frozenset[UUID]:
        """These and all that mergers join to them, over however many steps and in whichever direction."""
        met = set(units)
        ahead = list(met)
        while ahead:
            life = self._lives.get(ahead.pop())
            mergers = (said for said in (() if life is None else life.facts) if isinstance(said.fact, UnitMerged))
            new = {unit for said in mergers for unit in spoken_of(said)} - met
            met |= new
            ahead += new
        return frozenset(met)

    def affected(self, units: Iterable[UUID]) -> frozenset[UUID]:
        """These and all whose `spans` may rest on them, on any day."""
        met = set(units)
        ahead = list(met)
        while ahead:
            new = self._lives.naming(ahead.pop()) - met
            met |= new
            ahead += new
        return frozenset(met)


def _parts(said: Said) -> tuple[UUID, ...]:
    """What a division took out of a unit that went on beside."""
    return said.fact.parts if isinstance(said.fact, UnitSplit) and not said.fact.whole else ()
