"""For which months are dues paid or exempted?"""

from __future__ import annotations

from services.membership.domain.dues import AlreadySettled, ExemptTooLong
from services.membership.domain.life import NotAMember, NotWholeMonths
from shared.contracts.membership import DuesExempted, DuesPaid
from tests.support.given import given
from tests.support.landscape import BRANCH
from tests.support.lives import MEMBER, adopted, days, life
from tests.support.posts import Post, voided


def paid(start: str, end: str, on: str = "2021-07-01") -> Post:
    return life(DuesPaid, BRANCH, on, period=days(start, end), amount=6000)


def exempt(start: str, end: str, on: str = "2021-07-02") -> Post:
    return life(DuesExempted, BRANCH, on, period=days(start, end), ground="hardship")


def test_members_pay_for_whole_months() -> None:
    given(MEMBER).when(paid("2021-01-01", "2021-04-01")).then(DuesPaid)
    given(MEMBER).when(paid("2021-01-02", "2021-04-01")).then(NotWholeMonths, "period")
    given(MEMBER).when(exempt("2021-01-01", "2021-04-15")).then(NotWholeMonths, "period")
    given().when(paid("2021-01-01", "2021-04-01")).then(NotAMember, "branch")


def test_no_month_is_settled_twice() -> None:
    quarter = paid("2020-11-01", "2021-02-01")
    given(MEMBER, quarter).when(paid("2021-01-01", "2021-02-01", "2021-08-01")).then(AlreadySettled, "period")
    given(MEMBER, quarter).when(exempt("2020-12-01", "2021-03-01")).then(AlreadySettled, "period")
    given(MEMBER, quarter).when(paid("2021-02-01", "2021-03-01", "2021-08-01")).then(DuesPaid)
    given(MEMBER, exempt("2021-01-01", "2021-02-01")).when(paid("2021-01-01", "2021-03-01", "2021-08-01")).then(
        AlreadySettled, "period"
    )
    given(MEMBER, quarter, voided(quarter)).when(paid("2021-01-01", "2021-02-01", "2021-08-01")).then(DuesPaid)


def test_an_exemption_lasts_no_longer_than_the_rule_allows() -> None:
    bound = adopted(exemption_months=6)
    given(MEMBER).when(exempt("2021-01-01", "2021-12-01")).then(DuesExempted)
    given(MEMBER, bound).when(exempt("2021-01-01", "2021-07-01")).then(DuesExempted)
    given(MEMBER, bound).when(exempt("2021-01-01", "2021-08-01")).then(ExemptTooLong, "period")
    before = exempt("2020-09-01", "2021-01-01", "2020-09-02")
    given(MEMBER, bound, before).when(exempt("2021-01-01", "2021-04-01")).then(ExemptTooLong, "period")
    given(MEMBER, bound, before).when(exempt("2021-02-01", "2021-05-01")).then(DuesExempted)
    given(MEMBER, adopted()).when(exempt("2021-01-01", "2021-12-01")).then(DuesExempted)
