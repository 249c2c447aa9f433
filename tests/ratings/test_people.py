"""Do scores, votes and the grades of the units below count, are they explained, and does a decision freeze them?

A year is scored by the unit, by its base and by the rater, voted on, decided by the basis that is handed out, and asked
again after later words: over HTTP, judged by the real intake.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.fields import EventReference, Grade
from shared.contracts.meetings import Every
from shared.contracts.membership import Act, Body, MandateGranted
from shared.contracts.ratings import (
    Ballot,
    Basis,
    By,
    Criterion,
    CriterionScored,
    FiledDocument,
    GradeCondition,
    Mark,
    ObjectionRaised,
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
from tests.ratings.cycling import Cycling
from tests.support.tale import Tale, day, id_of, land, year

BRANCHES, BASES = id_of("rules of branches"), id_of("rules of bases")
X, Y, BASE, DISTRICT, WOMEN = (id_of(name) for name in ("x", "y", "b1", "u1", "women"))
Z, PARTY, COMMITTEE = id_of("z"), id_of("party"), id_of("committee")
GRADES = tuple(Grade(scale="strength", rank=rank, label=label) for rank, label in enumerate(("Mạnh", "Khá", "Yếu"), 1))
CHAIR = Signer(office="chair")
Y2022 = year(2022)
MINUTES = FiledDocument(title="Biên bản thẩm định 07/BB", sha256="ab" * 32)


def rule_set(kind: str, *criteria: Criterion, **rules: Any) -> RuleSetAdopted:
    return RuleSetAdopted(
        title=f"Hướng dẫn xếp loại {kind}",
        subject_kind=kind,
        issuer="Ban Thường vụ",
        legal_reference="12-HD/BTV",
        issued=day("2022-01-01"),
        effective_from=day("2022-01-01"),
        rules=RuleDocument(schema_version=2, grades=GRADES, criteria=criteria, **rules),
    )


def thresholds(*points: int) -> tuple[Threshold, ...]:
    return tuple(Threshold(at_least=least, rank=rank) for rank, least in enumerate(points, 1))


OF_BRANCHES = rule_set(
    "branch",
    Criterion(code="meetings", title="Sinh hoạt", clause="1", points=4_000, indicator="meetings-held"),
    Criterion(code="content", title="Nội dung", clause="2", points=3_000, evidence=True),
    Criterion(code="trust", title="Tín nhiệm", clause="3", points=3_000, by=By.VOTES),
    Criterion(code="unity", title="Đoàn kết", clause="4", points=0, mark=Mark.RANK),
    thresholds=thresholds(8_000, 5_000, 0),
    conditions=(
        GradeCondition(rank=1, title="Đoàn kết", clause="4", when="mark.unity is rank 1"),
        GradeCondition(rank=1, title="Tín nhiệm", clause="3", when="votes.trust >= 80 %"),
    ),
)
OF_BASES = rule_set(
    "base-unit",
    Criterion(code="led", title="Lãnh đạo", clause="1", points=10_000),
    thresholds=thresholds(8_000, 5_000, 0),
    children_first=True,
    conditions=(GradeCondition(rank=1, title="Chi hội khá", clause="2", when="children.rank-2 >= 80 %"),),
)


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycling]:
    """Twelve meetings of x, and two rule sets."""
    tale: Tale = land()
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.unit("committee", "committee", None, "d1", by="party")
    mandate = MandateGranted(grantee=PARTY, acts=(Act.RATE,), subtree=id_of("root"), valid_from=day("2020-01-01"))
    tale.say(mandate, "mandate", "2020-01-01")
    tale.every("branch", Every.MONTH, "2020-01-01")
    for month in range(1, 13):
        tale.met("x", f"2022-{month:02}-15", present=30, absent=10)
    found = Cycling(tale, tmp_path_factory.mktemp("people"))
    found.say(OF_BRANCHES, BRANCHES, "2022-01-01")
    found.say(OF_BASES, BASES, "2022-01-01")
    yield found
    found.close()


def scored(criterion: str, body: UUID, step: ScoredIn, on: UUID = X, rules: UUID = BRANCHES, **fields: Any) -> Any:
    axis = fields.pop("axis", "vertical")
    given = {name: fields.pop(name) for name in ("points", "met", "mark") if name in fields}
    return CriterionScored(
        unit=on,
        body=body,
        axis=axis,
        period=Y2022,
        rule_set=rules,
        criterion=criterion,
        step=step,
        score=Score(**given),
        signer=CHAIR,
        **fields,
    )


def decided(unit: UUID, rater: UUID, grade: Grade, rules: UUID | None, **fields: Any) -> RatingDecided:
    return RatingDecided(
        unit=unit, rater=rater, axis="vertical", period=Y2022, rule_set=rules, grade=grade, signer=CHAIR, **fields
    )


async def test_a_year_is_scored_voted_on_decided_and_stays_as_it_was_decided(it: Cycling) -> None:
    """One life, told in its order."""
    asked = f"/v1/proposals?branch={X}&year=2022&rule_set={BRANCHES}"
    assert set((await it.told(asked))["open"]) == {"content", "trust", "unity"}
    first = it.say(scored("content", X, ScoredIn.SELF_RATED, points=2_900, evidence=MINUTES), X, "2022-12-01")
    base = scored("content", BASE, ScoredIn.PROPOSED, points=2_600, evidence=MINUTES)
    it.say(base, X, "2022-12-10")
    comment = "Nội dung có đổi mới"
    district = scored("content", DISTRICT, ScoredIn.VERIFIED, points=2_400, comment=comment, evidence=MINUTES)
    counts = it.say(district, X, "2022-12-05")
    it.say(scored("unity", BASE, ScoredIn.PROPOSED, mark=GRADES[0]), X, "2022-12-10")
    ballot = Ballot(in_favour=18, against=1, blank=1, present=20, entitled=25)
    votes = VotesCounted(
        unit=X,
        body=X,
        axis="vertical",
        period=Y2022,
        rule_set=BRANCHES,
        criterion="trust",
        votes=ballot,
        evidence=MINUTES,
        signer=CHAIR,
    )
    counted = it.say(votes, X, "2022-11-30")
    # The base spoke last; the step of the verifier comes after its own. 40 + 24 + 30 × 18/20 = 91.
    told = await it.told(asked)
    lines = {line["code"]: line for line in told["criteria"]}
    assert [lines[code]["points"] for code in ("meetings", "content", "trust", "unity")] == [4_000, 2_400, 2_700, 0]
    assert told["grade"]["label"] == "Mạnh"
    assert [(each["step"], each["points"]) for each in lines["content"]["scored"]] == [
        *(("self-rated", 2_900), ("proposed", 2_600), ("verified", 2_400)),
    ]
    assert lines["content"]["events"] == [f"{WOMEN}/{counts}"]
    assert lines["trust"]["events"] == [f"{WOMEN}/{counted}"]
    await _explained(it, first)
    basis = Basis.model_validate_json(json.dumps(told["basis"]))
    made = it.say(decided(X, BASE, GRADES[0], BRANCHES, basis=basis), X, "2022-12-20", hand=8)
    await _stays(it, made, counts)


async def _explained(it: Cycling, first: UUID) -> None:
    """By whom, in which step, with which document and its digest; in both languages, as text too."""
    where = f"/v1/explanations?unit={X}&rule_set={BRANCHES}&year=2022"
    told = await it.told(where)
    lines = {line["code"]: line for line in told["criteria"]}
    evidence = f"minh chứng “Biên bản thẩm định 07/BB”, SHA-256 {'ab' * 32}"
    assert [each["vi"] for each in lines["content"]["people"]] == [
        f"x tự chấm ngày 01/12/2022: 29 điểm; {evidence}",
        f"b1 chấm khi đề xuất ngày 10/12/2022: 26 điểm; {evidence}",
        f"u1 thẩm định ngày 05/12/2022: 24 điểm; “Nội dung có đổi mới”; {evidence} (lần chấm sau cùng được tính)",
    ]
    assert lines["trust"]["people"][0]["en"].startswith(
        "x counted on 30/11/2022: 18 of 20 votes in favour (90.0%), 1 against, 1 blank; 20 present of 25 entitled; "
    )
    assert lines["unity"]["people"][0]["vi"] == "b1 chấm khi đề xuất ngày 10/12/2022: Mạnh"
    (fact,) = lines["content"]["facts"]["shown"]
    assert fact["vi"].startswith("u1 chấm tiêu chí “Nội dung” (content) của x, kỳ 01/01/2022")
    assert str(first) not in {each["event"] for each in lines["content"]["facts"]["shown"]}
    page = await it.told(where.replace("?", "/facts?") + "&criterion=trust")
    assert page["of"] == 1
    assert page["facts"][0]["vi"].startswith("x kiểm phiếu tiêu chí “Tín nhiệm” (trust) của x, kỳ 01/01/2022")


async def _stays(it: Cycling, made: UUID, counts: UUID) -> None:
    """Later words change the figure now; never the grade as decided, not by a byte."""
    decision = f"/v1/ratings/{X}?year=2022"

    async def found() -> dict[str, Any]:
        (axis,) = (await it.told(decision))["axes"]
        return next(each for each in axis["decisions"] if each["event"] == str(made))

    before = await found()
    assert (before["as_frozen"], before["same"], before["differs"]) == (True, True, [])
    late = it.say(scored("content", DISTRICT, ScoredIn.VERIFIED, points=100, evidence=MINUTES), X, "2022-12-19")
    after = await found()
    assert (after["as_frozen"], after["same"]) == (True, False)
    assert after["as_decided"] == before["as_decided"]
    (differs,) = after["differs"]
    assert (differs["criterion"], differs["then"]["points"], differs["now"]["points"]) == ("content", 2_400, 100)
    assert {each["event"]: each["how"] for each in differs["facts"]} == {
        f"{WOMEN}/{late}": "counted-now",
        f"{WOMEN}/{counts}": "no-longer-counted",
    }
    known = before["as_decided"]["known"].replace("+", "%2B")
    moved = await it.told(f"/v1/explanations/moved?unit={X}&rule_set={BRANCHES}&year=2022&known={known}")
    (said,) = moved["people"]
    assert (said["code"], said["points"]) == ("content", {"then": 2_400, "now": 100})
    assert [each["vi"].partition("; ")[0] for each in (said["then"][-1], said["now"][-1])] == [
        "u1 thẩm định ngày 05/12/2022: 24 điểm",
        "u1 thẩm định ngày 19/12/2022: 1 điểm",
    ]
    assert it.refused(scored("content", DISTRICT, ScoredIn.VERIFIED, points=1, evidence=MINUTES), X, "2022-12-21") == (
        "decided-before period"
    )


async def test_a_base_is_rated_after_its_branches_by_what_was_decided_of_them(it: Cycling) -> None:
    asked = f"/v1/proposals?branch={BASE}&year=2022&rule_set={BASES}"
    it.say(scored("led", DISTRICT, ScoredIn.VERIFIED, BASE, BASES, points=9_000), BASE, "2022-12-20")
    told = await it.told(asked)
    assert (told["grade"], told["why"]) == (None, ["children-not-rated", "condition-not-recorded"])
    assert {each["unit"]: each["rank"] for each in told["children"]}.keys() == {str(X), str(Y)}
    made = it.say(decided(Y, BASE, GRADES[2], None), Y, "2022-12-21", hand=8)
    told = await it.told(asked)
    assert {each["unit"]: each["rank"] for each in told["children"]} == {str(X): 1, str(Y): 3}
    # Half of the branches are fair or better, four fifths were asked for.
    assert told["grade"]["label"] == "Khá"
    basis = Basis.model_validate_json(json.dumps(told["basis"]))
    of_base = it.say(decided(BASE, DISTRICT, GRADES[1], BASES, basis=basis), BASE, "2022-12-22", hand=8)
    reference = EventReference(organisation=WOMEN, event=made)
    about: dict[str, Any] = {"unit": Y, "axis": "vertical", "period": Y2022, "decision": reference}
    it.say(ObjectionRaised(**about, body=Y, ground="fact-missing", signer=CHAIR), Y, "2022-12-23", hand=7)
    changed = RatingChanged(**about, body=BASE, grade=GRADES[1], effects=(), signer=CHAIR)
    change = it.say(changed, Y, "2022-12-24", hand=8)
    now = await it.told(asked)
    assert now["grade"]["label"] == "Mạnh"
    assert {event for each in now["children"] for event in each["events"] if each["unit"] == str(Y)} == {
        *(f"{WOMEN}/{made}", f"{WOMEN}/{change}"),
    }
    (axis,) = (await it.told(f"/v1/ratings/{BASE}?year=2022"))["axes"]
    (found,) = [each for each in axis["decisions"] if each["event"] == str(of_base)]
    assert (found["as_frozen"], found["same"]) == (True, False)
    assert [each["rank"] for each in sorted(found["as_decided"]["children"], key=lambda each: each["rank"])] == [1, 3]
    explained = await it.told(f"/v1/explanations?unit={BASE}&rule_set={BASES}&year=2022")
    (of_y,) = [each for each in explained["children"] if each["unit"] == str(Y)]
    assert [each["vi"].partition(" ")[0] for each in of_y["facts"]] == ["b1", "b1"]


async def test_a_basis_names_every_log_that_something_came_from(it: Cycling) -> None:
    """The unit's own, the territory's, and that of the Party committee, which scored it on its own axis."""
    asked = f"/v1/proposals?branch={Z}&year=2022&rule_set={BRANCHES}&axis=party-committee"

    async def logs() -> set[tuple[str, str]]:
        basis = (await it.told(asked))["basis"]
        return {(each["service"], each["organisation"]) for each in basis["reached"]}

    before = await logs()
    assert {service for service, organisation in before if organisation == str(WOMEN)} == {
        *("membership", "meetings", "ratings"),
    }
    assert str(PARTY) not in {organisation for _, organisation in before}
    theirs = scored("unity", COMMITTEE, ScoredIn.DECIDED, Z, axis="party-committee", mark=GRADES[1])
    it.say(theirs, Z, "2022-12-20", by="party")
    assert await logs() == before | {("membership", str(PARTY)), ("ratings", str(PARTY))}
    (line,) = (each for each in (await it.told(asked))["criteria"] if each["code"] == "unity")
    assert (line["score"]["by"], line["score"]["rank"]) == (str(COMMITTEE), 2)
    # On the axis of its own line nobody has scored it.
    assert "unity" in (await it.told(asked.replace("party-committee", "vertical")))["open"]
