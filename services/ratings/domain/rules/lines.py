"""How many points does one criterion give? By a figure, by people, or by votes; open while nobody has said it."""

from __future__ import annotations

from typing import Final, NamedTuple

from services.ratings.domain.rules.evaluation import Line, Why
from services.ratings.domain.rules.evidence import Evidence, Measured, Score
from shared.contracts.ratings import By, Criterion, Mark

WHOLE: Final = 10_000
"""A rate of 100 % in hundredths of a per cent."""


class Given(NamedTuple):
    """Points, or none while they are open, and why."""

    points: int | None
    why: Why


def measure_key(criterion: Criterion) -> str | None:
    """Under which key the evidence holds what the criterion measures; None for what no figure measures."""
    if criterion.indicator is None:
        return None
    asked = {"months": criterion.months, "threshold": criterion.threshold}
    said = ",".join(f"{name}={value}" for name, value in asked.items() if value is not None)
    return f"{criterion.indicator}:{said}" if said else criterion.indicator


def judged_by(criterion: Criterion) -> By:
    """Who or what gives the criterion its points."""
    return criterion.by or (By.HUMAN if criterion.indicator is None else By.COMPUTED)


def line(criterion: Criterion, evidence: Evidence, ranks: frozenset[int]) -> Line:
    """The criterion's line; `ranks` are those of the rule document's grades."""
    by, key = judged_by(criterion), measure_key(criterion)
    measured = None if key is None else evidence.measured.get(key)
    score, votes = evidence.scores.get(criterion.code), evidence.votes.get(criterion.code)
    match by:
        case By.COMPUTED:
            given = of_figure(criterion, measured)
        case By.HUMAN:
            given = _of_score(criterion, score, ranks)
        case _:
            cast = None if votes is None or not votes.cast else Measured("", votes.in_favour, votes.cast)
            given = of_figure(criterion, cast, missing=Why.NOT_VOTED)
    counted, judged = (votes if by is By.VOTES else None), (score if by is By.HUMAN else None)
    events = [] if measured is None else list(measured.events)
    return Line(
        group=criterion.group,
        code=criterion.code,
        title=criterion.title,
        clause=criterion.clause,
        by=by,
        indicator=criterion.indicator,
        of=criterion.points,
        points=given.points,
        least=given.points or 0,
        most=criterion.points if given.points is None else given.points,
        full_at=criterion.full_at,
        why=(given.why,),
        figure=None if measured is None else measured.figure,
        numerator=None if measured is None else measured.numerator,
        denominator=None if measured is None else measured.denominator,
        events=events + [said.event for said in (judged, counted) if said is not None and said.event is not None],
        score=judged,
        scored=evidence.scored.get(criterion.code, ()) if by is By.HUMAN else (),
        votes=counted,
    )


def of_figure(criterion: Criterion, measured: Measured | None, *, missing: Why = Why.NOT_RECORDED) -> Given:
    """Bands where there are any, else full points from `full_at` on and in proportion below, half up to a hundredth.

    There is no rate of nothing: a denominator of nought leaves the criterion open. A criterion without points is
    there to be read: its figure is shown, and conditions may name it.
    """
    if not criterion.points and measured is not None:
        return Given(0, Why.WITHOUT_POINTS)
    if measured is None or (measured.denominator is None and not criterion.counts):
        return Given(None, missing)
    if criterion.bands and (criterion.counts or measured.denominator):
        return Given(_band(criterion, measured), Why.BAND)
    if not measured.denominator:
        return Given(None, Why.NOTHING_DUE)
    reached, full = measured.numerator * WHOLE, criterion.full_at * measured.denominator
    if reached >= full:
        return Given(criterion.points, Why.FULL)
    return Given((2 * criterion.points * reached + full) // (2 * full), Why.IN_PROPORTION)


def _band(criterion: Criterion, measured: Measured) -> int:
    """The points of the highest band that is reached; none of them: nought."""
    reached, unit = measured.numerator, 1
    if not criterion.counts:
        reached, unit = reached * WHOLE, measured.denominator or 0
    points = {band.at_least: band.points for band in criterion.bands if reached >= band.at_least * unit}
    return min(criterion.points, points[max(points)]) if points else 0


def _of_score(criterion: Criterion, score: Score | None, ranks: frozenset[int]) -> Given:
    match criterion.mark, score:
        case Mark.YES_NO, Score(met=bool() as met):
            return Given(criterion.points if met else 0, Why.SCORED)
        case Mark.RANK, Score(rank=int() as rank):
            return Given(0, Why.SCORED) if rank in ranks else Given(None, Why.OUT_OF_BOUNDS)
        case Mark.POINTS, Score(points=int() as points):
            within = 0 <= points <= criterion.points
            return Given(points, Why.SCORED) if within else Given(None, Why.OUT_OF_BOUNDS)
    return Given(None, Why.NOT_SCORED)
