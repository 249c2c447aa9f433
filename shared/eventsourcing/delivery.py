"""What does a Redis stream bring, and where does it go? Entries become events in order, stored with their positions.

All of it runs in one thread at a time and knows no Redis: what reads the stream, live or again, hands entries in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.courier import Stream, shard_of
from shared.eventsourcing.faults import reach
from shared.eventsourcing.sequencer import START, End, Entry, Sequencer

RawEntry = tuple[bytes, bytes]
"""Entry id and the bytes of the field `event`, as Redis gave them."""


class Sink(Protocol):
    """Where a subscription puts events. Each `take` is one transaction, under the lease where there is one."""

    def positions(self, service: str) -> Mapping[UUID, End]:
        """The last event taken of every organisation's chain in that service's log."""

    def entry(self, stream: str) -> str:
        """The Redis entry id stored with the rows; "0" at first."""

    def take(self, service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        """Store the rows, the positions and the entry id together. `events` may be empty: then only the id moves."""


class SinkMoved(Exception):
    """The sink stands elsewhere than this delivery left it: views were switched or rolled back."""


class _Place(msgspec.Struct):
    organisation: str
    sequence: str


_place = msgspec.json.Decoder(_Place).decode


class Delivery:
    """Takes the entries of one stream into a sink from where the sink stands. After an error a new one is made."""

    def __init__(self, stream: Stream, sink: Sink, *, shards: int = 1) -> None:
        self.stream = stream
        self.unreadable = 0
        """Entries passed over because they hold no event of this service; had they held one, the gap shows it."""
        self._sink, self._shards = sink, shards
        self._sequencer = Sequencer(stream.service, self._own(sink.positions(stream.service)))
        self.stored = self.read = Entry.parse(sink.entry(str(stream)))
        """The entry id in the sink; the highest one that was handed in."""
        self.reached: Mapping[UUID, int] = self._sequencer.positions()
        """Organisation → sequence, as of the last `take`."""

    def begin_at_start(self) -> None:
        """The stream is another one than the stored entry was read from: read all of it."""
        self.read = START

    def take(self, entries: Iterable[RawEntry]) -> int:
        """Take what follows in the stream; how many events went into the sink. Raises what the sink raises."""
        accepted: list[Recorded] = []
        for entry_id, raw in entries:
            entry = Entry.parse(entry_id)
            accepted += self._accepted(entry, raw)
            self.read = max(self.read, entry)
        if accepted:
            self._put(accepted)
        return len(accepted)

    def take_again(self, entries: Iterable[RawEntry], missing: Mapping[UUID, int]) -> bool:
        """Look through entries that were read before for what is missing (organisation → first sequence).

        Whether one of these organisations still has a gap.
        """
        self.take((entry_id, raw) for entry_id, raw in entries if _is_missing(raw, missing))
        return not missing.keys().isdisjoint(self.gaps())

    def take_sealed(self, events: Iterable[Recorded]) -> None:
        """Take what the archive holds beyond the positions; the place in the stream stays where it is."""
        accepted = [each for recorded in events for each in self._sequencer.accept(recorded, self.read)]
        if accepted:
            self._put(accepted)

    def keep_place(self) -> None:
        """Store how far was read when only known events came, so that a restart does not read them again.

        SinkMoved when somebody else moved the sink's positions: then a new delivery is needed.
        """
        stands = {org: end.sequence for org, end in self._own(self._sink.positions(self.stream.service)).items()}
        if stands != {org: sequence for org, sequence in self.reached.items() if sequence}:
            raise SinkMoved
        if self._sequencer.safe(self.read) != self.stored:
            self._put([])

    def gaps(self) -> dict[UUID, int]:
        """Organisation → first missing sequence, where later ones came."""
        return {gap.organisation: gap.sequence for gap in self._sequencer.gaps()}

    def unreached(self, heads: Mapping[UUID, End]) -> dict[UUID, int]:
        """Organisation → first missing sequence, where nothing later came but the head lies beyond the position."""
        known = self.gaps().keys() | {mismatch.organisation for mismatch in self._sequencer.mismatches()}
        positions = {organisation: self.reached.get(organisation, 0) for organisation in heads.keys() - known}
        return {org: position + 1 for org, position in positions.items() if position < heads[org].sequence}

    def contradiction(self, heads: Mapping[UUID, End], earlier: Mapping[UUID, int]) -> str | None:
        """One hash that differs, or one head below a position reached `earlier` than the heads were read."""
        return next(map(str, self._sequencer.contradictions(heads, earlier)), None)

    def _accepted(self, entry: Entry, raw: bytes) -> list[Recorded]:
        if self._is_past(raw):
            return []
        recorded = event_of(self.stream.service, raw)
        if recorded is None:
            self.unreadable += 1
            return []
        return self._sequencer.accept(recorded, entry)

    def _is_past(self, raw: bytes) -> bool:
        """Whether it names a place below the position: what stands there came, from the archive mostly."""
        place = place_of(raw)
        return place is not None and place[1] < self._sequencer.position(place[0]).sequence

    def _put(self, events: Sequence[Recorded]) -> None:
        safe = self._sequencer.safe(self.read)
        reach("subscription.delivered")
        self._sink.take(self.stream.service, events, stream=str(self.stream), entry=str(safe))
        reach("subscription.taken")
        self.stored, self.reached = safe, self._sequencer.positions()

    def _own(self, positions: Mapping[UUID, End]) -> dict[UUID, End]:
        return {org: position for org, position in positions.items() if self.carries(org)}

    def carries(self, organisation: UUID) -> bool:
        """Whether this organisation's events travel in this stream."""
        return shard_of(organisation, self._shards) == self.stream.shard


def event_of(service: str, raw: bytes) -> Recorded | None:
    """The event of that service in these bytes, or nothing, whatever the bytes are."""
    try:
        recorded = from_cloudevent(raw)
        own = recorded.envelope.service == service
    except (ValueError, TypeError, IndexError, ArithmeticError, RecursionError):
        return None
    return recorded if own else None


def place_of(raw: bytes) -> tuple[UUID, int] | None:
    """Organisation and sequence of the event in these bytes, or nothing when they hold none; nothing is verified."""
    try:
        place = _place(raw)
        return UUID(place.organisation), int(place.sequence)
    except ValueError:
        return None


def _is_missing(raw: bytes, missing: Mapping[UUID, int]) -> bool:
    place = place_of(raw)
    return place is not None and place[0] in missing and place[1] >= missing[place[0]]
