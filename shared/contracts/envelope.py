"""What surrounds a recorded event? The envelope, and its hash.

The hash is taken over field values, never over JSON: `docs/formats/hash.md` is the format, committed test vectors
hold it fast.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Final
from uuid import UUID

import msgspec

from shared.contracts.event import instant, local_day

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


def recorded_text(micros: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC with six decimals."""
    return (EPOCH + dt.timedelta(microseconds=micros)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def recorded_micros(text: str) -> int:
    """The inverse of `recorded_text`; ValueError when it is not an instant with zone."""
    return (instant(text) - EPOCH) // _MICROSECOND
