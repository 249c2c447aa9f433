"""Does an independent recount of the demo's history give what the newspapers printed?"""

from __future__ import annotations

import msgspec
import pytest

from shared.operations.demo.calibration import Calibration, load
from shared.operations.demo.ids import Ids
from shared.operations.demo.posting import Posting
from shared.operations.demo.table import Line, compare
from tests.demo.recounted import Recounted

PRINTED = [row.id for row in load().row if row.comparator]
FEATURES = [row.id for row in load().row if not row.comparator]
RESTING_ON_CORRECTIONS = (
    "000-district-bodies-by-party-committee",
    "000-base-units",
    "000-branches",
    "000-party",
    "000-hoi-quan",
    "001-recruiting",
    "001-commendations",
    "003-models",
    "004-branches",
)
LONG = ("tra-vinh/", "binh-thuan/youth-union/membership/binh-thuan")
"""Postings that none of these lines needs, and that would take long to recount."""


@pytest.mark.parametrize("line", PRINTED)
def test_a_recount_gives_each_published_value(line: str, recounted_lines: dict[str, Line]) -> None:
    assert recounted_lines[line].equal is True, recounted_lines[line].parts


@pytest.mark.parametrize("line", FEATURES)
def test_a_line_without_a_published_value_shows_what_was_counted(line: str, recounted_lines: dict[str, Line]) -> None:
    assert recounted_lines[line].equal is None
    assert all(counted.numerator for counted in recounted_lines[line].beside)


async def test_the_published_values_rest_on_the_corrections_and_voidings(
    calibration: Calibration, postings: list[Posting]
) -> None:
    rows = tuple(row for row in calibration.row if row.id in RESTING_ON_CORRECTIONS)
    short = [posting for posting in postings if not posting.name.startswith(LONG)]
    figures = Recounted(short, Ids(calibration.seed), without=("fact-corrected", "fact-voided"))
    table = await compare(msgspec.structs.replace(calibration, row=rows), figures)
    assert [line.row.id for line in table.differing] == list(RESTING_ON_CORRECTIONS)


def test_the_two_other_readings_of_the_recruiting_rate_are_not_nearly_73(recounted_lines: dict[str, Line]) -> None:
    shares = [counted.share for counted in recounted_lines["001-recruiting"].beside]
    assert len(shares) == 2
    assert all(share is not None and not 0.725 <= share < 0.73 for share in shares)


def test_sittings_are_fewer_than_visits_and_no_sum_of_the_tiers(recounted_lines: dict[str, Line]) -> None:
    sittings, visits = (counted.numerator or 0 for counted in recounted_lines["002-sittings"].beside)
    by_tier = [recounted_lines[f"002-{tier}"].beside[0].numerator or 0 for tier in ("province", "district", "commune")]
    assert sittings < visits
    assert sittings < sum(by_tier)
