"""How do several large posts of one organisation come in? One after the other: others are served between them.

Reading thousands of lines strictly and judging them keeps the processor that all organisations share. Who sends several
large posts at once gains nothing by their being read side by side, and everybody else would wait for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

LARGE: Final = 2**18
"""Bytes of a body from which on it waits for its organisation's turn: some six hundred lines."""


class LargePosts:
    """Whose turn it is. Used from the event loop only."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, organisation: UUID, size: int) -> AsyncIterator[None]:
        """Hold the block back until no other large post of the organisation is under way; a small one never waits."""
        if size < LARGE:
            yield
            return
        async with self._turns.setdefault(organisation, asyncio.Lock()):
            yield
