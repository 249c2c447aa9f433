"""Does a draft for persons say who would move, by what is their own? Points of two members counted by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.ratings.projections import weighed
from shared.contracts import membership
from shared.contracts.fields import Grade
from shared.contracts.ratings import (
    Cap,
    CapOf,
    Criterion,
    CriterionScored,
    Pool,
    RatedPerson,
    RatingAuthoritySet,
    RatingDecided,
    Rounding,
    RuleDocument,
    RuleSetAdopted,
    Score,
    ScoredIn,
    Signer,
    Step,
    Threshold,
    Veto,
    authority_id,
    rated_id,
)
from tests.ratings.answering import Answering
from tests.support.tale import day, id_of, land, year

X, RULES = id_of("x"), id_of("rules of members")
BEST, GOOD = (Grade(scale="person", rank=rank, label=label) for rank, label in ((1, "Xuất sắc"), (2, "Tốt")))
PATH = f"/v1/drafts?unit={id_of('b1')}&years=2022"


def rules(came: int, dues: int, effort: int, **more: Any) -> RuleSetAdopted:
    """Attendance and dues from facts, effort as people score it; 80 points are the best grade."""
    criteria = (
        Criterion(code="came", title="Dự sinh hoạt", clause="1", points=came, indicator="attendance"),
        Criterion(code="dues", title="Đóng hội phí", clause="2", points=dues, indicator="dues-paid"),
        Criterion(code="effort", title="Nỗ lực", clause="3", points=effort),
    )
    steps = (Threshold(at_least=8_000, rank=1), Threshold(at_least=0, rank=2))
    document = RuleDocument(schema_version=2, grades=(BEST, GOOD), criteria=criteria, thresholds=steps, **more)
    return RuleSetAdopted(
        title="Xếp loại hội viên",
        subject_kind="member",
        issuer="Ban Thường vụ",
        legal_reference="13-HD/BTV",
        issued=day("2022-01-01"),
        effective_from=day("2022-01-01"),
        rules=document,
    )


def posted(fact: RuleSetAdopted) -> bytes:
    return json.dumps(json.loads(fact.model_dump_json(exclude_none=True))).encode()


@pytest.fixture(scope="module")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """Lan came to 6 of 12 meetings and paid; Hoa came to all and paid nothing; Sau left; each has 10 of 20."""
    tale = land()
    for member in ("lan", "hoa", "sau"):
        tale.joined(member, "x", "2021-01-05")
    for month in range(1, 13):
        came, missed = ("lan hoa", "") if month <= 6 else ("hoa", "lan")
        tale.roll("x", f"2022-{month:02}-10", came, missed)
    tale.say(membership.DuesPaid(branch=X, period=year(2022)), "lan", "2022-12-01")
    tale.say(membership.MemberResigned(branch=X), "sau", "2022-07-01")
    tale.say(rules(2_000, 6_000, 2_000), "rules of members", "2022-01-01")
    rule = RatingAuthoritySet(
        axis="vertical",
        subject_kind="member",
        decides="base-unit",
        steps=(Step.OPENED,),
        legal_reference="20-HD/BTV",
        issued=day("2022-01-01"),
        effective_from=day("2022-01-01"),
    )
    tale.logs.tell(rule, authority_id("vertical"), "2022-01-01", id_of("women"))
    for name in ("lan", "hoa"):
        rated = RatedPerson(person=id_of(name), kind="member")
        about: dict[str, Any] = {"unit": X, "person": rated, "axis": "vertical", "period": year(2022)}
        about |= {"rule_set": RULES, "signer": Signer(office="chair")}
        subject = rated_id(X, rated)
        score: dict[str, Any] = {
            "criterion": "effort",
            "step": ScoredIn.DECIDED,
            "score": Score(points=1_000),
            "body": id_of("b1"),
        }
        tale.logs.tell(CriterionScored(**about, **score), subject, "2022-12-10", id_of("women"))
        if name == "lan":
            tale.logs.tell(RatingDecided(**about, rater=id_of("b1"), grade=BEST), subject, "2022-12-20", id_of("women"))
    answering = Answering(tale, tmp_path_factory.mktemp("persons"))
    yield answering
    answering.close()


async def test_each_person_is_held_against_both_by_what_is_his_or_her_own(ratings: Answering) -> None:
    """Lan: 10 + 60 + 10 of 100 before, 30 + 10 + 15 under the draft; Hoa: 20 + 0 + 10 before, 60 + 0 + 15 under it."""
    told = (await ratings.post(PATH, posted(rules(6_000, 1_000, 3_000)))).json()
    (tried,) = told["years"]
    assert (tried["units"], tried["against"]["id"]) == (2, str(RULES)), "who left in summer is not there at the end"
    assert tried["people"] == {"taken": [], "in_proportion": ["effort"], "not_recorded": []}
    names = {str(id_of(name)): name for name in ("lan", "hoa", "sau")}
    (lan,) = told["moved"]
    assert (names[lan["person"]], lan["unit"], lan["points"]) == ("lan", str(X), {"from": 8_000, "to": 5_500})
    assert (lan["from"]["label"], lan["to"]["label"], lan["decided"]) == ("Xuất sắc", "Tốt", "Xuất sắc")
    assert [(each["code"], each["from"], each["to"]) for each in lan["by"]] == [
        ("dues", 6_000, 1_000),
        ("came", 1_000, 3_000),
        ("effort", 1_000, 1_500),
    ]
    assert tried["shifts"] == [
        {"from": "Tốt", "to": "Tốt", "units": 1},
        {"from": "Xuất sắc", "to": "Tốt", "units": 1},
    ]


async def test_a_cap_is_held_against_the_persons_of_one_rater(ratings: Answering) -> None:
    """With 90 for coming Hoa would be the best, one of two, and 20 % of two is none."""
    pool = Pool(code="members", title="Hội viên", clause="4", same=("rater", "period"))
    cap = Cap(pool="members", rank=1, below=2, share=2_000, of=CapOf.ALL, rounding=Rounding.DOWN, clause="4", least=0)
    told = (await ratings.post(PATH, posted(rules(9_000, 500, 500, pools=(pool,), caps=(cap,))))).json()
    (capped,) = told["years"][0]["caps"]
    over = [(each["rater"], each["pool"], each["given"], each["allowed"]) for each in capped["over"]]
    assert over == [(str(id_of("b1")), 2, 1, 0)]


async def test_what_tells_of_discipline_is_for_those_who_may_read_it(ratings: Answering) -> None:
    veto = Veto(code="disciplined", title="Bị kỷ luật", clause="6", when="own-disciplines >= 1", best=2)
    strict = posted(rules(6_000, 1_000, 3_000, vetoes=(veto,)))
    refused = await ratings.post(PATH, strict, "reader")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-may-not")
    assert (await ratings.post(PATH, posted(rules(6_000, 1_000, 3_000)), "reader")).status_code == 200
    assert (await ratings.post(PATH, strict)).status_code == 200


async def test_too_many_persons_are_refused_by_name(ratings: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighed, "PERSONS", 1)
    refused = await ratings.post(PATH, posted(rules(6_000, 1_000, 3_000)))
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "too-many-persons", "unit")
