"""How is a log looked through over HTTP? Found by circumstances, followed from cause to effect, told as a timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from shared.contracts.event import contract
from shared.eventsourcing.decider import Said
from shared.eventsourcing.log import Log
from shared.history.replay.browser import Browser
from shared.history.replay.entries import Entry, Wanted
from shared.history.replay.moments import end_of, moment
from shared.history.replay.named_codes import Named, named_in_log
from shared.history.replay.sentences import Circumstances, Titles, spoken
from shared.history.replay.timeline import timeline
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Needs, Reached
from shared.web.days import require_plausible
from shared.web.problem import TurnedAway
from shared.web.turns import Turns

LINES: Final = 100
MOST_LINES: Final = 1_000
AT_ONCE, PATIENCE = 2, 5.0
"""Requests that look through a whole book at a time, and the seconds for which others wait."""
DAY_BEFORE: Final = dt.timedelta(days=1)
_encode = msgspec.json.Encoder().encode

Text = Annotated[str | None, Query(min_length=1, max_length=200)]
When = Annotated[str | None, Query(min_length=10, max_length=40, description="A day, or an instant with zone")]
Day = Annotated[dt.date | None, Query(description="A day in Viet Nam; it belongs")]


def wanted(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
    subject: UUID | None = None,
    type: Annotated[str | None, Query(max_length=120)] = None,
    causation: UUID | None = None,
    correlation: UUID | None = None,
    reason: Text = None,
    document: Text = None,
    recorded_from: When = None,
    recorded_to: When = None,
    occurred_from: Day = None,
    occurred_to: Day = None,
) -> Wanted:
    """Which events are asked for."""
    if type is not None and contract(type) is None:
        raise TurnedAway(422, "unknown-event-type", "type")
    require_plausible(occurred_from=occurred_from, occurred_to=occurred_to)
    return Wanted(
        subject,
        type,
        causation,
        correlation,
        reason,
        document,
        None if recorded_from is None else _begin("recorded_from", recorded_from),
        None if recorded_to is None else _moment("recorded_to", recorded_to),
        occurred_from,
        occurred_to,
    )


Asked = Annotated[Wanted, Depends(wanted)]


def history_router(log: Log, titles: Callable[[], Titles]) -> APIRouter:
    """`/v1/log/…/events`, `/v1/events/…/causes`, `/v1/events/…/state`, `/v1/timeline/…`: behind the log's door."""
    router = APIRouter(tags=["log"], dependencies=[Depends(Needs(Right.EVENTS))])
    browser, turns = Browser(log), Turns(AT_ONCE, PATIENCE)

    @router.get("/v1/log/{organisation}/events", summary="Tìm sự việc trong sổ · Events by their circumstances")
    def find(
        organisation: UUID,
        reader: Reached,
        asked: Asked,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = LINES,
    ) -> Response:
        may_read(reader, organisation)
        with turns:
            page = browser.find(organisation, asked, after, limit)
        shown = [each.told() for each in page.entries if _seen(reader, each, log)]
        return _json({"events": shown, "next": page.following})

    @router.get("/v1/events/{event}/causes", summary="Nguyên nhân và hệ quả · What it came from, what came of it")
    def causes(event: UUID, reader: Reached, organisation: UUID | None = None) -> Response:
        entry = _entry(browser, reader, organisation, event, log)
        with turns:
            found = browser.graph(entry, reader.books)
        return _json(found.only(lambda each: _seen(reader, each, log)).told())

    @router.get("/v1/events/{event}/state", summary="Trước và sau sự việc · Standing facts before and after")
    def state(event: UUID, reader: Reached, organisation: UUID | None = None) -> Response:
        entry = _entry(browser, reader, organisation, event, log)
        before, after = (
            [each for each in said if reader.sees_fact(each.organisation, each.fact, each.subject, each.day)]
            for said in browser.states(entry, reader.books)
        )
        named, codes = titles(), named_in_log(log)
        return _json(
            {
                "event": entry.told(),
                "before": [_said(each, named, codes) for each in before],
                "after": [_said(each, named, codes) for each in after],
            }
        )

    @router.get("/v1/timeline/{subject}", summary="Diễn biến · What has happened to a unit, member, meeting, rating")
    def told(
        subject: UUID,
        reader: Reached,
        skip: Annotated[int, Query(ge=0, le=10**6)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = LINES,
    ) -> Response:
        with turns:
            told = timeline(log, subject, reader.books, titles())
            lines = [line for line in told if reader.sees(line.recorded, log.event)]
        shown = [line.told() for line in lines[skip : skip + limit]]
        return _json({"service": log.service, "subject": str(subject), "lines": shown, "of": len(lines)})

    return router


def may_read(reader: Reach, organisation: UUID) -> None:
    """A book within reach; else as if there were nothing."""
    if not reader.opens(organisation):
        raise TurnedAway(404, "not-found")


def _entry(browser: Browser, reader: Reach, organisation: UUID | None, event: UUID, log: Log) -> Entry:
    organisation = organisation or reader.poster.organisation
    may_read(reader, organisation)
    found = browser.one(organisation, event)
    if found is None or not _seen(reader, found, log):
        raise TurnedAway(404, "not-found")
    return found


def _seen(reader: Reach, entry: Entry, log: Log) -> bool:
    return reader.sees_content(entry.row.organisation, entry.content, log.event)


def _said(said: Said, titles: Titles, named: Named) -> dict[str, Any]:
    about = Circumstances(said.subject, said.organisation, said.day, named=named)
    return {
        "organisation": str(said.organisation),
        "event": str(said.event),
        "type": said.fact.name,
        "day": said.day.isoformat(),
        **spoken(said.fact, about, titles).told(),
    }


def _moment(name: str, text: str) -> int:
    try:
        return moment(text)
    except ValueError:
        raise TurnedAway(422, "bad-format", name) from None


def _begin(name: str, text: str) -> int:
    """The first microsecond of a day, or the instant."""
    found = _moment(name, text)
    return found if len(text) > len("2022-05-31") else end_of(dt.date.fromisoformat(text) - DAY_BEFORE) + 1


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json")
