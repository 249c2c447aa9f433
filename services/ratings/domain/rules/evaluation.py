"""What does a rule set make of the evidence? Lines, conditions, vetoes, a sum, and a grade or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from services.ratings.domain.rules.evidence import Score, Votes
from shared.contracts.fields import Grade


class State(StrEnum):
    """Whether something holds. *Not recorded* is a third answer, and never becomes one of the others."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_RECORDED = "not-recorded"


class Why(StrEnum):
    """Why a criterion's points, or the grade, are what they are."""

    NOT_RECORDED = "not-recorded"
    """No fact says anything of it."""
    NOT_SCORED = "not-scored"
    """People have not scored it yet."""
    NOT_VOTED = "not-voted"
    """No votes were counted."""
    OUT_OF_BOUNDS = "score-out-of-bounds"
    """The score lies outside the criterion's points, or on no rank of the scale."""
    NOTHING_DUE = "nothing-due"
    """Facts say that nothing was due: there is no rate of nothing, and people must judge."""
    WITHOUT_POINTS = "without-points"
    """The criterion gives no points; what it says is read by conditions, or by people."""
    FULL = "full"
    """Reached what full points ask for."""
    IN_PROPORTION = "in-proportion"
    """Below that: in proportion, rounded half up to a hundredth."""
    BAND = "band"
    """The points of the band in which the figure lies."""
    SCORED = "scored"
    """As people scored it."""
    NO_THRESHOLD = "no-threshold"
    """The rule set says nowhere which points make which grade."""
    OPEN_CRITERIA = "open-criteria"
    """Criteria are open, and more than one grade may still come of them."""
    CONDITION_NOT_RECORDED = "condition-not-recorded"
    """What a condition or veto reads is not recorded, and more than one grade may still come of it."""
    TOO_YOUNG = "too-young"
    """The unit has not been at work as long as the rules ask."""
    AGE_NOT_RECORDED = "age-not-recorded"
    CHILDREN_NOT_RATED = "children-not-rated"
    """The rules rate the units below first."""
    VETOED = "vetoed"
    """What would have been given is barred, and nothing below it is left."""
    NO_GRADE_REACHED = "no-grade-reached"
    """Neither points nor conditions reach any grade."""


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion. `points` is None while it is open; then they lie from `least` to `most`."""

    group: str | None
    code: str
    title: str
    clause: str
    by: str
    """computed, human, votes."""
    indicator: str | None
    of: int
    points: int | None
    least: int
    most: int
    full_at: int
    why: tuple[Why, ...]
    figure: str | None = None
    numerator: int | None = None
    denominator: int | None = None
    events: Sequence[str] = ()
    score: Score | None = None
    scored: Sequence[Score] = ()
    """What every body said, in the order of the cycle; the last one counts."""
    votes: Votes | None = None

    @property
    def open(self) -> bool:
        """Whether people or facts are still wanted."""
        return self.points is None

    def told(self) -> dict[str, Any]:
        """As JSON."""
        score, votes = self.score, self.votes
        return {
            "code": self.code,
            "group": self.group,
            "title": self.title,
            "clause": self.clause,
            "by": self.by,
            "indicator": self.indicator,
            "of": self.of,
            "points": self.points,
            "least": self.least,
            "most": self.most,
            "figure": self.figure,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "full_at": self.full_at,
            "score": None if score is None else score._asdict(),
            "scored": [each._asdict() for each in self.scored],
            "votes": None if votes is None else votes._asdict(),
            "why": list(self.why),
            "events": list(self.events),
        }


@dataclass(frozen=True, slots=True)
class GroupSum:
    """What the criteria of a group come to, within the most that the group may give."""

    code: str
    title: str
    clause: str
    least: int
    most: int
    of: int
    bonus: bool


class Reading(NamedTuple):
    """One name that a condition read, and what stood there; `least` and `most` where it is a range."""

    name: str
    numerator: int | None = None
    denominator: int | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a grade asks for beside points."""

    rank: int
    title: str
    clause: str
    when: str
    state: State
    read: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Barred:
    """A veto, or the floor of a group: where it holds, nothing better than `best` is given."""

    code: str
    title: str
    clause: str
    when: str
    best: int
    state: State
    """Met: it bars."""
    read: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out. The grade is given only if every completion of what is open gives it."""

    lines: tuple[Line, ...]
    groups: tuple[GroupSum, ...]
    conditions: tuple[Condition, ...]
    vetoes: tuple[Barred, ...]
    least: int
    most: int
    of: int
    """The sum, in hundredths of points: from `least` to `most`, of at most `of`."""
    grade: Grade | None
    possible: tuple[Grade, ...]
    """The grades that may still come of what is open, best first; just one where the grade is settled."""
    why: tuple[Why, ...]
    """Why there is no grade; empty where there is one."""

    @property
    def open(self) -> tuple[str, ...]:
        """Codes of the criteria for which people or facts are still wanted."""
        return tuple(line.code for line in self.lines if line.open)

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "criteria": [line.told() for line in self.lines],
            "groups": [asdict(group) for group in self.groups],
            "conditions": [_told(each) for each in self.conditions],
            "vetoes": [_told(each) for each in self.vetoes],
            "points": {"least": self.least, "most": self.most, "of": self.of},
            "grade": None if self.grade is None else _grade(self.grade),
            "possible": [_grade(grade) for grade in self.possible],
            "why": list(self.why),
            "open": list(self.open),
        }


def _told(each: Condition | Barred) -> dict[str, Any]:
    return asdict(each) | {"read": [reading._asdict() for reading in each.read]}


def _grade(grade: Grade) -> dict[str, Any]:
    return {"scale": grade.scale, "rank": grade.rank, "label": grade.label}
