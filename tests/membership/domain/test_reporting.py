"""When is a report ruled, sent and received?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.membership.domain.member_rules import OnlyForItself
from services.membership.domain.reporting import OwedForNoDay
from services.membership.domain.unit_report import (
    NotItsSuperior,
    OtherUnitsReport,
    ReportAlreadyReceived,
    ReportAlreadySent,
    ReportNotSent,
    SentElsewhere,
)
from shared.contracts.event import calendar_day
from shared.contracts.fields import Period
from shared.contracts.membership import Reporting, ReportingSet, ReportReceived, ReportSent
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAUnit, PeriodNotBegun
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    HAMLET,
    NOWHERE,
    OTHER_BRANCH,
    SUB_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    WOMEN_PROVINCE,
    YOUTH,
    YOUTH_PROVINCE,
    dissolved,
    says,
)
from tests.support.posts import Post, corrected, id_of

REPORT = id_of("report")
QUARTER = Period(start=calendar_day("2022-04-01"), end=calendar_day("2022-07-01"))
RULE = {"unit_kind": "branch", "matter": "activity", "every": Reporting.QUARTER, "within": 10}
STARTS = calendar_day("2022-01-01")


def rule(**fields: Any) -> ReportingSet:
    return ReportingSet.model_validate({**RULE, "starts": STARTS, **fields})


def sent(on: str = "2022-07-05", unit: UUID = BRANCH, recipient: UUID | None = WOMEN_COMMUNE) -> Post:
    return says(ReportSent(unit=unit, matter="activity", period=QUARTER, recipient=recipient), REPORT, on=on)


def received(on: str = "2022-07-06", unit: UUID = BRANCH) -> Post:
    return says(ReportReceived(unit=unit), REPORT, on=on)


def test_an_organisation_rules_for_its_own_units_and_may_end_the_rule() -> None:
    given().when(says(rule(), WOMEN, on="2022-01-01")).then(ReportingSet)
    given(says(rule(), WOMEN, on="2022-01-01")).when(says(rule(within=-5), WOMEN, on="2022-02-01")).then(ReportingSet)
    given().when(says(rule(), YOUTH, on="2022-01-01")).then(OnlyForItself, "subject")
    given().when(says(rule(until=STARTS), WOMEN, on="2022-01-01")).then(OwedForNoDay, "until")


@pytest.mark.parametrize("within", [-28, 367])
def test_the_last_day_for_sending_lies_within_the_shortest_period_or_a_year_after_it(within: int) -> None:
    with pytest.raises(ValidationError):
        rule(within=within)


def test_a_living_unit_sends_its_report_to_a_body_above_it_or_out_of_the_organisation() -> None:
    given().when(sent()).then(ReportSent)
    given().when(sent(unit=SUB_BRANCH, recipient=WOMEN_PROVINCE)).then(ReportSent)
    given().when(sent(recipient=None)).then(ReportSent)
    given().when(sent(unit=NOWHERE)).then(UnknownUnit, "unit")
    given().when(sent(unit=HAMLET)).then(NotAUnit, "unit")
    given(dissolved(BRANCH, "2022-07-01")).when(sent()).then(NotAlive, "unit")
    given().when(sent(recipient=NOWHERE)).then(UnknownUnit, "recipient")
    given().when(sent(recipient=HAMLET)).then(NotAUnit, "recipient")
    for other in (BRANCH, OTHER_BRANCH, SUB_BRANCH, YOUTH_PROVINCE):
        given().when(sent(recipient=other)).then(NotItsSuperior, "recipient")


def test_a_report_is_sent_once_in_or_after_its_period() -> None:
    given().when(sent("2022-06-25")).then(ReportSent)
    given().when(sent("2022-03-31")).then(PeriodNotBegun, "period")
    given(sent()).when(sent("2022-07-08")).then(ReportAlreadySent, "subject")
    post = sent()
    given(post).when(corrected(post, sent(recipient=WOMEN_PROVINCE).fact)).then(ReportSent)


def test_a_report_is_received_once_from_the_unit_that_sent_it_by_a_body_above() -> None:
    given(sent()).when(received()).then(ReportReceived)
    given().when(received()).then(ReportNotSent, "subject")
    given(sent()).when(received("2022-07-04")).then(ReportNotSent, "subject")
    given(sent()).when(received(unit=OTHER_BRANCH)).then(OtherUnitsReport, "unit")
    given(sent(recipient=None)).when(received()).then(SentElsewhere, "subject")
    given(sent(), received()).when(received("2022-07-07")).then(ReportAlreadyReceived, "subject")
