"""Which posts do tests of the cycle make? Each step about the branch of the small country, with defaults."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from shared.contracts.event import calendar_day
from shared.contracts.fields import EventReference, Grade, Period
from shared.contracts.ratings import (
    Ballot,
    CriterionScored,
    ObjectionRaised,
    PoolMember,
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
    ReratingOrdered,
    Score,
    ScoredIn,
    Signer,
    UnitSelfRated,
    VotesCounted,
    authority_id,
    period_id,
    pool_id,
)
from tests.ratings.domain.test_rule_set import GRADES, RULES
from tests.support.landscape import BRANCH, WOMEN, WOMEN_COMMUNE, WOMEN_DISTRICT, WOMEN_PROVINCE, says
from tests.support.posts import Post

CHAIR = Signer(office="chair")


def year(number: int) -> Period:
    return Period(start=calendar_day(f"{number}-01-01"), end=calendar_day(f"{number + 1}-01-01"))


YEAR = year(2022)
STEPS = ("opened", "self-rated", "proposed", "verified", "pool-closed")


def authority(on: str = "2022-01-01", *, by: UUID = WOMEN, axis: str = "vertical", **fields: Any) -> Post:
    values = {
        "axis": axis,
        "subject_kind": "branch",
        "decides": "district-body",
        "legal_reference": "Hướng dẫn 12-HD/BTV",
        "issued": on,
        "effective_from": on,
        **fields,
    }
    fact = RatingAuthoritySet.model_validate_json(json.dumps(values))
    return says(fact, authority_id(axis), on=on, by=by)


def opened(on: str = "2022-11-01", *, period: Period = YEAR, body: UUID = WOMEN_PROVINCE, **fields: Any) -> Post:
    values = {
        "body": body,
        "axis": "vertical",
        "period": period,
        "kind": "year",
        "subject_kind": "branch",
        "signer": CHAIR,
        **fields,
    }
    fact = RatingPeriodOpened.model_validate(values, strict=False)
    return says(fact, period_id(fact.axis, fact.period), on=on)


def self_rated(on: str = "2022-11-10", about: UUID = BRANCH, **fields: Any) -> Post:
    values = {"unit": about, "axis": "vertical", "period": YEAR, "grade": GRADES[0], "signer": CHAIR, **fields}
    return says(UnitSelfRated.model_validate(values), about, on=on)


def proposed(on: str = "2022-11-20", about: UUID = BRANCH, **fields: Any) -> Post:
    values = {
        "unit": about,
        "rater": WOMEN_COMMUNE,
        "axis": "vertical",
        "period": YEAR,
        "grade": GRADES[0],
        **fields,
    }
    return says(RatingProposed.model_validate(values), about, on=on)


def verified(on: str = "2022-12-01", about: UUID = BRANCH, **fields: Any) -> Post:
    values = {
        "unit": about,
        "body": WOMEN_DISTRICT,
        "axis": "vertical",
        "period": YEAR,
        "grade": GRADES[1],
        "signer": CHAIR,
        **fields,
    }
    return says(RatingVerified.model_validate(values), about, on=on)


def pooled(
    *members: tuple[UUID, Grade],
    rule_set: UUID,
    on: str = "2022-12-10",
    rater: UUID = WOMEN_DISTRICT,
    subject: UUID | None = None,
    **fields: Any,
) -> Post:
    values = {
        "rater": rater,
        "axis": "vertical",
        "period": YEAR,
        "pool": "similar",
        "group": "hamlet-branches",
        "rule_set": rule_set,
        "members": tuple(PoolMember(unit=unit, grade=grade) for unit, grade in members),
        "signer": CHAIR,
        **fields,
    }
    fact = RatingPoolClosed.model_validate(values)
    return says(fact, subject or pool_id(fact.rater, fact.axis, fact.period), on=on)


def decided(on: str = "2022-12-20", about: UUID = BRANCH, *, by: UUID = WOMEN, **fields: Any) -> Post:
    values = {
        "unit": about,
        "rater": WOMEN_DISTRICT,
        "axis": "vertical",
        "period": YEAR,
        "grade": GRADES[1],
        **fields,
    }
    return says(RatingDecided.model_validate(values), about, on=on, by=by)


def reference(post: Post) -> EventReference:
    return EventReference(organisation=post.by, event=post.id)


def _about(cls: Any, decision: Post, on: str, by: UUID, body: UUID, fields: dict[str, Any]) -> Post:
    fact = decision.fact
    assert isinstance(fact, RatingDecided)
    values = {
        "unit": fact.unit,
        "axis": fact.axis,
        "period": fact.period,
        "decision": reference(decision),
        "body": body,
        "signer": CHAIR,
        **fields,
    }
    return says(cls.model_validate(values), values["unit"], on=on, by=by)


def published(
    decision: Post, on: str = "2022-12-24", *, body: UUID = WOMEN_DISTRICT, by: UUID = WOMEN, **fields: Any
) -> Post:
    return _about(RatingPublished, decision, on, by, body, fields)


def objected(decision: Post, on: str = "2022-12-26", *, body: UUID = BRANCH, by: UUID = WOMEN, **fields: Any) -> Post:
    return _about(ObjectionRaised, decision, on, by, body, {"ground": "fact-missing", **fields})


def ordered(
    decision: Post, on: str = "2022-12-26", *, body: UUID = WOMEN_PROVINCE, by: UUID = WOMEN, **fields: Any
) -> Post:
    return _about(ReratingOrdered, decision, on, by, body, {"ground": "complaint", **fields})


def reverified(
    decision: Post, on: str = "2022-12-28", *, body: UUID = WOMEN_DISTRICT, by: UUID = WOMEN, **fields: Any
) -> Post:
    return _about(RatingReverified, decision, on, by, body, {"grade": GRADES[0], **fields})


def upheld(
    decision: Post, on: str = "2022-12-30", *, body: UUID = WOMEN_DISTRICT, by: UUID = WOMEN, **fields: Any
) -> Post:
    return _about(RatingUpheld, decision, on, by, body, fields)


def changed(
    decision: Post, on: str = "2022-12-30", *, body: UUID = WOMEN_DISTRICT, by: UUID = WOMEN, **fields: Any
) -> Post:
    return _about(RatingChanged, decision, on, by, body, {"grade": GRADES[0], **fields})


def cancelled(
    decision: Post, on: str = "2022-12-30", *, body: UUID = WOMEN_PROVINCE, by: UUID = WOMEN, **fields: Any
) -> Post:
    return _about(RatingCancelled, decision, on, by, body, fields)


def scored(
    on: str = "2022-12-05",
    about: UUID = BRANCH,
    *,
    by: UUID = WOMEN,
    score: dict[str, Any] | None = None,
    **fields: Any,
) -> Post:
    values = {
        "unit": about,
        "body": WOMEN_DISTRICT,
        "axis": "vertical",
        "period": YEAR,
        "rule_set": RULES,
        "criterion": "movement",
        "step": ScoredIn.VERIFIED,
        "score": Score.model_validate(score or {"points": 8_000}),
        "signer": CHAIR,
        **fields,
    }
    return says(CriterionScored.model_validate(values), about, on=on, by=by)


def voted(on: str = "2022-12-05", about: UUID = BRANCH, *, by: UUID = WOMEN, **fields: Any) -> Post:
    values = {
        "unit": about,
        "body": about,
        "axis": "vertical",
        "period": YEAR,
        "rule_set": RULES,
        "criterion": "trust",
        "votes": Ballot(in_favour=18, against=1, blank=1, present=20, entitled=25),
        "signer": CHAIR,
        **fields,
    }
    return says(VotesCounted.model_validate(values), about, on=on, by=by)
