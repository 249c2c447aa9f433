"""Do two raters stand side by side? What one tells of the other, who works through which list, and who may ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts.fields import EventReference
from shared.contracts.membership import Act, Body, MandateGranted
from shared.contracts.ratings import (
    Deadline,
    PeriodKind,
    RatingDecided,
    RatingPeriodOpened,
    Step,
    authority_id,
    period_id,
    pool_id,
)
from tests.ratings.cycling import Cycling
from tests.ratings.yearly import CHAIR, GRADES, VERTICAL, WOMEN, X, authority, published
from tests.support.tale import day, id_of, land, year


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
