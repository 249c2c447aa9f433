"""When may an organisation adopt rules for its members?"""

from __future__ import annotations

from services.membership.domain.maturity import OnlyYouthUnion
from services.membership.domain.member_rules import AgesOutOfOrder, OnlyForItself
from shared.contracts.event import calendar_day
from shared.contracts.membership import AgeRule, MaturityRule, MemberRulesAdopted, MembershipLogClosed
from tests.support.given import given
from tests.support.landscape import FRONT, WOMEN, YOUTH, says
from tests.support.lives import adopted, rule
from tests.support.posts import voided

MATURITY = MaturityRule(prompt_age=30, latest_age=35)


def test_an_organisation_adopts_its_own_rules_again_and_again() -> None:
    first = adopted(strike_off=rule())
    given().when(first).then(MemberRulesAdopted)
    given(first).when(adopted("2016-01-01", strike_off=rule(months=6))).then(MemberRulesAdopted)
    foreign = says(first.fact, YOUTH, by=WOMEN)
    given().when(foreign).then(OnlyForItself, "subject")


def test_ages_stand_in_their_order() -> None:
    given().when(adopted(admission=AgeRule(least=18))).then(MemberRulesAdopted)
    given().when(adopted(admission=AgeRule(least=18, most=17))).then(AgesOutOfOrder, "admission.most")
    young = MaturityRule(prompt_age=30, latest_age=29)
    given().when(adopted(by=YOUTH, maturity=young)).then(AgesOutOfOrder, "maturity.latest_age")


def test_only_the_youth_union_knows_maturity() -> None:
    given().when(adopted(by=YOUTH, maturity=MATURITY)).then(MemberRulesAdopted)
    given().when(adopted(maturity=MATURITY)).then(OnlyYouthUnion, "maturity")


def test_the_rules_of_a_day_are_the_last_adopted_by_then() -> None:
    early, late = adopted("2015-01-01", exemption_months=3), adopted("2020-01-01", exemption_months=6)
    for history in ((early, late), (late, early)):
        directory = given(*history).world("membership", ()).directory
        found = [directory.member_rules(WOMEN, late.fact.effect_day(on)) for on in ("2014-12-31", "2020-06-01")]
        assert found == [late.fact, late.fact], "the fact's own day counts, wherever it was posted"
    world = given(early, late).world("membership", ())
    days = [early.fact.effect_day(""), late.fact.effect_day("")]
    assert [world.rules(WOMEN, day) for day in days] == [early.fact, late.fact]
    assert world.rules(YOUTH, days[0]) is None
    assert given(early, late, voided(late)).world("membership", ()).rules(WOMEN, days[1]) == early.fact


def test_the_successor_of_a_closed_organisation_goes_on_by_its_rules_until_it_adopts_its_own() -> None:
    closed = says(
        MembershipLogClosed(successors=(YOUTH,), effective=calendar_day("2020-01-01")), WOMEN, on="2020-01-01"
    )
    rules, own = adopted(exemption_months=3), adopted("2021-01-01", by=YOUTH, exemption_months=6)
    world = given(rules, closed, own).world("membership", ())
    expected = {"2019-12-31": None, "2020-01-01": rules.fact, "2020-12-31": rules.fact, "2021-01-01": own.fact}
    assert {day: world.rules(YOUTH, calendar_day(day)) for day in expected} == expected


def test_of_several_closed_organisations_with_different_rules_none_is_taken() -> None:
    books = [
        says(
            MembershipLogClosed(successors=(YOUTH,), effective=calendar_day("2020-01-01")),
            each,
            on="2020-01-01",
            by=each,
        )
        for each in (WOMEN, FRONT)
    ]
    day = calendar_day("2020-06-01")
    for months, known in ((3, True), (6, False)):
        history = (adopted(exemption_months=3), adopted(by=FRONT, exemption_months=months), *books)
        assert (given(*history).world("membership", ()).rules(YOUTH, day) is not None) == known
