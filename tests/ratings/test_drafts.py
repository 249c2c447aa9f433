"""Does a draft say who would move, and why? All units at once as each by itself; nothing is recorded."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from services.ratings.projections.bulk import Bulk
from services.ratings.projections.proposals import Views
from shared.contracts.fields import EventReference, Grade
from shared.contracts.meetings import Every
from shared.contracts.ratings import (
    Ballot,
    By,
    Criterion,
    CriterionScored,
    Mark,
    RatingChanged,
    RatingDecided,
    RuleDocument,
    RuleSetAdopted,
    Score,
    ScoredIn,
    Signer,
    Threshold,
    VotesCounted,
)
from shared.history.figures import Question
from tests.history.replay.kept import RULES, adopt
from tests.ratings.answering import Answering
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.columns import ColumnViews
from tests.support.sayings import history
from tests.support.tale import Tale, id_of, land, year

EVERY_INDICATOR = (
    *("meetings-held", "attendance", "members-attending", "recruiting", "dues-paid", "cards-held"),
    *("disciplines", "leaders-disciplined", "own-disciplines", "plan-registered", "households-exemplary"),
)
X, PEOPLE = id_of("x"), id_of("people")
ENDED = {"issued": "2021-01-01", "effective_from": "2021-01-01", "effective_to": "2021-06-01"}
PATH = f"/v1/drafts?unit={id_of('root')}&years=2022,2021"


def draft(**changed: object) -> bytes:
    """The rules of the tale, with attendance weighing more than meetings."""
    criteria = (
        Criterion(code="meetings", title="Sinh hoạt đúng kỳ", clause="1a", points=3_000, indicator="meetings-held"),
        Criterion(code="attendance", title="Chuyên cần", clause="1b", points=7_000, indicator="attendance"),
    )
    fact = RuleSetAdopted(
        title="Dự thảo",
        subject_kind="branch",
        issuer="Ban Dân vận",
        legal_reference="dự thảo lần 2",
        issued=dt.date(2023, 1, 1),
        effective_from=dt.date(2023, 1, 1),
        rules=RuleDocument(
            schema_version=1,
            grades=tuple(Grade(scale="strength", rank=rank, label=f"loại {rank}") for rank in (1, 2)),
            criteria=criteria,
            thresholds=(Threshold(at_least=8_000, rank=1), Threshold(at_least=0, rank=2)),
        ),
    )
    return json.dumps({**json.loads(fact.model_dump_json(exclude_none=True)), **changed}).encode()


@pytest.fixture(scope="module")
def tale() -> Tale:
    """In 2022 x met half the months and everybody came; y met each month, and half of them came."""
    tale = land()
    tale.every("branch", Every.MONTH, "2021-01-01")
    for month in range(1, 13):
        if month <= 6:
            tale.met("x", f"2022-{month:02}-15", present=40)
        tale.met("y", f"2022-{month:02}-15", present=30, absent=30)
        tale.met("z", f"2022-{month:02}-15", present=10)
    # An older one that nobody ever ended or superseded: the draft is held against what began last.
    older = RuleSetAdopted.model_validate_json(draft(effective_from="2020-06-01", issued="2020-06-01"))
    tale.say(older, "older", "2020-06-01")
    adopt(tale.logs, RULES, "2021-01-01", by=id_of("women"))
    judged_by_people(tale)
    return tale


def judged_by_people(tale: Tale) -> None:
    """Rules that ended in June 2021, applied in 2022 for want of others: x is scored, voted on, decided, changed."""
    fact = RuleSetAdopted.model_validate_json(draft(rules=json.loads(people_rules(4_000, 3_000)), **ENDED))
    tale.say(fact, "people", "2021-01-01")
    about: dict[str, Any] = {"unit": X, "axis": "vertical", "period": year(2022), "rule_set": PEOPLE}
    chair = Signer(office="chair")
    for body, step, points in (("x", ScoredIn.SELF_RATED, 2_900), ("u1", ScoredIn.VERIFIED, 2_400)):
        score: dict[str, Any] = {
            "criterion": "content",
            "step": step,
            "score": Score(points=points),
            "body": id_of(body),
        }
        tale.say(CriterionScored(**about, **score, signer=chair), "x", "2022-12-01")
    ballot = Ballot(in_favour=18, against=2, present=20, entitled=20)
    tale.say(VotesCounted(**about, body=X, criterion="trust", votes=ballot, signer=chair), "x", "2022-12-02")
    first, second = (Grade(scale="strength", rank=rank, label=f"loại {rank}") for rank in (1, 2))
    made = tale.say(RatingDecided(**about, rater=id_of("u1"), grade=second), "x", "2022-12-20")
    decision = EventReference(organisation=id_of("women"), event=made.root.envelope.id)
    later = RatingChanged(**about, decision=decision, body=id_of("u1"), grade=first, signer=chair)
    tale.say(later, "x", "2022-12-28")


def people_rules(meetings: int, content: int, *more: Criterion) -> str:
    """Meetings by facts, contents by people, trust by votes."""
    criteria = (
        Criterion(code="meetings", title="Sinh hoạt", clause="1", points=meetings, indicator="meetings-held"),
        Criterion(code="content", title="Nội dung", clause="2", points=content),
        Criterion(code="trust", title="Tín nhiệm", clause="3", points=3_000, by=By.VOTES),
        *more,
    )
    document = RuleDocument(
        schema_version=2,
        grades=tuple(Grade(scale="strength", rank=rank, label=f"loại {rank}") for rank in (1, 2)),
        criteria=criteria,
        thresholds=(Threshold(at_least=8_000, rank=1), Threshold(at_least=0, rank=2)),
    )
    return document.model_dump_json(exclude_none=True)


@pytest.fixture(scope="module")
def ratings(tale: Tale, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """The tale in its service, without a courier."""
    answering = Answering(tale, tmp_path_factory.mktemp("ratings"))
    yield answering
    answering.close()


async def test_who_would_move_is_named_with_both_grades_and_the_criterion(ratings: Answering) -> None:
    """x: 30 + 40 of 100 before, 15 + 70 under the draft; y: 60 + 20 before, 30 + 35 under it; z stays; w, open, too."""
    before = ratings.runner.position()
    told = (await ratings.post(PATH, draft())).json()
    assert [each["year"] for each in told["years"]] == [2021, 2022]
    year = told["years"][1]
    assert (year["units"], year["moved"], year["against"]["id"]) == (4, 2, str(RULES))
    assert {(each["from"], each["to"]): each["units"] for each in year["shifts"]} == {
        ("loại 1", "loại 1"): 1,
        ("loại 1", "loại 2"): 1,
        ("loại 2", "loại 1"): 1,
        ("loại 2", "loại 2"): 1,
    }
    moved = {told["titles"][each["unit"]]: each for each in told["moved"]}
    assert {name: (each["from"]["rank"], each["to"]["rank"]) for name, each in moved.items()} == {
        "x": (2, 1),
        "y": (1, 2),
    }
    assert moved["x"]["points"] == {"from": 7_000, "to": 8_500}
    assert [(each["code"], each["from"], each["to"]) for each in moved["x"]["by"]] == [
        ("attendance", 4_000, 7_000),
        ("meetings", 3_000, 1_500),
    ]
    assert [(each["code"], each["from"], each["to"]) for each in moved["y"]["by"]] == [
        ("meetings", 6_000, 3_000),
        ("attendance", 2_000, 3_500),
    ]
    assert ratings.runner.position() == before


async def test_what_people_said_under_the_rules_before_counts_where_the_draft_asks_for_it_too(
    ratings: Answering,
) -> None:
    """x: 20 + 24 + 27 of 100 before; 5 + 48 + 27 under the draft, where 24 of 30 are 48 of 60."""
    new = Criterion(code="new", title="Đổi mới", clause="4", points=0, mark=Mark.YES_NO)
    body = draft(rules=json.loads(people_rules(1_000, 6_000, new)))
    told = (await ratings.post(f"{PATH.replace('2022,2021', '2022')}&against={PEOPLE}", body)).json()
    (tried,) = told["years"]
    moved = {told["titles"][each["unit"]]: each for each in told["moved"]}
    x = moved["x"]
    assert tried["people"] == {"taken": ["trust"], "in_proportion": ["content"], "not_recorded": ["new"]}
    assert (x["points"], x["from"]["rank"], x["to"]["rank"]) == ({"from": 7_100, "to": 8_000}, 2, 1)
    assert [(each["code"], each["from"], each["to"]) for each in x["by"]][:2] == [
        ("content", 2_400, 4_800),
        ("meetings", 2_000, 500),
    ]
    assert x["decided"] == "loại 1", "as changed since"
    # w never met: 60 points at most were less than 80, 90 are not; so its grade is open.
    assert (set(moved), moved["w"]["to"], moved["w"]["decided"]) == ({"x", "w"}, None, None)
    # Under rules that people judged otherwise, their words are not taken: what stood in no such criterion is open.
    (other,) = (await ratings.post(PATH.replace("2022,2021", "2022"), body)).json()["years"]
    assert other["people"] == {"taken": [], "in_proportion": [], "not_recorded": ["content", "trust", "new"]}


async def test_a_draft_is_held_against_its_own_caps_in_each_raters_group(ratings: Answering) -> None:
    """X and z would be best of three under u1: 20 % of three is none by reading B, of two left none by A; w is open."""
    rules = json.loads(draft())["rules"]
    cap = {"pool": "similar", "rank": 1, "below": 2, "share": 2_000, "of": "all", "rounding": "down", "clause": "4"}
    pool = {"code": "similar", "title": "Nhóm", "clause": "4", "same": ["rater", "period", "peers"]}
    told = (await ratings.post(PATH, draft(rules=rules | {"schema_version": 2, "pools": [pool], "caps": [cap]}))).json()
    (capped,) = told["years"][1]["caps"]
    assert (capped["pool"], capped["rank"], capped["of"]) == ("similar", 1, "all")
    over = [(told["titles"][each["rater"]], each["pool"], each["given"], each["allowed"]) for each in capped["over"]]
    assert over == [("u1", 3, 2, 0)]
    assert capped["over"][0]["readings"] == {"left": 0, "all": 0}
    assert told["years"][1]["moved"] == 2, "nothing is lowered"
    one = draft(
        rules=rules | {"schema_version": 2, "pools": [{**pool, "same": ["kind"]}], "caps": [{**cap, "least": 2}]}
    )
    (whole,) = (await ratings.post(PATH, one)).json()["years"][1]["caps"]
    assert (whole["groups"], whole["over"]) == (1, [])


async def test_a_draft_waits_for_the_grades_of_the_units_below(ratings: Answering) -> None:
    """S is below x and has no grade: under `children_first` x has none either; y, with nothing below, as before."""
    rules = json.loads(draft())["rules"] | {"schema_version": 2, "children_first": True}
    told = (await ratings.post(PATH, draft(rules=rules))).json()
    moved = {told["titles"][each["unit"]]: each["to"] for each in told["moved"] if each["year"] == 2022}
    assert (moved["x"], moved["y"]["rank"]) == (None, 2)


@pytest.mark.parametrize(("months", "label"), [(24, "loại 1"), (25, None)])
async def test_a_draft_rates_no_unit_that_is_too_young(ratings: Answering, months: int, label: str | None) -> None:
    """All were founded on 1 January 2010, 24 months before the end of 2011; no rules were in force."""
    rules = json.loads(draft())["rules"]
    only = {"grades": rules["grades"][:1], "thresholds": [{"rank": 1, "at_least": 0}], "schema_version": 2}
    youngest = {"months": months, "after_change": 1, "clause": "7"}
    told = await ratings.post(PATH.replace("2022,2021", "2011"), draft(rules=rules | only | {"youngest": youngest}))
    assert told.json()["years"][0]["shifts"] == [{"from": None, "to": label, "units": 4}]


async def test_movers_come_in_pages_and_a_rule_set_may_be_named(ratings: Answering) -> None:
    whole = (await ratings.post(PATH, draft())).json()
    pages = [(await ratings.post(f"{PATH}&limit=1&skip={skip}", draft())).json()["moved"] for skip in range(3)]
    assert [each for page in pages for each in page] == whole["moved"]
    assert (await ratings.post(f"{PATH}&against={RULES}", draft())).json()["moved"] == whole["moved"]


async def test_where_no_rules_were_in_force_every_grade_is_new(ratings: Answering) -> None:
    told = (await ratings.post(PATH.replace("2022,2021", "2019"), draft())).json()
    assert (told["years"][0]["against"], told["years"][0]["moved"]) == (None, 0), "nothing was due, nobody met"


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        (PATH, b"{", 422, "rules-unsound", "draft"),
        (PATH, b"\xff", 422, "rules-unsound", "draft"),
        (PATH, b"[]", 422, "rules-unsound", "draft"),
        (PATH, b'{"a": 1, "a": 2}', 422, "rules-unsound", "draft"),
        (PATH, draft(title=7), 422, "rules-unsound", "title"),
        (PATH, draft(rules={}), 422, "rules-unsound", "rules.schema_version"),
        (PATH, b" " * 300_000, 413, "body-too-large", None),
        (f"{PATH}&against={id_of('none')}", draft(), 404, "unknown-rule-set", "against"),
        (PATH.replace("2022,2021", "1899"), draft(), 422, "year-out-of-range", "years"),
        (PATH.replace("2022,2021", "next"), draft(), 422, "bad-format", "years"),
    ],
)
async def test_what_is_no_draft_is_refused_by_name(
    ratings: Answering, path: str, body: bytes, status: int, code: str, field: str | None
) -> None:
    answer = await ratings.post(path, body)
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, field)


@pytest.mark.parametrize("key", ["other", "territorial-reader"])
async def test_nobody_tries_a_draft_on_the_units_of_others(ratings: Answering, key: str) -> None:
    assert (await ratings.post(PATH, draft(), key)).status_code == 403


@pytest.mark.parametrize("seed", [61, *(pytest.param(seed, marks=pytest.mark.battery) for seed in range(62, 82))])
def test_all_units_at_once_are_measured_as_each_by_itself(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    told, folder = history(seed), tmp_path_factory.mktemp("bulk")
    sql = ratings_views(f"sqlite:///{folder / 'views.sqlite'}").feed(told.logs)
    columns = ColumnViews(folder, sql).file(told.logs, Random(seed))
    rules = RuleDocument(
        schema_version=1,
        grades=(),
        criteria=tuple(
            Criterion(code=each, title=each, clause="1", points=1, indicator=each) for each in EVERY_INDICATOR
        ),
    )
    measured, looked = 0, Views(sql.runner)
    for unit in told.country.every("province"):
        question = Question(unit, dt.date(2021, 1, 1), dt.date(2023, 1, 1))
        units = [each.id for each in Bulk(sql.runner, columns.columns).units(question, "branch")]
        assert units == [each.id for each in looked.branches(question) if each.kind == "branch"]
        for id, found in Bulk(sql.runner, columns.columns).measured([rules], units[:12], question):
            alone = looked.evidence(rules, Question(id, question.start, question.end)).measured
            assert found == {name: each._replace(events=()) for name, each in alone.items()}
            measured += any(each.numerator for each in found.values())
    assert measured, "a history in which nothing is measured proves nothing"
    columns.close()
    sql.close()
