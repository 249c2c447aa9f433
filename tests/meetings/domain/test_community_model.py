"""When is a community model launched and discontinued, and when are participants counted?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.meetings.domain.community_model import AlreadyLaunched, NoLocality, NotInCharge, NotRunning
from services.meetings.domain.participation import AlreadyCounted
from shared.contracts.event import calendar_day
from shared.contracts.fields import Period, Qualifier
from shared.contracts.meetings import CommunityModelDiscontinued, CommunityModelLaunched, ParticipationCounted
from shared.contracts.membership import Level
from shared.units.scope import UnknownUnit
from shared.units.world import NamedTwice, NotAlive, NotAPlace, PeriodNotBegun, UnknownOrganisation
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMUNE,
    DISTRICT,
    FRONT,
    HAMLET,
    NOWHERE,
    OPERATOR,
    OTHER_HAMLET,
    PARTY,
    WOMEN,
    YOUTH,
    declared,
    dissolved,
    says,
)
from tests.support.posts import Post, again, corrected, id_of, voided

MODEL, COUNT = id_of("model"), id_of("participation")


def launched(on: str = "2021-05-19", **fields: Any) -> Post:
    values = {
        "title": "Đoạn đường 3 sạch",
        "type": "road-stretch",
        "field": "environment",
        "place": COMMUNE,
        "hamlets": (HAMLET, OTHER_HAMLET),
        "in_charge": (WOMEN, FRONT),
        **fields,
    }
    return says(CommunityModelLaunched.model_validate(values), MODEL, on=on)


def discontinued(on: str = "2022-05-19", by: UUID = WOMEN) -> Post:
    return says(CommunityModelDiscontinued(cause="not-suitable"), MODEL, on=on, by=by)


def counted(
    start: str = "2022-01-01", end: str = "2023-01-01", *, on: str = "2022-12-31", scope: UUID = DISTRICT
) -> Post:
    period = Period(start=calendar_day(start), end=calendar_day(end))
    fact = ParticipationCounted(
        activity="Mùa hè xanh", scope=scope, period=period, count=17904, qualifier=Qualifier.MORE_THAN
    )
    return says(fact, COUNT, on=on, by=YOUTH)


def test_a_model_is_launched_in_hamlets_or_without_a_boundary() -> None:
    given().when(launched()).then(CommunityModelLaunched)
    given().when(launched(hamlets=(), type="hoi-quan", field=None)).then(CommunityModelLaunched)


def test_a_model_is_launched_once_whatever_the_day() -> None:
    given(launched()).when(launched("2020-05-19")).then(AlreadyLaunched, "subject")
    given(launched(), discontinued()).when(launched("2023-05-19")).then(AlreadyLaunched, "subject")


def test_a_launch_is_corrected_and_voided() -> None:
    post = launched()
    given(post).when(corrected(post, launched(hamlets=(HAMLET,)).fact)).then(CommunityModelLaunched)
    given(post, voided(post)).when(again(post)).then(CommunityModelLaunched)


def test_it_counts_for_a_living_place() -> None:
    given().when(launched(place=NOWHERE)).then(UnknownUnit, "place")
    given().when(launched(place=BRANCH)).then(NotAPlace, "place")
    given().when(launched("2014-05-19")).then(NotAlive, "place")


def test_its_hamlets_are_living_localities_each_named_once() -> None:
    given().when(launched(hamlets=(HAMLET, NOWHERE))).then(UnknownUnit, "hamlets.1")
    given().when(launched(hamlets=(HAMLET, BRANCH))).then(NotAPlace, "hamlets.1")
    given().when(launched(hamlets=(COMMUNE,))).then(NoLocality, "hamlets.0")
    given().when(launched(hamlets=(HAMLET, HAMLET))).then(NamedTwice, "hamlets.1")
    late = declared(id_of("place/late"), Level.LOCALITY, COMMUNE, since="2022-01-01")
    given(late).when(launched(hamlets=(id_of("place/late"),))).then(NotAlive, "hamlets.0")


def test_registered_organisations_are_in_charge_each_named_once() -> None:
    given().when(launched(in_charge=(WOMEN, NOWHERE))).then(UnknownOrganisation, "in_charge.1")
    given().when(launched(in_charge=(WOMEN, WOMEN))).then(NamedTwice, "in_charge.1")


def test_who_answers_for_a_model_discontinues_it() -> None:
    given(launched()).when(discontinued()).then(CommunityModelDiscontinued)
    given(launched()).when(discontinued(by=FRONT)).then(CommunityModelDiscontinued)
    given(launched()).when(discontinued(by=PARTY)).then(NotInCharge, "subject")


def test_only_what_runs_is_discontinued() -> None:
    given().when(discontinued()).then(NotRunning, "subject")
    given(launched()).when(discontinued("2021-05-18")).then(NotRunning, "subject")
    given(launched(), discontinued()).when(discontinued("2023-05-19")).then(NotRunning, "subject")
    end = discontinued()
    given(launched(), end, voided(end)).when(discontinued("2023-05-19")).then(CommunityModelDiscontinued)


def test_participants_are_counted_once() -> None:
    post = counted()
    given().when(post).then(ParticipationCounted)
    given(post).when(again(post)).then()
    given(post).when(counted(on="2022-12-01")).then(AlreadyCounted, "subject")


def test_participants_are_counted_where_something_lived_in_the_period() -> None:
    given().when(counted(scope=NOWHERE)).then(UnknownUnit, "scope")
    given(dissolved(DISTRICT, "2022-07-01", by=OPERATOR)).when(counted()).then(ParticipationCounted)
    given(dissolved(DISTRICT, "2022-01-01", by=OPERATOR)).when(counted()).then(NotAlive, "scope")
    given().when(counted("2014-01-01", "2015-01-01")).then(NotAlive, "scope")


def test_nobody_has_taken_part_in_what_has_not_begun() -> None:
    given().when(counted(on="2021-12-31")).then(PeriodNotBegun, "period")
