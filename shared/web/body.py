"""How is a body read that nobody can trust? Up to a cap, within a time, under one budget for all requests."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Final, Self

from fastapi import Request
from starlette.requests import ClientDisconnect

from shared.eventsourcing.errors import Busy
from shared.web.posting import MOST_BYTES
from shared.web.problem import TurnedAway

SECONDS: Final = 60.0
"""For a whole body."""
MOST_BYTES_AT_ONCE: Final = 16 * MOST_BYTES
"""Of all bodies that are being read or judged; past that, senders are asked to come again."""
DRAIN_BYTES: Final = 2 * MOST_BYTES
DRAIN_SECONDS: Final = 1.0


class Budget:
    """Bytes of bodies that one process may hold. Used from the event loop only."""

    def __init__(self, most: int = MOST_BYTES_AT_ONCE) -> None:
        self.left = most

    def reserve(self) -> Reservation:
        """A share that grows with what one request brings, and is given back when its block ends."""
        return Reservation(self)


class Reservation:
    """What one request holds of the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = 0

    def grow(self, size: int) -> None:
        """Take more; Busy when too much is held by all together."""
        if size > self._budget.left:
            raise Busy
        self._budget.left -= size
        self._held += size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._budget.left += self._held
        self._held = 0


async def read_body(request: Request, reservation: Reservation) -> bytes:
    """The whole body. TurnedAway: 413 too large, 408 too slow. Busy: the budget is spent."""
    try:
        return await _whole(request, reservation)
    except (TurnedAway, Busy):
        await drain(request)
        raise


async def _whole(request: Request, reservation: Reservation) -> bytes:
    held = bytearray()
    if _declared(request) > MOST_BYTES:
        raise TurnedAway(413, "body-too-large")
    try:
        async with asyncio.timeout(SECONDS), aclosing(request.stream()) as stream:
            async for chunk in stream:
                if len(held) + len(chunk) > MOST_BYTES:
                    raise TurnedAway(413, "body-too-large")
                reservation.grow(len(chunk))
                held += chunk
    except TimeoutError:
        raise TurnedAway(408, "too-slow") from None
    return bytes(held)


def _declared(request: Request) -> int:
    """The length that the sender announced, if he did; the server has checked that it is a number."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) <= len(str(2**63)) else 0


async def drain(request: Request) -> None:
    """Read on and throw away, for a little, so that a sender who is still writing gets to read the refusal."""
    seen = 0
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(DRAIN_SECONDS), aclosing(request.stream()) as stream:
            async for chunk in stream:
                seen += len(chunk)
                if seen > DRAIN_BYTES:
                    return
