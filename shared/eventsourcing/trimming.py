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
PAGES: Final = 20
"""Taken out at one beat: faster than events are sealed, and little enough not to hold up the beat."""


async def trim(client: Redis, stream: Stream, heads: Mapping[UUID, SealedEnd], kept: int) -> int:
    """Take out some pages of the oldest entries that are sealed, and keep at least `kept`; how many entries left.

    An entry that cannot be read is nobody's and goes with the others: who lacks an event finds the gap by its number.
    """
    left, spare = 0, min(await client.xlen(str(stream)) - kept, PAGES * PAGE)
    # One entry first: mostly it stays, and then nothing more is read at each beat.
    if spare <= 0 or not _goes((await _page(client, stream, 1))[0][1], heads):
        return 0
    while left < spare:
        page = await _page(client, stream, min(PAGE, spare - left) + 1)
        stays = next((entry_id for entry_id, fields in page if not _goes(fields, heads)), None)
        first = page[-1][0] if stays is None else stays
        left += int(await client.xtrim(str(stream), minid=first.decode(), approximate=False))
        if stays is not None or len(page) == 1:
            break
    return left


async def _page(client: Redis, stream: Stream, count: int) -> list[tuple[bytes, Fields]]:
    return cast("list[tuple[bytes, Fields]]", await client.xrange(str(stream), count=count))


def _goes(fields: Fields, heads: Mapping[UUID, SealedEnd]) -> bool:
    place = place_of(event_field(fields))
    return place is None or (place[0] in heads and heads[place[0]].sealed >= place[1])
