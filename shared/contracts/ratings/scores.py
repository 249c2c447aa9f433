"""What do people say of one criterion? A score, a yes or no, or a mark by a body; or votes that were counted."""

from __future__ import annotations

from enum import StrEnum

from pydantic import model_validator

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import Code, Count, Grade, Hex32, Name, Period, RuleSetId, UnitId
from shared.contracts.ratings.acts import RatedPerson, Signer
from shared.contracts.ratings.criteria import Points


class ScoredIn(StrEnum):
    """In which step of the cycle a criterion is scored; of several scores that of the last step counts."""

    SELF_RATED = "self-rated"
    """By the unit itself (tự chấm)."""
    PROPOSED = "proposed"
    """By the base that proposes (cơ sở chấm)."""
    VERIFIED = "verified"
    """By the advisory body that verifies (thẩm định)."""
    DECIDED = "decided"
    """By the body that decides (cơ quan quyết định)."""


class FiledDocument(Part):
    """A document that lies with whoever filed it, and by which one can tell that it is the same (minh chứng)."""

    title: Name
    """What it is, in the users' words: minutes, number and date; no person's name."""
    sha256: Hex32
    """SHA-256 of the file's bytes."""


class Score(Part):
    """What is said of a criterion: just one of points, yes or no, and a mark, as the criterion asks for it."""

    points: Points | None = None
    """From 0 to the criterion's points (điểm)."""
    met: bool | None = None
    """Fulfilled or not (đạt, không đạt)."""
    mark: Grade | None = None
    """One of the rule document's grades."""

    @model_validator(mode="after")
    def _one_of_three(self) -> Score:
        if [self.points, self.met, self.mark].count(None) != 2:  # noqa: PLR2004 — all but one
            message = "not just one of points, met and mark"
            raise ValueError(message)
        return self


class Ballot(Part):
    """How a vote went. Who cast which vote is never recorded."""

    in_favour: Count
    against: Count
    blank: Count = 0
    """Cast, and neither for nor against (phiếu trắng, phiếu không hợp lệ)."""
    present: Count
    """How many were there when the vote was taken."""
    entitled: Count
    """How many had a vote (được quyền bỏ phiếu)."""

    @model_validator(mode="after")
    def _no_more_than_there_were(self) -> Ballot:
        if self.in_favour + self.against + self.blank > self.present or self.present > self.entitled:
            message = "more votes than people present, or more present than entitled"
            raise ValueError(message)
        return self


class _Judged(Event):
    unit: UnitId
    """The rated unit; the same as the subject."""
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. Then the subject is the id that follows (`rated_id`)."""
    body: UnitId
    """Who scores or counts: a unit of the poster's own line."""
    axis: Code
    period: Period
    rule_set: RuleSetId
    criterion: Code
    """The code of one of the rule set's criteria."""


@event("vn.nennep.ratings.criterion-scored.v1", aggregate="rating", act="rate")
class CriterionScored(_Judged):
    """A body scores one criterion; said again in the same step, the later word counts (chấm điểm tiêu chí).

    Subject: the rated unit.
    """

    step: ScoredIn
    score: Score
    comment: Name | None = None
    """Why, in the scorer's words; no person's name (nhận xét)."""
    evidence: FiledDocument | None = None
    """What the score rests on (minh chứng)."""
    signer: Signer


@event("vn.nennep.ratings.votes-counted.v1", aggregate="rating", act="rate")
class VotesCounted(_Judged):
    """Votes on one criterion were counted; said again, the later word counts (kiểm phiếu). Subject: the rated unit."""

    votes: Ballot
    evidence: FiledDocument | None = None
    """The minutes of the count (biên bản kiểm phiếu)."""
    signer: Signer
