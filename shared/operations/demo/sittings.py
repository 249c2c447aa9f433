"""Which branch of Trà Vinh met on which day, and which cadre came? The plan behind the visits of article 002."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

import msgspec

from shared.operations.demo.calibration import Declared, Organisation
from shared.operations.demo.ids import shares
from shared.operations.demo.world import Unit, World

PROVINCE = "tra-vinh"
TIERS = ("province", "district", "commune")
MONTHS_OF_QUARTER = 3
SLIP_MONTH = dt.date(2014, 3, 1)
"""In this month some communes post a visit that never was, and void it."""


class Shape(Declared, frozen=True, kw_only=True):
    """The sizes of this history. Tables by tier; `cadres` per district, per district, per commune."""

    cadres: dict[str, int]
    visits: dict[str, int]
    visits_from: dict[str, dt.date]
    visits_to: dict[str, dt.date]
    assigned_from: dict[str, dt.date]
    visits_before: int
    province_after: int
    monthly: list[str]
    missed_percent: int
    away_percent: int
    named_branches: int
    named_persons: int
    regular_persons: int
    threshold: int
    excused_cadres: int
    voided_visits: int
    corrected_rolls: int
    late_meetings: int


@dataclass(frozen=True, slots=True)
class Sitting:
    """One meeting of one branch."""

    organisation: str
    branch: Unit
    day: dt.date

    @property
    def path(self) -> str:
        """Its place in the id space; a branch meets once a month at most."""
        return f"{self.branch.path}/{self.day:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Cadre:
    """A cadre of a tier, in charge of a place, sent by an organisation."""

    path: str
    organisation: str
    tier: str
    area: str


@dataclass(slots=True)
class Visit:
    """One cadre at one sitting; `mistaken` ones are posted and then voided."""

    cadre: Cadre
    sitting: Sitting
    mistaken: bool = False


@dataclass(slots=True)
class Plan:
    """What happened in one month."""

    sittings: list[Sitting] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)


class Sittings:
    """All months from the order's first to the last of 2015, planned once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shape = msgspec.convert(world.calibration.shape[PROVINCE], Shape)
        self.hosts = world.organisations(PROVINCE)
        self.senders = [o for o in world.calibration.organisation if o.province == PROVINCE]

    @cached_property
    def months(self) -> list[dt.date]:
        """The first day of every month of the plan."""
        first, last = min(self.shape.visits_from.values()), max(self.shape.visits_to.values())
        count = (last.year - first.year) * 12 + last.month - first.month
        return [
            dt.date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)
        ]

    @cached_property
    def cadres(self) -> list[Cadre]:
        """Every assigned cadre; the organisations send them in turn."""
        areas = {
            "province": self.world.under(PROVINCE, 1),
            "district": self.world.under(PROVINCE, 1),
            "commune": self.world.under(PROVINCE, 2),
        }
        return [
            Cadre(f"{tier}/{place.path}/{n}", self.senders[(n + index) % len(self.senders)].key, tier, place.path)
            for tier in TIERS
            for index, place in enumerate(areas[tier])
            for n in range(self.shape.cadres[tier])
        ]

    @cached_property
    def excused(self) -> dict[Cadre, dt.date]:
        """Cadres on training, and the month in which they owe nothing."""
        chance = self.world.ids.chance("tra-vinh/excused")
        districts = [cadre for cadre in self.cadres if cadre.tier == "district"]
        return {
            cadre: dt.date(chance.choice((2013, 2014, 2015)), chance.randint(1, 12), 1)
            for cadre in chance.sample(districts, self.shape.excused_cadres)
        }

    @cached_property
    def plans(self) -> dict[dt.date, Plan]:
        """Sittings and visits by month."""
        plans = {month: Plan(self._met(month)) for month in self.months}
        for tier in TIERS:
            self._visit(tier, plans)
        return plans

    def is_monthly(self, organisation: Organisation) -> bool:
        """Whether its branches owe a meeting each month, else each quarter."""
        return organisation.kind in self.shape.monthly

    def _met(self, month: dt.date) -> list[Sitting]:
        chance = self.world.ids.chance(f"tra-vinh/sittings/{month}")
        found = []
        for organisation in self.hosts:
            for index, branch in enumerate(self.world.units(organisation, PROVINCE, 3)):
                third = (month.month - 1) % MONTHS_OF_QUARTER
                turn = self.is_monthly(organisation) or third == index % MONTHS_OF_QUARTER
                day = month.replace(day=chance.randint(2, 28))
                if chance.randint(1, 100) > self.shape.missed_percent and turn:
                    found.append(Sitting(organisation.key, branch, day))
        return found

    # ── Visits ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _visit(self, tier: str, plans: dict[dt.date, Plan]) -> None:
        """Spread the tier's number evenly over months and groups of cadres; what a month cannot take goes on."""
        groups: dict[str, list[Cadre]] = defaultdict(list)
        for cadre in self.cadres:
            if cadre.tier == tier:
                groups["" if tier == "province" else cadre.area].append(cadre)
        first, last = self.shape.visits_from[tier], self.shape.visits_to[tier]
        asked = [month for month in self.months if first <= month < last]
        quota = iter(shares(self.shape.visits[tier], len(asked) * len(groups)))
        owed = dict.fromkeys(groups, 0)
        for month in self.months:
            chance = self.world.ids.chance(f"tra-vinh/visits/{tier}/{month}")
            for index, (group, cadres) in enumerate(groups.items()):
                turns = self._turns(month, cadres, plans[month].sittings, chance)
                wanted = next(quota) + owed[group] if month in asked else self._outside(tier, month, len(groups))
                made = turns[:wanted]
                if month in asked:
                    owed[group] = wanted - len(made)
                plans[month].visits += made
                if tier == "commune" and month == SLIP_MONTH and index < self.shape.voided_visits:
                    spare = turns[wanted]
                    plans[month].visits.append(Visit(spare.cadre, spare.sitting, mistaken=True))

    def _outside(self, tier: str, month: dt.date, groups: int) -> int:
        """Visits outside the tier's published period; no figure of the articles may count them."""
        if tier == "province" and month >= self.shape.visits_to[tier]:
            return self.shape.province_after
        if tier == "district" and month == self.shape.assigned_from[tier]:
            return self.shape.visits_before // groups
        return 0

    def _turns(self, month: dt.date, cadres: list[Cadre], sittings: list[Sitting], chance: Random) -> list[Visit]:
        """Every (cadre, sitting) of the group in the order in which visits are made: each cadre once, then again."""
        by_area: dict[str, list[Sitting]] = defaultdict(list)
        for sitting in sittings:
            for area in (sitting.branch.place.rsplit("/", 1)[0], sitting.branch.place.rsplit("/", 2)[0]):
                by_area[area].append(sitting)
        away = self.shape.away_percent
        active = [c for c in cadres if self.excused.get(c) != month and chance.randint(1, 100) > away]
        chance.shuffle(active)
        ways = {cadre: chance.sample(by_area[cadre.area], len(by_area[cadre.area])) for cadre in active}
        longest = max((len(way) for way in ways.values()), default=0)
        return [Visit(cadre, way[turn]) for turn in range(longest) for cadre, way in ways.items() if turn < len(way)]

    @cached_property
    def guests(self) -> Counter[str]:
        """How many cadres came, by the sitting's path."""
        visits = (visit for plan in self.plans.values() for visit in plan.visits)
        return Counter(visit.sitting.path for visit in visits if not visit.mistaken)
