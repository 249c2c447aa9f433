# ruff: noqa: S608 — SQL by hand over files of our own
"""C2. What would the popular runners need for the same answer? Their rate over fewer events, in the same rounds.

A runner commits every event by itself: twice as many events take it twice as long. So x, the ratio of the rates, is
its time drawn out to the whole history, and it needs no patience. It keeps sums of branches and years alone, under no
tree and as of no moment; given are it only the versions that stood then.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import make_url

from bench.drawn import KNOWN, PROVINCES, YEARS, Drawn, named
from bench.fold import Totals
from bench.guards import equals_the_fold
from bench.history import Post
from bench.rounds import MISSING, Case, Lap, NotRun, Report, asking, compare, require
from bench.stores import PostgresStores, SqliteStores, Stores
from services.ratings.projections import FIGURES
from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll
from shared.history.columns.columns import Columns
from shared.history.figures import Question
from tests.support.servers import PostgresServer

SQLITE, POSTGRES = "eventsourcing, projection on SQLite", "eventsourcing, ProjectionRunner on PostgreSQL"
Questions = Mapping[str, Callable[[], Any]]


class Runners:
    """So many events, the peer's runners over them, and our columns over the same."""

    def __init__(
        self, report: Report, events: int, folder: Path, server: PostgresServer | NotRun, closing: ExitStack
    ) -> None:
        self._report, self._events, self._folder = report, events, folder
        self._sqlite = SqliteStores(folder, closing)
        self._postgres = server if isinstance(server, NotRun) else PostgresStores(server, closing)
        self._found: dict[str, Totals] = {}

    def beside(self, drawn: Drawn, questions: Questions, rounds: int) -> None:
        """Our answers over a whole history beside the runners'; then whether both say the same of the same events."""
        few = Drawn(self._folder / f"few-{drawn.meetings}", self._events, state=drawn.state)
        few.draw()
        posts = _posts(few)
        ours = [Case(f"**Nền Nếp**, {name}", partial(asking, ask, drawn.meetings)) for name, ask in questions.items()]
        reference = SQLITE if isinstance(self._postgres, NotRun) else POSTGRES
        runners = [Case(SQLITE, partial(self._on_sqlite, posts)), Case(POSTGRES, partial(self._on_postgres, posts))]
        title = f"C2 {drawn.meetings:,} meetings beside the popular runners, whose rate is of {len(posts):,} events"
        compare(self._report, title, [*runners, *ours], rounds=rounds, reference=reference)
        for name, found in self._found.items():
            self._report.guard(f"{name}: equal to the plain fold", partial(equals_the_fold, found, posts))
        self._report.guard(
            f"columns over the same {len(posts):,} events: equal to the plain fold",
            lambda: equals_the_fold(_of_columns(few), posts),
        )

    def _on_sqlite(self, posts: Sequence[Post]) -> Lap:
        peer = _filled(self._sqlite, posts)

        def lap() -> int:
            from bench.peer import project_into_sqlite  # noqa: PLC0415 — only where the package is installed

            self._found[SQLITE] = project_into_sqlite(peer, str(make_url(self._sqlite.url()).database))
            return len(posts)

        return lap

    def _on_postgres(self, posts: Sequence[Post]) -> Lap:
        if isinstance(self._postgres, NotRun):
            raise self._postgres
        peer = _filled(self._postgres, posts)

        def lap() -> int:
            from bench.peer import run_projection  # noqa: PLC0415 — only where the package is installed

            self._found[POSTGRES] = run_projection(peer, len(posts))
            return len(posts)

        return lap


def _filled(stores: Stores, posts: Sequence[Post]) -> Any:  # noqa: ANN401 — the peer may not be installed
    if importlib.util.find_spec("eventsourcing") is None:
        raise NotRun(MISSING)
    peer = stores.peer()
    peer.fill(posts)
    return peer


def _posts(few: Drawn) -> list[Post]:
    """The meetings of a small history that count at the asked moment, as senders would have posted them."""
    query = f"""SELECT organisation, event_id, subject, day, branch, roll_expected, roll_present
        FROM read_parquet({few.files()}) WHERE kind = 'regular'
        AND recorded <= {KNOWN} AND (replaced_at IS NULL OR replaced_at > {KNOWN}) ORDER BY recorded, event_id"""
    with duckdb.connect() as database:
        rows = database.execute(query).fetchall()
    require(rows, "no meeting counts")
    return [
        Post(
            organisation,
            event,
            subject,
            day.isoformat(),
            MeetingHeld(
                branch=branch,
                kind=MeetingKind.REGULAR,
                roll=Roll(expected=expected, present=present, absent=expected - present),
            ),
            b"",
        )
        for organisation, event, subject, day, branch, expected, present in rows
    ]


def _of_columns(few: Drawn) -> Totals:
    """What the runners keep, asked of the columns: each branch of every province, year by year."""
    sums: dict[str, Counter[tuple[str, int]]] = {name: Counter() for name in ("held", "expected", "present")}
    columns = few.columns()
    for year in YEARS:
        for number in range(PROVINCES):
            period = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
            asked = Question(named(f"province{number}"), *period, ("unit",), known=KNOWN)
            _add(sums, columns, asked)
    columns.close()
    return {key: (sums["held"][key], sums["expected"][key], sums["present"][key], 0) for key in sums["held"]}


def _add(sums: Mapping[str, Counter[tuple[str, int]]], columns: Columns, asked: Question) -> None:
    for row in columns.answer(FIGURES["meetings-held"], asked):
        sums["held"][str(row.keys["unit"]), asked.start.year] += row.numerator
    for row in columns.answer(FIGURES["attendance"], asked):
        key = str(row.keys["unit"]), asked.start.year
        sums["present"][key] += row.numerator
        sums["expected"][key] += row.denominator or 0
