"""How is a rating posted? Straight, or after a slip that is put right: corrected, or voided and posted anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.contracts.ratings import RatingDecided, RatingProposed
from shared.operations.demo.scribe import Paper, Posted, Scribe, year_of

Slip = Literal["none", "proposed", "corrected", "voided"]


@dataclass(frozen=True, slots=True)
class Rating:
    """A grade of a unit by a rater for a year. Ids as posted."""

    unit: str
    rater: str
    axis: str
    year: int
    scale: str
    rank: int
    day: dt.date
    rule_set: str | None = None


def decided(
    scribe: Scribe, rating: Rating, labels: tuple[str, ...], *, slip: Slip = "none", paper: Paper | None = None
) -> Iterator[Posted]:
    """The rating as it stands in the end, with the slip on the way to it."""
    right = _fact(rating, rating.rank, labels)
    if slip == "none":
        yield scribe.says(RatingDecided, rating.unit, rating.day, right, paper=paper)
        return
    wrong = _fact(rating, rating.rank % len(labels) + 1, labels)
    if slip == "proposed":
        yield scribe.says(RatingProposed, rating.unit, rating.day - dt.timedelta(days=5), wrong, paper=paper)
        yield scribe.says(RatingDecided, rating.unit, rating.day, right, paper=paper)
        return
    first = scribe.says(RatingDecided, rating.unit, rating.day, wrong, paper=paper)
    yield first
    if slip == "corrected":
        yield scribe.corrects(first, first, right, "wrong-grade")
    else:
        yield scribe.voids(first, first, "wrong-grade")
        yield scribe.says(RatingDecided, rating.unit, rating.day, right, again=1, paper=paper)


def _fact(rating: Rating, rank: int, labels: tuple[str, ...]) -> dict[str, object]:
    return {
        "unit": rating.unit,
        "rater": rating.rater,
        "axis": rating.axis,
        "period": year_of(rating.year),
        "rule_set": rating.rule_set,
        "grade": {"scale": rating.scale, "rank": rank, "label": labels[rank - 1]},
    }


def slips(count: int, often: int) -> list[Slip]:
    """A slip at every `often`-th of `count` ratings, each kind in turn."""
    kinds: tuple[Slip, ...] = ("corrected", "voided", "proposed")
    return [kinds[index // often % 3] if index % often == often - 1 else "none" for index in range(count)]
