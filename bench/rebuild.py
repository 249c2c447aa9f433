"""C. How fast are views made again from the log? Each way must come to the sums of the plain fold."""

from __future__ import annotations

import importlib.util
import itertools
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from bench.fold import Totals, fold_bytes, fold_hashed
from bench.guards import equals_the_fold
from bench.history import ORGANISATIONS, History, Post, pages
from bench.ours import OurIntake, with_drafts
from bench.rounds import MISSING, Case, Lap, NotRun, Report, compare, require
from bench.stores import PostgresStores, SqliteStores
from bench.views import FACTS_ALONE, WITH_PROJECTION, figures, kept, sums_proven
from shared.eventsourcing.log import Log
from shared.eventsourcing.rebuild import Rebuild
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sources import LogSource
from shared.eventsourcing.views import Declaration, Generation, Generations
from shared.history.archive.archive import Archive
from shared.history.archive.depot import FolderDepot
from shared.history.archive.sealer import Sealer
from shared.history.columns.proven import proven
from tests.support.couriers import HeldLease

if TYPE_CHECKING:
    from bench.peer import Peer

FOLD, PLAIN = "eventsourcing, notifications and our fold", "limit: the log's rows, lean decoding, plain fold"


HASHED = "limit: the sealed lines, SHA-256 of fact, content and event, lean decoding, plain fold"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds and events; those who commit each event by itself get the first few thousand."""

    rounds: int
    events: int
    slow: int


class Rebuilding:
    """One history in our log and in the peer's, and every way to the same sums."""

    def __init__(
        self, report: Report, size: Size, stores: SqliteStores, postgres: PostgresStores | None, closing: ExitStack
    ) -> None:
        self._report, self._size, self._stores, self._postgres = report, size, stores, postgres
        self._closing, self._folder = closing, stores.folder
        history = History(7)
        self._posts: list[Post] = []
        for _ in ORGANISATIONS:
            self._posts += history.of_one_organisation(size.events // len(ORGANISATIONS))
        self._log = self._record()
        self._found: dict[str, tuple[Totals, Sequence[Post]]] = {}
        """Way → (what it came to, from which posts)."""

    def run(self) -> None:
        """Measure, then compare every result with the plain fold."""
        cases = [
            Case("**Nền Nếp**, first fill of the fact tables, sums asked of them", self._fill(FACTS_ALONE, figures)),
            Case("**Nền Nếp**, first fill with a projection", self._fill(WITH_PROJECTION, kept)),
            Case("**Nền Nếp**, rebuild beside the old views, each row compared", self._rebuild),
            Case(FOLD, self._peer_fold),
            Case("eventsourcing, projection on SQLite, an event a commit", self._peer_sqlite),
            Case("eventsourcing, ProjectionRunner on PostgreSQL", self._peer_postgres),
            Case(PLAIN, self._plain),
            Case("**Nền Nếp**, trusting nothing: sealed bytes proved and unfolded, sums asked of them", self._proven),
            Case(HASHED, self._hashed),
        ]
        title = f"C rebuild from {len(self._posts):,} events in SQLite"
        compare(self._report, title, cases, rounds=self._size.rounds, reference=FOLD)
        for way, (found, posts) in self._found.items():
            self._report.guard(f"{way}: equal to the plain fold", partial(equals_the_fold, found, posts))

    def _record(self) -> Log:
        ours = self._closing.enter_context(OurIntake(self._stores.url()))
        for page in pages(self._posts, 1_000):
            for _, each in itertools.groupby(with_drafts(page), key=lambda line: line[0].organisation):
                ours.send_batch(list(each))
        return ours.log

    # ── Ours ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _fill(self, declaration: Declaration, answer: Callable[[Generation], Totals]) -> Callable[[], Lap]:
        def ready() -> Lap:
            generations = Generations(declaration, self._stores.url())
            runner = Runner(generations.serving())

            def lap() -> int:
                for events in LogSource(self._log).read():
                    runner.take(self._log.service, events)
                found = answer(runner.generation)
                return self._came_to(f"first fill, {len(declaration.projections)} projections", found, self._posts)

            return lap

        return ready

    def _rebuild(self) -> Lap:
        generations = Generations(WITH_PROJECTION, self._stores.url())
        runner = Runner(generations.serving())
        for events in LogSource(self._log).read():
            runner.take(self._log.service, events)

        def lap() -> int:
            difference = Rebuild(generations, runner, lambda: [LogSource(self._log)]).run()
            require(difference.empty, f"the rebuilt views differ: {difference.tables}")
            return self._came_to("rebuild", kept(runner.generation), self._posts)

        return lap

    # ── The peer, and the limit ──────────────────────────────────────────────────────────────────────────────────

    def _peer_fold(self) -> Lap:
        peer = self._filled(self._stores, self._posts)

        def lap() -> int:
            from bench.peer import fold_notifications  # noqa: PLC0415 — only where the package is installed

            return self._came_to(FOLD, fold_notifications(peer), self._posts)

        return lap

    def _peer_sqlite(self) -> Lap:
        posts = self._posts[: self._size.slow]
        peer = self._filled(self._stores, posts)

        def lap() -> int:
            from bench.peer import project_into_sqlite  # noqa: PLC0415 — only where the package is installed

            found = project_into_sqlite(peer, str(make_url(self._stores.url()).database))
            return self._came_to("eventsourcing on SQLite", found, posts)

        return lap

    def _peer_postgres(self) -> Lap:
        if self._postgres is None:
            reason = "no PostgreSQL"
            raise NotRun(reason)
        posts = self._posts[: self._size.slow]
        peer = self._filled(self._postgres, posts)

        def lap() -> int:
            from bench.peer import run_projection  # noqa: PLC0415 — only where the package is installed

            return self._came_to("eventsourcing ProjectionRunner", run_projection(peer, len(posts)), posts)

        return lap

    def _filled(self, stores: SqliteStores | PostgresStores, posts: Sequence[Post]) -> Peer:
        if importlib.util.find_spec("eventsourcing") is None:
            raise NotRun(MISSING)
        peer = stores.peer()
        peer.fill(posts)
        return peer

    def _plain(self) -> Lap:
        def lap() -> int:
            file = Path(self._log.store.writer.url.database or "")
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
                rows = connection.execute("SELECT fact, occurred FROM event ORDER BY organisation, sequence")
                found = fold_bytes(rows)
            return self._came_to(PLAIN, found, self._posts)

        return lap

    def _proven(self) -> Lap:
        self._sealed()

        def lap() -> int:
            with proven(FACTS_ALONE, [self._sealed()]) as found:
                return self._came_to("trusting nothing", sums_proven(found), self._posts)

        return lap

    def _hashed(self) -> Lap:
        lines = [line for _, lines in self._sealed().lines() for line in lines]

        def lap() -> int:
            return self._came_to(HASHED, fold_hashed(lines), self._posts)

        return lap

    def _sealed(self) -> Archive:
        """The whole log in an archive, sealed once."""
        depot = FolderDepot(self._folder / "archive")
        if not (self._folder / "archive").exists():
            Sealer(self._log, depot, HeldLease()).seal_all()
        return Archive(depot, self._log.service)

    def _came_to(self, way: str, found: Totals, posts: Sequence[Post]) -> int:
        self._found[way] = (found, posts)
        return len(posts)
