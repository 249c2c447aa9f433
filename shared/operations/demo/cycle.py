"""How is one branch of Trà Vinh rated, step by step? Opened, scored, rated by itself, proposed, verified, decided.

The figures printed in the articles know nothing of it: it shows the cycle of a rating and an explained grade.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from shared.contracts.fields import Period
from shared.contracts.ratings import (
    CriterionScored,
    RatingAuthoritySet,
    RatingDecided,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingProposed,
    RatingPublished,
    RatingVerified,
    Step,
    UnitSelfRated,
    authority_id,
    period_id,
    pool_id,
)
from shared.operations.demo.ids import Ids
from shared.operations.demo.posting import Posting
from shared.operations.demo.scribe import Paper, Posted, Scribe, year_of
from shared.operations.demo.world import World

PROVINCE, ORGANISATION = "tra-vinh", "tra-vinh/womens-union"
YEAR: Final = 2014
AXIS: Final = "vertical"
HUMAN: Final = "noi-dung"
"""The criterion of the rule set that people score."""
POOL: Final = "cung-cap"
SCORES: Final = {"self-rated": 2_000, "verified": 1_750}
STEPS: Final = (
    *(Step.OPENED, Step.SELF_RATED, Step.PROPOSED, Step.VERIFIED),
    *(Step.POOL_CLOSED, Step.PUBLISHED),
)
PERIOD: Final = Period.model_validate(year_of(YEAR))
OPENS: Final = "direct-election-of-head"


def rule_set_of(ids: Ids) -> str:
    """The id under which the rule set of Trà Vinh is adopted."""
    return ids("rule-set:tra-vinh/womens-union")


class Cycle:
    """One branch, its year, and the bodies above it."""

    def __init__(self, world: World) -> None:
        self.ids = world.ids
        branch = world.units(world.organisation(ORGANISATION), PROVINCE, 3)[0]
        commune = str(branch.above)
        district = commune.rpartition("/")[0]
        self.branch, self.commune, self.district = (
            self.ids(f"unit:{path}") for path in (branch.path, commune, district)
        )
        self._scribe = Scribe(self.ids, ORGANISATION)
        self._label = world.calibration.scale["strength"][1]

    def postings(self) -> list[Posting]:
        """What is prepared in one hand, and then what is decided in another."""
        rules = f"{ORGANISATION}/ratings/tra-vinh"
        begun = Posting(ORGANISATION, "ratings", "tra-vinh-begun", self._begun, after=(rules,))
        return [begun, Posting(ORGANISATION, "ratings", "tra-vinh-decided", self._decided, after=(begun.name,))]

    def rules(self) -> Iterator[Posted]:
        """Who decides and in which steps; and the year is opened."""
        rule = {
            "axis": AXIS,
            "subject_kind": "branch",
            "decides": "district-body",
            "proposes": "base-unit",
            "verifies": "district-body",
            "steps": [step.value for step in STEPS],
            "effects": [
                {"effect": OPENS, "scale": "strength", "worst_rank": 2, "legal_reference": "mô phỏng, không có thật"}
            ],
            "legal_reference": "Hướng dẫn mô phỏng, không có thật",
            "issued": dt.date(YEAR, 1, 10),
            "effective_from": dt.date(YEAR, 1, 1),
        }
        yield self._scribe.says(RatingAuthoritySet, str(authority_id(AXIS)), dt.date(YEAR, 1, 10), rule)
        opening = {"body": self.district, "kind": "year", "subject_kind": "branch"}
        yield self._step(RatingPeriodOpened, 11, 3, opening, about=str(period_id(AXIS, PERIOD)))

    def _begun(self) -> Iterator[Posted]:
        yield self._scored("self-rated", self.branch, 10)
        yield self._step(UnitSelfRated, 11, 12, {"unit": self.branch, "grade": self._grade})
        yield self._step(RatingProposed, 11, 20, {"unit": self.branch, "rater": self.commune, "grade": self._grade})
        yield self._scored("verified", self.district, 28)
        yield self._step(RatingVerified, 12, 1, {"unit": self.branch, "body": self.district, "grade": self._grade})

    def _decided(self) -> Iterator[Posted]:
        members = [{"unit": self.branch, "grade": self._grade}]
        pool = {"rater": self.district, "pool": POOL, "group": "chi-hoi", "members": members}
        about = str(pool_id(UUID(self.district), AXIS, PERIOD))
        yield self._step(RatingPoolClosed, 12, 10, pool, about=about)
        decision = self._step(
            RatingDecided, 12, 20, {"unit": self.branch, "rater": self.district, "grade": self._grade}
        )
        yield decision
        reference = {"organisation": self._scribe.id, "event": decision["id"]}
        fact = {"unit": self.branch, "decision": reference, "body": self.district, "effects": [OPENS]}
        yield self._step(RatingPublished, 12, 24, fact)

    @property
    def _grade(self) -> dict[str, Any]:
        return {"scale": "strength", "rank": 2, "label": self._label}

    def _scored(self, step: str, body: str, day: int) -> Posted:
        fact = {
            "unit": self.branch,
            "body": body,
            "criterion": HUMAN,
            "step": step,
            "score": {"points": SCORES[step]},
            "evidence": {"title": "Sổ sinh hoạt chi hội (mô phỏng)", "sha256": "5e" * 32},
        }
        return self._step(CriterionScored, 11, day, fact)

    def _step(self, contract: Any, month: int, day: int, fact: dict[str, Any], *, about: str | None = None) -> Posted:  # noqa: ANN401 — any of the contracts
        """A step with its document and signer, on the axis, for the year, by the rule set."""
        on = dt.date(YEAR, month, day)
        paper = Paper(f"{day:02}-{month:02}/MP (mô phỏng)", "Hội LHPN tỉnh Trà Vinh", on)
        whole = {**fact, "axis": AXIS, "period": year_of(YEAR), "signer": {"office": "chair"}}
        if "rule_set" in contract.model_fields:
            whole["rule_set"] = rule_set_of(self.ids)
        return self._scribe.says(contract, about or self.branch, on, whole, again=month * 100 + day, paper=paper)
