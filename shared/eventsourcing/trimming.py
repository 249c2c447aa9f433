"""What may leave a Redis stream? Entries that lie in the sealed archive, also behind others that do not yet.

An organisation that records little is sealed when its month is over. Its entries stay until then, and hold up nobody
else's: they are passed over, remembered, and taken out once they are sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast
from uuid import UUID

from redis.asyncio import Redis

from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.courier import Fields, Stream, event_field
from shared.eventsourcing.delivery import place_of
from shared.eventsourcing.heads import SealedEnd

PAGE: Final = 1_000
PAGES: Final = 20
"""Looked at in one beat: faster than events are sealed, and little enough not to hold up the beat."""
MOST_WAITING: Final = 100_000
"""Entries that are passed over, to within a page. Where so many are not sealed, little can leave the stream anyway."""


class Trimming:
    """Takes out of one stream what is sealed. Looks at each entry once, and again when its organisation is sealed."""

    def __init__(self, stream: Stream) -> None:
        self._stream = str(stream)
        self._passed = "0-0"
        """Everything up to this entry has left or waits."""
        self._waiting: dict[UUID, list[tuple[int, bytes]]] = {}

    async def trim(self, client: Redis, heads: Mapping[UUID, SealedEnd], kept: int) -> int:
        """Take out what is sealed of some pages, and keep at least the newest `kept`; how many entries left.

        An entry that cannot be read is nobody's and goes with the others: who lacks an event finds the gap by its
        number.
        """
        left = await self._take_out(client, self._sealed_since(heads))
        spare = min(await client.xlen(self._stream) - self._waits() - kept, PAGES * PAGE)
        while spare > 0 and self._waits() < MOST_WAITING and (page := await self._page(client, min(PAGE, spare))):
            left += await self._take_out(client, [entry for entry, fields in page if self._goes(entry, fields, heads)])
            self._passed = page[-1][0].decode()
            spare -= len(page)
        return left

    def _waits(self) -> int:
        return sum(map(len, self._waiting.values()))

    async def _page(self, client: Redis, count: int) -> list[tuple[bytes, Fields]]:
        page = await client.xrange(self._stream, min=f"({self._passed}", count=count)
        return cast("list[tuple[bytes, Fields]]", page)

    async def _take_out(self, client: Redis, entries: Iterable[bytes]) -> int:
        left = 0
        for chunk in chunks(list(entries)):
            left += int(await client.xdel(self._stream, *chunk))
        return left

    def _goes(self, entry: bytes, fields: Fields, heads: Mapping[UUID, SealedEnd]) -> bool:
        """Whether an entry is sealed; if not, it waits."""
        place = place_of(event_field(fields))
        if place is None or _sealed(heads, place[0]) >= place[1]:
            return True
        self._waiting.setdefault(place[0], []).append((place[1], entry))
        return False

    def _sealed_since(self, heads: Mapping[UUID, SealedEnd]) -> list[bytes]:
        """Those that waited and are sealed now; they wait no longer."""
        leaving = list[bytes]()
        for organisation, entries in list(self._waiting.items()):
            through = _sealed(heads, organisation)
            if stay := [each for each in entries if each[0] > through]:
                self._waiting[organisation] = stay
            else:
                del self._waiting[organisation]
            leaving += [entry for sequence, entry in entries if sequence <= through]
        return leaving


def _sealed(heads: Mapping[UUID, SealedEnd], organisation: UUID) -> int:
    return heads[organisation].sealed if organisation in heads else 0
