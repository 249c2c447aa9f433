"""What happened in Thanh Bình, Đồng Tháp (article 001)? Recruiting against eligible people, ratings of five years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from random import Random

import msgspec

from shared.contracts.event import Event
from shared.contracts.membership import (
    CommendationAwarded,
    MemberDied,
    MemberExpelled,
    MemberMatured,
    MemberResigned,
    MemberStruckOff,
    PeopleCounted,
    TargetSet,
)
from shared.contracts.ratings import FigureReported
from shared.operations.demo.calibration import Declared, Organisation
from shared.operations.demo.grading import Rating, decided, slips
from shared.operations.demo.ids import ranks, shares
from shared.operations.demo.members import entered, joined
from shared.operations.demo.posting import Posting, units_of
from shared.operations.demo.scribe import Paper, Posted, Scribe, day_between
from shared.operations.demo.world import World

PROVINCE, PLACE = "dong-thap", "dong-thap/thanh-binh"
PARTY, PEOPLE = "dong-thap/party-committee", "dong-thap/peoples-committee"
PERIOD = {"start": dt.date(2018, 1, 1), "end": dt.date(2024, 1, 1)}
WAYS_OUT: tuple[tuple[type[Event], str | None], ...] = (
    (MemberStruckOff, "not-attending"),
    (MemberResigned, None),
    (MemberDied, None),
    (MemberStruckOff, "gone-away"),
    (MemberExpelled, "discipline"),
)


class Shape(Declared, frozen=True, kw_only=True):
    """The sizes of this history; lists of grades run from the best rank down."""

    years: list[int]
    district_bodies: list[int]
    branches: list[int]
    entered: int
    eligible: int
    admitted: int
    target: int
    left: int
    two_organisations: int
    commendations: int
    commended_on: dt.date


class ThanhBinh:
    """The history of one district of five socio-political organisations over five years."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, world.ids
        self.shape = msgspec.convert(world.calibration.shape["thanh-binh"], Shape)
        self.organisations = [o for o in world.organisations(PROVINCE) if "thanh-binh" in o.reach]
        self.with_branches = [o for o in self.organisations if o.reach["thanh-binh"] == "hamlet"]

    def postings(self) -> list[Posting]:
        """Members and counts, ratings by two raters, commendations by the People's Committee."""
        founded = tuple(units_of(organisation.key) for organisation in self.organisations)
        return [
            *(
                Posting(o.key, "membership", "thanh-binh", partial(self._people, o), after=(units_of(o.key),))
                for o in self.with_branches
            ),
            *(
                Posting(o.key, "ratings", "thanh-binh", partial(self._branch_ratings, o), after=(units_of(o.key),))
                for o in self.with_branches
            ),
            Posting(PARTY, "ratings", "thanh-binh", self._party_ratings, after=(units_of(PARTY), *founded)),
            Posting(PEOPLE, "membership", "thanh-binh", self._commendations, after=(units_of(PEOPLE),)),
        ]

    # ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _people(self, organisation: Organisation) -> Iterator[Posted]:
        scribe = Scribe(self.ids, organisation.key)
        chance = self.ids.chance(f"thanh-binh/people/{organisation.key}")
        branches = [self.ids(f"unit:{unit.path}") for unit in self.world.units(organisation, PLACE, 3)]
        yield from self._counts(scribe, organisation)
        book = self.world.province(organisation).opened
        old = [(person, chance.choice(branches)) for person in self._old_members(organisation)]
        for person, branch in old:
            yield entered(scribe, person, branch, book, chance)
        for n in range(self._share(self.shape.admitted, organisation)):
            person = self.ids(f"person:{organisation.key}/thanh-binh/new/{n}")
            day = day_between(chance, dt.date(2018, 2, 8), dt.date(2023, 8, 31))
            yield joined(scribe, person, branches[n % len(branches)], day)
        leaving = old[-self._share(self.shape.left, organisation) :]
        yield from self._departures(scribe, organisation, leaving, chance)
        yield from self._slip(scribe, branches[0])

    def _share(self, total: int, organisation: Organisation) -> int:
        return shares(total, len(self.with_branches))[self.with_branches.index(organisation)]

    def _old_members(self, organisation: Organisation) -> list[str]:
        """The second organisation shares some persons with the first: members of both, each counted once as person."""
        own = [
            f"person:{organisation.key}/thanh-binh/old/{n}"
            for n in range(self._share(self.shape.entered, organisation))
        ]
        if organisation is self.with_branches[1]:
            first = self.with_branches[0].key
            shared = self.shape.two_organisations
            own[:shared] = [f"person:{first}/thanh-binh/old/{n}" for n in range(shared)]
        return [self.ids(path) for path in own]

    def _counts(self, scribe: Scribe, organisation: Organisation) -> Iterator[Posted]:
        """People eligible by commune, and the target of the whole period."""
        bases = self.world.units(organisation, PLACE, 2)
        index = self.with_branches.index(organisation)
        eligible = shares(self.shape.eligible, len(bases) * len(self.with_branches))
        day = dt.date(2018, 3, 1)
        for base, count in zip(bases, eligible[index * len(bases) :], strict=False):
            fact = {
                "scope": self.ids(f"unit:{base.path}"),
                "group": "eligible",
                "count": count,
                "source": f"Báo cáo rà soát của {base.title}",
                "counted_on": day,
            }
            yield scribe.says(PeopleCounted, self.ids(f"count:{base.path}"), day, fact)
        target = {
            "scope": self.ids(f"unit:{organisation.key}/thanh-binh"),
            "indicator": "admissions",
            "period": PERIOD,
            "value": self._share(self.shape.target, organisation),
        }
        yield scribe.says(TargetSet, self.ids(f"target:{organisation.key}/thanh-binh"), day, target)

    @staticmethod
    def _departures(
        scribe: Scribe, organisation: Organisation, leaving: list[tuple[str, str]], chance: Random
    ) -> Iterator[Posted]:
        for n, (person, branch) in enumerate(leaving):
            contract, cause = WAYS_OUT[n % len(WAYS_OUT)]
            if organisation.kind == "youth-union" and n == 0:
                contract, cause = MemberMatured, None
            fact = {"branch": branch} | ({"cause": cause} if cause else {})
            day = day_between(chance, dt.date(2019, 1, 5), dt.date(2023, 6, 30))
            yield scribe.says(contract, person, day, fact)

    def _slip(self, scribe: Scribe, branch: str) -> Iterator[Posted]:
        """An admission posted by mistake, then voided: it must not count."""
        person = self.ids(f"person:{scribe.organisation}/thanh-binh/mistaken")
        fact = joined(scribe, person, branch, dt.date(2020, 5, 19))
        yield fact
        yield scribe.voids(fact, fact, "posted-by-mistake")

    # ── Ratings and commendations ────────────────────────────────────────────────────────────────────────────────

    def _branch_ratings(self, organisation: Organisation) -> Iterator[Posted]:
        """The district body rates each hamlet branch each year."""
        scribe, rater = Scribe(self.ids, organisation.key), self.ids(f"unit:{organisation.key}/thanh-binh")
        branches = self.world.units(organisation, PLACE, 3)
        drawn = ranks(self.shape.branches, self.ids.chance("thanh-binh/ranks/branches"))
        size = len(branches) * len(self.shape.years)
        index = self.with_branches.index(organisation)
        own = iter(zip(drawn[index * size : (index + 1) * size], slips(size, 41), strict=True))
        labels = self.world.calibration.scale["strength"]
        for year in self.shape.years:
            for unit in branches:
                rank, slip = next(own)
                rating = Rating(
                    self.ids(f"unit:{unit.path}"), rater, "vertical", year, "strength", rank, dt.date(year, 12, 12)
                )
                yield from decided(scribe, rating, labels, slip=slip)

    def _party_ratings(self) -> Iterator[Posted]:
        """The district Party committee rates the five organisations each year, on the newer scale."""
        scribe, rater = Scribe(self.ids, PARTY), self.ids(f"unit:{PARTY}/thanh-binh")
        labels = self.world.calibration.scale["completion"]
        for year in self.shape.years:
            drawn = ranks(self.shape.district_bodies, self.ids.chance(f"thanh-binh/ranks/{year}"))
            for organisation, rank in zip(self.organisations, drawn, strict=True):
                unit = self.ids(f"unit:{organisation.key}/thanh-binh")
                rating = Rating(unit, rater, "party-committee", year, "completion", rank, dt.date(year, 12, 20))
                yield from decided(scribe, rating, labels)
        reported = {
            "indicator": "recruiting-rate",
            "scope": self.ids(f"place:{PLACE}"),
            "period": PERIOD,
            "numerator": 73,
            "denominator": 100,
            "qualifier": "nearly",
            "only_rate": True,
            "source": "Báo Đồng Tháp, 21/09/2023",
        }
        yield scribe.says(FigureReported, self.ids("report:thanh-binh/recruiting"), dt.date(2023, 9, 21), reported)

    def _commendations(self) -> Iterator[Posted]:
        """Certificates by the district People's Committee, not split into collectives and individuals."""
        scribe, day = Scribe(self.ids, PEOPLE), self.shape.commended_on
        paper = Paper("01/QĐ-UBND (mô phỏng)", "Ủy ban nhân dân huyện Thanh Bình", day)
        fact = {"kind": "giay-khen", "recipient": "not-split", "place": self.ids(f"place:{PLACE}")}
        for number in range(1, self.shape.commendations + 2):
            subject = self.ids(f"commendation:thanh-binh/{number}")
            event = scribe.says(CommendationAwarded, subject, day, fact, paper=paper)
            yield event
            if number > self.shape.commendations:
                yield scribe.voids(event, event, "posted-twice")
