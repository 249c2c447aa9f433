"""Which positions must be seen before a request is answered? The header `Nennep-After`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

import msgspec
from fastapi import Request

from shared.eventsourcing.errors import NotSeenYet
from shared.web.problem import TurnedAway

HEADER: Final = "Nennep-After"
MOST_POSITIONS: Final = 16
_POSITION: Final = re.compile(
    r"(?P<service>[a-z]{1,40})/(?P<organisation>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"/(?P<sequence>[1-9][0-9]{0,17})/(?P<hash>[0-9a-f]{64})",
    re.ASCII,
)


class After(msgspec.Struct, frozen=True):
    """A receipt that the sender has read elsewhere: that event must be known here before the answer."""

    service: str
    organisation: UUID
    sequence: int
    hash: bytes


Seen = Callable[[Sequence[After]], Awaitable[bool]]
"""Waits a while (2 s) for positions; tells whether they were reached."""


class AfterSeen:
    """A dependency that holds a request back until the positions it names are seen; else NotSeenYet (503)."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def __call__(self, request: Request) -> None:
        """Wait, if the request names any."""
        positions = read_positions(request.headers.getlist(HEADER))
        if positions and not await self._seen(positions):
            raise NotSeenYet


def read_positions(headers: Sequence[str]) -> list[After]:
    """The positions in the header, one or several with commas. TurnedAway (400) for any other form."""
    texts = [text.strip(" \t") for header in headers for text in header.split(",", MOST_POSITIONS)]
    matches = [_POSITION.fullmatch(text) for text in texts]
    if len(texts) > MOST_POSITIONS or None in matches:
        raise TurnedAway(400, "bad-position", HEADER)
    return [
        After(match["service"], UUID(match["organisation"]), int(match["sequence"]), bytes.fromhex(match["hash"]))
        for match in matches
        if match is not None
    ]
