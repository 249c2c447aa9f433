"""How does a fact come in? `POST /v1/events`: who, how much, what, after which positions, then to be judged."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Protocol

from fastapi import APIRouter, Request, Response

from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Answered, Refused
from shared.eventsourcing.submission import Outcome
from shared.personal.custody import Custody
from shared.web.access import Access, may_post
from shared.web.after import AfterSeen
from shared.web.body import Budget, drain, read_body
from shared.web.description import post_description
from shared.web.large import LargePosts
from shared.web.lines import located
from shared.web.outcomes import Result, many_answers, one_answer, refused_unjudged, results
from shared.web.posting import Line, Media, read_post
from shared.web.problem import Problem, TurnedAway, problem_of

CHECKED_ON_THE_SPOT: Final = 8
"""Signatures that are checked without a thread."""
READ_ON_THE_SPOT: Final = 16 * 2**10
"""Bodies up to here are read without a thread, which would cost more than the reading."""


class Submit(Protocol):
    """Hands drafts to the service's log; the future holds one outcome a draft."""

    def __call__(self, poster: Poster, drafts: Sequence[Draft], *, lenient: bool) -> Future[list[Outcome]]:
        """Queue them. Raises Busy when the organisation's queue is full."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What the door of a service needs to take facts."""

    service: str
    access: Access
    after: AfterSeen
    submit: Submit
    now: Callable[[], dt.datetime]
    """The clock, aware of its zone: what occurred may not lie ahead of it."""
    budget: Budget = field(default_factory=Budget)
    custody: Custody | None = None
    """Who keeps personal data, where the service takes any."""
    large: LargePosts = field(default_factory=LargePosts)


def intake_router(reception: Reception) -> APIRouter:
    """The route under which a service takes facts."""
    router = APIRouter(tags=["events"])

    async def post_events(request: Request) -> Response:
        poster, media = await _enter(reception, request)
        with reception.budget.reserve() as reservation:
            body = await read_body(request, reservation)
            async with reception.large.turn(poster.organisation, len(body)):
                lines = await _read(reception, body, media)
                found = await _judge(reception, request, poster, media, lines)
            return await _answered(reception, media, found, body)

    router.add_api_route("/v1/events", post_events, methods=["POST"], **post_description(reception.service))
    return router


async def _enter(reception: Reception, request: Request) -> tuple[Poster, Media]:
    """Who posts, in which form, before a byte of the body is kept."""
    try:
        poster = await reception.access(request)
        may_post(poster)
        return poster, _media(request)
    except (Answered, TurnedAway):
        await drain(request)
        raise


def _media(request: Request) -> Media:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise TurnedAway(415, "encoded", "Content-Encoding")
    return Media.of(request.headers.get("content-type"))


async def _read(reception: Reception, body: bytes, media: Media) -> list[Line]:
    now = reception.now()
    if len(body) <= READ_ON_THE_SPOT:
        return read_post(body, media, reception.service, now)
    return await asyncio.to_thread(read_post, body, media, reception.service, now)


async def _judge(
    reception: Reception, request: Request, poster: Poster, media: Media, lines: Sequence[Line]
) -> Sequence[Result]:
    lenient = media is not Media.ONE and _prefers_lenient(request)
    if any(isinstance(line, Draft) for line in lines):
        await reception.after(request)
        lines = await _signed(reception, poster, lines)
    drafts = [line for line in lines if isinstance(line, Draft)]
    if not drafts or (len(drafts) < len(lines) and not lenient):
        return refused_unjudged(lines)
    outcomes = await _submitted(reception, poster, drafts, lenient=lenient)
    return results(lines, outcomes, lenient=lenient)


async def _answered(reception: Reception, media: Media, found: Sequence[Result], body: bytes) -> Response:
    """What is answered; of an event posted as a text of several lines, each place with its line."""
    if media is not Media.ONE:
        return many_answers(reception.service, found)
    (result,) = found
    if isinstance(result, Problem):
        away = len(body) > READ_ON_THE_SPOT
        result = await asyncio.to_thread(located, result, body) if away else located(result, body)
    return one_answer(reception.service, result)


async def _submitted(
    reception: Reception, poster: Poster, drafts: Sequence[Draft], *, lenient: bool
) -> Sequence[Outcome]:
    """What became of the drafts, once personal parts are encrypted; what they forget is gone when this returns."""
    custody = reception.custody
    judged = drafts if custody is None else await custody.seal(poster, drafts)
    submitted = reception.submit(poster, judged, lenient=lenient)
    # Shielded: a request that is cancelled must not take the future away from the thread that fulfils it.
    outcomes = await asyncio.shield(asyncio.wrap_future(submitted))
    if custody is not None:
        await custody.obey(poster, judged, outcomes)
    return outcomes


async def _signed(reception: Reception, poster: Poster, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines; a problem in the place of each whose signature does not do."""
    signed = sum(isinstance(line, Draft) and line.signature is not None for line in lines)
    if signed <= CHECKED_ON_THE_SPOT:
        return [_checked(reception, poster, line) for line in lines]
    return await asyncio.to_thread(lambda: [_checked(reception, poster, line) for line in lines])


def _checked(reception: Reception, poster: Poster, line: Line) -> Line:
    if isinstance(line, Draft):
        try:
            reception.access.require_signature(poster, line)
        except Refused as refusal:
            return problem_of(refusal, event=line.id)
    return line


def _prefers_lenient(request: Request) -> bool:
    """`Prefer: handling=lenient` (RFC 7240); preferences that nobody knows are passed over."""
    wishes = (wish for header in request.headers.getlist("prefer") for wish in header.split(","))
    return any(wish.partition(";")[0].replace(" ", "").lower() == "handling=lenient" for wish in wishes)
