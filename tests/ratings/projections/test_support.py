"""What do branches and their heads have, who was commended, who took part? Counted by hand in a small country."""

from __future__ import annotations

from shared.contracts import membership
from shared.contracts.fields import Qualifier
from shared.contracts.meetings import ParticipationCounted
from shared.contracts.membership import Recipient
from tests.support.logs import Told
from tests.support.tale import Tale, id_of, land, roots, text, year
from tests.support.views import Views, asked

P = id_of("p")
IN_2022 = ("2022-01-01", "2023-01-01")


def took(tale: Tale, person: str, branch: str, at: str) -> Told:
    """A head takes office."""
    fact = membership.BranchHeadTookOffice(branch=id_of(branch), person=id_of(person), title="head")
    return tale.say(fact, branch, at)


def left(tale: Tale, person: str, branch: str, at: str) -> Told:
    """And leaves it."""
    fact = membership.BranchHeadLeftOffice(branch=id_of(branch), person=id_of(person))
    return tale.say(fact, branch, at)


def granted(tale: Tale, person: str, benefit: str, at: str) -> Told:
    """A person is granted a benefit, by whichever branch."""
    return tale.new(membership.BenefitGranted(branch=id_of("z"), person=id_of(person), benefit=benefit), at)


def test_benefits_are_those_of_heads_in_office_on_the_last_day_out_of_all_in_office(views: Views) -> None:
    tale = land()
    lan, hoa = took(tale, "lan", "x", "2022-01-05"), took(tale, "hoa", "y", "2022-01-05")
    took(tale, "tam", "z", "2022-01-05")
    left(tale, "tam", "z", "2022-12-31")
    took(tale, "mai", "w", "2022-01-05")
    tale.dissolve("w", "2022-12-31")
    card = granted(tale, "lan", "card", "2022-12-31")
    granted(tale, "hoa", "card", "2023-01-01")
    tour = granted(tale, "tam", "tour", "2022-02-01")
    views.feed(tale.logs)
    given = views.ask("benefits", asked(P, *IN_2022))
    assert given.rows == {("card",): (1, 2), ("tour",): (0, 2)}
    assert given.events == roots(lan, hoa, card)
    assert roots(tour).isdisjoint(given.events)
    assert views.ask("benefits", asked(id_of("x"), *IN_2022)).rows == {("card",): (1, 1), ("tour",): (0, 1)}


def test_a_benefit_nobody_was_granted_has_no_row(views: Views) -> None:
    tale = land()
    took(tale, "lan", "x", "2022-01-05")
    views.feed(tale.logs)
    assert views.ask("benefits", asked(P, *IN_2022)).rows == {}


def test_equipment_counts_each_branch_once_for_each_thing(views: Views) -> None:
    tale = land()
    behind = [
        tale.new(membership.BranchEquipped(branch=id_of(branch), equipment=thing), at)
        for branch, thing, at in (
            ("x", "handbook", "2022-01-05"),
            ("x", "handbook", "2022-02-05"),
            ("z", "handbook", "2022-02-05"),
            ("x", "drum", "2022-02-05"),
        )
    ]
    views.feed(tale.logs)
    given = views.ask("equipment", asked(P, *IN_2022, "equipment"))
    assert given.rows == {("drum",): (1, None), ("handbook",): (2, None)}
    assert given.events == roots(*behind)


def test_commendations_are_kept_apart_as_they_were_reported(views: Views) -> None:
    tale = land()
    behind = [
        tale.new(membership.CommendationAwarded(kind="letter", recipient=recipient, place=id_of("c1")), "2022-03-08")
        for recipient in (Recipient.UNIT, Recipient.UNIT, Recipient.NOT_SPLIT)
    ]
    views.feed(tale.logs)
    given = views.ask("commendations", asked(id_of("d1"), *IN_2022, "recipient"))
    assert given.rows == {("not-split",): (1, None), ("unit",): (2, None)}
    assert given.events == roots(*behind)
    assert views.ask("commendations", asked(id_of("d2"), *IN_2022)).rows == {(): (0, None)}


def test_participation_adds_up_what_was_stated_and_tells_how_exact_it_is(views: Views) -> None:
    tale = land()
    for count, qualifier in ((100, Qualifier.EXACT), (30, Qualifier.MORE_THAN), (7, Qualifier.MORE_THAN)):
        fact = ParticipationCounted(
            activity="Ngày hội", scope=id_of("u1"), period=year(2022), count=count, qualifier=qualifier
        )
        tale.new(fact, "2022-12-31")
    views.feed(tale.logs)
    given = views.ask("participation", asked(P, *IN_2022, "qualifier"))
    assert given.rows == {("exact",): (100, None), ("more-than",): (37, None)}
    assert views.ask("participation", asked(id_of("d1"), *IN_2022, "activity")).rows == {("Ngày hội",): (137, None)}
    assert views.ask("participation", asked(P, *IN_2022, "unit")).rows == {text("u1"): (137, None)}
