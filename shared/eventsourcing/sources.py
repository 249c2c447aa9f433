"""Where does a rebuild read history from? The own log; of the others the sealed archive, then their streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from uuid import UUID

from shared.contracts.envelope import Recorded
from shared.eventsourcing.courier import Stream, make_client
from shared.eventsourcing.delivery import event_of, place_of
from shared.eventsourcing.feed import verify
from shared.eventsourcing.log import Log
from shared.eventsourcing.mending import pages
from shared.eventsourcing.sealed import NOTHING_SEALED, SealedHistory
from shared.eventsourcing.sequencer import START, Entry, Position, Sequencer

BATCH: Final = 2_000


class LogSource:
    """A service's own log."""

    def __init__(self, log: Log) -> None:
        self.service = log.service
        self._log = log
        self._reached: dict[UUID, Position] = {}

    def read(self) -> Iterator[list[Recorded]]:
        """The batches that were not read yet, verified, until the log ends."""
        while events := self._log.after({each: end.sequence for each, end in self._reached.items()}, BATCH):
            verify(self.service, self._reached, events)
            self._reached |= {
                each.envelope.organisation: Position(each.envelope.sequence, each.hash) for each in events
            }
            yield events


class SharedSource:
    """Another service's events: first what the archive holds, then its Redis stream."""

    def __init__(self, url: str, stream: Stream, sealed: SealedHistory = NOTHING_SEALED) -> None:
        self.service = stream.service
        self._url, self._stream, self._sealed = url, stream, sealed
        self._sequencer = Sequencer(stream.service, {})
        self._reached = START

    def read(self) -> Iterator[list[Recorded]]:
        """The batches that were not read yet, in sequence and verified, until the stream ends.

        What the archive gave already is passed over in the stream without being decoded: there may be millions of it.
        """
        for sealed in self._sealed.read(self._sequencer.positions()):
            yield self._accepted((recorded, self._reached) for recorded in sealed)
        with make_client(self._url) as client:
            for page in pages(client, self._stream, self._reached, size=BATCH):
                reached = self._sequencer.positions()
                entries = ((Entry.parse(entry_id), raw) for entry_id, raw in page if not _lies_behind(raw, reached))
                found = ((event_of(self.service, raw), entry) for entry, raw in entries)
                accepted = self._accepted((recorded, entry) for recorded, entry in found if recorded is not None)
                # Said before the events are given out: who has enough of them never comes back here.
                self._reached = self._sequencer.safe(Entry.parse(page[-1][0]))
                yield accepted

    def _accepted(self, events: Iterable[tuple[Recorded, Entry]]) -> list[Recorded]:
        return [each for recorded, entry in events for each in self._sequencer.accept(recorded, entry)]


def _lies_behind(raw: bytes, reached: Mapping[UUID, int]) -> bool:
    place = place_of(raw)
    return place is not None and place[1] <= reached.get(place[0], 0)
