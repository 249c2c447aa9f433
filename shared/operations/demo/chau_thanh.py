"""What happened in Châu Thành, Đồng Tháp (article 000)? Ratings on two axes, referrals to the Party, Hội quán."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from itertools import accumulate

import msgspec

from shared.contracts.meetings import CommunityModelLaunched
from shared.operations.demo.calibration import Declared, Organisation
from shared.operations.demo.grading import Rating, decided, slips
from shared.operations.demo.ids import ranks, shares
from shared.operations.demo.members import entered, referred, to_party
from shared.operations.demo.posting import SETUP, Posting, units_of
from shared.operations.demo.scribe import Paper, Posted, Scribe, day_between
from shared.operations.demo.world import Unit, World

PROVINCE, PLACE = "dong-thap", "dong-thap/chau-thanh"
PARTY = "dong-thap/party-committee"
CONCLUSION = Paper("96-KL/TU", "Ban Thường vụ Tỉnh ủy Đồng Tháp", dt.date(2018, 2, 8))


class Shape(Declared, frozen=True, kw_only=True):
    """The sizes of this history; lists of grades run from the best rank down."""

    without_branch: int
    district_bodies: list[int]
    base_units: list[int]
    branches: list[int]
    rated_year: int
    referred: int
    admitted_to_party: int
    admitted_after_referral: int
    first_referral: dt.date
    last_referral: dt.date
    after_the_article: int
    hoi_quan: int
    clubs: int


class ChauThanh:
    """The history of one district of twelve organisations."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, world.ids
        self.shape = msgspec.convert(world.calibration.shape["chau-thanh"], Shape)
        self.organisations = [o for o in world.organisations(PROVINCE) if "chau-thanh" in o.reach]
        self.with_branches = [o for o in self.organisations if o.reach["chau-thanh"] == "hamlet"]

    def postings(self) -> list[Posting]:
        """Members, then ratings by each organisation; the Party committee rates once all units are founded."""
        founded = tuple(units_of(organisation.key) for organisation in self.organisations)
        return [
            *(
                Posting(o.key, "membership", "chau-thanh", partial(self._people, o), after=(units_of(o.key),))
                for o in self.with_branches
            ),
            *(
                Posting(o.key, "ratings", "chau-thanh", partial(self._own_ratings, o), after=(units_of(o.key),))
                for o in self.organisations
            ),
            Posting(PARTY, "ratings", "chau-thanh", self._party_ratings, after=(units_of(PARTY), *founded)),
            Posting(
                "dong-thap/farmers-union",
                "meetings",
                "chau-thanh",
                self._models,
                after=(SETUP, units_of("dong-thap/farmers-union")),
            ),
        ]

    # ── Members, referrals, Party admissions ─────────────────────────────────────────────────────────────────────

    def _people(self, organisation: Organisation) -> Iterator[Posted]:
        scribe = Scribe(self.ids, organisation.key)
        chance = self.ids.chance(f"chau-thanh/people/{organisation.key}")
        branches = self.world.units(organisation, PLACE, 3)
        index, shape = self.with_branches.index(organisation), self.shape
        count, both, party = (
            shares(total, len(self.with_branches))[index]
            for total in (shape.referred, shape.admitted_after_referral, shape.admitted_to_party)
        )
        later = shape.after_the_article if index == 0 else 0
        people = [
            (self.ids(f"person:{organisation.key}/chau-thanh/{n}"), self.ids(f"unit:{chance.choice(branches).path}"))
            for n in range(count + party - both + later)
        ]
        book = self.world.province(organisation).opened
        for person, branch in people:
            yield entered(scribe, person, branch, book, chance)
        middle = shape.first_referral + (shape.last_referral - shape.first_referral) / 2
        late: list[Posted] = []
        for n, (person, branch) in enumerate(people[:count]):
            last = middle if n < both else shape.last_referral
            fact = referred(scribe, person, branch, day_between(chance, shape.first_referral, last))
            if n % 20 == 7:  # noqa: PLR2004 — one in twenty reaches the province late
                late.append(fact)
            else:
                yield fact
        for person, branch in (*people[:both], *people[count : count + party - both]):
            yield to_party(scribe, person, branch, day_between(chance, middle, shape.last_referral))
        yield from late
        for person, branch in people[count + party - both :]:
            yield referred(scribe, person, branch, dt.date(2021, 9, chance.randint(1, 30)))
        yield from self._slip(scribe, people[count])

    @staticmethod
    def _slip(scribe: Scribe, someone: tuple[str, str]) -> Iterator[Posted]:
        """A referral that never happened, voided: it must not count."""
        person, branch = someone
        fact = referred(scribe, person, branch, dt.date(2019, 3, 1))
        yield fact
        yield scribe.voids(fact, fact, "posted-by-mistake")

    # ── Ratings ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _own_ratings(self, organisation: Organisation) -> Iterator[Posted]:
        """The province rates the district body; the district body rates its base units and its branches."""
        root, district = (
            self.ids(f"unit:{organisation.key}"),
            self.ids(f"unit:{organisation.key}/chau-thanh"),
        )
        bodies = [self.world.units(organisation, PLACE, 1)]
        yield from self._rates(organisation, root, bodies[0], self.shape.district_bodies)
        yield from self._rates(organisation, district, self.world.units(organisation, PLACE, 2), self.shape.base_units)
        yield from self._rates(organisation, district, self.world.units(organisation, PLACE, 3), self.shape.branches)

    def _rates(self, organisation: Organisation, rater: str, units: list[Unit], counts: list[int]) -> Iterator[Posted]:
        if not units:
            return
        depth = units[0].depth
        everybody = [len(self.world.units(other, PLACE, depth)) for other in self.organisations]
        before = [0, *accumulate(everybody)][self.organisations.index(organisation)]
        drawn = ranks(counts, self.ids.chance(f"chau-thanh/ranks/{depth}"))
        often = 29 if depth == 3 else 5  # noqa: PLR2004 — slips are rarer where there are many
        scribe = Scribe(self.ids, organisation.key)
        for unit, rank, slip in zip(units, drawn[before : before + len(units)], slips(len(units), often), strict=True):
            yield from decided(scribe, self._rating(unit, rater, "vertical", rank), self._labels, slip=slip)

    def _party_ratings(self) -> Iterator[Posted]:
        """The district Party committee rates the same twelve bodies on its own axis."""
        scribe = Scribe(self.ids, PARTY)
        rater = self.ids(f"unit:{PARTY}/chau-thanh")
        drawn = ranks(self.shape.district_bodies, self.ids.chance("chau-thanh/ranks/party"))
        rows = zip(self.organisations, drawn, slips(len(drawn), 6), strict=True)
        for organisation, rank, slip in rows:
            unit = self.world.units(organisation, PLACE, 1)[0]
            rating = self._rating(unit, rater, "party-committee", rank)
            yield from decided(scribe, rating, self._labels, slip=slip, paper=CONCLUSION)

    @property
    def _labels(self) -> tuple[str, ...]:
        return self.world.calibration.scale["strength"]

    def _rating(self, unit: Unit, rater: str, axis: str, rank: int) -> Rating:
        year = self.shape.rated_year
        day = dt.date(year, 12, 10 + 3 * (3 - unit.depth) + len(unit.path) % 3)
        return Rating(self.ids(f"unit:{unit.path}"), rater, axis, year, "strength", rank, day)

    # ── Hội quán and clubs ───────────────────────────────────────────────────────────────────────────────────────

    def _models(self) -> Iterator[Posted]:
        scribe = Scribe(self.ids, "dong-thap/farmers-union")
        chance = self.ids.chance("chau-thanh/models")
        communes = self.world.under(PLACE, 2)
        for number in range(1, self.shape.hoi_quan + 2):
            fact = self._launched(scribe, f"Hội quán số {number}", "hoi-quan", chance.choice(communes).path)
            day = day_between(chance, dt.date(2016, 7, 3), dt.date(2021, 5, 31))
            event = scribe.says(CommunityModelLaunched, self.ids(f"model:chau-thanh/hoi-quan/{number}"), day, fact)
            yield event
            if number > self.shape.hoi_quan:
                yield scribe.voids(event, event, "never-launched")
        for number in range(1, self.shape.clubs + 1):
            title = f"Câu lạc bộ “Nông dân với pháp luật” số {number}"
            fact = self._launched(scribe, title, "club", chance.choice(communes).path)
            day = day_between(chance, dt.date(2016, 1, 5), dt.date(2021, 5, 31))
            yield scribe.says(CommunityModelLaunched, self.ids(f"model:chau-thanh/club/{number}"), day, fact)
        fact = self._launched(scribe, "Hội quán ra mắt sau bài báo", "hoi-quan", communes[0].path)
        yield scribe.says(
            CommunityModelLaunched, self.ids("model:chau-thanh/hoi-quan/later"), dt.date(2021, 9, 2), fact
        )

    def _launched(self, scribe: Scribe, title: str, kind: str, place: str) -> dict[str, object]:
        return {"title": title, "type": kind, "place": self.ids(f"place:{place}"), "in_charge": [scribe.id]}
