"""What do indicators of how members stand say of a branch? Numbers, the facts behind them, and nothing unsaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from services.ratings.domain.rules import Evidence, State, evaluate
from services.ratings.domain.rules.evidence import Measured
from services.ratings.domain.rules.indicators import INDICATORS as CATALOGUE
from services.ratings.domain.rules.sheet import read_sheet
from services.ratings.projections.indicators import measure
from services.ratings.projections.things import THINGS
from shared.contracts import membership
from shared.contracts.fields import Period
from shared.contracts.ratings import Criterion, RuleDocument
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.logs import Told
from tests.support.tale import Tale, day, id_of, land, year
from tests.support.views import Views, asked

EXAMPLES: Final = Path("docs/examples/rule-sets")
INDICATORS: Final = (
    *("dues-paid", "cards-held", "disciplines", "leaders-disciplined", "own-disciplines", "plan-registered"),
    "households-exemplary",
)
RULES: Final = RuleDocument(
    schema_version=2,
    grades=(),
    criteria=tuple(Criterion(code=each, title=each, clause="1", points=100, indicator=each) for each in INDICATORS),
)
IN_2022: Final = ("2022-01-01", "2023-01-01")
X: Final = id_of("x")
BY_HAND: Final[Mapping[str, tuple[int, int | None]]] = {
    "dues-paid": (18, 20),
    "cards-held": (1, 2),
    "disciplines": (1, None),
    "leaders-disciplined": (1, 1),
    "own-disciplines": (1, 1),
    "plan-registered": (1, 1),
    "households-exemplary": (45, 50),
}
"""Of x in 2022, in the tale below."""


def counted(tale: Tale, group: str, many: int) -> Told:
    """Somebody counts households of x."""
    fact = membership.PeopleCounted(scope=X, group=group, count=many, source="Chi hội", counted_on=day("2022-06-01"))
    return tale.new(fact, "2022-06-01")


def told() -> tuple[Tale, Mapping[str, list[Told]]]:
    """Of x: two members, of whom lan heads it; 20 of 24 months owed are paid, four exempted. What lies behind each."""
    tale = land()
    lan, hoa = (tale.joined(person, "x", "2021-12-01") for person in ("lan", "hoa"))
    took = tale.say(membership.BranchHeadTookOffice(branch=X, person=id_of("lan"), title="head"), "x", "2021-12-05")
    below = membership.BranchHeadTookOffice(branch=id_of("s"), person=id_of("tam"), title="head")
    tale.say(below, "s", "2021-12-05")
    whole, half = year(2022), Period(start=day("2022-01-01"), end=day("2022-05-01"))
    paid = tale.say(membership.DuesPaid(branch=X, period=whole), "lan", "2023-01-20")
    free = tale.say(membership.DuesExempted(branch=X, period=half, ground="hardship"), "hoa", "2022-01-05")
    rest = Period(start=day("2022-05-01"), end=day("2022-11-01"))
    some = tale.say(membership.DuesPaid(branch=X, period=rest), "hoa", "2022-12-05")
    card = tale.say(membership.CardIssued(branch=X), "lan", "2022-02-01")
    warned = tale.say(
        membership.DisciplineDecided(branch=X, level=membership.DisciplineLevel.WARNING), "lan", "2022-03-01"
    )
    tale.say(
        membership.DisciplineDecided(branch=id_of("y"), level=membership.DisciplineLevel.WARNING), "tam", "2022-03-01"
    )
    plan = tale.say(membership.PlanRegistered(unit=X, year=2022), "lan", "2022-02-01")
    exemplary, households = counted(tale, "exemplary-households", 45), counted(tale, "households", 50)
    return tale, {
        "dues-paid": [lan, hoa, paid, free, some],
        "cards-held": [lan, hoa, card],
        "disciplines": [warned],
        "leaders-disciplined": [took, warned],
        "own-disciplines": [took, warned],
        "plan-registered": [took, plan],
        "households-exemplary": [exemplary, households],
    }


def measured(views: Views, unit: str = "x", known: int | None = None) -> Mapping[str, Measured]:
    """Everything in 2022."""
    return measure(views.runner, RULES, replace(asked(id_of(unit), *IN_2022), known=known))


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    """The tale in views."""
    views = ratings_views(f"sqlite:///{tmp_path_factory.mktemp('views') / 'views.sqlite'}").feed(told()[0].logs)
    yield views
    views.close()


def test_each_has_its_numbers_and_the_facts_behind_both(views: Views) -> None:
    found, behind = measured(views), told()[1]
    assert {name: (each.numerator, each.denominator) for name, each in found.items()} == BY_HAND
    for name, each in found.items():
        assert set(each.events) == {f"{one.by}/{one.root.envelope.id}" for one in behind[name]}, name


@pytest.mark.parametrize("name", ["dues-paid", "plan-registered"])
def test_without_any_named_fact_it_is_another(name: str, tmp_path: Path) -> None:
    for number in range(len(told()[1][name])):
        tale, behind = told()
        tale.logs.void(behind[name][number])
        views = ratings_views(f"sqlite:///{tmp_path / str(number)}").feed(tale.logs)
        found = measured(views).get(name)
        assert found is None or (found.numerator, found.denominator) != BY_HAND[name], (name, number)
        views.close()


def test_a_body_above_answers_for_its_own_leaders_only_and_nobodys_is_not_recorded(views: Views) -> None:
    found = measured(views, "b1")
    assert found["disciplines"].numerator == 2
    assert not {"leaders-disciplined", "own-disciplines", "plan-registered"} & found.keys()
    nobody = measured(views, "w")
    assert {name: (each.numerator, each.denominator) for name, each in nobody.items()} == dict.fromkeys(
        ("dues-paid", "cards-held", "households-exemplary"), (0, None)
    )


def test_as_known_before_it_was_said(views: Views) -> None:
    card = told()[1]["cards-held"][-1]
    before = measured(views, known=card.root.envelope.recorded - 1)
    assert not {"cards-held", "plan-registered"} & before.keys(), "nobody had said any of them yet"
    assert (before["dues-paid"].numerator, before["dues-paid"].denominator) == (18, 20)
    assert before["own-disciplines"].numerator == 0, "none of one head is none"


def test_nought_of_what_an_organisation_never_records_is_silence(tmp_path: Path) -> None:
    """Of y: two members and a head, no dues, cards or plan; once x says one of each, y has none of them."""
    tale = land()
    for person in ("lan", "hoa"):
        tale.joined(person, "y", "2021-12-01")
    tale.joined("tam", "x", "2021-12-01")
    tale.organisation("farmers")
    tale.unit("f", "branch", None, "h1", by="farmers")
    tale.say(membership.MemberJoined(branch=id_of("f")), "xa", "2021-12-01", "farmers")
    took = membership.BranchHeadTookOffice(branch=id_of("y"), person=id_of("lan"), title="head")
    tale.say(took, "y", "2021-12-05")
    said_of = ("dues-paid", "cards-held", "plan-registered")

    def numbers(name: str, unit: str) -> dict[str, tuple[int, int | None]]:
        views = ratings_views(f"sqlite:///{tmp_path / name}").feed(tale.logs)
        found = measured(views, unit)
        views.close()
        return {each: (found[each].numerator, found[each].denominator) for each in said_of if each in found}

    assert numbers("silent", "y") == {}
    earlier = Period(start=day("2021-01-01"), end=day("2022-01-01"))
    tale.say(membership.DuesPaid(branch=X, period=earlier), "tam", "2021-12-20")
    tale.say(membership.PlanRegistered(unit=X, year=2021), "tam", "2021-12-20")
    assert numbers("of-the-year-before", "y") == {}
    tale.say(membership.DuesPaid(branch=X, period=year(2022)), "tam", "2022-12-20")
    tale.say(membership.CardIssued(branch=X), "tam", "2022-02-01")
    tale.say(membership.PlanRegistered(unit=X, year=2022), "tam", "2022-02-01")
    assert numbers("said", "y") == {"dues-paid": (0, 24), "cards-held": (0, 2), "plan-registered": (0, 1)}
    assert numbers("of-others", "f") == {}, "another organisation's word says nothing of f"


def test_conditions_of_published_rules_are_met_or_not_by_facts(views: Views) -> None:
    """18 of 20 months and 45 of 50 households reach 85 %; one of two members holds a card."""
    sheet = read_sheet((EXAMPLES / "chi-hoi-phu-nu-kieu-mau.yaml").read_bytes())
    assert sheet.fact is not None
    rules = sheet.fact.rules
    said = evaluate(rules, Evidence(measure(views.runner, rules, asked(X, *IN_2022))))
    states = {each.when.partition(" ")[0]: each.state for each in said.conditions}
    assert (states["dues-paid"], states["households-exemplary"], states["cards-held"]) == (
        State.MET,
        State.MET,
        State.NOT_MET,
    )


def test_every_indicator_that_is_measured_has_words_for_what_it_counts() -> None:
    assert {each.code for each in CATALOGUE.values() if each.figure is not None} <= set(THINGS)


def test_what_was_paid_under_an_id_that_was_given_up_is_found(tmp_path: Path) -> None:
    tale = land()
    tale.joined("lan", "x", "2021-12-01")
    tale.joined("mai", "y", "2021-12-01")
    tale.say(membership.PersonsMerged(branch=id_of("y"), into=id_of("lan")), "mai", "2022-01-05")
    paid = membership.DuesPaid(branch=id_of("y"), period=Period(start=day("2022-01-01"), end=day("2022-06-01")))
    tale.say(paid, "mai", "2022-06-01")
    views = ratings_views(f"sqlite:///{tmp_path / 'views.sqlite'}").feed(tale.logs)
    found = views.ask("dues-paid", asked(X, *IN_2022)).rows
    views.close()
    assert found == {(): (5, 12)}
