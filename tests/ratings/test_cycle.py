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

from shared.contracts.meetings import Every
from shared.contracts.membership import Body, UnitMoved
from shared.contracts.ratings import (
    Basis,
    ObjectionRaised,
    PeriodKind,
    PoolMember,
    RatingChanged,
    RatingDecided,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingProposed,
    RatingVerified,
    Step,
    UnitSelfRated,
    authority_id,
    period_id,
    pool_id,
)
from tests.ratings.cycling import Cycling
from tests.ratings.yearly import CHAIR, GRADES, RULES, VERTICAL, Y2025, X, after_, authority, published, rules
from tests.support.tale import Tale, day, id_of, land


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
