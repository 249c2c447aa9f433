"""How many may do long work at once? A few; the others wait a little, then are told to come again."""

from __future__ import annotations

import threading

from shared.eventsourcing.errors import Busy


class Turns:
    """Lets so many requests in at a time; others wait for some seconds, then Busy (503)."""

    def __init__(self, most: int = 1, wait: float = 0.0) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._wait = wait

    def __enter__(self) -> None:
        if not self._free.acquire(timeout=self._wait):
            raise Busy

    def __exit__(self, *_: object) -> None:
        self._free.release()
