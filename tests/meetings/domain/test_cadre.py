"""When is a cadre assigned, relieved and excused, and when may a visit be recorded?"""

from __future__ import annotations

from uuid import UUID

from services.meetings.domain.cadre import AlreadyAssigned, NotAssigned
from services.meetings.domain.visit import AlreadyCompleted
from shared.contracts.event import calendar_day
from shared.contracts.fields import MeetingReference, Period
from shared.contracts.meetings import CadreAssigned, CadreExcused, CadreRelieved, VisitCompleted
from shared.contracts.membership import MembershipLogClosed
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMUNE,
    DISTRICT,
    HAMLET,
    LAN,
    NOWHERE,
    PARTY,
    WOMEN,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    YOUTH,
    dissolved,
    says,
)
from tests.support.posts import Post, again, corrected, id_of, voided

VISIT = id_of("visit")


def assigned(area: UUID = DISTRICT, starts: str = "2021-01-15", by: UUID = PARTY) -> Post:
    return says(CadreAssigned(tier="district", area=area, starts=calendar_day(starts)), LAN, on="2021-01-10", by=by)


def relieved(area: UUID = DISTRICT, ends: str = "2022-07-01", by: UUID = PARTY) -> Post:
    return says(CadreRelieved(area=area, ends=calendar_day(ends)), LAN, on="2021-01-20", by=by)


def excused(start: str, end: str) -> Post:
    period = Period(start=calendar_day(start), end=calendar_day(end))
    return says(CadreExcused(period=period, cause="training"), LAN, by=PARTY)


def visited(unit: UUID = BRANCH, on: str = "2022-05-31", meeting: str = "meeting") -> Post:
    reference = MeetingReference(organisation=WOMEN, meeting=id_of(meeting))
    return says(VisitCompleted(cadre=LAN, tier="district", unit=unit, meeting=reference), VISIT, on=on, by=PARTY)


def test_a_cadre_is_in_charge_of_a_place_or_of_a_unit() -> None:
    given().when(assigned()).then(CadreAssigned)
    given().when(assigned(WOMEN_DISTRICT)).then(CadreAssigned)


def test_the_area_lives_on_the_first_day() -> None:
    given().when(assigned(NOWHERE)).then(UnknownUnit, "area")
    given().when(assigned(starts="2014-01-15")).then(NotAlive, "area")


def test_a_cadre_is_in_charge_of_several_areas_but_of_none_twice() -> None:
    given(assigned()).when(assigned(COMMUNE)).then(CadreAssigned)
    given(assigned()).when(assigned(starts="2021-06-01")).then(AlreadyAssigned, "area")
    given(assigned(), relieved()).when(assigned(starts="2022-07-01")).then(CadreAssigned)


def test_two_organisations_may_put_one_cadre_in_charge_of_the_same_area() -> None:
    given(assigned()).when(assigned(by=WOMEN)).then(CadreAssigned)
    given(assigned()).when(relieved(by=WOMEN)).then(NotAssigned, "area")


def passed_to(heir: UUID, by: UUID = PARTY, day: str = "2022-01-01") -> Post:
    return says(MembershipLogClosed(successors=(heir,), effective=calendar_day(day)), by, on=day, by=by)


def test_a_successor_relieves_whom_the_closed_organisation_assigned() -> None:
    closed = passed_to(WOMEN)
    given(assigned(), closed).when(relieved(by=WOMEN)).then(CadreRelieved)
    given(assigned(), closed).when(relieved(ends="2021-12-01", by=WOMEN)).then(CadreRelieved)
    given(assigned(), closed).when(relieved(by=YOUTH)).then(NotAssigned, "area")
    given(assigned(), closed).when(relieved(COMMUNE, by=WOMEN)).then(NotAssigned, "area")
    once = relieved(by=WOMEN)
    given(assigned(), closed, once).when(relieved(ends="2022-08-01", by=WOMEN)).then(NotAssigned, "area")


def test_a_successor_assigns_anew_once_and_relieves_of_both() -> None:
    closed, anew = passed_to(WOMEN), assigned(starts="2022-01-01", by=WOMEN)
    given(assigned(), closed).when(anew).then(CadreAssigned)
    given(assigned(), closed, anew).when(assigned(starts="2022-02-01", by=WOMEN)).then(AlreadyAssigned, "area")
    over = relieved(by=WOMEN)
    given(assigned(), closed, anew, over).when(relieved(ends="2022-08-01", by=WOMEN)).then(NotAssigned, "area")


def test_a_charge_passes_on_over_several_closings() -> None:
    closings = passed_to(WOMEN), passed_to(YOUTH, by=WOMEN, day="2022-03-01")
    given(assigned(), *closings).when(relieved(by=YOUTH)).then(CadreRelieved)


def test_only_who_is_assigned_is_relieved() -> None:
    given(assigned()).when(relieved()).then(CadreRelieved)
    given().when(relieved()).then(NotAssigned, "area")
    given(assigned()).when(relieved(COMMUNE)).then(NotAssigned, "area")
    given(assigned()).when(relieved(ends="2021-01-14")).then(NotAssigned, "area")
    given(assigned(), relieved()).when(relieved(ends="2023-01-01")).then(NotAssigned, "area")


def test_an_assignment_is_corrected() -> None:
    post = assigned()
    given(post).when(corrected(post, assigned(COMMUNE).fact)).then(CadreAssigned)


def test_a_cadre_is_excused_at_any_time() -> None:
    given().when(excused("2021-08-01", "2021-09-01")).then(CadreExcused)
    given(assigned(), excused("2021-08-01", "2021-09-01")).when(excused("2021-08-15", "2021-10-01")).then(CadreExcused)


def test_a_visit_is_recorded_though_its_meeting_is_unknown() -> None:
    given().when(visited()).then(VisitCompleted)
    given().when(visited(WOMEN_COMMUNE)).then(VisitCompleted)


def test_a_visit_is_recorded_once() -> None:
    post = visited()
    given(post).when(again(post)).then()
    given(post).when(visited(meeting="another")).then(AlreadyCompleted, "subject")
    given(post).when(visited(on="2022-05-01")).then(AlreadyCompleted, "subject")
    given(post, voided(post)).when(again(post)).then(VisitCompleted)


def test_only_a_living_unit_is_visited() -> None:
    given().when(visited(NOWHERE)).then(UnknownUnit, "unit")
    given().when(visited(HAMLET)).then(NotAUnit, "unit")
    given(dissolved(BRANCH, "2022-05-31")).when(visited()).then(NotAlive, "unit")
