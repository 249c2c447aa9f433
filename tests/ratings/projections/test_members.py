"""Who is a member, was admitted, referred, taken into the Party? Counted by hand in a small country."""

from __future__ import annotations

from shared.contracts import membership
from tests.support.tale import id_of, land, roots, text
from tests.support.views import Views, asked, on

P = id_of("p")


def test_members_are_those_on_a_book_on_the_day_and_a_person_in_two_branches_counts_twice(views: Views) -> None:
    tale = land()
    lan = tale.joined("lan", "x", "2022-01-10")
    hoa = tale.say(membership.MemberEntered(branch=id_of("x")), "hoa", "2022-01-01")
    again = tale.say(membership.MemberEntered(branch=id_of("z")), "hoa", "2022-01-02")
    left = tale.joined("tam", "y", "2022-02-01")
    tale.say(membership.MemberResigned(branch=id_of("y")), "tam", "2022-03-01")
    views.feed(tale.logs)
    assert views.ask("members", on(P, "2022-02-28")).rows == {(): (4, None)}
    given = views.ask("members", on(P, "2022-03-01"))
    assert given.rows == {(): (3, None)}
    assert given.events == roots(lan, hoa, again)
    assert roots(left).isdisjoint(given.events)
    assert views.ask("members", on(P, "2022-03-01", "branch")).rows == {text("x"): (2, None), text("z"): (1, None)}
    assert views.ask("persons", on(P, "2022-03-01")).rows == {(): (2, None)}


def test_ids_of_one_person_count_once_on_every_day_and_twice_when_they_were_two(views: Views) -> None:
    tale = land()
    one, other = tale.joined("lan", "x", "2022-01-10"), tale.joined("lan-2", "x", "2022-02-10")
    far = tale.joined("lan-3", "z", "2022-02-10")
    merged = tale.say(membership.PersonsMerged(branch=id_of("x"), into=id_of("lan")), "lan-2", "2022-06-01")
    again = tale.say(membership.PersonsMerged(branch=id_of("x"), into=id_of("lan-3")), "lan", "2022-07-01")
    views.feed(tale.logs)
    for day in ("2022-03-01", "2022-12-31"):
        assert views.ask("members", on(P, day, "branch")).rows == {text("x"): (1, None), text("z"): (1, None)}
        given = views.ask("persons", on(P, day))
        assert given.rows == {(): (1, None)}
        assert given.events == roots(one, other, far, merged, again)
    tale.say(membership.PersonsUnmerged(branch=id_of("x"), into=id_of("lan")), "lan-2", "2022-08-01")
    views.feed(tale.logs)
    assert views.ask("members", on(P, "2022-03-01", "branch")).rows == {text("x"): (2, None), text("z"): (1, None)}
    given = views.ask("persons", on(P, "2022-03-01"))
    assert given.rows == {(): (2, None)}
    assert given.events == roots(one, other, far, again)


def test_a_member_of_a_sub_branch_counts_in_the_branch_above_and_once_with_it(views: Views) -> None:
    tale = land()
    both = [tale.say(membership.MemberEntered(branch=id_of(branch)), "lan", "2022-01-01") for branch in ("s", "x")]
    views.feed(tale.logs)
    given = views.ask("members", on(id_of("x"), "2022-06-30", "branch"))
    assert given.rows == {text("x"): (1, None)}
    assert given.events == roots(*both)
    assert views.ask("members", on(id_of("s"), "2022-06-30")).rows == {(): (1, None)}, "in its own book too"


def test_who_is_on_the_way_counts_in_the_old_branch_until_the_day_of_reception(views: Views) -> None:
    tale = land()
    tale.joined("lan", "x", "2022-01-10")
    tale.say(membership.TransferIntroduced(branch=id_of("x"), destination=id_of("w")), "lan", "2022-03-01")
    tale.say(membership.TransferReceived(branch=id_of("w"), origin=id_of("x")), "lan", "2022-04-01")
    views.feed(tale.logs)
    assert views.ask("members", on(P, "2022-03-31", "branch")).rows == {text("x"): (1, None)}
    assert views.ask("members", on(P, "2022-04-01", "branch")).rows == {text("w"): (1, None)}


def test_members_pass_with_a_merger_and_who_was_in_both_is_there_once_by_both_facts(views: Views) -> None:
    tale = land()
    first = tale.say(membership.MemberEntered(branch=id_of("x")), "lan", "2022-01-01")
    second = tale.say(membership.MemberEntered(branch=id_of("y")), "lan", "2022-01-01")
    merger = tale.merge("y", "x", on="2022-05-01")
    views.feed(tale.logs)
    given = views.ask("members", on(P, "2022-05-01", "branch"))
    assert given.rows == {text("y"): (1, None)}
    assert given.events == roots(first, second)
    tale.logs.void(merger)
    views.feed(tale.logs)
    assert views.ask("members", on(P, "2022-05-01")).rows == {(): (2, None)}


def test_death_ends_memberships_in_the_posters_organisation_only(views: Views) -> None:
    tale = land()
    tale.organisation("youth")
    tale.unit("youth root", "province-body", None, "p", by="youth")
    tale.unit("v", "branch", "youth root", "h1", by="youth")
    tale.joined("lan", "x", "2022-01-10")
    tale.say(membership.MemberJoined(branch=id_of("v")), "lan", "2022-01-10", "youth")
    tale.say(membership.MemberDied(branch=id_of("x")), "lan", "2022-06-01")
    views.feed(tale.logs)
    assert views.ask("members", on(P, "2022-06-01", "organisation")).rows == {text("youth"): (1, None)}


def test_admissions_count_in_the_branch_and_on_the_day_of_the_fact_and_openings_never(views: Views) -> None:
    tale = land()
    lan = tale.joined("lan", "x", "2022-01-10")
    tale.joined("tam", "x", "2022-07-01")
    tale.say(membership.MemberEntered(branch=id_of("x")), "hoa", "2022-01-10")
    tale.say(membership.MemberResigned(branch=id_of("x")), "lan", "2022-02-01")
    mai = tale.joined("mai", "s", "2022-06-30")
    views.feed(tale.logs)
    given = views.ask("admissions", asked(id_of("b1"), "2022-01-01", "2022-07-01", "month"))
    assert given.rows == {("2022-01",): (1, None), ("2022-06",): (1, None)}
    assert given.events == roots(lan, mai)
    assert views.ask("admissions", asked(id_of("b2"), "2022-01-01", "2022-07-01")).rows == {(): (0, None)}


def test_referrals_and_party_admissions_are_two_counts_of_facts(views: Views) -> None:
    tale = land()
    tale.joined("lan", "x", "2022-01-10")
    referred = tale.say(membership.MemberReferredToParty(branch=id_of("x")), "lan", "2022-03-01")
    admitted = tale.say(membership.MemberAdmittedToParty(branch=id_of("x")), "lan", "2022-09-01")
    views.feed(tale.logs)
    referrals = views.ask("referrals", asked(P, "2022-01-01", "2023-01-01", "organisation"))
    admissions = views.ask("party-admissions", asked(P, "2022-01-01", "2023-01-01"))
    assert (referrals.rows, referrals.events) == ({text("women"): (1, None)}, roots(referred))
    assert (admissions.rows, admissions.events) == ({(): (1, None)}, roots(admitted))
