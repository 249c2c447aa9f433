"""How far has each log come, and how old is that knowledge? Heads as they travel, and as a consumer judges by them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from redis.typing import EncodableT, FieldT

from shared.eventsourcing.sequencer import End

BEAT_FIELD: Final = "beat"
NEVER: Final = float("inf")


class SealedEnd(End, Protocol):
    """A head, and up to which sequence the archive has sealed its chain."""

    @property
    def sealed(self) -> int:
        """Sequence up to which the archive holds the chain; 0 when it holds nothing."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of an organisation's chain in a log, and up to which sequence the archive has sealed it."""

    sequence: int
    hash: bytes
    sealed: int = 0

    @classmethod
    def parse(cls, text: bytes) -> Head:
        """Read `sequence/hash/sealed`; ValueError for anything else."""
        sequence, digest, sealed = text.decode().split("/")
        return cls(int(sequence), bytes.fromhex(digest), int(sealed))


def as_fields(heads: Mapping[UUID, SealedEnd], beat: int) -> dict[FieldT, EncodableT]:
    """The fields of the Redis hash: organisation → `sequence/hash/sealed`, and the beat in unix milliseconds."""
    fields: dict[FieldT, EncodableT] = {BEAT_FIELD: beat}
    for organisation, head in heads.items():
        fields[str(organisation)] = f"{head.sequence}/{head.hash.hex()}/{head.sealed}"
    return fields


def from_fields(fields: Mapping[bytes, bytes]) -> dict[UUID, Head]:
    """The heads in a Redis hash; what is not a head is passed over."""
    heads = {}
    for name, value in fields.items():
        try:
            heads[UUID(name.decode())] = Head.parse(value)
        except ValueError:
            continue
    return heads


@dataclass(frozen=True, slots=True)
class _Beat:
    beat: bytes
    positions: Mapping[UUID, int]


@dataclass
class HeadsWatch:
    """What a consumer knows of one stream's heads. Their age counts from when they may last have been written.

    Clocks of other machines are not asked: a beat is as old as the look that did not show it yet.
    """

    heads: Mapping[UUID, Head] = field(default_factory=dict)
    _since: float = -NEVER
    _looked: float = -NEVER
    _beats: deque[_Beat] = field(default_factory=lambda: deque(maxlen=3))

    @property
    def age(self) -> float:
        """Upper bound of the age of `heads` in seconds; infinite until two different beats were seen."""
        return time.monotonic() - self._since

    def news(self, beat: bytes | None) -> bool:
        """Whether this beat was not seen before, so that the heads are worth reading."""
        return beat is not None and (not self._beats or self._beats[-1].beat != beat)

    def see(self, heads: Mapping[UUID, Head], beat: bytes, positions: Mapping[UUID, int]) -> None:
        """Take in heads of a new beat; `positions` as they are now."""
        self.heads = heads
        if self._beats:
            self._since = self._looked
        self._beats.append(_Beat(beat, positions))

    def looked(self) -> None:
        """Note that the beat was read now, whether or not it was new."""
        self._looked = time.monotonic()

    def earlier_positions(self) -> Mapping[UUID, int]:
        """Positions that were reached for certain before the relay read the present heads: those of two beats ago."""
        return self._beats[0].positions if len(self._beats) == self._beats.maxlen else {}
