"""What does ratings say of its rules? Rating policies as data, each with its issuer, its validity, and its document."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import Code, Day, Grade, Name, Positive, RuleSetId
from shared.contracts.ratings.caps import Cap, Pool
from shared.contracts.ratings.conditions import GradeCondition, Veto, YoungestAge
from shared.contracts.ratings.criteria import CriteriaGroup, Criterion, Points


class Threshold(Part):
    """The grade from so many points on."""

    at_least: Points
    rank: Positive
    """The rank of one of the rule document's grades."""


class RuleDocument(Part):
    """The rules as one document with a schema version of its own."""

    schema_version: Annotated[int, Field(ge=1, le=2)]
    """1: criteria and thresholds alone; 2: all that stands here."""
    grades: Annotated[tuple[Grade, ...], Field(max_length=20)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=200)]
    thresholds: Annotated[tuple[Threshold, ...], Field(max_length=20)] = ()
    """None: the rule set gives points and no grade, unless conditions give it."""
    groups: Annotated[tuple[CriteriaGroup, ...], Field(max_length=50)] = ()
    total: Points | None = None
    """What all points come to, bonus included, as the document says it; the lint adds up."""
    conditions: Annotated[tuple[GradeCondition, ...], Field(max_length=100)] = ()
    vetoes: Annotated[tuple[Veto, ...], Field(max_length=50)] = ()
    otherwise: Positive | None = None
    """The rank given where none better is reached; none: then there is no grade."""
    youngest: YoungestAge | None = None
    children_first: bool = False
    """The units below are rated before the unit itself."""
    pools: Annotated[tuple[Pool, ...], Field(max_length=20)] = ()
    caps: Annotated[tuple[Cap, ...], Field(max_length=20)] = ()
    sources: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    """Where what stands here was read, in the users' words (nguồn)."""
    not_public: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    """What the document is known to say and nobody has published (chưa công bố)."""

    @model_validator(mode="after")
    def _coherent(self) -> RuleDocument:
        ranks = [grade.rank for grade in self.grades]
        if len(set(ranks)) != len(ranks) or len({grade.scale for grade in self.grades}) > 1:
            message = "grades repeat a rank or mix scales"
            raise ValueError(message)
        if len({criterion.code for criterion in self.criteria}) != len(self.criteria):
            message = "a criterion stands twice"
            raise ValueError(message)
        steps = sorted(self.thresholds, key=lambda step: step.rank)
        points = [step.at_least for step in steps]
        if any(step.rank not in ranks for step in steps) or points != sorted(set(points), reverse=True):
            message = "thresholds name unknown ranks or do not fall from rank to rank"
            raise ValueError(message)
        return self


@event("vn.nennep.ratings.rule-set-adopted.v1", aggregate="rule-set", effect="effective_from")
class RuleSetAdopted(Event):
    """A rating policy as data (ban hành quy định, hướng dẫn xếp loại). Subject: the rule set's id."""

    title: Name
    subject_kind: Code
    """Kind of those it rates: branch, base-unit, district-body, province-body, officer, member …"""
    issuer: Name
    """The body that issued the policy (cơ quan ban hành)."""
    legal_reference: Name
    """Number and date of the document, in the users' words (căn cứ)."""
    issued: Day
    effective_from: Day
    """May lie before `issued`: policies are at times retroactive."""
    effective_to: Day | None = None
    """The first day on which the rules no longer hold; none: until others supersede them."""
    supersedes: RuleSetId | None = None
    rules: RuleDocument
