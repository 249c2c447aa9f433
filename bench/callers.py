"""How do several callers at once come about? Threads that share one list of work, or tasks of one event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def in_threads(callers: int, items: Iterable[T], one: Callable[[T], object]) -> None:
    """So many threads do one item after the other, each waiting for its own answer; the first error is raised."""
    waiting, lock = iter(items), threading.Lock()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while not errors:
                with lock:
                    item = list(islice(waiting, 1))
                if not item:
                    return
                one(item[0])
        except BaseException as error:  # noqa: BLE001 — it is raised again in the caller's thread
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


def in_tasks(callers: int, items: Iterable[T], one: Callable[[T], Awaitable[object]]) -> None:
    """The same with tasks of one event loop."""
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await one(item)

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(callers):
                tasks.create_task(work())

    asyncio.run(main())
