"""What is missing from a stream, and how does it come after all? It is looked for again, then asked for.

A gap is left alone for one pulse, for entries may overtake each other. Then the archive and the stream from the stored
entry are read again, then the stream from its start, and then the relay is asked to send again what its log holds, ever
more rarely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, ParamSpec, Protocol, TypeVar, cast
from uuid import UUID

import redis
import structlog
from redis.typing import EncodableT, FieldT

from shared.eventsourcing.courier import Fields, Stream, event_field
from shared.eventsourcing.delivery import Delivery, RawEntry
from shared.eventsourcing.sealed import NOTHING_SEALED, SealedHistory
from shared.eventsourcing.sequencer import START, End, Entry

P = ParamSpec("P")
T = TypeVar("T")

PAGE: Final = 1_000
AHEAD: Final = 2_000
"""Entries taken at a time by who lies far behind: rows are computed once for all that they touch."""
FROM_STORED, FROM_START, ASK = 1, 2, 3
"""What is done at which pulse of a search."""
FIRST_SILENCE, LONGEST_SILENCE = 8, 128
"""Pulses between two requests for the same event."""

_log = structlog.get_logger(__name__)


def pages(client: redis.Redis, stream: Stream, after: Entry = START, *, size: int = PAGE) -> Iterator[list[RawEntry]]:
    """The entries of a stream past a place, in pages, up to the end that it has when the last page is read."""
    while True:
        page = cast("list[tuple[bytes, Fields]]", client.xrange(str(stream), min=f"({after}", count=size))
        if not page:
            return
        yield [(entry_id, event_field(fields)) for entry_id, fields in page]
        after = Entry.parse(page[-1][0])


class Alone(Protocol):
    """Runs a delivery's method in a thread, never two at the same time."""

    async def __call__(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the method gives back or raises."""


@dataclass(slots=True)
class _Search:
    """One organisation's missing event: since how many pulses, and when the relay is asked for it next."""

    sequence: int
    in_gap: bool
    """Later events came; else only the head tells of it."""
    pulses: int = 0
    ask_at: int = ASK
    silence: int = FIRST_SILENCE

    def in_gap_at(self, step: int) -> bool:
        """Whether this is a gap for which that step is to be done at this pulse."""
        return self.in_gap and self.pulses == step

    def due(self) -> bool:
        """Whether the relay is to be asked at this pulse; the next time will be later."""
        if self.pulses < self.ask_at:
            return False
        self.ask_at, self.silence = self.pulses + self.silence, min(2 * self.silence, LONGEST_SILENCE)
        return True


class Mending:
    """The searches for what one stream lacks."""

    def __init__(
        self, stream: Stream, group: str, client: Callable[[], redis.Redis], sealed: SealedHistory = NOTHING_SEALED
    ) -> None:
        self._stream, self._group, self._client, self._sealed = stream, group, client, sealed
        self._searches: dict[UUID, _Search] = {}

    @property
    def in_vain(self) -> str | None:
        """One gap that the stream itself could not fill."""
        gaps = (f"gap {org} {search.sequence}" for org, search in self._searches.items() if search.pulses >= ASK)
        return next(gaps, None)

    async def pulse(self, delivery: Delivery, heads: Mapping[UUID, End], alone: Alone) -> None:
        """Go one step further with each search. `heads` are given only when the stream was read to its end."""
        found = {org: _Search(sequence, in_gap=True) for org, sequence in delivery.gaps().items()}
        found |= {org: _Search(sequence, in_gap=False) for org, sequence in delivery.unreached(heads).items()}
        self._searches = {org: _went_on(self._searches.get(org), search) for org, search in found.items()}
        if any(search.pulses == FROM_STORED for search in self._searches.values()):
            await self.read_sealed(delivery, alone)
        await self._read_again(FROM_STORED, delivery.stored, delivery, alone)
        await self._read_again(FROM_START, START, delivery, alone)
        if due := {organisation: search.sequence for organisation, search in self._searches.items() if search.due()}:
            await asyncio.to_thread(self._ask, due)

    async def read_sealed(self, delivery: Delivery, alone: Alone) -> None:
        """Take all that the archive holds beyond the positions, a segment at a time."""
        following = self._sealed.read(delivery.reached, delivery.carries)
        while events := await asyncio.to_thread(next, following, None):
            await alone(delivery.take_sealed, events)

    async def read_ahead(self, delivery: Delivery, alone: Alone) -> None:
        """Take whole pages beyond the place that was read; the last, which is not full, is left to live delivery."""
        with self._client() as client:
            following = pages(client, self._stream, delivery.read, size=AHEAD)
            while page := await asyncio.to_thread(next, following, None):
                if len(page) < AHEAD:
                    return
                await alone(delivery.take, page)

    async def _read_again(self, step: int, after: Entry, delivery: Delivery, alone: Alone) -> None:
        missing = {org: search.sequence for org, search in self._searches.items() if search.in_gap_at(step)}
        if not missing:
            return
        with self._client() as client:
            following = pages(client, self._stream, after)
            while page := await asyncio.to_thread(next, following, None):
                if not await alone(delivery.take_again, page, missing):
                    return

    def _ask(self, missing: Mapping[UUID, int]) -> None:
        """Write down for the relay from where to send again."""
        _log.warning("events are missing", stream=str(self._stream), organisations=len(missing))
        wanted: dict[FieldT, EncodableT] = {f"{self._group}/{org}": sequence for org, sequence in missing.items()}
        with self._client() as client:
            client.hset(self._stream.wanted, mapping=wanted)


def _went_on(before: _Search | None, now: _Search) -> _Search:
    """The search that was under way for the same event, one pulse older, or else the new one."""
    if before is None or (before.sequence, before.in_gap) != (now.sequence, now.in_gap):
        return now
    before.pulses += 1
    return before
