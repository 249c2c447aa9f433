"""Who sets how often units meet and cadres visit, and for which units?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.meetings.domain.organisation import OnlyForItself, OwesNoMeeting
from shared.contracts.event import calendar_day
from shared.contracts.meetings import Every, PeriodicitySet, VisitDutySet
from tests.support.given import given
from tests.support.landscape import WOMEN, YOUTH, says
from tests.support.posts import Post, again, corrected


def periodicity(
    every: Every = Every.QUARTER, starts: str = "2021-01-01", kind: str = "branch", about: UUID = WOMEN
) -> Post:
    return says(PeriodicitySet(unit_kind=kind, every=every, starts=calendar_day(starts)), about, on="2020-12-25")


def duty(at_least: int = 1, starts: str = "2021-01-01", about: UUID = WOMEN) -> Post:
    return says(VisitDutySet(tier="district", at_least=at_least, starts=calendar_day(starts)), about, on="2020-12-25")


@pytest.mark.parametrize("kind", ["branch", "base-branch", "front-board"])
def test_an_organisation_sets_what_its_units_owe(kind: str) -> None:
    given().when(periodicity(kind=kind)).then(PeriodicitySet)


@pytest.mark.parametrize("kind", ["sub-branch", "base-unit", "province-body"])
def test_from_other_units_nothing_is_due(kind: str) -> None:
    given().when(periodicity(kind=kind)).then(OwesNoMeeting, "unit_kind")


def test_an_organisation_sets_what_its_cadres_owe() -> None:
    given().when(duty()).then(VisitDutySet)


def test_nobody_sets_it_for_another_organisation() -> None:
    given().when(periodicity(about=YOUTH)).then(OnlyForItself, "subject")
    given().when(duty(about=YOUTH)).then(OnlyForItself, "subject")


def test_set_again_it_is_set_anew() -> None:
    given(periodicity(), duty()).when(periodicity(Every.MONTH, "2022-01-01")).then(PeriodicitySet)
    given(periodicity(), duty()).when(duty(2, "2022-01-01")).then(VisitDutySet)


def test_the_same_again_is_nothing_new() -> None:
    post = periodicity()
    given(post).when(again(post)).then()


def test_what_was_set_is_corrected() -> None:
    post = periodicity()
    given(post).when(corrected(post, periodicity(Every.MONTH).fact)).then(PeriodicitySet)
