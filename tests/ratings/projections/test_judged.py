"""Do the scores and votes that count, and the grades of the units below, agree with an independent recount?

Ten units a history: four are judged by people, six asked for what lies below; one of each as known half-way through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.ratings.projections.below import children_of
from services.ratings.projections.holding import labels
from services.ratings.projections.judging import NOTHING, Cited, judged, judged_of_each
from shared.contracts.event import Event
from shared.contracts.fields import EventReference, Grade
from shared.contracts.membership import Body
from shared.contracts.ratings import (
    Ballot,
    Criterion,
    CriterionScored,
    RatedPerson,
    RatingCancelled,
    RatingChanged,
    RatingDecided,
    RuleDocument,
    Score,
    ScoredIn,
    Signer,
    VotesCounted,
    rated_id,
)
from shared.history.figures import Question
from tests.oracle.figure import History
from tests.oracle.people import Rated, below, counted, counting, label_held
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.logs import Told
from tests.support.recounting import recounted
from tests.support.seeds import drawn
from tests.support.tale import Tale, id_of, land, year
from tests.support.views import Views

SEEDS = (5,)
MANY = 200
BRANCHES, PARENTS = ("x", "y", "z", "w"), ("b1", "b2", "b3", "u1", "u2", "root")
BODIES = ("x", "b1", "u1", "root")
RULE_SETS = (id_of("rules"), id_of("other rules"))
GRADES = tuple(Grade(scale="s", rank=rank, label=str(rank)) for rank in (1, 2, 3))
CHAIR = Signer(office="chair")
HEAD = RatedPerson(person=id_of("head"), kind="officer")
RULES = RuleDocument(
    schema_version=2, grades=GRADES, criteria=(Criterion(code="a", title="A", clause="1", points=100),)
)
Y2022, ENDS = year(2022), dt.date(2023, 1, 1)


def lived(chance: Random, facts: int) -> tuple[Tale, int]:
    """A history of scores, votes and decisions, some of them put right or void; and a moment in it."""
    tale = land()
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.unit("committee", "committee", None, "d1", by="party")
    told: list[Told] = []
    half = 0
    for number in range(facts):
        if number == facts // 2:
            half = tale.logs.clock
        on = f"2022-{chance.randint(9, 12):02}-{chance.randint(1, 28):02}"
        standing = [each for each in told if each.standing]
        if standing and chance.random() < 0.15:
            one = chance.choice(standing)
            if chance.random() < 0.5:
                tale.logs.void(one)
            else:
                tale.logs.correct(one, _otherwise(chance, one.fact), on)
            continue
        fact, subject = _any(chance, standing)
        by = "party" if chance.random() < 0.1 else "women"
        said = tale.logs.tell(fact, subject, on, id_of(by))
        told += [] if said is None else [said]
    return tale, half


def _any(chance: Random, standing: list[Told]) -> tuple[Event, UUID]:
    unit = id_of(chance.choice((*BRANCHES, *BRANCHES, *PARENTS)))
    person = HEAD if chance.random() < 0.15 else None
    about: dict[str, Any] = {"unit": unit, "person": person, "axis": chance.choice(("vertical",) * 4 + ("party",))}
    about["period"] = chance.choice((Y2022, Y2022, Y2022, year(2021)))
    judged_as: dict[str, Any] = {
        "body": id_of(chance.choice(BODIES)),
        "rule_set": chance.choice((*RULE_SETS[:1] * 4, RULE_SETS[1])),
    }
    judged_as["criterion"] = chance.choice(("a", "b"))
    made = [each for each in standing if isinstance(each.fact, RatingDecided)]
    kind = chance.choice(("scored", "scored", "voted", "decided", "decided", "changed", "cancelled"))
    if kind in {"changed", "cancelled"} and made:
        one = chance.choice(made)
        after: dict[str, Any] = {"body": id_of("root"), "signer": CHAIR}
        after["decision"] = EventReference(organisation=one.by, event=one.root.envelope.id)
        for name in ("unit", "person", "axis", "period"):
            after[name] = getattr(one.fact, name)
        if kind == "cancelled":
            return RatingCancelled(**after), one.subject
        return RatingChanged(**after, grade=chance.choice(GRADES)), one.subject
    if kind == "scored":
        score = Score(points=chance.randint(0, 100))
        step = chance.choice(tuple(ScoredIn))
        return CriterionScored(**about, **judged_as, step=step, score=score, signer=CHAIR), rated_id(unit, person)
    if kind == "voted":
        return VotesCounted(**about, **judged_as, votes=_ballot(chance), signer=CHAIR), rated_id(unit, person)
    rater = id_of(chance.choice(("root", "root", "u1", "committee")))
    return RatingDecided(**about, rater=rater, grade=chance.choice(GRADES)), rated_id(unit, person)


def _ballot(chance: Random) -> Ballot:
    return Ballot(in_favour=chance.randint(0, 20), against=chance.randint(0, 3), blank=1, present=30, entitled=40)


def _otherwise(chance: Random, fact: Event) -> Event:
    """The same fact with another score, vote or grade."""
    match fact:
        case CriterionScored():
            return fact.model_copy(update={"score": Score(points=chance.randint(101, 200))})
        case VotesCounted():
            return fact.model_copy(update={"votes": _ballot(chance)})
        case _:
            return fact.model_copy(update={"grade": chance.choice(GRADES)})


@pytest.mark.parametrize("seeds", [SEEDS, pytest.param(None, marks=pytest.mark.battery, id="fresh")])
def test_what_people_said_and_what_lies_below_is_what_a_recount_gives(
    seeds: Sequence[int] | None, tmp_path: Path
) -> None:
    found, seeds = [0, 0, 0], [drawn() for _ in range(MANY)] if seeds is None else seeds
    for seed in seeds:
        chance = Random(drawn(seed))
        tale, half = lived(chance, 400)
        views = ratings_views(f"sqlite:///{tmp_path / f'{seed}.sqlite'}").feed(tale.logs, chance)
        for place, number in enumerate(_agree(views, recounted(tale.logs), None, BRANCHES, PARENTS)):
            found[place] += number
        # A past is a set of views of its own: of one unit each.
        past = recounted(tale.logs, half)
        list(_agree(views, past, half, (chance.choice(BRANCHES),), (chance.choice(PARENTS),)))
        views.close()
    # Not vacuous: scores and votes count, and ranks stand below.
    assert min(found) >= len(seeds)


def _agree(
    views: Views, history: History, known: int | None, branches: tuple[str, ...], parents: tuple[str, ...]
) -> Iterator[int]:
    """How many scores, votes and ranks both gave alike."""
    scores = votes = ranks = 0
    period = Y2022.model_dump(mode="json")
    for unit, person in ((unit, person) for unit in branches for person in (None, HEAD)):
        question = Question(id_of(unit), Y2022.start, ENDS, known=known)
        given = judged(views.runner, RULES, Cited(RULE_SETS[0], "vertical", person), question)
        rated = Rated(str(id_of(unit)), period, "vertical", None if person is None else person.model_dump(mode="json"))
        wanted = counting(history, rated, str(RULE_SETS[0]))
        assert {code: (each.points, each.event) for code, each in given.scores.items()} == {
            code: (fact.body["score"]["points"], f"{fact.organisation}/{fact.root}") for code, fact in wanted.items()
        }
        cast = counted(history, rated, str(RULE_SETS[0]))
        assert {code: (each.in_favour, each.cast) for code, each in given.votes.items()} == {
            code: (fact.body["votes"]["in_favour"], sum(fact.body["votes"][each] for each in CAST))
            for code, fact in cast.items()
        }
        scores, votes = scores + len(wanted), votes + len(cast)
    many = [id_of(unit) for unit in branches]
    everywhere = Question(id_of("root"), Y2022.start, ENDS, known=known)
    together = judged_of_each(views.runner, RULES, Cited(RULE_SETS[0]), everywhere, many)
    held = labels(views.runner, everywhere, many)
    for each in many:
        alone = judged(views.runner, RULES, Cited(RULE_SETS[0]), replace(everywhere, unit=each))
        assert together.get(each, NOTHING) == alone
        assert held.get(each) == label_held(history, Rated(str(each), period, "vertical"))
    for unit in parents:
        question = Question(id_of(unit), Y2022.start, ENDS, known=known)
        lying = {
            each.unit: (each.rank, frozenset(event.partition("/")[2] for event in each.events))
            for each in children_of(views.runner, "vertical", question)
        }
        expected = below(history, Rated(str(id_of(unit)), period, "vertical"), question.last_day)
        assert lying == expected
        ranks += sum(rank is not None for rank, _ in expected.values())
    yield from (scores, votes, ranks)


CAST = ("in_favour", "against", "blank")
"""The votes that were cast."""
