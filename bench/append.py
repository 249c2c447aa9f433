"""A. How many facts become durable in a second? One caller, several, and batches."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bench import guards
from bench.callers import in_threads
from bench.history import History, Post, pages
from bench.limits import gathered_from_tasks, gathered_from_threads
from bench.ours import OurIntake, with_drafts
from bench.rounds import MISSING, Case, Lap, NotRun, Report, compare
from bench.stores import Stores

if TYPE_CHECKING:
    from bench.peer import Peer

T = TypeVar("T")
Prepare = Callable[[list[Post]], Callable[[], object]]
"""What is to be done with the posts of a lap, all made ready."""

OURS, FROM_BYTES, RECORDER = "**Nền Nếp**", "**Nền Nếp**, from the request's bytes", "eventsourcing, recorder"
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and how many facts a lap or a guard that appends by itself takes."""

    rounds: int
    one: int
    many: int
    batches: int
    guarded: int


class Appending:
    """The tables of one kind of store, and the guards over what they wrote."""

    def __init__(self, report: Report, size: Size, stores: Stores, closing: ExitStack) -> None:
        self._report, self._size, self._stores, self._closing = report, size, stores, closing
        self._intakes: list[OurIntake] = []
        self._seeds = itertools.count(1)

    def run(self) -> None:
        """Measure, then check."""
        self._one_caller()
        for callers in (8, 64):
            self._several(callers)
        self._batches()
        self._guard()

    # ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _one_caller(self) -> None:
        lap = partial(self._lap, self._size.one)
        ours, from_bytes, bare, disk = self._intake(), self._intake(), self._stores.bare(), self._stores.disk()
        cases = [
            Case(OURS, lap(lambda posts: partial(_each, ours.send, with_drafts(posts)))),
            Case(FROM_BYTES, lap(lambda posts: partial(_each, from_bytes.send_bytes, posts))),
            Case(RECORDER, self._peer(lap, lambda peer, posts: partial(_each, peer.record, posts))),
            Case("eventsourcing, application", self._peer(lap, lambda peer, posts: partial(_each, peer.save, posts))),
            Case("limit: the driver, the same row", lap(lambda posts: partial(_each, bare.write, pages(posts, 1)))),
        ]
        if disk is not None:
            cases.append(Case("limit: 4 KiB write + fdatasync", lap(lambda posts: partial(_each, disk.write, posts))))
        self._compare("one caller, one durable fact after the other", cases)

    def _several(self, callers: int) -> None:
        lap = partial(self._lap, self._size.many)
        slow = partial(self._lap, self._size.one)
        tasks, threads = self._intake(), self._intake()
        bare, bare_tasks = self._stores.bare(), self._stores.bare()
        send, stop = gathered_from_threads(bare.write)
        self._closing.callback(stop)
        self._compare(
            f"{callers} callers, each waits for its own fact",
            [
                Case(OURS, lap(lambda posts: partial(tasks.send_from_tasks, callers, with_drafts(posts)))),
                Case(
                    f"{OURS}, threads",
                    lap(lambda posts: partial(threads.send_from_threads, callers, with_drafts(posts))),
                ),
                Case(RECORDER, self._peer(slow, lambda peer, posts: partial(in_threads, callers, posts, peer.record))),
                Case(
                    "limit: bare group commit",
                    lap(lambda posts: partial(gathered_from_tasks, bare_tasks.write, callers, posts)),
                ),
                Case("limit: bare group commit, threads", lap(lambda posts: partial(in_threads, callers, posts, send))),
            ],
        )

    def _batches(self) -> None:
        lap = partial(self._lap, self._size.batches * BATCH, one_organisation=True)
        ours, from_bytes, bare = self._intake(), self._intake(), self._stores.bare(batches=True)
        in_pages = partial(pages, size=BATCH)
        cases = [
            Case(OURS, lap(lambda posts: partial(_each, ours.send_batch, [*map(with_drafts, in_pages(posts))]))),
            Case(FROM_BYTES, lap(lambda posts: partial(_each, from_bytes.send_lines, _bodies(posts)))),
            Case(RECORDER, self._peer(lap, lambda peer, posts: partial(_each, peer.record_all, in_pages(posts)))),
            Case("limit: the same rows at once", lap(lambda posts: partial(_each, bare.write, in_pages(posts)))),
        ]
        if (door := self._stores.door()) is not None:
            cases.append(Case(f"{OURS}, the whole service over HTTP", partial(door.ready, self._size.batches * BATCH)))
        self._compare(f"batches of {BATCH:,}", cases)

    def _guard(self) -> None:
        guard, url, count = self._report.guard, self._stores.url, self._size.guarded
        for ours in self._intakes:
            guard("what was acknowledged stands", partial(guards.all_acknowledged_stand, ours))
        guard("durable", partial(guards.durable, self._intakes[0].log.store))
        guard("conflicts are raised", partial(guards.conflicts_are_raised, url()))
        guard("a follower misses nothing", partial(guards.a_follower_misses_nothing, url(), count))
        guard("a killed process loses nothing", partial(guards.a_killed_process_loses_nothing, url(), count))

    # ── Contestants and laps ─────────────────────────────────────────────────────────────────────────────────────

    def _compare(self, title: str, cases: Sequence[Case]) -> None:
        title = f"A {self._stores.kind}: {title}"
        compare(self._report, title, cases, rounds=self._size.rounds, reference=RECORDER)

    def _intake(self) -> OurIntake:
        ours = self._closing.enter_context(OurIntake(self._stores.url()))
        self._intakes.append(ours)
        return ours

    def _lap(self, count: int, prepare: Prepare, *, one_organisation: bool = False) -> Callable[[], Lap]:
        """Fresh posts for each lap, made ready outside of the clock."""

        def ready() -> Lap:
            history = History(next(self._seeds))
            posts = history.of_one_organisation(count) if one_organisation else history.take(count)
            work = prepare(posts)

            def lap() -> int:
                work()
                return count

            return lap

        return ready

    def _peer(
        self, lap: Callable[[Prepare], Callable[[], Lap]], work: Callable[[Peer, list[Post]], Callable[[], object]]
    ) -> Callable[[], Lap]:
        if importlib.util.find_spec("eventsourcing") is None:
            return _missing
        peer = self._stores.peer()
        return lap(lambda posts: work(peer, posts))


def _missing() -> Lap:
    raise NotRun(MISSING)


def _each(one: Callable[[T], object], items: Iterable[T]) -> None:
    for item in items:
        one(item)


def _bodies(posts: Sequence[Post]) -> list[tuple[Sequence[Post], bytes]]:
    """Batches with the body of the request that brings each."""
    return [(page, b"\n".join(post.cloudevent() for post in page)) for page in pages(posts, BATCH)]
