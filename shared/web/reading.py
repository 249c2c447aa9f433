"""How is a log read over HTTP? Each caller his organisation's heads and those of its events that lie within reach."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Connection

from shared.contracts.cloudevent import as_mapping, to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.acceptance import contradictions
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import Stream
from shared.eventsourcing.submission import Ground
from shared.history.replay.sentences import Titles
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.units.world import World
from shared.web.access import Access, Needs, Reached
from shared.web.after import AfterSeen
from shared.web.history import history_router, may_read
from shared.web.problem import TurnedAway

LINES: Final = 500
MOST_LINES: Final = 5_000
NDJSON: Final = "application/x-ndjson"
NEXT: Final = "Nennep-Next"
"""Of a full page: the sequence after which the next one begins. A key with roots is shown only some of its lines."""
_encode = msgspec.json.Encoder().encode


def log_router(log: Log, access: Access, after: AfterSeen, ground: Ground) -> APIRouter:
    """`/v1/heads`, `/v1/log/…`, `/v1/events/…`, `/v1/contradictions`, `/v1/timeline/…`: nothing is written here."""
    router = APIRouter(tags=["log"], dependencies=[Depends(access), Depends(after)])
    facts = [Depends(Needs(Right.EVENTS))]

    @router.get(
        "/v1/heads",
        dependencies=[Depends(Needs(Right.PROOFS))],
        summary="Vị trí cuối của từng tổ chức · End of each organisation's chain",
    )
    def heads(reader: Reached) -> Response:
        ends = {
            str(organisation): {"sequence": head.sequence, "hash": head.hash.hex()}
            for organisation, head in sorted(log.heads().items())
            if reader.opens(organisation)
        }
        return _json({"service": log.service, "heads": ends})

    @router.get("/v1/log/{organisation}", dependencies=facts, summary="Sổ của một tổ chức · A log, line by line")
    def read(
        organisation: UUID,
        reader: Reached,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = LINES,
    ) -> Response:
        may_read(reader, organisation)
        events = log.slice(organisation, after, limit)
        shown = (each for each in events if reader.sees(each, log.event))
        more = {NEXT: str(events[-1].envelope.sequence)} if len(events) == limit else {}
        return Response(b"".join(to_cloudevent(each) + b"\n" for each in shown), media_type=NDJSON, headers=more)

    @router.get(
        "/v1/events/{event}",
        dependencies=facts,
        summary="Một sự việc và các lần đính chính · One event with what became of it",
    )
    def one(event: UUID, reader: Reached, organisation: UUID | None = None) -> Response:
        organisation = organisation or reader.poster.organisation
        may_read(reader, organisation)
        found = log.event(organisation, event)
        if found is None or not reader.sees(found, log.event):
            raise TurnedAway(404, "not-found")
        return _json({"event": as_mapping(to_cloudevent(found)), "versions": _versions(log, found)})

    @router.get(
        "/v1/contradictions",
        dependencies=facts,
        summary="Việc cần xem lại · Facts that contradict others, for people to settle",
    )
    def work_list(reader: Reached, organisation: UUID | None = None) -> Response:
        organisation = organisation or reader.poster.organisation
        may_read(reader, organisation)
        return _json({"contradictions": _contradictions(log, ground, organisation, reader)})

    router.include_router(history_router(log, partial(_titles, ground)))
    return router


def _titles(ground: Ground) -> Titles:
    """The names of units, places and organisations, as far as the service knows them."""

    def nothing(subject: UUID) -> Stream:
        return Stream(subject)

    world = ground.world_about((), nothing)

    def title(named: UUID, day: dt.date) -> str | None:
        if not isinstance(world, World):
            return None
        organisation = world.directory.organisation(named)
        return world.tree.title(named, day) or (None if organisation is None else organisation.title)

    return title


def _versions(log: Log, found: Recorded) -> list[dict[str, Any]]:
    """The root and every correction of it, in the order of the log; the last one stands unless it voids."""
    corrects = found.envelope.content.corrects
    organisation, root = (
        (found.envelope.organisation, found.envelope.id) if corrects is None else (corrects.organisation, corrects.root)
    )
    with log.store.read() as connection:
        stream = log.streams(connection, [found.envelope.content.subject])[found.envelope.content.subject]
    chain = [
        each
        for each in stream
        if (each.envelope.organisation, each.envelope.id) == (organisation, root)
        or (
            each.envelope.content.corrects is not None
            and (each.envelope.content.corrects.organisation, each.envelope.content.corrects.root)
            == (organisation, root)
        )
    ]
    return [
        {
            "organisation": str(each.envelope.organisation),
            "event": str(each.envelope.id),
            "sequence": each.envelope.sequence,
            "type": each.envelope.content.type,
        }
        for each in chain
    ]


def _contradictions(log: Log, ground: Ground, organisation: UUID, reader: Reach) -> list[dict[str, Any]]:
    """Every standing fact of an organisation that its rules would refuse at its place now."""
    found: list[dict[str, Any]] = []
    with log.store.read() as connection:
        for subject, history in log.subjects(connection, organisation):
            stream = Stream.of(subject, history)
            facts = [said.fact for said in stream.standing()]
            world = ground.world_about(facts, partial(_stream, log, connection))
            for decider in {ground.decider(type(fact)) for fact in facts}:
                found += [
                    {
                        "event": str(said.event),
                        "subject": str(subject),
                        "day": said.day.isoformat(),
                        "code": refused.code,
                    }
                    for said, refused in contradictions(stream, decider, world)
                    if said.organisation == organisation
                    and reader.sees_fact(organisation, said.fact, subject, said.day)
                ]
    return found


def _stream(log: Log, connection: Connection, subject: UUID) -> Stream:
    return Stream.of(subject, log.streams(connection, [subject])[subject])


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json")
