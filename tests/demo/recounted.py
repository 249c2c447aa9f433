"""What would the figures API answer for the demo's history? The same, from the independent recount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from shared.operations.demo.ids import Ids
from shared.operations.demo.posting import Posting
from shared.operations.demo.scribe import encode
from shared.operations.demo.table import AnswerRow
from tests.oracle import (
    Figure,
    History,
    branches,
    coverage,
    meetings,
    membership,
    models,
    posted,
    ratings,
    recount,
    visits,
)

ONE_DAY = dt.timedelta(days=1)
Rows = list[AnswerRow]


def as_posted(postings: list[Posting], ids: Ids) -> Iterator[Mapping[str, Any]]:
    """Every event as JSON carries it, under the organisation that its key stands for."""
    for posting in postings:
        organisation = ids(f"organisation:{posting.poster}")
        yield from posted(organisation, (msgspec.json.decode(encode(event)) for event in posting.events()))


class Recounted:
    """Figures from the events alone, with the slow second implementation of every rule."""

    def __init__(self, postings: list[Posting], ids: Ids, *, without: tuple[str, ...] = ()) -> None:
        """Recount what is posted, but for the facts of some names."""
        events = as_posted(postings, ids)
        self.history = recount(event for event in events if event["type"].split(".")[3] not in without)

    async def ask(self, figure: str, parameters: Mapping[str, str]) -> Rows:
        """The rows that the API should give."""
        return _ANSWERS[figure](self.history, parameters["unit"], parameters)


def _period(asked: Mapping[str, str]) -> tuple[dt.date, dt.date]:
    return dt.date.fromisoformat(asked["start"]), dt.date.fromisoformat(asked["end"])


def _on(asked: Mapping[str, str]) -> dt.date:
    return dt.date.fromisoformat(asked["on"])


def _one(figure: Figure, **keys: str | int | None) -> AnswerRow:
    return AnswerRow(keys=keys, numerator=figure.numerator, denominator=figure.denominator)


def _counted(name: str) -> Callable[[History, str, Mapping[str, str]], Rows]:
    return lambda history, unit, asked: [_one(membership.counted(history, name, unit, *_period(asked)))]


def _grades(history: History, unit: str, asked: Mapping[str, str]) -> Rows:
    by = tuple(key for key in asked["by"].split(",") if key != "rank")
    found = ratings.grades(history, unit, *_period(asked), by=by)
    return [_one(graded.figure, **dict(zip((*by, "rank"), keys, strict=True))) for keys, graded in found.items()]


def _visits(history: History, unit: str, asked: Mapping[str, str]) -> Rows:
    items = visits.visit_items(history, *_period(asked))
    by = tuple(asked["by"].split(",")) if "by" in asked else ()
    return [_one(figure, **dict(zip(by, keys, strict=True))) for keys, figure in history.rows(unit, items, *by).items()]


def _sittings(history: History, unit: str, asked: Mapping[str, str]) -> Rows:
    if "by" not in asked:
        return [_one(visits.sittings(history, unit, *_period(asked)))]
    return [
        _one(visits.sittings(history, unit, *_period(asked), tier=tier), tier=tier)
        for tier in ("province", "district", "commune")
    ]


def _below(history: History, unit: str, asked: Mapping[str, str]) -> Rows:
    months: dict[tuple[str, str], list[int]] = {}
    for owed in visits.duties(history, *_period(asked)):
        if any(history.has(unit, area, owed.month) for area in owed.areas):
            months.setdefault((owed.tier, f"{owed.month:%Y-%m}"), []).append(int(owed.below))
    return [
        AnswerRow({"tier": tier, "month": month}, sum(below), len(below)) for (tier, month), below in months.items()
    ]


def _models(*, running: bool) -> Callable[[History, str, Mapping[str, str]], Rows]:
    def rows(history: History, unit: str, asked: Mapping[str, str]) -> Rows:
        by = tuple(asked["by"].split(","))
        items = models.model_items(history, _on(asked), running=running)
        found = history.rows(unit, items, *by)
        return [_one(figure, **dict(zip(by, keys, strict=True))) for keys, figure in found.items()]

    return rows


def _without_branch(history: History, unit: str, asked: Mapping[str, str]) -> Rows:
    return [
        _one(models.hamlets_without_branch(history, fact.subject, unit, _on(asked)), organisation=fact.subject)
        for fact in history.named("organisation-registered")
    ]


_ANSWERS: Mapping[str, Callable[[History, str, Mapping[str, str]], Rows]] = {
    "admissions": _counted(membership.ADMISSION),
    "referrals": _counted(membership.REFERRAL),
    "party-admissions": _counted(membership.PARTY_ADMISSION),
    "recruiting-rate": lambda h, unit, asked: [_one(coverage.recruiting(h, unit, *_period(asked)))],
    "admissions-of-target": lambda h, unit, asked: [_one(coverage.recruiting_of_target(h, unit, *_period(asked)))],
    "gathering-rate": lambda h, unit, asked: [_one(coverage.gathering(h, unit, "eligible", _on(asked)))],
    "grades": _grades,
    "commendations": lambda h, unit, asked: [_one(branches.commendations(h, unit, *_period(asked)))],
    "visits": _visits,
    "sittings-visited": _sittings,
    "cadres-below-duty": _below,
    "attending-regularly": lambda h, unit, asked: [
        _one(meetings.attending_regularly(h, unit, *_period(asked), int(asked["threshold"])))
    ],
    "attendance": lambda h, unit, asked: [_one(meetings.attendance(h, unit, *_period(asked)))],
    "meetings-met": lambda h, unit, asked: [_one(meetings.met(h, unit, *_period(asked)))],
    "models-established": _models(running=False),
    "models-running": _models(running=True),
    "hamlets-without-model": lambda h, unit, asked: [_one(models.hamlets_without_model(h, unit, _on(asked)))],
    "hamlets-without-mobilisation-model": lambda h, unit, asked: [
        _one(models.hamlets_without_model(h, unit, _on(asked), tied=True))
    ],
    "hamlets-without-branch": _without_branch,
    "benefits": lambda h, unit, asked: [
        _one(
            branches.heads_with_benefit(h, unit, "health-insurance-card", _period(asked)[1] - ONE_DAY),
            benefit="health-insurance-card",
        )
    ],
    "equipment": lambda h, unit, asked: [
        _one(branches.equipped(h, unit, "secretary-handbook", *_period(asked)), equipment="secretary-handbook")
    ],
    "participation": lambda h, unit, asked: [
        _one(branches.participation(h, unit, *_period(asked)).figure, qualifier="more-than")
    ],
}
