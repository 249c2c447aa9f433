"""What does the machine allow? The promised row by hand: unique id, counter row, hash chain, one durable commit.

No rules, no queues, no library between the driver and the caller. Nothing that keeps the promise can be much faster.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import queue
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import psycopg

from bench.history import Post

COLUMNS = "organisation, sequence, event_id, type, subject, version, occurred, recorded, actor, fact, content, hash"
TABLES = """
    CREATE TABLE chain (organisation {id} PRIMARY KEY, sequence bigint NOT NULL, hash {bytes} NOT NULL);
    CREATE TABLE event (
        organisation {id} NOT NULL, sequence bigint NOT NULL, event_id {id} NOT NULL, type text NOT NULL,
        subject {id} NOT NULL, version bigint NOT NULL, occurred text NOT NULL, recorded bigint NOT NULL,
        actor text NOT NULL, fact {bytes} NOT NULL, content {bytes} NOT NULL, hash {bytes} NOT NULL,
        PRIMARY KEY (organisation, sequence), UNIQUE (organisation, event_id),
        UNIQUE (subject, organisation, version))
"""
GATHERED = 1_000
"""Most events of one group commit."""


class Writer(ABC):
    """Writes posts in one durable transaction."""

    @abstractmethod
    def write(self, posts: Sequence[Post]) -> None:
        """Return when they are durable."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def __enter__(self) -> Self:
        """Opened already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


class RawSqlite(Writer):
    """The driver of the standard library on one connection, `synchronous=FULL`."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(TABLES.format(id="char(32)", bytes="blob"))

    def write(self, posts: Sequence[Post]) -> None:
        """One transaction."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        chains = {}
        for organisation in {post.organisation for post in posts}:
            row = execute("SELECT sequence, hash FROM chain WHERE organisation = ?", (organisation.hex,)).fetchone()
            chains[organisation] = row or (0, b"")
        rows = [
            (organisation.hex, sequence, event.hex, name, subject.hex, *rest)
            for organisation, sequence, event, name, subject, *rest in _rows(posts, chains)
        ]
        self._connection.executemany(f"INSERT INTO event ({COLUMNS}) VALUES ({', '.join('?' * 12)})", rows)  # noqa: S608
        ends = [(organisation.hex, *end) for organisation, end in chains.items()]
        self._connection.executemany("INSERT OR REPLACE INTO chain VALUES (?, ?, ?)", ends)
        execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class RawPostgres(Writer):
    """The driver psycopg on one connection, statements prepared; `copy` uses COPY for the events."""

    def __init__(self, url: str, *, copy: bool = False) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True, prepare_threshold=1)
        self._copy = copy
        for statement in TABLES.format(id="uuid", bytes="bytea").split(";"):
            self._connection.execute(statement)

    def write(self, posts: Sequence[Post]) -> None:
        """One transaction."""
        organisations = sorted({post.organisation for post in posts})
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT organisation, sequence, hash FROM chain WHERE organisation = ANY(%s) FOR UPDATE",
                [organisations],
            )
            chains: dict[UUID, tuple[int, bytes]] = dict.fromkeys(organisations, (0, b""))
            chains |= {organisation: (sequence, end) for organisation, sequence, end in cursor}
            rows = _rows(posts, chains)
            if self._copy:
                with cursor.copy(f"COPY event ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                    types = "uuid int8 uuid text uuid int8 text int8 text bytea bytea bytea"
                    copy.set_types(types.split())
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO event ({COLUMNS}) VALUES ({', '.join(['%s'] * 12)})", rows)  # noqa: S608
            cursor.executemany(
                "INSERT INTO chain VALUES (%s, %s, %s) "
                "ON CONFLICT (organisation) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash",
                [(organisation, *end) for organisation, end in chains.items()],
            )

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _rows(posts: Sequence[Post], chains: dict[UUID, tuple[int, bytes]]) -> list[tuple[Any, ...]]:
    rows = []
    for post in posts:
        sequence, previous = chains[post.organisation]
        digest = hashlib.sha256(post.raw).digest()
        end = hashlib.sha256(previous + post.id.bytes + digest).digest()
        chains[post.organisation] = (sequence + 1, end)
        rows.append(
            (
                *(post.organisation, sequence + 1, post.id, post.fact.name, post.subject, 1),
                *(post.occurred, 1, "bench", post.raw, digest, end),
            )
        )
    return rows


class Disk:
    """One page written and forced to the disk for each event: less than any database does."""

    PAGE = b"x" * 4096

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT)
        os.pwrite(self._file, b"\0" * (4 << 20), 0)

    def write(self, post: Post) -> None:
        """One page, at a place that is as good as random."""
        os.pwrite(self._file, self.PAGE, post.id.int % 1_000 * len(self.PAGE))
        os.fdatasync(self._file)

    def __enter__(self) -> Self:
        """Opened already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._file)


# ── Group commit, as bare as it can be ───────────────────────────────────────────────────────────────────────────


def gathered_from_threads(write: Callable[[Sequence[Post]], None]) -> tuple[Callable[[Post], None], Callable[[], None]]:
    """(send one post and wait until it is durable, stop): a thread commits whatever has gathered meanwhile."""
    waiting: queue.SimpleQueue[tuple[Post, Future[None]] | None] = queue.SimpleQueue()

    def send(post: Post) -> None:
        done: Future[None] = Future()
        waiting.put((post, done))
        done.result()

    def commit() -> None:
        while (first := waiting.get()) is not None:
            group = [first]
            while len(group) < GATHERED and not waiting.empty():
                if (more := waiting.get_nowait()) is None:
                    waiting.put(None)
                    break
                group.append(more)
            write([post for post, _ in group])
            for _, done in group:
                done.set_result(None)

    thread = threading.Thread(target=commit)
    thread.start()

    def stop() -> None:
        waiting.put(None)
        thread.join()

    return send, stop


def gathered_from_tasks(write: Callable[[Sequence[Post]], None], callers: int, posts: Iterable[Post]) -> None:
    """So many tasks of one loop send posts, each waiting for its own to be durable."""

    async def main() -> None:
        loop, gathered, wake = asyncio.get_running_loop(), list[tuple[Post, asyncio.Future[None]]](), asyncio.Event()
        waiting = iter(posts)

        async def call() -> None:
            for post in waiting:
                done = loop.create_future()
                gathered.append((post, done))
                wake.set()
                await done

        async def commit() -> None:
            with ThreadPoolExecutor(1) as thread:
                while await wake.wait():
                    wake.clear()
                    group, gathered[:] = gathered[:], []
                    if group:
                        await loop.run_in_executor(thread, write, [post for post, _ in group])
                    for _, done in group:
                        done.set_result(None)

        committing = loop.create_task(commit())
        await asyncio.gather(*(call() for _ in range(callers)))
        committing.cancel()
        await asyncio.gather(committing, return_exceptions=True)

    asyncio.run(main())
