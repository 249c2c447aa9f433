"""What happened in Bình Thuận (article 004)? Yearly ratings, participation, and a neighbour in the same hamlets.

The book of the Youth Union's members, by far the longest of the demo, stands in `youth_union`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from shared.contracts.meetings import ParticipationCounted
from shared.contracts.membership import BranchHeadTookOffice
from shared.contracts.ratings import FigureReported
from shared.operations.demo.grading import Rating, decided, slips
from shared.operations.demo.ids import ranks
from shared.operations.demo.members import entered
from shared.operations.demo.posting import SETUP, Posting, units_of
from shared.operations.demo.scribe import Posted, Scribe, year_of
from shared.operations.demo.world import World
from shared.operations.demo.youth_union import YouthUnion
from shared.operations.demo.youth_units import PROVINCE, UNION, Shape

WOMEN = "binh-thuan/womens-union"
ACTIVITY = "Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh; chương trình rèn luyện đoàn viên"


class BinhThuan:
    """The history of one province in one year."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, world.ids
        self.book = YouthUnion(world)

    @property
    def shape(self) -> Shape:
        """The sizes of this history."""
        return self.book.shape

    def postings(self) -> list[Posting]:
        """The long book goes beside the ratings: a rating needs the units only."""
        own, women = (units_of(UNION),), (units_of(WOMEN),)
        return [
            Posting(UNION, "membership", "binh-thuan", self.book.facts, after=own),
            Posting(UNION, "meetings", "binh-thuan", self._participation, after=(SETUP,)),
            Posting(UNION, "ratings", "binh-thuan", self._ratings, after=own),
            Posting(WOMEN, "membership", "binh-thuan", self._women, after=women),
        ]

    def _ratings(self) -> Iterator[Posted]:
        """The district bodies rate the hamlet branches of 2021 and 2022."""
        scribe, labels = Scribe(self.ids, UNION), self.world.calibration.scale["completion"]
        for year, counts in ((2021, self.shape.grades_2021), (2022, self.shape.grades_2022)):
            drawn = ranks(counts, self.ids.chance(f"binh-thuan/ranks/{year}"))
            for branch, rank, slip in zip(self.book.branches, drawn, slips(len(drawn), 37), strict=True):
                district = "/".join(branch.path.split("/")[:3])
                rating = Rating(
                    unit=self.ids(f"unit:{branch.path}"),
                    rater=self.ids(f"unit:{district}"),
                    axis="vertical",
                    year=year,
                    scale="completion",
                    rank=rank,
                    day=dt.date(year, 12, 15),
                )
                yield from decided(scribe, rating, labels, slip=slip)
        yield from self._reports(scribe)

    def _reports(self, scribe: Scribe) -> Iterator[Posted]:
        """Two figures as the Union itself reported them; they stand beside the counted ones."""
        for indicator, numerator in (("admissions", 18041), ("party-admissions", 5128)):
            fact = {
                "indicator": indicator,
                "scope": self.ids(f"unit:{UNION}"),
                "period": year_of(2022),
                "numerator": numerator,
                "source": "Tin hoạt động, Tỉnh đoàn Bình Thuận",
            }
            yield scribe.says(FigureReported, self.ids(f"report:binh-thuan/{indicator}"), dt.date(2023, 1, 15), fact)

    def _participation(self) -> Iterator[Posted]:
        """One count a district; the last one reported only “more than”."""
        scribe, counts = Scribe(self.ids, UNION), self.shape.participation
        for place, count in zip(self.world.under(PROVINCE, 1), counts, strict=True):
            last = place is self.world.under(PROVINCE, 1)[-1]
            fact = {
                "activity": ACTIVITY,
                "scope": self.ids(f"place:{place.path}"),
                "period": year_of(2022),
                "count": count,
                "qualifier": "more-than" if last else "exact",
            }
            subject = self.ids(f"participation:{place.path}/2022")
            yield scribe.says(ParticipationCounted, subject, dt.date(2022, 12, 20), fact)

    def _women(self) -> Iterator[Posted]:
        """The Women's Union has branches in the hamlets of Phú Quý, beside the Youth Union's."""
        scribe, chance = Scribe(self.ids, WOMEN), self.ids.chance("binh-thuan/women")
        organisation = self.world.organisation(WOMEN)
        opened = self.world.province(organisation).opened
        for branch in self.world.units(organisation, PROVINCE, 3):
            unit = self.ids(f"unit:{branch.path}")
            people = [self.ids(f"person:{branch.path}/{n}") for n in range(4)]
            for person in people:
                yield entered(scribe, person, unit, opened, chance)
            fact = {"branch": unit, "person": people[0], "title": "head"}
            yield scribe.says(BranchHeadTookOffice, unit, dt.date(2020, 3, 8), fact)
