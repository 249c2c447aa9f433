"""How is a report asked for over HTTP? `/v1/reports/{name}`: the bytes that the command line gives, one at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import NotSeenYet
from shared.eventsourcing.shadow import Source as Feed
from shared.history.replay.moments import moment
from shared.history.replay.report import Asked, Document, Replay, Replayed, Standing
from shared.history.replay.scratch import CannotJudge
from shared.history.replay.sources import Kept, Source
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Needs, Reached
from shared.web.days import require_plausible
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.turns import Turns

DOCUMENT: Final = "application/vnd.nennep.report+json"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Heard:
    """What another service has said, as a rebuild would read it."""

    feed: Feed

    @property
    def total(self) -> int:
        """Nobody knows before."""
        return 0

    def read(self) -> Iterator[tuple[str, Sequence[Recorded]]]:
        """Its batches."""
        for events in self.feed.read():
            yield self.feed.service, events


def question(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    unit: UUID,
    start: dt.date,
    end: dt.date,
    by: Annotated[str, Query(max_length=200)] = "",
    threshold: Annotated[int | None, Query(ge=0, le=100)] = None,
    known: Annotated[str | None, Query(min_length=10, max_length=40)] = None,
    tree: dt.date | None = None,
    rules: dt.date | None = None,
) -> Mapping[str, Any]:
    """What is asked of a report: unit and period, known when, under which tree, by the rules of which day."""
    require_plausible(start=start, end=end, tree=tree, rules=rules)
    if start >= end:
        raise TurnedAway(422, "period-empty", "end")
    return {
        "unit": unit,
        "start": start,
        "end": end,
        "by": tuple(key for key in by.split(",") if key),
        "parameters": {} if threshold is None else {"threshold": threshold},
        "known": None if known is None else _moment(known),
        "tree": tree,
        "rules": rules,
    }


Wanted = Annotated[Mapping[str, Any], Depends(question)]


def reports_router(replayed: Replayed, producer: Producer, one: Turns) -> APIRouter:
    """`/v1/reports`: which there are; one, computed from history alone; whether it still holds."""
    router = APIRouter(prefix="/v1/reports", tags=["reports"])
    work = _Work(replayed, producer)
    door = [Depends(Needs(Right.REPORTS))]

    @router.get("", dependencies=[Depends(Needs(Right.FIGURES))], summary="Danh mục báo cáo · The reports")
    def catalogue() -> Response:
        reports = [
            {"name": name, "vi": report.vi, "en": report.en, "figures": report.figures, "proposals": report.proposals}
            for name, report in replayed.reports.items()
        ]
        return Response(_encode({"reports": reports}), media_type="application/json")

    @router.get("/{name}", dependencies=door, summary="Một báo cáo, tính lại từ lịch sử · One report, from history")
    def report(name: str, wanted: Wanted, reach: Reached) -> Response:
        _require_within(reach, wanted)
        asked = replayed.asked(name.split(","), **wanted)
        with one:
            document = work.document(asked)
        return Response(document.encode(), media_type=DOCUMENT)

    @router.get("/{name}/standing", dependencies=door, summary="Báo cáo còn đúng không · Whether it is superseded")
    def standing(name: str, wanted: Wanted, reach: Reached) -> Response:
        _require_within(reach, wanted)
        asked = replayed.asked(name.split(","), **wanted)
        with one:
            found = work.standing(asked)
        return Response(_encode(found.told()), media_type="application/json")

    return router


@dataclass(frozen=True, slots=True)
class _Work:
    """Replays what the service's own log holds and what it can hear of the others."""

    replayed: Replayed
    producer: Producer

    def document(self, asked: Asked) -> Document:
        try:
            return self._replay().document(asked)
        except CannotJudge as error:
            raise TurnedAway(409, "cannot-judge") from error

    def standing(self, asked: Asked) -> Standing:
        try:
            return self._replay().standing(asked)
        except CannotJudge as error:
            raise TurnedAway(409, "cannot-judge") from error

    def _replay(self) -> Replay:
        """NotSeenYet when the others' history does not reach as far as the views that serve."""
        return Replay(self.replayed, self._sources, reached=self.producer.service.runner.position(), behind=NotSeenYet)

    def _sources(self) -> Sequence[Source]:
        service = self.producer.service
        own = Kept(service.name, service.log, self.producer.archive.of(service.name))
        feeds = (feed for feed in service.sources() if feed.service != service.name)
        return [own, *map(Heard, feeds)]


def _require_within(reach: Reach, wanted: Mapping[str, Any]) -> None:
    reach.require_figure(wanted["unit"], wanted["start"], wanted["end"], wanted["tree"])


def _moment(text: str) -> int:
    try:
        return moment(text)
    except ValueError:
        raise TurnedAway(422, "bad-format", "known") from None
