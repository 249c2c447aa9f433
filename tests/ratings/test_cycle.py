"""Is the year 2025 decided for a branch whose district vanished and whose commune was divided? Step by step, over HTTP.

Everything is judged by the real intake on the real views: the tree comes from membership's facts, the rules from the
organisation's own posts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from services.ratings.projections.freezing import Freezing
from services.ratings.projections.proposals import Views
from shared.contracts.fields import EventReference, Grade
from shared.contracts.meetings import Every, Roll
from shared.contracts.membership import Act, Body, MandateGranted, UnitMoved
from shared.contracts.ratings import (
    Basis,
    Cap,
    CapOf,
    Criterion,
    Deadline,
    GradeEffect,
    ObjectionRaised,
    PeriodKind,
    Pool,
    PoolMember,
    RatingAuthoritySet,
    RatingChanged,
    RatingDecided,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingProposed,
    RatingPublished,
    RatingVerified,
    Rounding,
    RuleDocument,
    RuleSetAdopted,
    Signer,
    Step,
    Threshold,
    UnitSelfRated,
    authority_id,
    period_id,
    pool_id,
)
from tests.ratings.cycling import Cycling
from tests.support.tale import Tale, day, id_of, land, year

RULES, NEXT_RULES = id_of("rules"), id_of("next rules")
X, Y, WOMEN = id_of("x"), id_of("y"), id_of("women")
GRADES = tuple(Grade(scale="strength", rank=rank, label=label) for rank, label in enumerate(("Mạnh", "Khá", "Yếu"), 1))
CHAIR = Signer(office="chair")
Y2025 = year(2025)
VERTICAL = "vertical"


def rules(effective: str, supersedes: UUID | None = None) -> RuleSetAdopted:
    """Meetings 60, attendance 40; strong from 80, fair from 50."""
    criteria = (
        Criterion(code="meetings", title="Sinh hoạt đúng kỳ", clause="1a", points=6_000, indicator="meetings-held"),
        Criterion(code="attendance", title="Chuyên cần", clause="1b", points=4_000, indicator="attendance"),
    )
    thresholds = tuple(Threshold(at_least=least, rank=rank) for rank, least in enumerate((8_000, 5_000, 0), 1))
    pool = Pool(code="similar", title="Nhóm tương đồng", clause="4", same=("rater", "period", "peers"))
    cap = Cap(pool="similar", rank=1, below=2, share=2_000, of=CapOf.ALL, rounding=Rounding.DOWN, clause="4")
    return RuleSetAdopted(
        title=f"Hướng dẫn xếp loại {effective}",
        subject_kind="branch",
        issuer="Ban Thường vụ",
        legal_reference="12-HD/BTV",
        issued=day(effective),
        effective_from=day(effective),
        supersedes=supersedes,
        rules=RuleDocument(
            schema_version=2, grades=GRADES, criteria=criteria, thresholds=thresholds, pools=(pool,), caps=(cap,)
        ),
    )


def authority(effective: str, decides: str, *steps: Step) -> RatingAuthoritySet:
    return RatingAuthoritySet(
        axis=VERTICAL,
        subject_kind="branch",
        decides=decides,
        proposes="branch",
        verifies="base-unit",
        steps=steps,
        deadlines=(Deadline(step=Step.SELF_RATED, days=10), Deadline(step=Step.VERIFIED, days=5, after=Step.PROPOSED)),
        effects=(
            GradeEffect(effect="direct-election-of-head", scale="strength", worst_rank=2, legal_reference="mục 3"),
        ),
        legal_reference="20-HD/BTV",
        issued=day(effective),
        effective_from=day(effective),
    )


def reform() -> Tale:
    """Districts end on 1 July 2025, b1 is divided into b1a and b1b; nobody says yet to which x and y go."""
    tale = land()
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.every("branch", Every.MONTH, "2020-01-01")
    for month in range(1, 12):
        tale.met("x", f"2025-{month:02}-15", present=30, absent=10)
    tale.unit("b1a", "base-unit", "root", "c1", on="2025-07-01")
    tale.unit("b1b", "base-unit", "root", "c1", on="2025-07-01")
    tale.split("b1", "b1a", "b1b", on="2025-07-01")
    for district in ("u1", "u2"):
        tale.dissolve(district, "2025-07-01")
    return tale


@pytest.fixture(scope="module")
def cycling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycling]:
    """The year 2025 up to its decision."""
    found = Cycling(reform(), tmp_path_factory.mktemp("ratings"))
    yield found
    found.close()


def about(**fields: Any) -> dict[str, Any]:
    return {"unit": X, "axis": VERTICAL, "period": Y2025, "rule_set": RULES, **fields}


async def test_the_year_2025_is_decided_for_a_branch_whose_district_vanished_and_whose_commune_was_divided(
    cycling: Cycling,
) -> None:
    """One life, told in its order; each answer is asked where it matters."""
    await _who_rates(cycling)
    await _steps_in_turn(cycling)
    made = await _decided(cycling)
    await _published(cycling, made)
    await _changed(cycling, made)


async def _who_rates(it: Cycling) -> None:
    """Who rates? Until 30 June the district, by custom; then nobody, until a rule is posted."""
    rater = f"/v1/ratings/{X}/rater"
    before = await it.told(f"{rater}?day=2025-06-30")
    assert (before["answer"], before["rater"], before["why"]) == ("rater", str(id_of("u1")), "by-custom")
    after = await it.told(f"{rater}?day=2025-07-01")
    assert (after["answer"], after["rater"], after["why"]) == ("rater-not-set", None, "no-rule-posted")
    steps = (Step.OPENED, Step.SELF_RATED, Step.PROPOSED, Step.VERIFIED, Step.POOL_CLOSED, Step.PUBLISHED)
    it.say(authority("2025-09-01", "base-unit", *steps), authority_id(VERTICAL), "2025-09-01")
    assert (await it.told(f"{rater}?day=2025-08-31"))["why"] == "no-rule-posted"
    undecided = await it.told(f"{rater}?day=2025-09-01")
    assert (undecided["answer"], undecided["why"]) == ("rater-not-set", "unit-not-assigned")
    assert undecided["rule"]["legal_reference"] == "20-HD/BTV"
    it.tale.say(UnitMoved(parent=id_of("b1a"), effective=day("2025-07-01")), "x", "2025-09-15")
    it.feed()
    there = await it.told(f"{rater}?day=2025-09-01")
    assert (there["rater_title"], there["why"]) == ("b1a", "by-rule")


async def _steps_in_turn(it: Cycling) -> None:
    """Each step in its turn; one out of order is refused by its name."""
    it.say(rules("2025-01-01"), RULES, "2025-01-10")
    rated = UnitSelfRated(**about(grade=GRADES[0], signer=CHAIR))
    assert it.refused(rated, X, "2025-11-20") == "not-yet-opened period"
    opening = RatingPeriodOpened(
        body=id_of("root"),
        axis=VERTICAL,
        period=Y2025,
        kind=PeriodKind.YEAR,
        subject_kind="branch",
        rule_set=RULES,
        signer=CHAIR,
    )
    it.say(opening, period_id(VERTICAL, Y2025), "2025-11-10")
    waits = (await it.told(f"/v1/rating-work?body={X}&day=2025-11-11"))["waiting"]
    assert [(each["unit"], each["step"], each["due"]) for each in waits] == [(str(X), "self-rated", "2026-01-10")]
    it.say(rated, X, "2025-11-20")
    proposal = RatingProposed(**about(rater=X, grade=GRADES[0]))
    verification = RatingVerified(**about(body=id_of("b1a"), grade=GRADES[1], signer=CHAIR))
    assert it.refused(verification, X, "2025-12-01") == "not-yet-proposed period"
    it.say(proposal, X, "2025-11-25")
    late = (await it.told(f"/v1/rating-work?body={id_of('b1a')}&day=2025-12-01"))["waiting"]
    assert [(each["unit"], each["step"], each["overdue"]) for each in late] == [(str(X), "verified", True)]
    it.say(verification, X, "2025-12-01")


async def _decided(it: Cycling) -> UUID:
    """What the service hands out is posted with the decision."""
    proposed = await it.told(f"/v1/proposals?branch={X}&year=2025&rule_set={RULES}")
    assert proposed["grade"]["label"] == "Mạnh"
    basis = Basis.model_validate_json(json.dumps(proposed["basis"]))
    decision = about(rater=id_of("b1a"), grade=GRADES[1], points=proposed["points"]["least"], basis=basis)
    assert it.refused(RatingDecided(**decision), X, "2025-12-20", hand=8) == "pool-not-yet-closed period"
    closed: dict[str, Any] = {"rater": id_of("b1a"), "axis": VERTICAL, "period": Y2025}
    closed |= {"pool": "similar", "group": "hamlets"}
    pool = pool_id(id_of("b1a"), VERTICAL, Y2025)
    top = RatingPoolClosed(**closed, rule_set=RULES, members=(PoolMember(unit=X, grade=GRADES[0]),), signer=CHAIR)
    assert it.refused(top, pool, "2025-12-10") == "over-the-cap over_because"
    modest = top.model_copy(update={"members": (PoolMember(unit=X, grade=GRADES[1]),)})
    it.say(modest, pool, "2025-12-11")
    for other, code in (("u1", "not-alive rater"), ("b1b", "not-the-rater rater"), ("root", "not-the-rater rater")):
        assert it.refused(RatingDecided(**decision | {"rater": id_of(other)}), X, "2025-12-20", hand=8) == code
    assert it.refused(RatingDecided(**decision | {"grade": GRADES[0]}), X, "2025-12-20", hand=8).startswith(
        "other-than"
    )
    assert it.refused(RatingDecided(**decision), X, "2025-12-20") == "decides-own-record type"
    return it.say(RatingDecided(**decision), X, "2025-12-20", hand=8)


async def _published(it: Cycling, made: UUID) -> None:
    """Decided: what stands, what comes next, what the grade opens once it is published."""
    told = await it.told(f"/v1/ratings/{X}?year=2025")
    (axis,) = told["axes"]
    (found,) = axis["decisions"]
    assert [each["step"] for each in axis["steps"]] == [
        *("rating-period-opened", "unit-self-rated", "rating-proposed", "rating-verified", "rating-decided"),
    ]
    assert {each["document"]["number"] for each in axis["steps"]} == {"12-QĐ/BTV"}
    assert (found["rater_title"], found["decided"]["label"], found["holds"]["label"]) == ("b1a", "Khá", "Khá")
    assert (found["as_frozen"], found["same"], found["differs"]) == (True, True, [])
    assert (axis["next"]["step"], axis["next"]["body_title"]) == ("published", "b1a")
    assert (await it.told(f"/v1/entitlements?unit={X}"))["entitlements"] == []
    it.say(published(made, ("direct-election-of-head",)), X, "2025-12-24")
    (entitled,) = (await it.told(f"/v1/entitlements?unit={X}&day=2025-12-24"))["entitlements"]
    assert (entitled["effect"], entitled["since"]) == ("direct-election-of-head", "2025-12-24")
    assert (await it.told(f"/v1/entitlements?unit={X}&day=2025-12-23"))["entitlements"] == []


async def _changed(it: Cycling, made: UUID) -> None:
    """An objection, and another grade that stands beside the decision."""
    it.say(ObjectionRaised(**after_(made), body=X, ground="fact-missing", signer=CHAIR), X, "2025-12-27", hand=7)
    (waiting,) = (await it.told(f"/v1/rating-work?body={id_of('b1a')}&day=2025-12-28"))["waiting"]
    assert waiting["step"] == "settled"
    changed = RatingChanged(
        **after_(made), body=id_of("b1a"), rule_set=RULES, grade=GRADES[2], effects=(), signer=CHAIR
    )
    assert it.refused(changed, X, "2025-12-29") == "decides-own-record type"
    it.say(changed, X, "2025-12-29", hand=8)
    (axis,) = (await it.told(f"/v1/ratings/{X}?year=2025"))["axes"]
    assert (axis["decisions"][0]["decided"]["label"], axis["decisions"][0]["holds"]["label"]) == ("Khá", "Yếu")
    assert axis["next"] is None
    assert (await it.told(f"/v1/entitlements?unit={X}&day=2025-12-29"))["entitlements"] == []
    pools = (await it.told(f"/v1/pools?rater={id_of('b1a')}&year=2025"))["pools"]
    assert [each["unit"] for each in pools[0]["members"]] == [str(X)]
    assert {name: pools[0]["caps"][0][name] for name in ("pool", "given", "allowed", "over", "readings")} == {
        "pool": 1,
        "given": 0,
        "allowed": 0,
        "over": 0,
        "readings": {"left": 0, "all": 0},
    }


def published(made: UUID, effects: tuple[str, ...]) -> RatingPublished:
    return RatingPublished(**after_(made), body=id_of("b1a"), effects=effects, signer=CHAIR)


def after_(made: UUID) -> dict[str, Any]:
    reference = EventReference(organisation=WOMEN, event=made)
    return {"unit": X, "axis": VERTICAL, "period": Y2025, "decision": reference}


# ── Frozen for ever ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_year_decided_in_2021_is_computed_again_to_the_byte_whatever_came_later(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new rule set, a merger, 200 late facts, a correction and a rebuild; what differs now is named, fact by fact."""
    tale = land()
    tale.every("branch", Every.MONTH, "2020-01-01")
    held = [tale.met("x", f"2021-{month:02}-15", present=30, absent=10) for month in range(1, 8)]
    it = Cycling(tale, tmp_path_factory.mktemp("before"))
    it.say(rules("2021-01-01"), RULES, "2021-01-10")
    proposed = await it.told(f"/v1/proposals?branch={X}&year=2021&rule_set={RULES}")
    period = year(2021)
    fact = RatingDecided(
        unit=X,
        rater=id_of("u1"),
        axis=VERTICAL,
        period=period,
        rule_set=RULES,
        grade=GRADES[1],
        basis=Basis.model_validate_json(json.dumps(proposed["basis"])),
    )
    it.say(fact, X, "2021-12-20", hand=8)
    first = decision_of(await it.told(f"/v1/ratings/{X}?year=2021"))
    assert (first["as_frozen"], first["same"]) == (True, True)
    assert first["as_decided"]["digest"] == proposed["basis"]["proposal_digest"]

    # What comes later, all of it about that year too.
    it.say(rules("2022-01-01", RULES), NEXT_RULES, "2022-01-10")
    late = [
        tale.met(("x", "y")[number % 2], f"2021-{8 + number % 5:02}-{1 + number // 8:02}", present=20, absent=number)
        for number in range(200)
    ]
    fewer = Roll(expected=40, present=10, absent=30)
    tale.logs.correct(held[0], held[0].fact.model_copy(update={"roll": fewer}), "2021-01-15")
    tale.merge("x", "y", on="2022-06-01")
    it.feed()
    again = decision_of(await it.told(f"/v1/ratings/{X}?year=2021"))
    assert again["as_decided"] == first["as_decided"]
    assert (again["as_frozen"], again["same"], again["decided"]) == (True, False, first["decided"])
    mine = {f"{told.by}/{told.root.envelope.id}" for number, told in enumerate(late) if number % 2 == 0}
    differs = {each["criterion"]: each for each in again["differs"]}
    attendance = differs["attendance"]["facts"]
    assert {each["event"] for each in attendance if each["how"] == "counted-now"} == mine
    corrected = f"{WOMEN}/{held[0].root.envelope.id}"
    assert [each["event"] for each in attendance if each["how"] == "corrected"] == [corrected]
    assert [each for each in attendance if each["how"] == "no-longer-counted"] == []

    # A past of more facts than are held in memory for one question is said to be so, and the present stays.
    with monkeypatch.context() as smaller:
        smaller.setattr("shared.history.past.FACTS_AT_MOST", 5)
        large = decision_of(await it.told(f"/v1/ratings/{X}?year=2021"))
    assert (large["past_too_large"], large["as_decided"], large["as_frozen"]) == (True, None, None)
    assert (large["now"], large["same"], large["differs"]) == (again["now"], False, [])
    assert (again["past_too_large"], again["decided"]) == (False, large["decided"])

    # Rebuilt from the logs alone, in a service that has seen nothing before.
    anew = Cycling(Tale(), tmp_path_factory.mktemp("after"))
    for (service, _), chain in tale.logs.chains.items():
        anew.runner.take(service, chain)
    while events := it.log.after({each: anew.fed["ratings", each] for each in [WOMEN]}, 500):
        anew.runner.take("ratings", events)
        anew.fed["ratings", WOMEN] = events[-1].envelope.sequence
    rebuilt = Freezing(Views(anew.runner), anew.ground.knowledge.tree).again(fact, 0)
    assert rebuilt == first["as_decided"]
    anew.close()
    it.close()


def decision_of(told: Any) -> Any:
    """The one decision of the one axis."""
    (axis,) = told["axes"]
    (found,) = axis["decisions"]
    return found


# ── Two raters, and what others tell ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycling]:
    """The district rates x, and the women's organisation reports how the Party's committee does."""
    tale = land()
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.unit("committee", "committee", None, "d1", by="party")
    mandate = MandateGranted(
        grantee=id_of("party"), acts=(Act.RATE,), subtree=id_of("root"), valid_from=day("2020-01-01")
    )
    tale.say(mandate, "mandate", "2020-01-01")
    found = Cycling(tale, tmp_path_factory.mktemp("two-raters"))
    yield found
    found.close()


def decision(rater: str, axis: str, rank: int, **fields: Any) -> RatingDecided:
    grade = GRADES[rank - 1]
    return RatingDecided(unit=X, rater=id_of(rater), axis=axis, period=year(2022), grade=grade, **fields)


async def test_two_raters_stand_side_by_side_and_a_report_is_one_until_its_body_says_it_itself(rated: Cycling) -> None:
    path = f"/v1/ratings/{X}?year=2022"
    rated.say(decision("u1", VERTICAL, 1), X, "2022-12-20", hand=8)
    report = rated.say(decision("committee", "party-committee", 2), X, "2022-12-21", hand=8)
    told = await rated.told(path)
    party, own = told["axes"]
    assert (party["decisions"][0]["reported_by_subject"], own["decisions"][0]["reported_by_subject"]) == (True, False)
    (compared,) = told["comparison"]
    assert (compared["comparable"], compared["same"]) == (True, False)
    assert compared["question"]["vi"] == "committee xếp “Khá”, u1 xếp “Mạnh”: vì sao khác nhau?"
    reference = EventReference(organisation=WOMEN, event=report)
    stranger = decision("committee", "party-committee", 1, confirms=reference)
    assert rated.refused(stranger, X, "2022-12-28", by="party") == "confirms-other-grade confirms"
    confirmed = decision("committee", "party-committee", 2, confirms=reference)
    event = rated.say(confirmed, X, "2022-12-28", by="party")
    party = (await rated.told(path))["axes"][0]
    first, second = party["decisions"]
    assert (first["reported"], first["reported_by_subject"]) == (True, False)
    assert first["confirmed_by"] == {"organisation": str(id_of("party")), "event": str(event)}
    assert (second["reported"], second["confirmed_by"]) == (False, None)
    assert len((await rated.told(path))["comparison"]) == 1


async def test_a_committee_works_through_its_own_list_under_a_mandate(rated: Cycling) -> None:
    """It reads whom it rates; of the unit's own papers it sees that they are there, not what stands on them."""
    axis, y = "party-committee", id_of("y")
    rule = authority("2023-01-01", "committee", Step.OPENED).model_copy(update={"axis": axis, "proposes": None})
    rated.say(rule, authority_id(axis), "2023-01-01", by="party")
    work = f"/v1/rating-work?body={id_of('committee')}&day=2023-12-01"
    assert (await rated.told(work, "party"))["waiting"] == []
    opening = RatingPeriodOpened(
        body=id_of("committee"),
        axis=axis,
        period=year(2023),
        kind=PeriodKind.YEAR,
        subject_kind="branch",
        signer=CHAIR,
    )
    rated.say(opening, period_id(axis, year(2023)), "2023-11-01", by="party")
    waiting = (await rated.told(work, "party"))["waiting"]
    # x, y and z work in the committee's district, w does not.
    assert {each["unit"] for each in waiting} == {str(id_of(name)) for name in ("x", "y", "z")}
    assert {each["step"] for each in waiting} == {"decided"}
    rater = await rated.told(f"/v1/ratings/{y}/rater?axis={axis}&day=2023-12-01", "party")
    assert (rater["rater_title"], rater["why"]) == ("committee", "by-rule")
    grade = GRADES[0]
    fact = RatingDecided(unit=y, rater=id_of("committee"), axis=axis, period=year(2023), grade=grade)
    rated.say(fact, y, "2023-12-20", by="party")
    assert len((await rated.told(work, "party"))["waiting"]) == 3
    later = work.replace("2023-12-01", "2023-12-31")
    assert len((await rated.told(later, "party"))["waiting"]) == 2
    told = await rated.told(f"/v1/ratings/{X}?year=2022", "party")
    steps = {each["organisation"]: each for axis in told["axes"] for each in axis["steps"]}
    assert "document" in steps[str(id_of("party"))]
    assert "document" not in steps[str(WOMEN)]
    assert (await rated.ask(f"/v1/ratings/{id_of('w')}?year=2022", "other")).status_code == 403


async def test_a_grade_that_was_told_and_then_confirmed_opens_what_it_opens_once(rated: Cycling) -> None:
    axis, period = "party-committee", year(2023)
    told = decision("committee", axis, 2).model_copy(update={"period": period})
    report = rated.say(told, X, "2023-12-21", hand=8)
    confirms = EventReference(organisation=WOMEN, event=report)
    event = rated.say(told.model_copy(update={"confirms": confirms}), X, "2023-12-22", by="party")
    effects = ("direct-election-of-head",)
    known = published(event, effects).model_copy(
        update={
            "axis": axis,
            "period": period,
            "body": id_of("committee"),
            "decision": EventReference(organisation=id_of("party"), event=event),
        }
    )
    rated.say(known, X, "2023-12-24", by="party")
    (entitled,) = (await rated.told(f"/v1/entitlements?unit={X}&day=2023-12-31"))["entitlements"]
    assert (entitled["decision"]["event"], entitled["effect"]) == (str(event), *effects)


async def test_a_deadline_runs_from_the_first_opening_whoever_opened_too(rated: Cycling) -> None:
    axis, period = "territorial", year(2023)
    rule = authority("2023-01-01", "district-body", Step.OPENED, Step.SELF_RATED).model_copy(
        update={"axis": axis, "deadlines": (Deadline(step=Step.SELF_RATED, days=10, after=Step.OPENED),)}
    )
    rated.say(rule, authority_id(axis), "2023-01-01")
    opened: dict[str, Any] = {"axis": axis, "period": period, "kind": PeriodKind.YEAR, "subject_kind": "branch"}
    for body, on in (("u1", "2023-11-01"), ("root", "2023-11-20")):
        opening = RatingPeriodOpened(body=id_of(body), signer=CHAIR, **opened)
        rated.say(opening, period_id(axis, period), on)
    (waiting,) = (await rated.told(f"/v1/rating-work?body={X}&day=2023-11-25"))["waiting"]
    assert (waiting["step"], waiting["due"], waiting["overdue"]) == ("self-rated", "2023-11-11", True)


async def test_what_is_asked_wrongly_is_refused_by_its_field(rated: Cycling) -> None:
    cases = {
        f"/v1/ratings/{X}": (422, "start"),
        f"/v1/ratings/{X}?start=2022-01-01": (422, "end"),
        f"/v1/ratings/{X}?year=2022&start=2022-01-01": (422, "end"),
        f"/v1/ratings/{X}?start=2022-01-01&end=2022-01-01": (422, "end"),
        f"/v1/ratings/{X}?start=1900-01-01&end=2022-01-01": (422, "start"),
        f"/v1/ratings/{X}/rater?day=1900-01-01": (422, "day"),
        f"/v1/ratings/{X}/rater?axis=Dọc": (422, "axis"),
        "/v1/ratings/x?year=2022": (422, "unit"),
    }
    for path, (status, field) in cases.items():
        answer = await rated.ask(path)
        assert (answer.status_code, answer.json()["field"]) == (status, field), path
    for path in (f"/v1/ratings/{X}?year=2022", f"/v1/rating-work?body={X}", f"/v1/pools?rater={X}&year=2022"):
        assert (await rated.ask(path, "other")).status_code == 403
        assert (await rated.ask(path, "territorial-reader")).status_code == 403
    subjects = await rated.told(f"/v1/rating-subjects?year=2022&rater={id_of('u1')}")
    assert subjects["pool"] == str(pool_id(id_of("u1"), VERTICAL, year(2022)))
    assert (subjects["authority"], subjects["period"]) == (
        str(authority_id(VERTICAL)),
        str(period_id(VERTICAL, year(2022))),
    )
