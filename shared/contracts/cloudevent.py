"""How does a recorded event travel? As CloudEvents 1.0 JSON.

The bytes of `fact` are cut out of what was received and never re-serialised.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from shared.contracts.envelope import (
    Content,
    Correction,
    Document,
    Envelope,
    Recorded,
    recorded_micros,
    recorded_text,
)
from shared.contracts.event import NAME, calendar_day

NOTHING_PERSONAL: Final = msgspec.Raw()
"""Instead of an encrypted part: left out of the text."""


class Data(msgspec.Struct, omit_defaults=True):
    """The `data` member: the fact's exact bytes, and the encrypted part by person."""

    fact: msgspec.Raw
    personal: msgspec.Raw = NOTHING_PERSONAL


class CloudEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An event as it travels: CloudEvents attributes (a-z and 0-9 only); numbers are text, they may exceed 32 bits."""

    specversion: str = ""
    id: str
    source: str
    type: str
    subject: str
    time: str | None = None
    """Only where `occurred` is an instant."""
    datacontenttype: str | None = None
    occurred: str
    organisation: str
    sequence: str
    streamversion: str
    recorded: str
    actor: str
    declaredactor: str | None = None
    reason: str | None = None
    docnumber: str | None = None
    docissuer: str | None = None
    docdate: str | None = None
    docmedia: str | None = None
    doclength: str | None = None
    docsha256: str | None = None
    corrects: str | None = None
    causation: str | None = None
    correlation: str | None = None
    known: str | None = None
    keyid: str | None = None
    signature: str | None = None
    previoushash: str
    hash: str
    data: Data


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CloudEvent).decode


def to_cloudevent(recorded: Recorded) -> bytes:
    """The event as CloudEvents JSON bytes; `data.fact` is byte for byte what the log holds."""
    content = recorded.envelope.content
    data = Data(
        fact=msgspec.Raw(content.fact),
        personal=NOTHING_PERSONAL if content.personal is None else msgspec.Raw(content.personal),
    )
    return _encode(_as_cloudevent(recorded, data))


def _as_cloudevent(recorded: Recorded, data: Data) -> CloudEvent:
    envelope, content = recorded.envelope, recorded.envelope.content
    document = content.document
    return CloudEvent(
        specversion="1.0",
        id=str(envelope.id),
        source=f"/{envelope.service}/{envelope.organisation}",
        type=content.type,
        subject=str(content.subject),
        time=content.occurred.upper() if len(content.occurred) > len("2022-05-31") else None,
        datacontenttype="application/json",
        occurred=content.occurred,
        organisation=str(envelope.organisation),
        sequence=str(envelope.sequence),
        streamversion=str(envelope.version),
        recorded=recorded_text(envelope.recorded),
        actor=envelope.actor,
        declaredactor=envelope.declared_actor,
        reason=content.reason,
        docnumber=None if document is None else document.number,
        docissuer=None if document is None else document.issuer,
        docdate=None if document is None else document.date.isoformat(),
        docmedia=None if document is None else document.media,
        doclength=None if document is None or document.length is None else str(document.length),
        docsha256=None if document is None else document.sha256,
        corrects=None if content.corrects is None else str(content.corrects),
        causation=None if envelope.causation is None else str(envelope.causation),
        correlation=None if envelope.correlation is None else str(envelope.correlation),
        known=",".join(envelope.known) or None,
        keyid=envelope.key_id,
        signature=envelope.signature,
        previoushash=envelope.previous.hex(),
        hash=recorded.hash.hex(),
        data=data,
    )


def from_cloudevent(raw: bytes) -> Recorded:
    """Read an event that a log relayed or exported.

    ValueError (msgspec's included) when it is not one, or when an attribute that this program knows is not written
    as `to_cloudevent` writes it: two readers of one text must never see two events.
    """
    try:
        event = _decode(raw)
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error
    return _read(event)


def _read(event: CloudEvent) -> Recorded:
    """The event; ValueError where an attribute is not what `_as_cloudevent` would write for it."""
    service = _service_of(event.type)
    occurred = event.occurred
    time = occurred.upper() if len(occurred) > len("2022-05-31") else None
    follow = ("1.0", f"/{service}/{event.organisation}", time, "application/json")
    _require((event.specversion, event.source, event.time, event.datacontenttype) == follow)
    _require(event.known != "")
    content = Content(
        type=event.type,
        subject=_id(event.subject),
        occurred=occurred,
        document=_document(event),
        reason=event.reason,
        corrects=None if event.corrects is None else _correction(event.corrects),
        fact=bytes(event.data.fact),
        personal=bytes(event.data.personal) or None,
    )
    envelope = Envelope(
        id=_id(event.id),
        organisation=_organisation(event.organisation),
        sequence=_number(event.sequence),
        version=_number(event.streamversion),
        recorded=_moment(event.recorded),
        actor=event.actor,
        declared_actor=event.declaredactor,
        causation=None if event.causation is None else _id(event.causation),
        correlation=None if event.correlation is None else _id(event.correlation),
        known=() if event.known is None else tuple(event.known.split(",")),
        key_id=event.keyid,
        signature=event.signature,
        content=content,
        previous=_octets(event.previoushash),
    )
    return Recorded(envelope, _octets(event.hash))


def _require(canonical: object) -> None:
    if not canonical:
        message = "an attribute is not in its canonical form"
        raise ValueError(message)


@lru_cache(maxsize=1_000)
def _service_of(type_name: str) -> str:
    """The service that owns a type; there are few types, each is read once."""
    match = NAME.fullmatch(type_name)
    if match is None:
        message = "not an event name"
        raise ValueError(message)
    return match["service"]


def _id(text: str) -> UUID:
    _require(len(text) == _ID and text == text.lower())
    return _convert(text, UUID)


_organisation: Final = lru_cache(maxsize=10_000)(_id)
"""There are few organisations, and each stands in all its events."""


def _number(text: str) -> int:
    number = int(text)
    _require(str(number) == text)
    return number


def _moment(text: str) -> int:
    """Every event has a moment of its own; thousands share its second, which is read once."""
    second, micros = text[:_SECOND], text[_SECOND + 1 : -1]
    _require(text[_SECOND:] == f".{micros}Z" and len(micros) == _DIGITS and micros.isascii() and micros.isdecimal())
    return _begun(second) + int(micros)


@lru_cache(maxsize=1_000)
def _begun(second: str) -> int:
    """The first microsecond of a second."""
    text = f"{second}.000000Z"
    micros = recorded_micros(text)
    _require(recorded_text(micros) == text)
    return micros


def _octets(text: str) -> bytes:
    octets = bytes.fromhex(text)
    _require(octets.hex() == text)
    return octets


def _correction(text: str) -> Correction:
    correction = Correction.parse(text)
    _require(str(correction) == text)
    return correction


def _document(event: CloudEvent) -> Document | None:
    """The document, if number, issuer and date are there; nothing of it may stand without these."""
    if event.docnumber is None or event.docissuer is None or event.docdate is None:
        named = (event.docnumber, event.docissuer, event.docdate, event.docmedia, event.doclength, event.docsha256)
        _require(all(each is None for each in named))
        return None
    return Document(
        number=event.docnumber,
        issuer=event.docissuer,
        date=calendar_day(event.docdate),
        media=event.docmedia,
        length=None if event.doclength is None else _number(event.doclength),
        sha256=event.docsha256,
    )


_convert: Final = msgspec.convert
_ID: Final = len("018f3b1e-7c4a-7d2e-9b1a-2f6c5e8d4a01")
_SECOND: Final = len("2022-05-31T17:00:00")
_DIGITS: Final = 6
"""Of the microseconds."""


def as_mapping(raw: bytes) -> dict[str, Any]:
    """A relayed event as plain JSON values, for people and for other tools."""
    value: dict[str, Any] = msgspec.json.decode(raw)
    return value
