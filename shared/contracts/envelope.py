"""What surrounds a recorded event? The envelope, its hash, and its CloudEvents 1.0 JSON.

The hash is taken over field values, never over JSON: `docs/formats/hash.md` is the format, committed test vectors
hold it fast. The bytes of `fact` are cut out of what was received and never re-serialised.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Any, Final
from uuid import UUID

import msgspec

from shared.contracts.event import NAME, calendar_day, instant, local_day

HASH_VERSION: Final = b"\x01"
ABSENT: Final = b"\xff\xff\xff\xff"
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DIGEST: Final = "_digest"
"""Where a value that never changes remembers its digest."""
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The paper behind a fact (văn bản). If the scan was filed: its media type, length and SHA-256 (hex)."""

    number: str
    issuer: str
    date: dt.date
    media: str | None = None
    length: int | None = None
    sha256: str | None = None


class Correction(msgspec.Struct, frozen=True):
    """What an event corrects: the root fact, and the event that it replaces (the root or its last correction)."""

    organisation: UUID
    root: UUID
    replaces: UUID

    def __str__(self) -> str:
        return f"{self.organisation}/{self.root}/{self.replaces}"

    @classmethod
    def parse(cls, text: str) -> Correction:
        """Read `organisation/root/replaces`; ValueError for anything else."""
        organisation, root, replaces = text.split("/")
        return cls(UUID(organisation), UUID(root), UUID(replaces))


class Content(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What a poster asserts. Two posts with equal content say the same, whatever their ids."""

    type: str
    subject: UUID
    occurred: str
    """A local date or an instant with zone, as it was posted."""
    document: Document | None = None
    reason: str | None = None
    corrects: Correction | None = None
    fact: bytes
    personal: bytes | None = None
    """The encrypted part: a JSON object, person id → ciphertext in base64, in the order of the ids, without spaces."""

    def digest(self) -> bytes:
        """SHA-256 over the content; equal digests mean *the same thing was said*. Computed once."""
        known: bytes | None = self.__dict__.get(_DIGEST)
        if known is None:
            known = self.__dict__[_DIGEST] = hashlib.sha256(parts(*self._fields())).digest()
        return known

    def _fields(self) -> tuple[str | bytes | None, ...]:
        document = self.document
        return (
            self.type,
            str(self.subject),
            self.occurred,
            *(
                (None,) * 6
                if document is None
                else (
                    document.number,
                    document.issuer,
                    document.date.isoformat(),
                    document.media,
                    None if document.length is None else str(document.length),
                    document.sha256,
                )
            ),
            self.reason,
            None if self.corrects is None else str(self.corrects),
            hashlib.sha256(self.fact).digest(),
            None if self.personal is None else hashlib.sha256(self.personal).digest(),
        )


class Envelope(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A recorded event: what was said, by whom, and its place in its organisation's chain."""

    id: UUID
    organisation: UUID
    sequence: int
    """Dense number within (service, organisation), from 1."""
    version: int
    """Place in its stream (organisation, subject), from 1."""
    recorded: int
    """Microseconds since 1970 UTC; never decreases along a chain."""
    actor: str
    """The credential's id: opaque."""
    declared_actor: str | None = None
    causation: UUID | None = None
    correlation: UUID | None = None
    known: tuple[str, ...] = ()
    """`service/organisation=sequence` of other services' logs that the decision read, sorted."""
    key_id: str | None = None
    signature: str | None = None
    content: Content
    previous: bytes
    """Hash of the chain's event before, or `genesis` for the first."""

    @property
    def service(self) -> str:
        """The service that owns the event's type."""
        return self.content.type.split(".", 3)[2]

    def day(self) -> dt.date:
        """The local day on which the fact occurred."""
        return local_day(self.content.occurred)

    def hash(self) -> bytes:
        """SHA-256 of the event in its place: every field in fixed order, length-prefixed, data by digest.

        Computed once: an archive and whoever takes the event from it each hold it against the hash that was stored.
        """
        known: bytes | None = self.__dict__.get(_DIGEST)
        if known is None:
            known = self.__dict__[_DIGEST] = hashlib.sha256(parts(*self._fields())).digest()
        return known

    def _fields(self) -> tuple[str | bytes | None, ...]:
        return (
            str(self.id),
            _text(self.organisation),
            str(self.sequence),
            str(self.version),
            str(self.recorded),
            self.actor,
            self.declared_actor,
            None if self.causation is None else str(self.causation),
            None if self.correlation is None else str(self.correlation),
            ",".join(self.known),
            self.key_id,
            self.signature,
            self.content.digest(),
            self.previous,
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """An envelope together with the hash that its log stored for it."""

    envelope: Envelope
    hash: bytes


_text: Final = lru_cache(maxsize=10_000)(UUID.__str__)


def genesis(service: str, organisation: UUID) -> bytes:
    """The previous hash of a chain's first event: SHA-256 over service and organisation."""
    return hashlib.sha256(parts(service, str(organisation))).digest()


def parts(*fields: str | bytes | None) -> bytes:
    """A list of fields as bytes: the format's version, then each with its length; `docs/formats/hash.md`, section 2."""
    pieces = [HASH_VERSION]
    for value in fields:
        if value is None:
            pieces.append(ABSENT)
        else:
            raw = value.encode() if isinstance(value, str) else value
            pieces += (_SHORT[len(raw)] if len(raw) < _SHORTER else _length(len(raw)), raw)
    return b"".join(pieces)


_length: Final = Struct(">I").pack
_SHORTER: Final = 128
_SHORT: Final = [_length(length) for length in range(_SHORTER)]
"""The lengths that nearly all fields have."""


# ── CloudEvents 1.0, JSON format ─────────────────────────────────────────────────────────────────────────────────


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


@lru_cache(maxsize=1_000)
def _moment(text: str) -> int:
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


def recorded_text(micros: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC with six decimals."""
    return (EPOCH + dt.timedelta(microseconds=micros)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def recorded_micros(text: str) -> int:
    """The inverse of `recorded_text`; ValueError when it is not an instant with zone."""
    return (instant(text) - EPOCH) // _MICROSECOND


def as_mapping(raw: bytes) -> dict[str, Any]:
    """A relayed event as plain JSON values, for people and for other tools."""
    value: dict[str, Any] = msgspec.json.decode(raw)
    return value
