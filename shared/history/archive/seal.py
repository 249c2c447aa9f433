"""What says that a part of a chain is put away for ever? A sealing record: from where to where, and every digest."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

FORMAT: Final = 1


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One sealing record of a service, the `number`-th; `docs/formats/archive.md` is its format. Digests are hex."""

    format: int = FORMAT
    service: str
    organisation: UUID
    number: int
    """Dense within the service, from 1, in the sealer's order."""
    first: int
    last: int
    """Sequences of the organisation's chain."""
    previous: str
    """Hash of the event before the first."""
    head: str
    """Hash of the last event."""
    root: str
    """RFC 6962 root over the whole chain up to `last`; leaf n is the hash of the event with sequence n."""
    types: dict[str, int]
    """Event names, each with its version, and how many of them."""
    recorded: tuple[str, str]
    """When the first and the last event were recorded."""
    sealed: str
    """When this record was made."""
    length: int
    """Length of the plain lines."""
    sha256: str
    """Of the plain lines."""
    packed: str
    """SHA-256 of the segment as it lies in the depot."""

    @property
    def segment(self) -> str:
        """The segment's name in the depot."""
        return f"{self.service}/segments/{self.number:08d}-{self.organisation}-{self.first}-{self.last}.jsonl.zst"

    @property
    def name(self) -> str:
        """The record's own name in the depot."""
        return name_of(self.service, self.number)

    def encode(self) -> bytes:
        """The record's exact bytes."""
        return _encode(self)

    def leaf(self) -> bytes:
        """What the service's tree of sealing records has as its leaf."""
        return f"{self.organisation}\n{self.last}\n{self.root}\n".encode()

    @classmethod
    def decode(cls, raw: bytes) -> Seal:
        """Read a record; ValueError when it is none, or of a format that this program does not know."""
        seal = _decode(raw)
        if seal.format != FORMAT:
            message = "a sealing record of an unknown format"
            raise ValueError(message)
        return seal


def name_of(service: str, number: int) -> str:
    """The name in the depot of a service's sealing record."""
    return f"{service}/seals/{number:08d}.json"


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Seal).decode
