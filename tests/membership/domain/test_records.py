"""When do directives, pledges, inspections and support stand in the record?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.membership.domain.directive import (
    DirectiveAlreadyRegistered,
    NotItsId,
    ReplacesLaterOne,
    UnknownDirective,
)
from services.membership.domain.inspection import (
    AlreadyInspected,
    AlreadyRemedied,
    NotInspected,
    OtherUnitInspected,
    RemedyDueBefore,
)
from services.membership.domain.pledge import AlreadySigned
from services.membership.domain.support import SupportAlreadyGranted
from shared.contracts.event import calendar_day
from shared.contracts.membership import (
    DirectiveIssued,
    FindingRemedied,
    InspectionHeld,
    PledgeSigned,
    SupportGranted,
)
from shared.contracts.membership.records import directive_id
from shared.units.scope import UnknownUnit
from shared.units.world import NamedTwice, NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    HAMLET,
    LAN,
    NOWHERE,
    OTHER_BRANCH,
    WOMEN_COMMUNE,
    YOUTH,
    dissolved,
    says,
)
from tests.support.posts import Post, corrected, id_of, voided

THING = id_of("thing")
ISSUER = "Tỉnh ủy Đồng Tháp"


# ── Directives ───────────────────────────────────────────────────────────────────────────────────────────────────


def id_by(number: str, issued: str) -> UUID:
    return directive_id(number, ISSUER, calendar_day(issued))


def issued(number: str, day: str, replaces: UUID | None = None, **more: Any) -> Post:
    fact = DirectiveIssued(number=number, issuer=ISSUER, issued=calendar_day(day), replaces=replaces)
    return says(fact, more.pop("subject", id_by(number, day)), **more)


CONCLUSION = issued("96-KL/TU", "2018-02-08")


@pytest.mark.parametrize(
    ("number", "issuer"),
    [
        ("96-KL/TU", "Tỉnh ủy Đồng Tháp"),
        ("96 – kl/tu", "TỈNH UỶ ĐỒNG THÁP"),
        ("96-KL/TU", "Ti\u0309nh u\u0309y \u0110ô\u0300ng Tháp"),
    ],
)
def test_a_paper_has_one_id_however_it_is_spelt(number: str, issuer: str) -> None:
    assert directive_id(number, issuer, calendar_day("2018-02-08")) == UUID("0d578360-513c-54a3-80c8-5b89a23ea884")


@pytest.mark.parametrize(
    ("number", "issuer", "day"),
    [
        ("95-KL/TU", ISSUER, "2018-02-08"),
        ("96-KL/TU", "Tỉnh ủy Tiền Giang", "2018-02-08"),
        ("96-KL/TU", ISSUER, "2018-02-09"),
    ],
)
def test_another_number_issuer_or_day_is_another_paper(number: str, issuer: str, day: str) -> None:
    assert directive_id(number, issuer, calendar_day(day)) != CONCLUSION.subject


def test_a_directive_is_registered_once_by_each_organisation() -> None:
    given().when(CONCLUSION).then(DirectiveIssued)
    given(CONCLUSION).when(issued("96-KL/TU", "2018-02-08", on="2020-01-01")).then(
        DirectiveAlreadyRegistered, "subject"
    )
    given(CONCLUSION).when(issued("96-KL/TU", "2018-02-08", by=YOUTH)).then(DirectiveIssued)
    given(CONCLUSION, voided(CONCLUSION)).when(issued("96-KL/TU", "2018-02-08", on="2020-01-01")).then(DirectiveIssued)


def test_a_directive_stands_under_the_id_of_its_paper() -> None:
    given().when(issued("96-KL/TU", "2018-02-08", subject=THING)).then(NotItsId, "subject")
    other = DirectiveIssued(number="97-KL/TU", issuer=ISSUER, issued=calendar_day("2018-02-08"))
    given(CONCLUSION).when(corrected(CONCLUSION, other)).then(NotItsId, "subject")
    titled = DirectiveIssued(number="96-KL/TU", issuer=ISSUER, issued=calendar_day("2018-02-08"), title="Kết luận")
    given(CONCLUSION).when(corrected(CONCLUSION, titled)).then(DirectiveIssued)


def test_a_directive_replaces_a_known_one_that_was_issued_before() -> None:
    old = issued("243-CV/TU", "2012-08-17")
    given(old).when(issued("96-KL/TU", "2018-02-08", old.subject)).then(DirectiveIssued)
    given().when(issued("96-KL/TU", "2018-02-08", old.subject)).then(UnknownDirective, "replaces")
    given(old, voided(old)).when(issued("96-KL/TU", "2018-02-08", old.subject)).then(UnknownDirective, "replaces")
    given(CONCLUSION).when(issued("243-CV/TU", "2012-08-17", CONCLUSION.subject)).then(ReplacesLaterOne, "replaces")
    same_day = issued("97-KL/TU", "2018-02-08")
    given(same_day).when(issued("96-KL/TU", "2018-02-08", same_day.subject)).then(ReplacesLaterOne, "replaces")
    itself = DirectiveIssued(
        number="96-KL/TU", issuer=ISSUER, issued=calendar_day("2018-02-08"), replaces=CONCLUSION.subject
    )
    given(CONCLUSION).when(corrected(CONCLUSION, itself)).then(ReplacesLaterOne, "replaces")


# ── Pledges ──────────────────────────────────────────────────────────────────────────────────────────────────────


def signed(*units: UUID, directive: UUID | None = None, on: str = "2022-02-15") -> Post:
    return says(PledgeSigned(units=units, matter="Giữ vững chi hội", directive=directive), THING, on=on)


def test_units_sign_a_pledge_once() -> None:
    given().when(signed(BRANCH, OTHER_BRANCH)).then(PledgeSigned)
    given(signed(BRANCH)).when(signed(OTHER_BRANCH)).then(AlreadySigned, "subject")
    post = signed(BRANCH)
    given(post).when(corrected(post, signed(OTHER_BRANCH).fact)).then(PledgeSigned)


def test_only_living_units_sign_and_each_once() -> None:
    given().when(signed(BRANCH, BRANCH)).then(NamedTwice, "units.1")
    given().when(signed(BRANCH, NOWHERE)).then(UnknownUnit, "units.1")
    given().when(signed(HAMLET)).then(NotAUnit, "units.0")
    given(dissolved(BRANCH, "2022-01-01")).when(signed(BRANCH)).then(NotAlive, "units.0")


def test_a_pledge_follows_a_directive_of_the_register() -> None:
    given(CONCLUSION).when(signed(BRANCH, directive=CONCLUSION.subject)).then(PledgeSigned)
    given().when(signed(BRANCH, directive=CONCLUSION.subject)).then(UnknownDirective, "directive")


# ── Inspections ──────────────────────────────────────────────────────────────────────────────────────────────────


def inspected(on: str = "2022-09-09", unit: UUID = BRANCH, **fields: Any) -> Post:
    fact = InspectionHeld.model_validate({"unit": unit, "finding": "shortcomings", **fields})
    return says(fact, THING, on=on)


def remedied(on: str = "2022-10-01", unit: UUID = BRANCH) -> Post:
    return says(FindingRemedied(unit=unit), THING, on=on)


def test_a_living_unit_is_inspected_once() -> None:
    given().when(inspected(inspector=WOMEN_COMMUNE)).then(InspectionHeld)
    given().when(inspected(unit=NOWHERE)).then(UnknownUnit, "unit")
    given().when(inspected(inspector=NOWHERE)).then(UnknownUnit, "inspector")
    given().when(inspected(inspector=HAMLET)).then(NotAUnit, "inspector")
    given(inspected()).when(inspected("2022-09-01")).then(AlreadyInspected, "subject")
    post = inspected()
    given(post).when(corrected(post, inspected(finding="in-order").fact)).then(InspectionHeld)


def test_what_was_found_is_put_right_from_that_day_on() -> None:
    given().when(inspected(remedy_due=calendar_day("2022-09-09"))).then(InspectionHeld)
    given().when(inspected(remedy_due=calendar_day("2022-09-08"))).then(RemedyDueBefore, "remedy_due")


def test_a_finding_is_remedied_once_after_the_inspection_in_the_same_unit() -> None:
    given(inspected()).when(remedied()).then(FindingRemedied)
    given().when(remedied()).then(NotInspected, "subject")
    given(inspected()).when(remedied("2022-09-08")).then(NotInspected, "subject")
    given(inspected()).when(remedied(unit=OTHER_BRANCH)).then(OtherUnitInspected, "unit")
    given(inspected(), remedied()).when(remedied("2022-11-01")).then(AlreadyRemedied, "subject")
    given(inspected(), dissolved(BRANCH, "2022-09-20")).when(remedied()).then(FindingRemedied)


# ── Support ──────────────────────────────────────────────────────────────────────────────────────────────────────


def granted(unit: UUID = BRANCH, on: str = "2022-04-30", **fields: Any) -> Post:
    fact = SupportGranted.model_validate({"unit": unit, "kind": "loan", "source": "Ngân hàng", **fields})
    return says(fact, THING, on=on)


def test_a_living_unit_or_its_officer_receives_support_once() -> None:
    given().when(granted(amount=50_000_000)).then(SupportGranted)
    given().when(granted(person=LAN)).then(SupportGranted)
    given().when(granted(NOWHERE)).then(UnknownUnit, "unit")
    given().when(granted(HAMLET)).then(NotAUnit, "unit")
    given(dissolved(BRANCH, "2022-01-01")).when(granted()).then(NotAlive, "unit")
    given(granted()).when(granted(on="2022-05-30")).then(SupportAlreadyGranted, "subject")
    post = granted()
    given(post).when(corrected(post, granted(amount=60_000_000).fact)).then(SupportGranted)
