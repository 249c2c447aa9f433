"""What may leave a Redis stream? Its oldest entries, as far as every one of them lies in the sealed archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

from redis.asyncio import Redis

from shared.eventsourcing.courier import Fields, Stream, event_field
from shared.eventsourcing.delivery import place_of
from shared.eventsourcing.heads import SealedEnd

PAGE: Final = 1_000


async def trim(client: Redis, stream: Stream, heads: Mapping[UUID, SealedEnd], kept: int) -> int:
    """Take out at most a page of the oldest entries that are sealed, and keep at least `kept`; how many left.

    An entry that cannot be read is nobody's and goes with the others: who lacks an event finds the gap by its number.
    """
    spare = min(await client.xlen(str(stream)) - kept, PAGE)
    if spare <= 0:
        return 0
    oldest = await _page(client, stream, 1)
    if not _goes(oldest[0][1], heads):
        # Mostly nothing goes: then one entry is read each beat, not a page.
        return 0
    page = await _page(client, stream, spare + 1)
    first = next((entry_id for entry_id, fields in page if not _goes(fields, heads)), page[-1][0])
    return int(await client.xtrim(str(stream), minid=first.decode(), approximate=False))


async def _page(client: Redis, stream: Stream, count: int) -> list[tuple[bytes, Fields]]:
    return cast("list[tuple[bytes, Fields]]", await client.xrange(str(stream), count=count))


def _goes(fields: Fields, heads: Mapping[UUID, SealedEnd]) -> bool:
    place = place_of(event_field(fields))
    return place is None or (place[0] in heads and heads[place[0]].sealed >= place[1])
