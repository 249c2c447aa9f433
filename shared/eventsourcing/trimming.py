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
    page = cast("list[tuple[bytes, Fields]]", await client.xrange(str(stream), count=spare + 1))
    for entry_id, fields in page:
        place = place_of(event_field(fields))
        if place is not None and (place[0] not in heads or heads[place[0]].sealed < place[1]):
            first = entry_id
            break
    else:
        first = page[-1][0]
    return int(await client.xtrim(str(stream), minid=first.decode(), approximate=False))
