"""Which events may be taken next? Pure: in sequence, unbroken by hash, each once, whatever the courier does to them.

One sequencer serves one Redis stream: the chains of many organisations in one service's log, mixed. Lower sequences
are dropped, what comes too early is held back, and a hash that differs stops that organisation's chain for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, Self
from uuid import UUID

from shared.contracts.envelope import Recorded, genesis

HELD: Final = 1_000
"""Events held back for each organisation; what comes beyond is read again from the stream once the gap is filled."""
LARGEST_PART: Final = 2**64 - 1


class Entry(NamedTuple):
    """The id of an entry in a Redis stream; ordered as Redis orders them."""

    milliseconds: int
    number: int

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Read `1700000000000-3`, or `0` for the place before every entry. ValueError for anything else."""
        milliseconds, _, number = (text.decode() if isinstance(text, bytes) else text).partition("-")
        return cls(int(milliseconds), int(number or 0))

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.number}"

    def before(self) -> Entry:
        """The place right before this entry: who reads on from there is given it."""
        if self.number:
            return Entry(self.milliseconds, self.number - 1)
        return Entry(self.milliseconds - 1, LARGEST_PART) if self.milliseconds else self


START: Final = Entry(0, 0)


class Position(NamedTuple):
    """The last event taken of an organisation's chain."""

    sequence: int
    hash: bytes


class End(Protocol):
    """A place in an organisation's chain: a position in a sink, or a head of a log."""

    @property
    def sequence(self) -> int:
        """Sequence of the last event."""

    @property
    def hash(self) -> bytes:
        """Hash of the last event."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that were numbered but have not come; `sequence` is the first of them."""

    organisation: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An event at `sequence` does not fit the chain that was taken: one of the two is not what the log holds."""

    organisation: UUID
    sequence: int

    def __str__(self) -> str:
        return f"chain-broken {self.organisation} {self.sequence}"


@dataclass(frozen=True, slots=True)
class LogBehind:
    """The log ends before what was taken of it: it was restored from an older copy, or it is another log."""

    organisation: UUID
    sequence: int
    head: int

    def __str__(self) -> str:
        return f"log-behind {self.organisation} {self.head} < {self.sequence}"


@dataclass(slots=True)
class _Chain:
    """One organisation's chain as far as it was taken, and what waits beyond it."""

    position: Position
    held: dict[int, Recorded] = field(default_factory=dict)
    seen: int = 0
    """The highest sequence that came; above the position: something is missing."""
    mismatch: Mismatch | None = None


class Sequencer:
    """Takes what a stream brings and gives out, for each organisation, `last + 1` with the right previous hash."""

    def __init__(self, service: str, positions: Mapping[UUID, End], *, held: int = HELD) -> None:
        self._service = service
        self._held = held
        self._chains = {org: _Chain(Position(end.sequence, end.hash)) for org, end in positions.items()}
        self._open: dict[UUID, Entry] = {}
        """Organisations of which something came that was not given out, and the first entry of that."""

    def accept(self, recorded: Recorded, entry: Entry) -> list[Recorded]:
        """What may be taken now that this event came in this entry, in order; often itself, often nothing."""
        organisation, sequence = recorded.envelope.organisation, recorded.envelope.sequence
        chain = self._chain(organisation)
        if chain.mismatch is not None or sequence < chain.position.sequence:
            return []
        if sequence == chain.position.sequence:
            return [] if recorded.hash == chain.position.hash else self._stop(chain, recorded, entry)
        chain.seen = max(chain.seen, sequence)
        if sequence > chain.position.sequence + 1:
            self._open.setdefault(organisation, entry)
            if len(chain.held) < self._held:
                chain.held.setdefault(sequence, recorded)
            return []
        return self._advance(chain, recorded, entry)

    def position(self, organisation: UUID) -> Position:
        """How far an organisation's chain was given out; sequence 0 when nothing was."""
        chain = self._chains.get(organisation)
        return Position(0, genesis(self._service, organisation)) if chain is None else chain.position

    def positions(self) -> dict[UUID, int]:
        """How far every chain was given out."""
        return {organisation: chain.position.sequence for organisation, chain in self._chains.items()}

    def gaps(self) -> list[Gap]:
        """Where events came that lie beyond a missing one."""
        return [
            Gap(organisation, chain.position.sequence + 1)
            for organisation in self._open
            if (chain := self._chains[organisation]).mismatch is None
        ]

    def mismatches(self) -> list[Mismatch]:
        """Where what came did not fit; nothing more is given out there."""
        return [chain.mismatch for chain in self._chains.values() if chain.mismatch is not None]

    def contradictions(self, heads: Mapping[UUID, End], earlier: Mapping[UUID, int]) -> list[Mismatch | LogBehind]:
        """Where the stream or the heads say otherwise than what was taken.

        `earlier` are positions that were reached before the heads were read; a later one may lie beyond them rightly.
        """
        found: list[Mismatch | LogBehind] = [*self.mismatches()]
        for organisation, head in heads.items():
            position = self.position(organisation)
            if head.sequence == position.sequence and head.hash != position.hash:
                found.append(Mismatch(organisation, position.sequence))
        for organisation, sequence in earlier.items():
            end = heads[organisation].sequence if organisation in heads else 0
            if end < sequence:
                found.append(LogBehind(organisation, sequence, end))
        return found

    def safe(self, read: Entry) -> Entry:
        """After which entry a new reader may go on when all up to `read` came: past nothing that still waits."""
        return min((read, *(entry.before() for entry in self._open.values())))

    def _chain(self, organisation: UUID) -> _Chain:
        chain = self._chains.get(organisation)
        if chain is None:
            chain = self._chains[organisation] = _Chain(Position(0, genesis(self._service, organisation)))
        return chain

    def _advance(self, chain: _Chain, recorded: Recorded, entry: Entry) -> list[Recorded]:
        """Give out this event, and those held back that follow it."""
        accepted: list[Recorded] = []
        following: Recorded | None = recorded
        while following is not None:
            if following.envelope.previous != chain.position.hash or following.envelope.hash() != following.hash:
                self._stop(chain, following, entry)
                return accepted
            chain.position = Position(following.envelope.sequence, following.hash)
            accepted.append(following)
            following = chain.held.pop(chain.position.sequence + 1, None)
        if self._open and chain.position.sequence >= chain.seen:
            self._open.pop(recorded.envelope.organisation, None)
        return accepted

    def _stop(self, chain: _Chain, recorded: Recorded, entry: Entry) -> list[Recorded]:
        """Take nothing more of this chain; a new reader begins before the entry that did not fit."""
        organisation = recorded.envelope.organisation
        chain.mismatch = Mismatch(organisation, recorded.envelope.sequence)
        chain.held.clear()
        self._open.setdefault(organisation, entry)
        return []
