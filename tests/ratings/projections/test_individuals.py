"""What do indicators say of one person who is rated in a unit? His own part, with the facts behind it; else nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from services.ratings.domain.rules import Evidence, Why, evaluate
from services.ratings.domain.rules.evidence import Life, Measured
from services.ratings.domain.rules.indicators import INDICATORS
from services.ratings.projections.ages import membership_of
from services.ratings.projections.indicators import measure
from services.ratings.projections.individuals import OF_PERSONS
from shared.contracts import meetings, membership
from shared.contracts.fields import Period
from shared.contracts.ratings import Criterion, RuleDocument, YoungestAge
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.logs import Told
from tests.support.tale import Tale, day, id_of, land, year
from tests.support.views import Views, asked

RULES: Final = RuleDocument(
    schema_version=2,
    grades=(),
    criteria=tuple(Criterion(code=each, title=each, clause="1", points=100, indicator=each) for each in INDICATORS),
)
IN_2022: Final = ("2022-01-01", "2023-01-01")
X: Final = id_of("x")
Counts = tuple[int, int | None]
OF_LAN: Final[Mapping[str, Counts]] = {
    "attendance": (10, 12),
    "members-attending": (1, 1),
    "dues-paid": (9, 11),
    "cards-held": (1, 1),
    "disciplines": (0, 1),
    "own-disciplines": (0, 1),
    "leaders-disciplined": (0, 1),
    "referrals": (1, 1),
    "party-admissions": (0, 1),
    "commendations": (1, None),
    "plan-registered": (1, 1),
    # One given to lan, exceeded; one of x, which lan leads, late; none given to hoa, or to y.
    "tasks-done": (2, 2),
    "tasks-on-time": (1, 2),
    "tasks-late": (1, 2),
    "tasks-exceeded": (1, 2),
}
"""Of lan, who heads x, by hand from the tale below: nothing that hoa did counts, and nothing that is x's as a whole."""
OF_HOA: Final[Mapping[str, Counts]] = {
    "attendance": (6, 12),
    "members-attending": (0, 1),
    "dues-paid": (0, 12),
    "cards-held": (0, 1),
    # Of two ids that were merged, for one of whom the discipline was decided in y.
    "disciplines": (1, 1),
    "own-disciplines": (1, 1),
    "referrals": (0, 1),
    "party-admissions": (0, 1),
    "commendations": (0, None),
    # Of two tasks one under each id; hoa leads nothing.
    "tasks-done": (1, 2),
    "tasks-on-time": (1, 2),
    "tasks-late": (0, 2),
    "tasks-exceeded": (0, 2),
}


def task(tale: Tale, name: str, unit: str, to: str | None, done: str | None, result: str = "done") -> list[Told]:
    """A task due at the end of June, given to a unit or to somebody in it, and what says that it is done."""
    person = None if to is None else id_of(to)
    given = membership.TaskAssigned(unit=id_of(unit), person=person, title="Vận động", due=day("2022-06-30"))
    said = [tale.say(given, name, "2022-01-10")]
    if done is not None:
        said.append(
            tale.say(membership.TaskCompleted(unit=id_of(unit), result=membership.TaskResult(result)), name, done)
        )
    return said


def told() -> tuple[Tale, Mapping[str, list[Told]]]:
    """Of x: lan heads it, hoa is a member; cadres who visit, or should. What lies behind each of lan's indicators."""
    tale = land()
    lan, _ = (tale.joined(person, "x", "2021-12-01") for person in ("lan", "hoa"))
    took = tale.say(membership.BranchHeadTookOffice(branch=X, person=id_of("lan"), title="head"), "x", "2021-12-05")
    rolls = []
    for month in range(1, 13):
        came = " ".join(name for name, last in (("lan", 10), ("hoa", 6)) if month <= last)
        absent = " ".join(name for name, last in (("lan", 10), ("hoa", 6)) if month > last)
        rolls.append(tale.roll("x", f"2022-{month:02}-10", came, absent))
    nine = Period(start=day("2022-01-01"), end=day("2022-10-01"))
    october = Period(start=day("2022-10-01"), end=day("2022-11-01"))
    paid = tale.say(membership.DuesPaid(branch=X, period=nine), "lan", "2022-10-20")
    free = tale.say(membership.DuesExempted(branch=X, period=october, ground="hardship"), "lan", "2022-10-05")
    card = tale.say(membership.CardIssued(branch=X), "lan", "2022-02-01")
    referred = tale.say(membership.MemberReferredToParty(branch=X), "lan", "2022-05-01")
    award = membership.CommendationAwarded(
        kind="certificate-of-merit",
        recipient=membership.Recipient.PERSON,
        person=id_of("lan"),
        place=id_of("p"),
    )
    praised = tale.new(award, "2022-08-01")
    plan = tale.say(membership.PlanRegistered(unit=X, year=2022), "lan", "2022-02-01")
    warning = membership.DisciplineDecided(branch=id_of("y"), level=membership.DisciplineLevel.WARNING)
    tale.joined("hoa under another id", "y", "2022-01-05")
    tale.say(warning, "hoa under another id", "2022-03-01")
    tale.say(membership.PersonsMerged(branch=id_of("y"), into=id_of("hoa")), "hoa under another id", "2022-04-01")
    own = task(tale, "own", "x", "lan", "2022-06-01", result="exceeded")
    led = task(tale, "led", "x", None, "2022-07-05")
    task(tale, "elsewhere", "y", None, "2022-06-01")
    task(tale, "hers", "x", "hoa", None)
    task(tale, "hers too", "x", "hoa under another id", "2022-06-30")
    both = [took, own[0], led[0]]
    tale.joined("far", "w", "2021-12-01")
    tale.say(warning.model_copy(update={"branch": id_of("w")}), "far", "2022-03-01")
    for cadre in ("can", "idle"):
        charge = meetings.CadreAssigned(tier="district", area=id_of("d1"), starts=day("2021-06-01"))
        tale.say(charge, cadre, "2021-06-01")
    tale.visited("can", "x", "2022-03-10", "one")
    tale.visited("can", "z", "2022-04-10", "two")
    tale.visited("can", "w", "2022-05-10", "three")
    tale.visited("can", "x", "2021-03-10", "before")
    return tale, {
        "attendance": rolls,
        "members-attending": rolls,
        "dues-paid": [lan, paid, free],
        "cards-held": [lan, card],
        "disciplines": [lan, took],
        "own-disciplines": [lan, took],
        "leaders-disciplined": [took],
        "referrals": [lan, took, referred],
        "party-admissions": [lan, took],
        "commendations": [praised],
        "plan-registered": [took, plan],
        "tasks-done": [*both, own[1], led[1]],
        "tasks-on-time": [*both, own[1]],
        "tasks-late": [*both, led[1]],
        "tasks-exceeded": [*both, own[1]],
    }


def measured(views: Views, person: str, unit: str = "x", known: int | None = None) -> Mapping[str, Measured]:
    """Every indicator of the catalogue, in 2022."""
    question = replace(asked(id_of(unit), *IN_2022), known=known, person=id_of(person))
    return measure(views.runner, RULES, question)


def numbers(found: Mapping[str, Measured]) -> Mapping[str, Counts]:
    """What is recorded: a share of nothing is not."""
    return {
        name: (each.numerator, each.denominator)
        for name, each in found.items()
        if each.denominator is not None or not INDICATORS[name].share
    }


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    """The tale in views."""
    views = ratings_views(f"sqlite:///{tmp_path_factory.mktemp('views') / 'views.sqlite'}").feed(told()[0].logs)
    yield views
    views.close()


def test_each_is_the_persons_own_with_the_facts_behind_it_and_all_else_is_not_recorded(views: Views) -> None:
    found, behind = measured(views, "lan"), told()[1]
    assert numbers(found) == OF_LAN
    for name, each in found.items():
        assert set(each.events) == {f"{one.by}/{one.root.envelope.id}" for one in behind[name]}, name
    assert numbers(measured(views, "hoa")) == OF_HOA
    # The same person, asked for by the id that was given up.
    assert numbers(measured(views, "hoa under another id")) == OF_HOA


def test_visits_are_the_cadres_own_wherever_and_nought_only_of_who_owes_them(views: Views) -> None:
    assert numbers(measured(views, "can", "u1")) == {"visits": (3, None)}
    assert numbers(measured(views, "idle", "u1")) == {"visits": (0, None)}
    assert numbers(measured(views, "nobody", "u1")) == {}


def test_of_who_does_not_belong_to_the_unit_nothing_is_told(views: Views) -> None:
    assert numbers(measured(views, "far")) == {}
    assert measured(views, "far", "w")["own-disciplines"].numerator == 1


def test_as_known_before_it_was_said(views: Views) -> None:
    card = told()[1]["cards-held"][-1]
    before = measured(views, "lan", known=card.root.envelope.recorded - 1)
    assert "cards-held" not in before, "no card of anybody had been told of yet"
    assert (before["dues-paid"].numerator, before["dues-paid"].denominator) == (9, 11)


@pytest.mark.parametrize("name", ["dues-paid", "referrals", "plan-registered"])
def test_without_a_fact_that_says_it_the_figure_is_another(name: str, tmp_path: Path) -> None:
    tale, behind = told()
    tale.logs.void(behind[name][-1 if name != "dues-paid" else 1])
    views = ratings_views(f"sqlite:///{tmp_path / 'views'}").feed(tale.logs)
    assert numbers(measured(views, "lan")).get(name) != OF_LAN[name]
    views.close()


def test_a_member_is_rated_once_he_has_been_one_for_so_long(views: Views) -> None:
    question = replace(asked(X, "2022-01-01", "2022-05-01"), person=id_of("lan"))
    life = membership_of(views.runner, question)
    assert life == Life(5, of_change=False)
    assert membership_of(views.runner, replace(question, person=id_of("can"))) is None
    rules = RULES.model_copy(update={"youngest": YoungestAge(months=6, clause="Điều 4")})
    assert Why.TOO_YOUNG in evaluate(rules, Evidence(life=life)).why
    later = membership_of(views.runner, replace(question, end=day("2022-06-01")))
    assert Why.TOO_YOUNG not in evaluate(rules, Evidence(life=later)).why


def test_the_words_of_the_catalogue_are_those_of_persons_too() -> None:
    assert set(OF_PERSONS) <= set(INDICATORS)
    assert year(2022).end == day("2023-01-01")
