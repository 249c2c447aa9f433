"""Which checkpoint covers a moment, and which chains stand under it? Read from a service's published checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from shared.history.evidence.checkpoint import ChainEnd, encode_ends
from shared.history.evidence.ledger import Checkpoints, NotCovered, Published


@dataclass(frozen=True, slots=True)
class Covering:
    """One service's checkpoint in a pack, and its list of keys as it is given away."""

    published: Published
    keys: bytes

    @property
    def service(self) -> str:
        """The service whose log it is."""
        return self.published.checkpoint.service

    @property
    def ends(self) -> dict[UUID, ChainEnd]:
        """The chains that it covers."""
        return {end.organisation: end for end in self.published.ends if end.size}

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Its members in the pack."""
        yield f"checkpoints/{self.service}.note", str(self.published.note).encode()
        yield f"checkpoints/{self.service}.chains", encode_ends(self.published.ends).encode()
        if self.keys:
            yield f"keys/{self.service}.jsonl", self.keys


def covering(checkpoints: Checkpoints, known: int) -> Published:
    """The first checkpoint that was published at that moment (µs) or after it. NotCovered: none was."""
    number = 0
    while page := checkpoints.all(number):
        for published in page:
            if published.checkpoint.published >= known:
                return published
        number = page[-1].checkpoint.number
    raise NotCovered(checkpoints.log.service)
