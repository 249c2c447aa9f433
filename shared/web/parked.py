"""How are parked events seen, tried again and discarded over HTTP? By the operator, and each act is written down.

An act is first computed and rolled back, then written down with what came of that, then done: what stands in the list
of acts is never more than what was meant, and nothing is done that is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import ConfigDict

from shared.contracts.cloudevent import as_mapping, to_cloudevent
from shared.contracts.event import Part
from shared.contracts.fields import Name
from shared.eventsourcing.acts import Acts
from shared.eventsourcing.completeness import Completeness, Proof
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.parking import NotParked, Parked, Spot, Wanted
from shared.eventsourcing.rebuild import NotLeading
from shared.eventsourcing.service import Service
from shared.eventsourcing.unparking import Tried, summed
from shared.units.rights import Right
from shared.web.access import Access, Needs, Operator
from shared.web.after import AfterSeen

MOST_BYTES: Final = 16 * 2**10
"""Of a body: it is read before anybody asks whose key it bears."""
_encode = msgspec.json.Encoder().encode


class Discarded(Part):
    """The event to be left out of a projection, and why."""

    model_config = ConfigDict(strict=False)

    projection: Name
    organisation: UUID
    event: UUID
    service: Name | None = None
    """The service whose log holds it; needed only where two hold the same id."""
    reason: Name
    """One sentence for whoever asks later; nothing personal."""
    dry_run: bool = False


class Unparker:
    """The parked events of one service, and the acts upon them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._runner = service.runner
        store = service.generations.control if service.log is None else service.log.store
        self._acts = Acts(store)
        service.runner.leave_out(lambda: self._acts.discards(service.name))

    def listed(self, wanted: Wanted) -> list[Parked]:
        """Those that fit, discarded ones too."""
        return [each for each in self._runner.parked() if wanted.takes(replace(each, discarded=False))]

    def acts(self) -> list[dict[str, Any]]:
        """What was done, newest first."""
        return [asdict(each) for each in self._acts.listed(self._service.name)]

    def shown(self, organisation: UUID, event: UUID) -> dict[str, Any]:
        """One event, and where and why it is parked. NotParked when it is nowhere."""
        found = self.listed(Wanted(organisation=organisation, event=event))
        if not found:
            raise NotParked("event")
        recorded = self._runner.recorded(found[0].spot)
        return {"parked": [asdict(each) for each in found], "event": as_mapping(to_cloudevent(recorded))}

    def retry(self, wanted: Wanted, by: Poster, reason: str, *, dry_run: bool) -> list[Tried]:
        """Try again what fits. NotLeading on a replica that only reads."""
        name, meant = self._service.name, {key: str(value) for key, value in asdict(wanted).items() if value}
        with self._runner.paused():
            tried = self._led_dry(wanted)
            if dry_run or not tried:
                return tried
            freed, left = summed(tried)
            self._acts.record(name, by, "retried", reason, {"wanted": meant, "freed": freed, "left": left})
            for each in (each for each in tried if each.taken_back):
                spot = Spot(each.projection, each.service, UUID(each.organisation), UUID(each.event))
                self._acts.record(name, by, "taken-back", reason, spot._asdict(), spot)
            return self._runner.retry(wanted)

    def discard(self, body: Discarded, by: Poster) -> list[Tried]:
        """Leave an event out for good. NotParked, StillFails; NotLeading on a replica that only reads."""
        with self._runner.paused():
            wanted = Wanted(body.projection, None, body.service, body.organisation, body.event)
            found = self.listed(wanted)
            if len(found) != 1:
                raise NotParked("event")
            spot = found[0].spot
            try:
                tried = self._runner.discard(spot, dry_run=True)
            except LeaseLost:
                raise NotLeading from None
            if body.dry_run:
                return tried
            told = {**spot._asdict(), "sequence": found[0].sequence, "because": found[0].reason}
            self._acts.record(self._service.name, by, "discarded", body.reason, told, spot)
            return self._runner.discard(spot)

    def _led_dry(self, wanted: Wanted) -> list[Tried]:
        try:
            return self._runner.retry(wanted, dry_run=True)
        except LeaseLost:
            raise NotLeading from None


def parked_router(unparker: Unparker, completeness: Completeness, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/parked`, `/v1/acts` and `/v1/completeness`."""
    router = APIRouter(tags=["views"], dependencies=[Depends(access), Depends(Needs(Right.ADMINISTER)), Depends(after)])

    @router.get("/v1/parked", summary="Sự việc để riêng · Parked events, why, and what waits behind each")
    def parked(_: Operator, wanted: Annotated[Wanted, Depends(_wanted)]) -> Response:
        return _json({"parked": [asdict(each) for each in unparker.listed(wanted)]})

    @router.get("/v1/parked/{organisation}/{event}", summary="Một sự việc để riêng · One parked event, whole")
    def shown(_: Operator, organisation: UUID, event: UUID) -> Response:
        return _json(unparker.shown(organisation, event))

    @router.post("/v1/parked/retry", summary="Thử lại · Try parked events again")
    def retry(
        by: Operator,
        wanted: Annotated[Wanted, Depends(_wanted)],
        *,
        event: UUID | None = None,
        reason: Annotated[str, Query(max_length=200)] = "",
        dry_run: bool = False,
    ) -> Response:
        return _told(unparker.retry(replace(wanted, event=event), by, reason, dry_run=dry_run), dry_run=dry_run)

    @router.post(
        "/v1/parked/discard",
        max_body_size=MOST_BYTES,
        summary="Bỏ hẳn khỏi một bảng · Leave an event out of a projection for good",
    )
    def discard(body: Discarded, by: Operator) -> Response:
        return _told(unparker.discard(body, by), dry_run=body.dry_run)

    @router.get("/v1/acts", summary="Ai đã làm gì với các bảng · Who did what to the views, when and why")
    def acts(_: Operator) -> Response:
        return _json({"acts": unparker.acts()})

    @router.get("/v1/completeness", summary="Đối chiếu đủ sự việc · Is every event accounted for, exactly once?")
    def complete(_: Operator, *, recount: bool = False) -> Response:
        return _json(proof_told(completeness.recount() if recount else completeness.look()))

    return router


def proof_told(proof: Proof) -> dict[str, Any]:
    """A comparison as an answer."""
    return {
        "whole": proof.whole,
        "organisations": proof.organisations,
        "compared": proof.compared,
        "events": proof.events,
        "unaccounted": proof.unaccounted,
        "chain_mismatches": proof.mismatches,
        "discrepancies": [asdict(each) for each in proof.discrepancies],
    }


def _wanted(
    projection: str | None = None,
    type: str | None = None,
    service: str | None = None,
    organisation: UUID | None = None,
    key: UUID | None = None,
) -> Wanted:
    """The filter of a list or of a retry; nothing given: all."""
    return Wanted(projection, type, service, organisation, None, key)


def _told(tried: Sequence[Tried], *, dry_run: bool) -> Response:
    freed, left = summed(tried)
    events = [asdict(each) for each in tried]
    return _json({"freed": freed, "left": left, "dry_run": dry_run, "events": events})


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
