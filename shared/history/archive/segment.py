"""What is a segment? A run of one organisation's events, their exact bytes a line each, compressed; never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import zstandard

from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import ChainBroken
from shared.history.archive.seal import Seal

MOST_EVENTS: Final = 10_000
MOST_BYTES: Final = 8 * 2**20
"""Where a segment is cut: what one reader holds in memory at a time. One event more may go beyond the bytes."""
LARGEST: Final = MOST_BYTES + 2 * 2**20
"""No segment unpacks to more; an event is at most 1 MiB as posted."""
LEVEL: Final = 6
"""Of zstd: about a tenth smaller than the default, still far faster than intake."""


@dataclass(frozen=True)
class Segment:
    """Events ready to be put away, and their lines."""

    events: Sequence[Recorded]
    plain: bytes
    share: float
    """Of what a segment takes, in events or in bytes, whichever is nearer to its bound: from 1 on nothing more fits."""

    @cached_property
    def packed(self) -> bytes:
        """As it lies in the depot."""
        return zstandard.ZstdCompressor(level=LEVEL, write_checksum=False).compress(self.plain)


class SegmentBroken(ChainBroken):
    """What lies in the depot is not what the sealing record says, or the record itself does not fit."""

    def __init__(self, service: str, number: int, sequence: int | None = None) -> None:
        """`number` of the sealing record; `sequence` of the first event that is wrong, where that is known."""
        super().__init__(f"{service} seal {number}" + ("" if sequence is None else f" at {sequence}"))


def pack(events: Iterable[Recorded], most: int = MOST_EVENTS) -> Segment:
    """As many of these events, one organisation's in sequence, as one segment takes, at most so many."""
    taken, lines, size = list[Recorded](), list[bytes](), 0
    for recorded in events:
        line = to_cloudevent(recorded)
        taken.append(recorded)
        lines.append(line)
        size += len(line) + 1
        if size >= MOST_BYTES or len(taken) >= most:
            break
    share = max(size / MOST_BYTES, len(taken) / most)
    return Segment(taken, b"".join(line + b"\n" for line in lines), share)


def unpack(seal: Seal, packed: bytes) -> bytes:
    """The plain lines. SegmentBroken when a byte differs from what was sealed."""
    if hashlib.sha256(packed).hexdigest() != seal.packed or not 0 < seal.length <= LARGEST:
        raise SegmentBroken(seal.service, seal.number)
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            plain = reader.read(seal.length + 1)
    except zstandard.ZstdError as error:
        raise SegmentBroken(seal.service, seal.number) from error
    if hashlib.sha256(plain).hexdigest() != seal.sha256 or len(plain) != seal.length:
        raise SegmentBroken(seal.service, seal.number)
    return plain


def events_in(seal: Seal, plain: bytes) -> Iterator[Recorded]:
    """The events of a segment, each verified: place, hash, the hash before it. SegmentBroken at the first fault."""
    sequence, previous = seal.first, bytes.fromhex(seal.previous)
    for line in plain.splitlines():
        try:
            recorded = from_cloudevent(line)
        except ValueError as error:
            raise SegmentBroken(seal.service, seal.number, sequence) from error
        envelope = recorded.envelope
        stands = (envelope.service, envelope.organisation, envelope.sequence, envelope.previous)
        if stands != (seal.service, seal.organisation, sequence, previous) or envelope.hash() != recorded.hash:
            raise SegmentBroken(seal.service, seal.number, sequence)
        yield recorded
        sequence, previous = sequence + 1, recorded.hash
    if sequence != seal.last + 1 or previous.hex() != seal.head:
        raise SegmentBroken(seal.service, seal.number, sequence)
