"""When is an organisation registered?"""

from __future__ import annotations

from services.membership.domain.organisation import AlreadyRegistered, NoProvince
from shared.contracts.membership import Body, OrganisationRegistered
from shared.units.scope import UnknownUnit
from tests.support.given import given
from tests.support.landscape import DISTRICT, NOWHERE, OPERATOR, SINCE, WOMEN, registered, says
from tests.support.posts import again, corrected, id_of, voided

NEW = id_of("organisation/new")


def fact(province: object = None, title: str = "Hội Nông dân tỉnh") -> OrganisationRegistered:
    return OrganisationRegistered.model_validate(
        {"title": title, "kind": "farmers-union", "body": Body.ORGANISATION, "province": province}
    )


def test_an_organisation_is_registered() -> None:
    given().when(registered(NEW, "farmers-union")).then(OrganisationRegistered)


def test_a_body_without_a_province_is_registered() -> None:
    given().when(says(fact(), NEW, by=OPERATOR)).then(OrganisationRegistered)


def test_an_organisation_is_registered_once_whatever_the_day() -> None:
    earlier = says(fact(), WOMEN, on="2014-01-01", by=OPERATOR)
    given().when(earlier).then(AlreadyRegistered, "subject")


def test_the_same_registration_again_is_nothing_new() -> None:
    post = registered(NEW, "farmers-union")
    given(post).when(again(post)).then()


def test_a_wrong_title_is_corrected() -> None:
    post = registered(NEW, "farmers-union")
    given(post).when(corrected(post, fact(title="Hội Nông dân"))).then(OrganisationRegistered)


def test_after_a_voiding_the_organisation_may_be_registered_again() -> None:
    post = registered(NEW, "farmers-union")
    given(post, voided(post)).when(again(post)).then(OrganisationRegistered)


def test_the_province_is_a_known_place() -> None:
    given().when(says(fact(NOWHERE), NEW, on=SINCE, by=OPERATOR)).then(UnknownUnit, "province")


def test_a_district_is_no_province() -> None:
    given().when(says(fact(DISTRICT), NEW, on=SINCE, by=OPERATOR)).then(NoProvince, "province")
