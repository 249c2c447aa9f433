"""How many of those who could be members are? Rates over what somebody counted or set, and none where nobody did."""

from __future__ import annotations

from shared.contracts import membership
from shared.contracts.fields import Period
from tests.support.logs import Told
from tests.support.tale import Tale, day, id_of, land, roots, text, year
from tests.support.views import Views, asked, on

P = id_of("p")
IN_2022 = ("2022-01-01", "2023-01-01")


def counted(tale: Tale, scope: str, many: int, at: str, group: str = "eligible", by: str = "women") -> Told:
    """Somebody counts people of a group."""
    fact = membership.PeopleCounted(
        scope=id_of(scope), group=group, count=many, source="Ban Thường vụ", counted_on=day(at)
    )
    return tale.new(fact, at, by)


def target(tale: Tale, name: str, many: int, period: Period, scope: str = "root") -> Told:
    """A target for admissions, or its revision."""
    fact = membership.TargetSet(scope=id_of(scope), indicator="admissions", period=period, value=many)
    return tale.say(fact, name, "2022-01-01")


def test_without_anybody_counting_there_is_no_denominator(views: Views) -> None:
    tale = land()
    tale.joined("lan", "x", "2022-01-10")
    views.feed(tale.logs)
    for name in ("recruiting-rate", "admissions-of-target", "gathering-rate"):
        assert views.ask(name, asked(P, *IN_2022)).rows == {(): (1, None)}, name
    assert views.ask("people", on(P, "2022-12-31")).rows == {}


def test_a_stated_nought_is_nought(views: Views) -> None:
    tale = land()
    counted(tale, "x", 0, "2022-02-01")
    views.feed(tale.logs)
    assert views.ask("recruiting-rate", asked(P, *IN_2022)).rows == {(): (0, 0)}


def test_recruiting_is_admissions_out_of_the_people_last_counted_by_the_last_day(views: Views) -> None:
    tale = land()
    lan = tale.joined("lan", "x", "2022-01-10")
    counted(tale, "root", 50, "2021-06-01")
    last = counted(tale, "root", 40, "2022-06-01")
    counted(tale, "root", 30, "2023-01-01")
    counted(tale, "root", 99, "2022-07-01", group="youth")
    views.feed(tale.logs)
    given = views.ask("recruiting-rate", asked(P, *IN_2022))
    assert given.rows == {(): (1, 40)}
    assert given.events == roots(lan, last)


def test_a_part_counted_beside_its_whole_is_not_added_again(views: Views) -> None:
    tale = land()
    whole = counted(tale, "u1", 40, "2022-06-01")
    part = counted(tale, "b1", 15, "2022-06-01")
    other = counted(tale, "b3", 7, "2022-06-01")
    views.feed(tale.logs)
    given = views.ask("people", on(P, "2022-12-31"))
    assert given.rows == {("eligible",): (47, None)}
    assert given.events == roots(whole, other)
    assert views.ask("people", on(id_of("b1"), "2022-12-31")).events == roots(part)


def test_each_organisation_has_its_own_whole_and_parts(views: Views) -> None:
    tale = land()
    tale.organisation("youth")
    tale.unit("youth root", "province-body", None, "p", by="youth")
    tale.joined("lan", "x", "2022-01-10")
    counted(tale, "root", 40, "2022-06-01")
    counted(tale, "d1", 5, "2022-06-01", by="youth")
    views.feed(tale.logs)
    assert views.ask("recruiting-rate", asked(P, *IN_2022)).rows == {(): (1, 45)}
    by_organisation = {text("women"): (1, 40), text("youth"): (0, 5)}
    assert views.ask("recruiting-rate", asked(P, *IN_2022, "organisation")).rows == by_organisation


def test_targets_count_as_last_revised_where_their_period_lies_within(views: Views) -> None:
    tale = land()
    lan = tale.joined("lan", "x", "2022-01-10")
    target(tale, "goal", 10, year(2022))
    revised = target(tale, "goal", 12, year(2022))
    target(tale, "long goal", 100, Period(start=day("2022-01-01"), end=day("2024-01-01")))
    target(tale, "part of the goal", 4, year(2022), scope="b1")
    views.feed(tale.logs)
    given = views.ask("admissions-of-target", asked(P, *IN_2022))
    assert given.rows == {(): (1, 12)}
    assert given.events == roots(lan, revised)


def test_gathering_is_members_on_the_day_each_once_out_of_the_people_counted(views: Views) -> None:
    tale = land()
    for branch in ("x", "s"):
        tale.say(membership.MemberEntered(branch=id_of(branch)), "lan", "2022-01-01")
    counted(tale, "root", 40, "2022-06-01")
    views.feed(tale.logs)
    assert views.ask("gathering-rate", on(P, "2022-06-30")).rows == {(): (1, 40)}
    assert views.ask("gathering-rate", on(P, "2022-05-31")).rows == {(): (1, None)}
