"""Is a person rated as a unit is: opened, self-rated, scored, proposed, decided, published? Ids only, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts.fields import EventReference, Grade
from shared.contracts.ratings import (
    Basis,
    Criterion,
    CriterionScored,
    GradeEffect,
    Mark,
    PeriodKind,
    RatedPerson,
    RatingAuthoritySet,
    RatingDecided,
    RatingPeriodOpened,
    RatingProposed,
    RatingPublished,
    RuleDocument,
    RuleSetAdopted,
    Score,
    ScoredIn,
    Signer,
    Step,
    Threshold,
    UnitSelfRated,
    authority_id,
    period_id,
    rated_id,
)
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


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycling]:
    """Rules for officers: a plan that is registered, and conduct; who decides, and in which steps."""
    found = Cycling(land(), tmp_path_factory.mktemp("persons"))
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
    yield found
    found.close()


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
    lines = {line["code"]: [each["vi"] for each in line["people"]] for line in explained["criteria"]}
    assert lines["conduct"][-1] == "b1 chấm khi quyết định ngày 01/12/2022: 55 điểm (lần chấm sau cùng được tính)"
    assert lines["plan"] == ["b1 chấm khi quyết định ngày 01/12/2022: đạt"]
    refused = await it.ask(f"/v1/ratings/{X}?year=2022&person={HEAD.person}")
    assert (refused.status_code, refused.json()["code"]) == (422, "required")
