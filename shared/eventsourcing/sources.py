"""Where does a rebuild read history from? The own log, and the streams of the others, each from its beginning.

The sealed archive will come before the streams; until there is one, nothing is trimmed from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from shared.contracts.envelope import Recorded
from shared.eventsourcing.courier import Stream, make_client
from shared.eventsourcing.delivery import event_of
from shared.eventsourcing.feed import verify
from shared.eventsourcing.log import Log
from shared.eventsourcing.mending import pages
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


class StreamSource:
    """Another service's events, as its Redis stream holds them."""

    def __init__(self, url: str, stream: Stream) -> None:
        self.service = stream.service
        self._url, self._stream = url, stream
        self._sequencer = Sequencer(stream.service, {})
        self._reached = START

    def read(self) -> Iterator[list[Recorded]]:
        """The batches that were not read yet, in sequence and verified, until the stream ends."""
        with make_client(self._url) as client:
            for page in pages(client, self._stream, self._reached, size=BATCH):
                events: list[Recorded] = []
                for entry_id, raw in page:
                    self._reached = Entry.parse(entry_id)
                    if (recorded := event_of(self.service, raw)) is not None:
                        events += self._sequencer.accept(recorded, self._reached)
                yield events
