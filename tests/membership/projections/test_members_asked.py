"""Who is in a branch's book on a day, and what waits for people? Asked of real views on each kind of store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import pytest

from services.membership.projections import KEEPS, PROJECTIONS
from services.membership.projections.members import Members
from services.membership.projections.work import Work, WorkLists, at_least
from shared.contracts import membership
from shared.contracts.event import registered
from shared.contracts.fields import Period
from shared.contracts.membership import Affiliation, AgeRule, Joining, MaturityRule, MemberRulesAdopted, StrikeOffRule
from shared.eventsourcing.views import Declaration
from tests.support.tale import Tale, day, id_of, land
from tests.support.views import Views

OWN = frozenset(cls for cls in registered().values() if cls.service == "membership")
LAN, HOA, TAM = (id_of(name) for name in ("lan", "hoa", "tam"))
X, Y = id_of("x"), id_of("y")
RULES = MemberRulesAdopted(
    effective=day("2010-01-01"),
    strike_off=StrikeOffRule(
        grounds=Joining.ANY, months=3, consecutive=False, decides="branch", away_months=12, causes=("not-attending",)
    ),
    maturity=MaturityRule(prompt_age=30, latest_age=35),
    admission=AgeRule(least=15, most=30),
    source="Điều lệ",
    weakly_sourced=True,
)


@pytest.fixture
def views(store: str) -> Iterator[Views]:
    """Membership's own views; the test runs once on each kind of store."""
    views = Views(store, Declaration("membership", OWN, PROJECTIONS, KEEPS), {})
    yield views
    views.close()


def waiting(views: Views, work: Work, unit: str, on: str, rules: MemberRulesAdopted | None = None) -> list[UUID]:
    lists = WorkLists(views.runner, lambda _organisation, _day: rules)
    return [each["person"] for each in lists.waiting(work, id_of(unit), day(on))]


def three() -> Tale:
    tale = land()
    for name in ("lan", "hoa", "tam"):
        tale.joined(name, "x", "2020-03-08")
    return tale


def test_a_branch_expects_who_is_neither_away_nor_elsewhere_for_a_time(views: Views) -> None:
    tale = three()
    tale.say(membership.MemberAway(branch=X), "lan", "2021-01-01")
    tale.say(membership.AffiliationReceived(branch=Y, kind=Affiliation.TEMPORARY, home=X), "hoa", "2021-02-01")
    tale.say(membership.AffiliationReceived(branch=Y, kind=Affiliation.RESIDENCE, home=X), "tam", "2021-03-01")
    tale.say(membership.MemberBack(branch=X), "lan", "2021-06-01")
    views.feed(tale.logs)
    members = Members(views.runner)
    expected = {
        on: members.book(X, day(on)).expected for on in ("2020-12-31", "2021-01-01", "2021-02-01", "2021-06-01")
    }
    assert expected == {"2020-12-31": 3, "2021-01-01": 2, "2021-02-01": 1, "2021-06-01": 2}
    host = members.book(Y, day("2021-06-01"))
    assert ({each.person for each in host.guests}, host.persons) == ({HOA, TAM}, 0), "guests count at home only"


def test_ids_of_one_person_are_one_in_the_book_and_on_the_card(views: Views) -> None:
    tale = three()
    tale.say(membership.PersonsMerged(branch=X, into=LAN), "hoa", "2021-01-01")
    views.feed(tale.logs)
    members = Members(views.runner)
    assert (len(members.book(X, day("2020-06-01")).members), members.book(X, day("2020-06-01")).persons) == (3, 2)
    assert members.card(LAN)["same_person"] == [{"person": HOA, "kept": False}]
    assert members.card(HOA)["same_person"] == [{"person": LAN, "kept": True}]


def test_a_card_shows_states_and_for_which_months_dues_are_settled(views: Views) -> None:
    tale = three()
    tale.say(membership.CardIssued(branch=X), "lan", "2020-04-01")
    months = [("2020-03-01", "2020-06-01"), ("2020-06-01", "2020-07-01"), ("2020-08-01", "2020-09-01")]
    for start, end in months:
        tale.say(membership.DuesPaid(branch=X, period=Period(start=day(start), end=day(end))), "lan", end)
    views.feed(tale.logs)
    members = Members(views.runner)
    assert members.paid_through(LAN) == {id_of("women"): dt.date(2020, 7, 1)}
    assert members.paid_through(HOA) == {}
    assert [(each["kind"], each["end_day"]) for each in members.card(LAN)["states"]] == [("card", None)]


def test_who_waits_waits_until_somebody_acts(views: Views) -> None:
    tale = three()
    tale.say(membership.TransferIntroduced(branch=X), "lan", "2021-01-01")
    tale.say(membership.StrikeOffProposed(branch=X, cause="not-attending"), "hoa", "2021-01-01")
    tale.say(membership.CardIssued(branch=X), "tam", "2020-04-01")
    tale.say(membership.MemberResigned(branch=X), "tam", "2021-01-01")
    tale.say(membership.TransferReceived(branch=id_of("z"), origin=X), "lan", "2021-03-01")
    tale.say(membership.StrikeOffDeclined(branch=X), "hoa", "2021-03-01")
    tale.say(membership.CardWithdrawn(branch=X), "tam", "2021-03-01")
    views.feed(tale.logs)
    for work, person in ((Work.TRANSFERS, LAN), (Work.PROPOSALS, HOA), (Work.CARDS, TAM)):
        for unit in ("x", "b1", "root", "p"):
            assert waiting(views, work, unit, "2021-02-01") == [person], (work, unit)
        assert waiting(views, work, "z", "2021-02-01") == []
        assert waiting(views, work, "p", "2021-03-01") == []
        assert waiting(views, work, "p", "2020-12-31") == []


def test_away_too_long_is_what_the_rule_says_and_else_past_the_day_that_was_named(views: Views) -> None:
    tale = three()
    tale.say(membership.MemberAway(branch=X, expected_return=day("2021-03-01")), "lan", "2021-01-15")
    tale.say(membership.MemberAway(branch=X), "hoa", "2021-06-01")
    views.feed(tale.logs)
    assert waiting(views, Work.AWAY, "x", "2022-01-15", RULES) == []
    assert waiting(views, Work.AWAY, "x", "2022-01-16", RULES) == [LAN]
    assert waiting(views, Work.AWAY, "x", "2021-03-01") == []
    assert waiting(views, Work.AWAY, "x", "2021-03-02") == [LAN]


def test_nobodys_age_is_guessed_and_officers_and_the_deferred_are_left_alone(views: Views) -> None:
    tale = land()
    for name in ("lan", "hoa", "tam"):
        tale.say(membership.MemberEntered(branch=X, admitted_year=2005), name, "2020-01-01")
    tale.joined("mai", "x", "2020-01-01")
    tale.say(membership.BranchHeadTookOffice(branch=X, person=HOA, title="bi-thu"), "x", "2021-01-01")
    tale.say(membership.MaturityDeferred(branch=X, until=day("2023-01-01")), "tam", "2022-01-01")
    views.feed(tale.logs)
    assert waiting(views, Work.MATURITY, "p", "2021-12-30", RULES) == []
    assert set(waiting(views, Work.MATURITY, "p", "2021-12-31", RULES)) == {LAN, TAM}
    assert waiting(views, Work.MATURITY, "p", "2022-06-01", RULES) == [LAN]
    assert set(waiting(views, Work.MATURITY, "p", "2023-01-01", RULES)) == {LAN, TAM}
    assert waiting(views, Work.MATURITY, "p", "2023-01-01") == []


def test_after_a_closing_the_rules_and_the_cards_are_those_of_whom_it_went_on_in(views: Views) -> None:
    """Both as of the day: before it the lists are the closed organisation's."""
    tale, asked = land(), list[UUID]()
    heir, old = id_of("heir"), id_of("women")
    tale.joined("lan", "x", "2020-03-08")
    tale.joined("tam", "y", "2020-03-08")
    tale.say(membership.MemberAway(branch=X), "lan", "2021-01-15")
    tale.say(membership.CardIssued(branch=Y), "tam", "2020-04-01")
    tale.unit("here", "branch", None, None, by="heir")
    tale.say(membership.MemberJoined(branch=id_of("here")), "tam", "2021-08-01", by="heir")
    tale.logs.close(old, heir, day("2021-07-01"))
    tale.say(membership.MemberResigned(branch=Y), "tam", "2021-09-01", by="heir")
    views.feed(tale.logs)

    def rules(organisation: UUID, _day: dt.date) -> MemberRulesAdopted | None:
        asked.append(organisation)
        return RULES if organisation == heir else None

    lists = WorkLists(views.runner, rules)
    for on, whose, found in (("2021-06-30", old, []), ("2022-01-15", heir, []), ("2022-01-16", heir, [LAN])):
        asked.clear()
        told = lists.waiting(Work.AWAY, X, day(on))
        assert ([each["person"] for each in told], set(asked)) == (found, {whose}), on
        assert {each["organisation"] for each in told} <= {heir}
    assert lists.waiting(Work.CARDS, Y, day("2022-01-01")) == [], "a member of the successor keeps the card"
    before = lists.waiting(Work.MATURITY, X, day("2021-06-30"))
    assert (before, set(asked[-1:])) == ([], {old})


@pytest.mark.parametrize(
    ("on", "age"), [("2020-06-14", 30), ("2020-06-15", 31), ("2004-06-15", 15), ("2005-06-14", 15)]
)
def test_the_age_reached_at_least(on: str, age: int) -> None:
    assert at_least(15, day("2004-06-15"), day(on)) == age
