"""How are webhooks looked after? `/v1/webhooks`: registered, listed, taken away, replayed, retried; who did what."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.envelope import recorded_text
from shared.contracts.event import registered
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.log import Log
from shared.units.rights import Right
from shared.web.access import Access, Caller, Needs
from shared.web.problem import TurnedAway
from shared.web.webhooks.acts import Act, What
from shared.web.webhooks.addresses import LONGEST, AddressRefused, judged
from shared.web.webhooks.registry import Webhook
from shared.web.webhooks.sending import Webhooks
from shared.web.webhooks.signing import secret_of, shown

_encode = msgspec.json.Encoder().encode
MOST_TYPES: Final = 100
MOST_ACTS: Final = 1_000


class Wanted(BaseModel):
    """A webhook to be registered."""

    model_config = ConfigDict(extra="forbid")
    url: Annotated[str, Field(max_length=LONGEST, description="https://…")]
    types: Annotated[list[str], Field(max_length=MOST_TYPES)] = []
    """Names of events; none: all."""
    after: Annotated[int | None, Field(ge=0, le=2**62)] = None
    """The sequence after which it begins; none: from now on."""


class Again(BaseModel):
    """What is to be delivered again."""

    model_config = ConfigDict(extra="forbid")
    after: Annotated[int, Field(ge=0, le=2**62)]


class Tried(BaseModel):
    """Which parked events are to be tried once more."""

    model_config = ConfigDict(extra="forbid")
    sequences: Annotated[list[Annotated[int, Field(ge=1, le=2**62)]], Field(max_length=1_000)] = []
    """None: all."""


def webhooks_router(webhooks: Webhooks, log: Log, access: Access) -> APIRouter:
    """`/v1/webhooks/…`. A key with roots looks after what it has registered, any other after all of its line."""
    router = APIRouter(tags=["webhooks"], dependencies=[Depends(access), Depends(Needs(Right.EVENTS))])
    _registering(router, webhooks, log)
    _delivering(router, webhooks, log)
    _auditing(router, webhooks)
    return router


def _own(webhooks: Webhooks, poster: Poster, hook: UUID | None = None) -> list[Webhook]:
    """Those that a caller looks after; TurnedAway (404) when the one that is named is none of them."""
    found = webhooks.registry.of(poster.organisation)
    own = [each for each in found if not poster.roots or each.credential == poster.credential]
    if hook is None:
        return own
    if not (named := [each for each in own if each.id == hook]):
        raise TurnedAway(404, "not-found", "webhook")
    return named


def _registering(router: APIRouter, webhooks: Webhooks, log: Log) -> None:
    registry = webhooks.registry

    @router.post("/v1/webhooks", status_code=201, summary="Đăng ký nhận sự việc · Have events sent to an address")
    def register(poster: Caller, wanted: Annotated[Wanted, Body()]) -> Response:
        known = registered()
        for name in wanted.types:
            if name not in known or known[name].service != log.service:
                raise TurnedAway(422, "unknown-event-type", "types")
        try:
            judged(wanted.url, webhooks.allowed, webhooks.resolve)
        except AddressRefused:
            raise TurnedAway(422, "address-refused", "url") from None
        now = _end(log, poster)
        hook = Webhook(
            id=uuid4(),
            organisation=poster.organisation,
            credential=poster.credential,
            url=wanted.url,
            types=tuple(wanted.types),
            position=now if wanted.after is None else min(wanted.after, now),
            tries=0,
            due=0,
            trouble=None,
        )
        begun = {"url": _bare(hook.url), "types": hook.types, "after": hook.position}
        if not registry.register(hook, _act(webhooks, poster, hook, What.BEGUN, begun)):
            raise TurnedAway(422, "too-many-webhooks")
        webhooks.wake()
        return _json({**_told(hook), "secret": shown(secret_of(webhooks.pepper, hook.id))}, 201)

    @router.get("/v1/webhooks", summary="Các nơi nhận · Where events are sent")
    def listed(poster: Caller) -> Response:
        return _json({"webhooks": [_told(each) for each in _own(webhooks, poster)]})

    @router.delete("/v1/webhooks/{webhook}", summary="Thôi gửi · Send nothing there any more")
    def remove(webhook: UUID, poster: Caller) -> Response:
        (hook,) = _own(webhooks, poster, webhook)
        registry.remove(hook.id, _act(webhooks, poster, hook, What.STOPPED, {"url": _bare(hook.url)}))
        return _json({"webhook": str(webhook), "removed": True})


def _delivering(router: APIRouter, webhooks: Webhooks, log: Log) -> None:
    registry = webhooks.registry

    @router.post("/v1/webhooks/{webhook}/replay", summary="Gửi lại từ một vị trí · Deliver again from a position")
    def replay(webhook: UUID, poster: Caller, again: Annotated[Again, Body()]) -> Response:
        (hook,) = _own(webhooks, poster, webhook)
        after = min(again.after, _end(log, poster))
        registry.replay(hook.id, after, _act(webhooks, poster, hook, What.REPLAYED, {"after": after}))
        webhooks.wake()
        return _json({"webhook": str(webhook), "after": after})

    @router.get("/v1/webhooks/{webhook}/parked", summary="Chưa gửi được · What could not be delivered")
    def parked(webhook: UUID, poster: Caller) -> Response:
        (hook,) = _own(webhooks, poster, webhook)
        found = registry.parked(hook.id)
        rows = [{"sequence": each.sequence, "tries": each.tries, "trouble": each.trouble} for each in found]
        return _json({"webhook": str(webhook), "parked": rows})

    @router.post("/v1/webhooks/{webhook}/parked/retry", summary="Thử gửi lại · Try parked events once more")
    def retry(webhook: UUID, poster: Caller, tried: Annotated[Tried, Body()]) -> Response:
        (hook,) = _own(webhooks, poster, webhook)
        told = {"sequences": tried.sequences}
        count = registry.retry(hook.id, tried.sequences, _act(webhooks, poster, hook, What.RETRIED, told))
        webhooks.wake()
        return _json({"webhook": str(webhook), "tried": count})


def _auditing(router: APIRouter, webhooks: Webhooks) -> None:
    @router.get(
        "/v1/webhooks/acts",
        dependencies=[Depends(Needs(Right.READINGS))],
        summary="Ai đã cho gửi sự việc đi đâu · Who has had events sent where, and when",
    )
    def acts(
        poster: Caller,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_ACTS)] = MOST_ACTS,
    ) -> Response:
        found = webhooks.registry.acts(poster.organisation, after, limit)
        return _json({"acts": [_done(each) for each in found]})


def _act(webhooks: Webhooks, by: Poster, hook: Webhook, what: What, how: dict[str, Any]) -> Act:
    return Act(webhooks.now(), by.organisation, by.credential, by.role, hook.id, what, how)


def _bare(url: str) -> str:
    """The address without its query."""
    return urlsplit(url)._replace(query="").geturl()


def _done(act: Act) -> dict[str, Any]:
    return {
        "number": act.number,
        "at": recorded_text(act.at),
        "credential": str(act.credential),
        "role": act.role,
        "webhook": str(act.webhook),
        "act": act.what,
        "how": act.how,
    }


def _end(log: Log, poster: Poster) -> int:
    """The last sequence of the caller's log: nothing is passed over that is not there yet."""
    head = log.heads().get(poster.organisation)
    return 0 if head is None else head.sequence


def _told(hook: Webhook) -> dict[str, Any]:
    return {
        "webhook": str(hook.id),
        "url": hook.url,
        "types": hook.types,
        "position": hook.position,
        "tries": hook.tries,
        "trouble": hook.trouble,
    }


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(
        _encode(content), status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
