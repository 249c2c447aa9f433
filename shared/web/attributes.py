"""What does a posted event say of itself? Its CloudEvents attributes, each read by name and in a fixed order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Correction, Document
from shared.contracts.event import Event, contract
from shared.eventsourcing.draft import Expected
from shared.units.signing import SIGNATURE
from shared.web import values
from shared.web.problem import TurnedAway

SET_BY_SERVICE: Final = (
    "organisation",
    "sequence",
    "streamversion",
    "recorded",
    "actor",
    "known",
    "previoushash",
    "hash",
)
"""What only the service may say of an event; a post that names one is refused."""

POSTED: Final = frozenset(
    {
        *("specversion", "id", "source", "type", "subject", "occurred", "time", "datacontenttype", "data"),
        *("reason", "docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256"),
        *("corrects", "causation", "correlation", "declaredactor", "expectedversion"),
        *("keyid", "signature"),
    }
)
"""What a post may hold."""

_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MEDIA: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_EVENTS: Final = 2**53


class Circumstances(NamedTuple):
    """All that a posted event says beside its fact."""

    id: UUID
    contract: type[Event]
    subject: UUID
    occurred: str
    document: Document | None
    reason: str | None
    corrects: Correction | None
    causation: UUID | None
    correlation: UUID | None
    declared_actor: str | None
    expected: Expected | int
    key_id: str | None
    signature: str | None


def read_attributes(event: Mapping[str, Any], service: str, now: dt.datetime) -> Circumstances:
    """Check every attribute but `data`; the first that is wrong turns the line away. Absent attributes are left out."""
    for name in SET_BY_SERVICE:
        if name in event:
            raise TurnedAway(422, "set-by-service", name)
    if not event.keys() <= POSTED:
        raise TurnedAway(422, "unknown-attribute")
    if _required(event, "specversion") != "1.0":
        raise TurnedAway(422, "not-in-list", "specversion")
    event_id = values.uuid(_required(event, "id"), "id")
    values.text(_required(event, "source"), "source", longest=2048)
    cls = known_type(_required(event, "type"), "type", service)
    subject = values.uuid(_required(event, "subject"), "subject")
    occurred = _occurred(event, now)
    if event.get("datacontenttype", "application/json") != "application/json":
        raise TurnedAway(422, "not-in-list", "datacontenttype")
    return Circumstances(
        event_id,
        cls,
        subject,
        occurred,
        _document(event),
        _code(event, "reason"),
        _corrects(event, cls),
        _id(event, "causation"),
        _id(event, "correlation"),
        _text(event, "declaredactor", 200),
        _expected(event),
        *_signature(event),
    )


def _signature(event: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The sender's signature with the id of his key: both or neither. Whether it is good is asked later."""
    if "keyid" not in event and "signature" not in event:
        return None, None
    key = values.uuid(_required(event, "keyid"), "keyid")
    return str(key), values.matching(_required(event, "signature"), "signature", SIGNATURE, longest=200)


def known_type(value: object, field: str, service: str) -> type[Event]:
    """The contract of that name, which this service takes."""
    if not isinstance(value, str):
        raise TurnedAway(422, "wrong-type", field)
    cls = contract(value)
    if cls is None:
        raise TurnedAway(422, "unknown-event-type", field)
    if cls.service != service:
        raise TurnedAway(422, "other-service", field)
    return cls


def _required(event: Mapping[str, Any], name: str) -> object:
    if name not in event:
        raise TurnedAway(422, "required", name)
    value: object = event[name]
    return value


def _occurred(event: Mapping[str, Any], now: dt.datetime) -> str:
    """When it happened, as posted: a local date or an instant in `occurred`, an instant in `time`."""
    occurred, time = event.get("occurred"), event.get("time")
    if time is None:
        values.happened(_required(event, "occurred"), "occurred", now)
        return str(occurred)
    if occurred is None:
        values.happened_at(time, "time", now)
        return str(time)
    if values.happened(occurred, "occurred", now) != values.moment(time, "time"):
        raise TurnedAway(422, "time-differs", "time")
    return str(occurred)


def _document(event: Mapping[str, Any]) -> Document | None:
    """The paper behind the fact: number, issuer and date together; the scan's three only beside them."""
    paper = {name: name in event for name in ("docnumber", "docissuer", "docdate")}
    scan = {name: name in event for name in ("docmedia", "doclength", "docsha256")}
    if not any(paper.values()) and not any(scan.values()):
        return None
    for name, given in (*paper.items(), *(scan.items() if any(scan.values()) else ())):
        if not given:
            raise TurnedAway(422, "incomplete-document", name)
    return Document(
        number=values.text(event["docnumber"], "docnumber", longest=100),
        issuer=values.text(event["docissuer"], "docissuer", longest=200),
        date=values.date(event["docdate"], "docdate"),
        media=values.matching(event["docmedia"], "docmedia", _MEDIA, longest=127) if "docmedia" in event else None,
        length=values.length(event["doclength"], "doclength") if "doclength" in event else None,
        sha256=values.matching(event["docsha256"], "docsha256", _SHA256, longest=64) if "docsha256" in event else None,
    )


def _corrects(event: Mapping[str, Any], cls: type[Event]) -> Correction | None:
    """Required of corrections and voidings, refused for every other fact."""
    value = event.get("corrects")
    if not issubclass(cls, FactCorrected | FactVoided):
        if value is not None:
            raise TurnedAway(422, "not-a-correction", "corrects")
        return None
    if value is None:
        raise TurnedAway(422, "required", "corrects")
    if not isinstance(value, str):
        raise TurnedAway(422, "wrong-type", "corrects")
    parts = value.split("/", 3)
    if len(parts) != len(("organisation", "root", "replaces")):
        raise TurnedAway(422, "bad-format", "corrects")
    organisation, root, replaces = (values.uuid(part, "corrects") for part in parts)
    return Correction(organisation, root, replaces)


def _expected(event: Mapping[str, Any]) -> Expected | int:
    value = event.get("expectedversion", "ANY")
    if isinstance(value, str):
        if value not in {"NEW", "ANY"}:
            raise TurnedAway(422, "not-in-list", "expectedversion")
        return Expected(value)
    return values.whole_number(value, "expectedversion", least=1, most=_MOST_EVENTS)


def _id(event: Mapping[str, Any], name: str) -> UUID | None:
    return values.uuid(event[name], name) if name in event else None


def _text(event: Mapping[str, Any], name: str, longest: int) -> str | None:
    return values.text(event[name], name, longest=longest) if name in event else None


def _code(event: Mapping[str, Any], name: str) -> str | None:
    return values.matching(event[name], name, _CODE, longest=60) if name in event else None
