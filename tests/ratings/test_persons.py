"""Is a person rated as a unit is, by facts and votes, in a pool, up to what an objection ends in? Over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts import membership
from shared.contracts.event import Event
from shared.contracts.fields import EventReference, Grade
from shared.contracts.ratings import (
    Ballot,
    Basis,
    By,
    Cap,
    CapOf,
    Criterion,
    CriterionScored,
    GradeEffect,
    Mark,
    ObjectionRaised,
    PeriodKind,
    Pool,
    PoolMember,
    RatedPerson,
    RatingAuthoritySet,
    RatingCancelled,
    RatingChanged,
    RatingDecided,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingProposed,
    RatingPublished,
    RatingReverified,
    RatingUpheld,
    RatingVerified,
    Rounding,
    RuleDocument,
    RuleSetAdopted,
    Score,
    ScoredIn,
    Signer,
    Step,
    Threshold,
    UnitSelfRated,
    Veto,
    VotesCounted,
    authority_id,
    period_id,
    pool_id,
    rated_id,
)
from shared.history.replay.named_codes import named_in_facts
from shared.history.replay.sentences import Circumstances, spoken
from shared.history.replay.timeline import timeline
from tests.oracle.cycle import counted, most_at_the_top
from tests.ratings.cycling import Cycling
from tests.support.tale import day, id_of, land, year

RULES, X, BASE, WOMEN = (id_of(name) for name in ("rules of heads", "x", "b1", "women"))
HEAD = RatedPerson(person=id_of("head of x"), kind="officer")
SUBJECT = rated_id(X, HEAD)
GRADES = tuple(Grade(scale="person", rank=rank, label=label) for rank, label in enumerate(("Xuất sắc", "Tốt"), 1))
CHAIR, HERSELF = Signer(office="chair"), Signer(office="secretary", person=HEAD.person)
Y2022 = year(2022)
ASKED = f"person={HEAD.person}&kind=officer"
ABOUT: dict[str, Any] = {"unit": X, "person": HEAD, "axis": "vertical", "period": Y2022}
OF_MEMBERS, DISTRICT = id_of("rules of members"), id_of("u1")
MEMBERS = ("lan", "hoa", "tam", "tu", "sau")
BEST, GOOD, DONE = (*GRADES, Grade(scale="person", rank=3, label="Hoàn thành"))


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycling]:
    """Rules for officers: a plan that is registered, and conduct; who decides, and in which steps."""
    tale = land()
    for member in MEMBERS:
        tale.joined(member, "x", "2021-01-05")
        tale.say(membership.DuesPaid(branch=X, period=Y2022), member, "2022-12-01")
    for month in range(1, 13):
        came = "hoa tam tu sau" if month in {3, 4} else "lan hoa tam tu sau"
        tale.roll("x", f"2022-{month:02}-10", came, "lan" if month in {3, 4} else "")
    warning = membership.DisciplineDecided(branch=X, level=membership.DisciplineLevel.WARNING)
    tale.say(warning, "hoa", "2022-06-01")
    found = Cycling(tale, tmp_path_factory.mktemp("persons"))
    criteria = (
        Criterion(code="plan", title="Có kế hoạch tu dưỡng", clause="1", points=4_000, mark=Mark.YES_NO),
        Criterion(code="conduct", title="Gương mẫu", clause="2", points=6_000),
    )
    thresholds = (Threshold(at_least=9_000, rank=1), Threshold(at_least=0, rank=2))
    rules = RuleSetAdopted(
        title="03 có, 02 không",
        subject_kind="officer",
        issuer="Ban Thường vụ",
        legal_reference="12-HD/BTV",
        issued=day("2022-01-01"),
        effective_from=day("2022-01-01"),
        rules=RuleDocument(schema_version=2, grades=GRADES, criteria=criteria, thresholds=thresholds),
    )
    found.say(rules, RULES, "2022-01-01")
    effect = GradeEffect(effect="commendation-basis", scale="person", worst_rank=1, legal_reference="mục 3")
    authority = RatingAuthoritySet(
        axis="vertical",
        subject_kind="officer",
        decides="base-unit",
        proposes="branch",
        steps=(Step.OPENED, Step.SELF_RATED, Step.PROPOSED, Step.PUBLISHED),
        effects=(effect,),
        legal_reference="20-HD/BTV",
        issued=day("2022-01-01"),
        effective_from=day("2022-01-01"),
    )
    found.say(authority, authority_id("vertical"), "2022-01-01")
    found.say(of_members(), OF_MEMBERS, "2022-01-01")
    steps = (Step.OPENED, Step.SELF_RATED, Step.VERIFIED, Step.POOL_CLOSED, Step.PUBLISHED, Step.REVERIFIED)
    found.say(
        authority.model_copy(update={"subject_kind": "member", "proposes": None, "steps": steps}),
        authority_id("vertical"),
        "2022-01-01",
    )
    yield found
    found.close()


def of_members() -> RuleSetAdopted:
    """Attendance and dues from facts, trust by votes, effort by people; one of five of those rated good is the best."""
    cap = Cap(
        pool="members", rank=1, below=2, share=2_000, of=CapOf.ALL, rounding=Rounding.DOWN, clause="Điều 12", least=0
    )
    document = RuleDocument(
        schema_version=2,
        grades=(BEST, GOOD, DONE),
        criteria=(
            Criterion(code="came", title="Dự sinh hoạt", clause="1", points=4_000, indicator="attendance"),
            Criterion(code="dues", title="Đóng hội phí", clause="2", points=2_000, indicator="dues-paid"),
            Criterion(code="meetings", title="Chi hội sinh hoạt", clause="3", points=0, indicator="meetings-held"),
            Criterion(code="trust", title="Tín nhiệm", clause="4", points=2_000, by=By.VOTES),
            Criterion(code="effort", title="Nỗ lực", clause="5", points=2_000),
        ),
        thresholds=(
            Threshold(at_least=9_000, rank=1),
            Threshold(at_least=6_000, rank=2),
            Threshold(at_least=0, rank=3),
        ),
        vetoes=(Veto(code="disciplined", title="Bị kỷ luật", clause="6", when="own-disciplines >= 1", best=2),),
        pools=(Pool(code="members", title="Hội viên", clause="Điều 12", same=("rater", "period")),),
        caps=(cap,),
    )
    return RuleSetAdopted(
        title="Xếp loại hội viên",
        subject_kind="member",
        issuer="Ban Thường vụ",
        legal_reference="13-HD/BTV",
        issued=day("2022-01-01"),
        effective_from=day("2022-01-01"),
        rules=document,
    )


def scored(criterion: str, step: ScoredIn, signer: Signer, **given: Any) -> CriterionScored:
    body = X if step is ScoredIn.SELF_RATED else BASE
    return CriterionScored(
        **ABOUT, body=body, rule_set=RULES, criterion=criterion, step=step, score=Score(**given), signer=signer
    )


async def test_an_officer_is_rated_step_by_step_and_explained(it: Cycling) -> None:
    ids = await it.told(f"/v1/rating-subjects?year=2022&unit={X}&{ASKED}")
    assert ids["rating"] == str(SUBJECT)
    rated = UnitSelfRated(**ABOUT, rule_set=RULES, grade=GRADES[0], signer=HERSELF)
    assert it.refused(rated, SUBJECT, "2022-11-20") == "not-yet-opened period"
    opening = RatingPeriodOpened(
        body=BASE, axis="vertical", period=Y2022, kind=PeriodKind.YEAR, subject_kind="officer", signer=CHAIR
    )
    it.say(opening, period_id("vertical", Y2022), "2022-11-10")
    assert it.refused(rated, X, "2022-11-20") == "subject-not-the-unit person"
    other = rated.model_copy(update={"signer": Signer(person=id_of("somebody"))})
    assert it.refused(other, SUBJECT, "2022-11-20") == "rates-another signer"
    it.say(scored("conduct", ScoredIn.SELF_RATED, HERSELF, points=6_000), SUBJECT, "2022-11-19")
    it.say(rated, SUBJECT, "2022-11-20")
    it.say(RatingProposed(**ABOUT, rater=X, rule_set=RULES, grade=GRADES[0], signer=CHAIR), SUBJECT, "2022-11-25")
    by_herself = scored("conduct", ScoredIn.DECIDED, HERSELF, points=6_000)
    assert it.refused(by_herself, SUBJECT, "2022-12-01") == "scores-itself signer"
    it.say(scored("conduct", ScoredIn.DECIDED, CHAIR, points=5_500), SUBJECT, "2022-12-01")
    it.say(scored("plan", ScoredIn.DECIDED, CHAIR, met=True), SUBJECT, "2022-12-01")
    proposed = await it.told(f"/v1/proposals?branch={X}&year=2022&rule_set={RULES}&{ASKED}")
    assert (proposed["points"]["least"], proposed["grade"]["label"]) == (9_500, "Xuất sắc")
    # The unit's own rating knows nothing of its head's.
    assert (await it.told(f"/v1/ratings/{X}?year=2022"))["axes"] == []
    basis = Basis.model_validate_json(json.dumps(proposed["basis"]))
    decision: dict[str, Any] = {**ABOUT, "rule_set": RULES, "grade": GRADES[0], "basis": basis}
    itself = RatingDecided(**decision, rater=BASE, signer=HERSELF)
    assert it.refused(itself, SUBJECT, "2022-12-20", hand=8) == "rates-itself signer"
    far = RatingDecided(**decision, rater=id_of("u1"), signer=CHAIR)
    assert it.refused(far, SUBJECT, "2022-12-20", hand=8) == "not-the-rater rater"
    made = it.say(RatingDecided(**decision, rater=BASE, signer=CHAIR), SUBJECT, "2022-12-20", hand=8)
    reference = EventReference(organisation=WOMEN, event=made)
    effects = ("commendation-basis",)
    publication = RatingPublished(**ABOUT, decision=reference, body=BASE, effects=effects, signer=CHAIR)
    it.say(publication, SUBJECT, "2022-12-24", hand=8)
    told = await it.told(f"/v1/ratings/{X}?year=2022&{ASKED}")
    (axis,) = told["axes"]
    assert [each["step"] for each in axis["steps"]] == [
        *("rating-period-opened", "criterion-scored", "unit-self-rated", "rating-proposed"),
        *("criterion-scored", "criterion-scored", "rating-decided", "rating-published"),
    ]
    (found,) = axis["decisions"]
    assert (found["as_frozen"], found["same"], found["published"], found["rater_title"]) == (True, True, True, "b1")
    (entitled,) = (await it.told(f"/v1/entitlements?unit={X}&day=2022-12-24&{ASKED}"))["entitlements"]
    assert entitled["effect"] == "commendation-basis"
    assert (await it.told(f"/v1/entitlements?unit={X}&day=2022-12-24"))["entitlements"] == []
    explained = await it.told(f"/v1/explanations?unit={X}&rule_set={RULES}&year=2022&{ASKED}")
    assert explained["person"] == {"person": str(HEAD.person), "kind": "officer"}
    assert explained["said"]["vi"] == f"Cán bộ …{HEAD.person.hex[-8:]} của x, năm 2022: Xuất sắc, 95/100 điểm."
    lines = {line["code"]: [each["vi"] for each in line["people"]] for line in explained["criteria"]}
    assert lines["conduct"][-1] == "b1 chấm khi quyết định ngày 01/12/2022: 55 điểm (lần chấm sau cùng được tính)"
    assert lines["plan"] == ["b1 chấm khi quyết định ngày 01/12/2022: đạt"]
    refused = await it.ask(f"/v1/ratings/{X}?year=2022&person={HEAD.person}")
    assert (refused.status_code, refused.json()["code"]) == (422, "required")


# ── Members, from the facts to what an objection ends in ─────────────────────────────────────────────────────────


class Member:
    """One of the members of x, and what is said about the rating."""

    def __init__(self, it: Cycling, name: str) -> None:
        self.it, self.name = it, name
        self.rated = RatedPerson(person=id_of(name), kind="member")
        self.subject = rated_id(X, self.rated)
        self.asked = f"person={self.rated.person}&kind=member"
        self.about: dict[str, Any] = {"unit": X, "person": self.rated, "axis": "vertical", "period": Y2022}
        self.decision = EventReference(organisation=WOMEN, event=X)

    def say(self, cls: type[Event], on: str, hand: int = 7, **fields: Any) -> EventReference:
        made = self.it.say(self._fact(cls, fields), self.subject, on, hand=hand)
        return EventReference(organisation=WOMEN, event=made)

    def refused(self, cls: type[Event], on: str, hand: int = 7, **fields: Any) -> str:
        return self.it.refused(self._fact(cls, fields), self.subject, on, hand=hand)

    def after(self, cls: type[Event], on: str, hand: int = 8, **fields: Any) -> EventReference:
        return self.say(cls, on, hand, decision=self.decision, **fields)

    def _fact(self, cls: type[Event], fields: dict[str, Any]) -> Event:
        return cls(**self.about, **({"signer": CHAIR} | fields))

    async def told(self, path: str, key: str = "operator") -> Any:
        return await self.it.told(f"{path}&{self.asked}", key)


def listed(members: dict[str, Grade], signer: Signer = CHAIR, **fields: Any) -> RatingPoolClosed:
    rows = (
        PoolMember(unit=X, person=RatedPerson(person=id_of(name), kind="member"), grade=grade)
        for name, grade in members.items()
    )
    return RatingPoolClosed(
        rater=BASE,
        axis="vertical",
        period=Y2022,
        pool="members",
        group="x",
        rule_set=OF_MEMBERS,
        members=tuple(rows),
        signer=signer,
        **fields,
    )


async def test_members_are_rated_by_facts_and_votes_in_a_pool_and_objected_to(it: Cycling) -> None:
    """Five members: one at the top, one barred by a discipline, one whose grade is changed, one whose is cancelled."""
    opening = RatingPeriodOpened(
        body=BASE, axis="vertical", period=Y2022, kind=PeriodKind.YEAR, subject_kind="member", signer=CHAIR
    )
    it.say(opening, period_id("vertical", Y2022), "2022-11-10")
    members = {name: Member(it, name) for name in MEMBERS}
    lan, hoa, tam = members["lan"], members["hoa"], members["tam"]
    for number, (name, member) in enumerate(members.items()):
        grade = {"lan": BEST}.get(name, GOOD)
        assert member.refused(RatingVerified, "2022-11-20", body=BASE, rule_set=OF_MEMBERS, grade=grade).startswith(
            "not-yet-self-rated"
        )
        member.say(UnitSelfRated, "2022-11-20", rule_set=OF_MEMBERS, grade=grade, signer=Signer(person=id_of(name)))
        ballot = Ballot(in_favour=9 - number % 2, against=1, present=10, entitled=10)
        judged: dict[str, Any] = {"rule_set": OF_MEMBERS, "criterion": "trust"}
        member.say(VotesCounted, "2022-11-25", body=X, votes=ballot, **judged)
        effort: dict[str, Any] = {"rule_set": OF_MEMBERS, "criterion": "effort", "step": ScoredIn.VERIFIED}
        member.say(CriterionScored, "2022-11-28", body=BASE, score=Score(points=2_000), **effort)
        member.say(RatingVerified, "2022-12-01", body=BASE, rule_set=OF_MEMBERS, grade=grade)
    # 40 × 10/12 + 20 × 12/12 + 20 × 9/10 + 20 = 91,33: of her own rolls, dues and votes.
    told = await lan.told(f"/v1/proposals?branch={X}&year=2022&rule_set={OF_MEMBERS}")
    lines = {line["code"]: line for line in told["criteria"]}
    assert [lines[code]["points"] for code in ("came", "dues", "trust", "effort")] == [3_333, 2_000, 1_800, 2_000]
    assert (lines["came"]["numerator"], lines["came"]["denominator"], told["grade"]["rank"]) == (10, 12, 1)
    assert (lines["meetings"]["numerator"], lines["meetings"]["why"]) == (None, ["not-recorded"])
    barred = await hoa.told(f"/v1/proposals?branch={X}&year=2022&rule_set={OF_MEMBERS}")
    assert (barred["points"]["least"], barred["grade"]["rank"]) == (9_778, 2)
    await _told_to_whom_it_may_be(it, hoa)
    closing = pool_id(BASE, "vertical", Y2022)
    grades = dict.fromkeys(MEMBERS, GOOD) | {"lan": BEST}
    two = grades | {"tam": BEST}
    assert it.refused(listed(two), closing, "2022-12-10") == "over-the-cap over_because"
    itself = listed(grades, signer=Signer(person=lan.rated.person))
    assert it.refused(itself, closing, "2022-12-10") == "pools-itself signer"
    assert lan.refused(RatingDecided, "2022-12-15", 8, rater=BASE, rule_set=OF_MEMBERS, grade=BEST) == (
        "pool-not-yet-closed period"
    )
    it.say(listed(grades), closing, "2022-12-10", hand=8)
    (pool,) = (await it.told(f"/v1/pools?rater={BASE}&year=2022"))["pools"]
    (cap,) = pool["caps"]
    of, top = counted([grade.rank for grade in grades.values()], 1, 2)
    readings = {reading: most_at_the_top(of, 2_000, reading) for reading in ("all", "left")}
    assert (cap["pool"], cap["given"], cap["allowed"], cap["readings"]) == (of, top, readings["all"], readings)
    assert {each["person"]["person"] for each in pool["members"]} == {str(id_of(name)) for name in MEMBERS}
    other = {"rater": BASE, "rule_set": OF_MEMBERS, "grade": GOOD}
    assert lan.refused(RatingDecided, "2022-12-15", 8, **other) == "other-than-in-the-pool grade"
    for name, member in members.items():
        made = member.say(RatingDecided, "2022-12-15", 8, rater=BASE, rule_set=OF_MEMBERS, grade=grades[name])
        member.decision = made
        effects = ("commendation-basis",) if name == "lan" else ()
        member.after(RatingPublished, "2022-12-16", body=BASE, effects=effects)
    await _objected(it, lan, hoa, tam)


async def _told_to_whom_it_may_be(it: Cycling, hoa: Member) -> None:
    """A discipline is told to whoever may read it; the rating of another person, of whom it is not asked, to all."""
    where = f"/v1/proposals?branch={X}&year=2022&{hoa.asked}&rule_set={OF_MEMBERS}"
    refused = await it.ask(where, "reader")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-may-not")
    where = f"/v1/explanations?unit={X}&year=2022&rule_set={OF_MEMBERS}&{hoa.asked}"
    assert (await it.ask(where, "reader")).status_code == 403
    told = await it.told(where)
    (veto,) = told["vetoes"]
    assert (veto["state"], veto["facts"]["of"]) == ("met", 2), "the membership, and the discipline"
    assert f"Đoàn viên, hội viên …{id_of('hoa').hex[-8:]} của x, năm 2022: " in told["said"]["vi"]
    meetings = next(line for line in told["criteria"] if line["code"] == "meetings")
    assert meetings["said"]["vi"].endswith("chưa được ghi nhận, không tính điểm."), "a line without points gives none"
    # What bars stands on paper too, in words, with the fact that says so.
    text = (await it.ask(where, Accept="text/plain")).text
    assert (
        "Tiêu chí chặn, Bị kỷ luật (own-disciplines >= 1): có, nên bị chặn; 1/1 người được đánh giá bị kỷ luật." in text
    )
    page = (await it.ask(where, Accept="text/html")).text
    for shown in veto["facts"]["shown"]:
        assert f"  {shown['vi']}  [" in text
        assert shown["event"] in page
    plain = f"/v1/explanations?unit={X}&year=2022&rule_set={RULES}&{ASKED}"
    assert (await it.ask(plain, "reader")).status_code == 200


async def _objected(it: Cycling, lan: Member, hoa: Member, tam: Member) -> None:
    """Upheld, changed, cancelled and decided anew: each beside what was decided."""
    for member in (hoa, tam):
        member.after(ObjectionRaised, "2022-12-20", 7, body=X, ground="fact-wrong")
        early = member.refused(RatingUpheld, "2022-12-22", 8, decision=member.decision, body=BASE)
        assert early == "not-yet-reverified decision"
    hoa.after(RatingReverified, "2022-12-22", body=BASE, rule_set=OF_MEMBERS, grade=GOOD)
    tam.after(RatingReverified, "2022-12-22", body=BASE, rule_set=OF_MEMBERS, grade=BEST)
    hers = Signer(person=tam.rated.person)
    changed: dict[str, Any] = {"body": BASE, "rule_set": OF_MEMBERS, "grade": BEST, "effects": ("commendation-basis",)}
    late = tam.refused(RatingChanged, "2022-12-23", 8, decision=tam.decision, **changed, signer=hers)
    assert late == "rates-itself signer"
    hoa.after(RatingUpheld, "2022-12-23", body=BASE)
    tam.after(RatingChanged, "2022-12-23", **changed)
    lan.after(RatingCancelled, "2022-12-24", body=DISTRICT)
    anew: dict[str, Any] = {"rater": BASE, "rule_set": OF_MEMBERS, "grade": BEST, "instead_of": lan.decision}
    lan.say(RatingDecided, "2022-12-26", 8, **anew)
    for member, expected in ((hoa, [2]), (tam, [1]), (lan, [None, 1])):
        (axis,) = (await member.told(f"/v1/ratings/{X}?year=2022"))["axes"]
        assert [None if each["holds"] is None else each["holds"]["rank"] for each in axis["decisions"]] == expected
    steps = [each["step"] for each in (await tam.told(f"/v1/ratings/{X}?year=2022"))["axes"][0]["steps"]]
    assert steps[-4:] == ["rating-published", "objection-raised", "rating-reverified", "rating-changed"]
    (entitled,) = (await tam.told(f"/v1/entitlements?unit={X}&day=2022-12-28"))["entitlements"]
    assert entitled["effect"] == "commendation-basis"
    assert (await lan.told(f"/v1/entitlements?unit={X}&day=2022-12-28"))["entitlements"] == []
    decided = f"/v1/explanations/decided?organisation={WOMEN}&event={tam.decision.event}"
    assert (await it.told(decided))["person"] == {"person": str(tam.rated.person), "kind": "member"}
    # To who has no part in it a decision is as one that nobody made.
    foreign, none = await it.ask(decided, "party"), await it.ask(decided.replace(str(tam.decision.event), str(X)))
    assert (
        (foreign.status_code, foreign.json()["code"]) == (none.status_code, none.json()["code"]) == (404, "not-found")
    )
    assert (await it.ask(decided, "reader")).status_code == 403


async def test_a_timeline_says_criteria_by_their_title_in_the_rule_set_that_is_cited(it: Cycling) -> None:
    head = RatedPerson(person=id_of("head of y"), kind="officer")
    subject = rated_id(X, head)
    fact = scored("conduct", ScoredIn.DECIDED, CHAIR, points=5_500).model_copy(
        update={"person": head, "axis": "territorial"}
    )
    it.say(fact, subject, "2022-12-01")
    plain = Circumstances(subject, WOMEN, day("2022-12-01"))
    (line,) = timeline(it.log, subject, None, lambda *_: None)
    assert line.sentence.vi.startswith(f"…{BASE.hex[-8:]} chấm tiêu chí “Gương mẫu” (conduct) của …{X.hex[-8:]}, kỳ ")
    assert " scored criterion “Gương mẫu” (conduct) of " in line.sentence.en
    assert " chấm tiêu chí conduct của " in spoken(fact, plain, lambda *_: None).vi, "without its rule set the code"
    with it.runner.generation.store.read() as connection:
        named = named_in_facts(connection, it.runner.facts)
        found = [named(cited, "conduct") for cited in (RULES, OF_MEMBERS, X)]
    assert found == ["Gương mẫu", None, None]
    asked = f"rule_set={RULES}&year=2022&person={head.person}&kind=officer&axis=territorial"
    explained = await it.told(f"/v1/explanations?unit={X}&{asked}")
    (shown,) = next(each for each in explained["criteria"] if each["code"] == "conduct")["facts"]["shown"]
    assert " chấm tiêu chí “Gương mẫu” (conduct) của x, kỳ " in shown["vi"]
