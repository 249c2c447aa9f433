"""What of grades and for review conferences can be asked for? Distributions, years beside years, whole reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.ratings.api.asked import basis, moment_of, require_plausible, told
from services.ratings.api.figures import rows_of
from services.ratings.domain.distribution import KEYS, Group, Rated, Share, grouped
from services.ratings.domain.years import SENTENCES, Step, series
from services.ratings.projections.beside import Answer
from services.ratings.reports.conference import conference
from services.ratings.reports.counting import Counting
from services.ratings.reports.paper import Paper
from services.ratings.reports.values import values
from services.ratings.reports.wanted import YEARS_AT_MOST, Wanted
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.figures import Question
from shared.units.calendar import percent_text
from shared.units.projection import titles
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right
from shared.web.access import Needs, Reached
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.turns import Turns
from shared.web.upkeep import positions_within

DAY: Final = dt.timedelta(days=1)
PATIENCE: Final = 20.0
"""Seconds that a request waits for its turn: a report takes one or two."""


class Format(StrEnum):
    """As what a report is handed out."""

    JSON = "json"
    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"


MEDIA: Final = {
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Few processes ever print a report: the libraries that write one are loaded by the first that does.


def _docx(paper: Paper) -> bytes:
    from services.ratings.reports.word import docx  # noqa: PLC0415

    return docx(paper)


def _pdf(paper: Paper) -> bytes:
    from services.ratings.reports.typeset import pdf  # noqa: PLC0415

    return pdf(paper)


def _xlsx(paper: Paper) -> bytes:
    from services.ratings.reports.spreadsheet import xlsx  # noqa: PLC0415

    return xlsx(paper)


WRITTEN: Final[dict[Format, Callable[[Paper], bytes]]] = {Format.DOCX: _docx, Format.PDF: _pdf, Format.XLSX: _xlsx}


def wanted(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    reach: Reached,
    unit: UUID,
    start: dt.date,
    end: dt.date,
    until: Annotated[dt.date | None, Query(description="Decisions before this day; else all up to today")] = None,
    known: Annotated[str | None, Query(min_length=10, max_length=40)] = None,
    tree: Annotated[dt.date | None, Query(description="Under the tree of this day; else as it was then")] = None,
) -> Wanted:
    """What is asked: a unit or place and a period, if the caller may count there up to the last decision read."""
    for name, day in (("start", start), ("end", end), ("until", until), ("tree", tree)):
        require_plausible(name, day)
    if start >= end:
        raise TurnedAway(422, "period-empty", "end")
    if (end - DAY).year - start.year >= YEARS_AT_MOST:
        raise TurnedAway(422, "period-too-long", "end")
    then = None if known is None else moment_of("known", known)
    read = max(end, reach.today + DAY) if until is None else until
    if read < end:
        raise TurnedAway(422, "period-empty", "until")
    reach.require_figure(unit, dt.date(start.year, 1, 1), read, tree)
    return Wanted(unit, start, end, read, unit, known=then, tree=tree)


Asked = Annotated[Wanted, Depends(wanted)]


def headed(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    asked: Asked,
    reach: Reached,
    issuer: Annotated[UUID | None, Query(description="The unit or organisation that hands the report in")] = None,
    title: Annotated[str, Query(max_length=300)] = "",
    number: Annotated[str, Query(max_length=40)] = "",
    place: Annotated[str, Query(max_length=100)] = "",
    day: Annotated[dt.date | None, Query(description="Of the report itself")] = None,
    directive: Annotated[UUID | None, Query(description="The directive whose carrying out is reviewed")] = None,
) -> Wanted:
    """The same, and how the report is headed. A place issues nothing: then the caller's organisation does."""
    require_plausible("day", day)
    tree = reach.knowledge.tree
    by = issuer or (reach.poster.organisation if tree.is_place(asked.unit) else asked.unit)
    if issuer is not None and not reach.opens(tree.owner(by, asked.end - DAY) or by):
        raise OutOfReach("issuer")
    return replace(asked, issuer=by, title=title, number=number, place=place, day=day, directive=directive)


Headed = Annotated[Wanted, Depends(headed)]


def conference_router(runner: Runner, producer: Producer, columns: Columns | None = None) -> APIRouter:
    """`/v1/grades/distribution`, `/v1/grades/years`, `/v1/conference-reports`."""
    door = [Depends(producer.access), Depends(Needs(Right.FIGURES)), Depends(producer.after)]
    router = APIRouter(tags=["reports"], dependencies=door)
    one = Turns(1, PATIENCE)
    counting = partial(_counting, runner, partial(rows_of, runner, columns))

    @router.get("/v1/grades/distribution", summary="Phân bố xếp loại · Grades by level, rater, axis, unit, period")
    def distribution(
        asked: Asked,
        reach: Reached,
        by: Annotated[str, Query(max_length=100, description="Of level, axis, rater, unit, period, with commas")] = "",
    ) -> Response:
        keys = tuple(dict.fromkeys(key for key in by.split(",") if key))
        if not set(keys) <= set(KEYS):
            raise TurnedAway(422, "unknown-key", "by")
        ratings = counting(asked, reach).ratings()
        rows = [_row(group, share) for group in grouped(ratings, keys) for share in group.shares]
        return told(_about(runner, asked, reach, ratings) | {"by": list(keys), "rows": rows})

    @router.get("/v1/grades/years", summary="Xếp loại qua các năm · Which years compare, and what changed")
    def years(asked: Asked, reach: Reached) -> Response:
        count = counting(asked, reach)
        ratings, waiting = count.ratings(), count.waiting()
        found = [
            {
                "level": each.level,
                "axis": each.axis,
                "periods": [_period(group) for group in each.years],
                "steps": [_step(step) for step in each.steps],
            }
            for each in series(ratings, waiting)
        ]
        return told(_about(runner, asked, reach, ratings) | {"series": found, "waiting": sorted(map(str, waiting))})

    @router.get("/v1/conference-reports", summary="Báo cáo sơ kết, tổng kết · The report for a review conference")
    def report(asked: Headed, reach: Reached, format: Format = Format.JSON) -> Response:
        with one:
            position = positions_within(reach, runner.position())
            paper = conference(counting(asked, reach), position)
            if format is Format.JSON:
                return told(values(paper) | {"position": position})
            content = WRITTEN[format](paper)
        name = f"bao-cao-{asked.start}-{asked.end - DAY}.{format.value}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=MEDIA[format], headers=headers)

    return router


def _counting(runner: Runner, answer: Answer, asked: Wanted, reach: Reach) -> Counting:
    return Counting(runner, answer, reach.knowledge.tree, asked)


def _about(runner: Runner, asked: Wanted, reach: Reach, ratings: Sequence[Rated]) -> dict[str, Any]:
    units = {asked.unit, *(each.within for each in ratings), *(each.rater for each in ratings)}
    question = Question(asked.unit, asked.start, asked.end, known=asked.known, tree_on=asked.tree)
    return {
        "unit": str(asked.unit),
        "period": {"start": asked.start.isoformat(), "end": asked.end.isoformat()},
        "until": asked.until.isoformat(),
        **basis(question),
        "titles": titles(runner, units),
        "position": positions_within(reach, runner.position()),
    }


def _row(group: Group, share: Share) -> dict[str, Any]:
    return {
        "keys": dict(group.keys) | {"scale": group.scale},
        "rank": share.rank,
        "label": share.label,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "percent": percent_text(share.numerator, share.denominator),
        "counts": group.counts,
    }


def _period(group: Group) -> dict[str, Any]:
    return {
        "period": group.keys["period"],
        "scale": group.scale,
        "total": group.total,
        "counts": group.counts,
        "rule_sets": sorted({str(each.rule_set) for each in group.rated if each.rule_set is not None}),
        "raters": sorted({str(each.rater) for each in group.rated}),
        "rater_levels": sorted({each.rater_level for each in group.rated}),
        "grades": [_row(group, share) for share in group.shares],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "from": {"period": step.before.keys["period"], "scale": step.before.scale},
        "to": {"period": step.after.keys["period"], "scale": step.after.scale},
        "comparable": step.comparable.value,
        "reasons": [
            {"code": reason.value, "vi": SENTENCES[reason][0], "en": SENTENCES[reason][1]} for reason in step.reasons
        ],
        "units": None if step.moved is None else step.moved._asdict(),
    }
