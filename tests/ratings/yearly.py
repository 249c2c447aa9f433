"""By whose word is a branch rated in a year? Rules, an authority, and how a decision is published."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.contracts.fields import EventReference, Grade
from shared.contracts.ratings import (
    Cap,
    CapOf,
    Criterion,
    Deadline,
    GradeEffect,
    Pool,
    RatingAuthoritySet,
    RatingPublished,
    Rounding,
    RuleDocument,
    RuleSetAdopted,
    Signer,
    Step,
    Threshold,
)
from tests.support.tale import day, id_of, year

RULES = id_of("rules")
X, WOMEN = id_of("x"), id_of("women")
GRADES = tuple(Grade(scale="strength", rank=rank, label=label) for rank, label in enumerate(("Mạnh", "Khá", "Yếu"), 1))
CHAIR = Signer(office="chair")
VERTICAL = "vertical"
Y2025 = year(2025)


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


def published(made: UUID, effects: tuple[str, ...]) -> RatingPublished:
    return RatingPublished(**after_(made), body=id_of("b1a"), effects=effects, signer=CHAIR)


def after_(made: UUID) -> dict[str, Any]:
    reference = EventReference(organisation=WOMEN, event=made)
    return {"unit": X, "axis": VERTICAL, "period": Y2025, "decision": reference}
