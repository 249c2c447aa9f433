"""How is the peer `eventsourcing` used? As its documentation teaches: recorder, application, projection with tracking.

Imported only where the package is installed (requirements/bench.txt).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, cast

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, AggregateEvent
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder
from eventsourcing.system import NotificationLogReader
from eventsourcing.utils import EnvType
from psycopg.conninfo import conninfo_to_dict

from bench.fold import Sums, Totals, fold_sums
from bench.history import Post

PAGE = 1_000
"""Notifications read at once: generous, its default is 10."""


class Sittings(Application[Any]):
    """An application as its documentation has it."""

    name = "sittings"
    log_section_size = PAGE


class Held(AggregateEvent):
    """A branch met."""

    branch: str
    occurred: str
    expected: int
    present: int


class Visited(AggregateEvent):
    """A cadre attended a sitting."""

    branch: str
    occurred: str
    cadre: str


class Meeting(Aggregate):
    """An aggregate whose creation is the fact."""

    def __init__(self, branch: str, occurred: str, expected: int, present: int) -> None:
        self.branch = branch
        self.occurred = occurred
        self.expected = expected
        self.present = present


def sqlite(file: str) -> dict[str, str]:
    """The environment of an application on SQLite; its default there is `synchronous=FULL`."""
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": file, "SQLITE_LOCK_TIMEOUT": "60"}


def postgres(url: str, *, functions: bool = False) -> dict[str, str]:
    """The environment of an application on PostgreSQL."""
    said = cast("dict[str, str]", conninfo_to_dict(url.replace("+psycopg", "")))
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": said["dbname"],
        "POSTGRES_HOST": said["host"],
        "POSTGRES_PORT": said.get("port", "5432"),
        "POSTGRES_USER": said["user"],
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_POOL_SIZE": "10",
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y" if functions else "n",
    }


class Peer:
    """One store of the peer's."""

    def __init__(self, environment: EnvType) -> None:
        self.environment = environment
        self.application = Sittings(environment)
        self.recorder: ApplicationRecorder = self.application.recorder

    def record(self, post: Post) -> None:
        """One stored event through the recorder."""
        self.recorder.insert_events([_stored(post)])

    def record_all(self, posts: Sequence[Post]) -> None:
        """A batch through the recorder."""
        self.recorder.insert_events([_stored(post) for post in posts])

    def save(self, post: Post) -> None:
        """One aggregate through the application."""
        sums = Sums.of(post.fact)
        self.application.save(Meeting(str(sums.branch), post.occurred, sums.expected, sums.present))

    def fill(self, posts: Sequence[Post]) -> None:
        """Domain events of these posts, written in big batches."""
        mapper = self.application.mapper
        for start in range(0, len(posts), 2_000):
            events = (_domain_event(post) for post in posts[start : start + 2_000])
            self.recorder.insert_events([mapper.to_stored_event(each) for each in events])

    def put(self, post: Post) -> None:
        """One domain event."""
        self.recorder.insert_events([self.application.mapper.to_stored_event(_domain_event(post))])

    def read(self) -> Iterator[tuple[Held | Visited, Tracking]]:
        """Every domain event from its notification log, with its place."""
        for each in NotificationLogReader(self.application.notification_log, section_size=PAGE).read(start=1):
            event = cast("Held | Visited", self.application.mapper.to_domain_event(each))
            yield event, Tracking(Sittings.name, each.id)

    def refuses_a_second_version(self, post: Post) -> bool:
        """Whether the same version of a stream is refused."""
        self.record(post)
        try:
            self.record(post)
        except IntegrityError:
            return True
        return False

    def __enter__(self) -> Self:
        """Opened already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give its connections back."""
        self.application.close()


def _stored(post: Post) -> StoredEvent:
    return StoredEvent(post.subject, 1, post.fact.name, post.raw)


def _domain_event(post: Post) -> Held | Visited:
    sums = Sums.of(post.fact)
    common: dict[str, Any] = {
        "originator_id": post.subject,
        "originator_version": 1,
        "timestamp": AggregateEvent.create_timestamp(),
        "branch": str(sums.branch),
        "occurred": post.occurred,
    }
    if sums.visits:
        return Visited(**common | {"cadre": json.loads(post.raw)["cadre"]})
    return Held(**common | {"expected": sums.expected, "present": sums.present})


# ── Its projection: a view with tracking, one transaction an event ───────────────────────────────────────────────

VIEW = """CREATE TABLE IF NOT EXISTS branch_year
    (branch text, year int, held int, expected int, present int, visits int, PRIMARY KEY (branch, year))"""
ADD = """INSERT INTO branch_year VALUES ({0}, {0}, {0}, {0}, {0}, {0}) ON CONFLICT (branch, year) DO UPDATE SET
    held = branch_year.held + excluded.held, expected = branch_year.expected + excluded.expected,
    present = branch_year.present + excluded.present, visits = branch_year.visits + excluded.visits"""


class SqliteView(SQLiteTrackingRecorder):
    """The view in SQLite."""

    def _create_table(self, c: Any) -> None:  # noqa: ANN401 — the peer's own cursor
        super()._create_table(c)
        c.execute(VIEW)

    def add(self, row: tuple[str | int, ...], tracking: Tracking) -> None:
        """Row and place in one transaction."""
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, tracking)
            c.execute(ADD.format("?"), row)


class PostgresView(PostgresTrackingRecorder):
    """The view in PostgreSQL."""

    def _create_table(self, curs: Any) -> None:  # noqa: ANN401 — the peer's own cursor
        super()._create_table(curs)
        curs.execute(VIEW)

    def add(self, row: tuple[str | int, ...], tracking: Tracking) -> None:
        """Row and place in one transaction."""
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, tracking)
            c.execute(ADD.format("%s"), row)


class BranchYears(Projection[Any]):
    """Sums for each branch and year."""

    name = "branchyears"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 — its signature
        """Nothing else is known."""

    @process_event.register
    def _held(self, domain_event: Held, tracking: Tracking) -> None:
        year = int(domain_event.occurred[:4])
        self.view.add((domain_event.branch, year, 1, domain_event.expected, domain_event.present, 0), tracking)

    @process_event.register
    def _visited(self, domain_event: Visited, tracking: Tracking) -> None:
        self.view.add((domain_event.branch, int(domain_event.occurred[:4]), 0, 0, 0, 1), tracking)


def fold_notifications(peer: Peer) -> Totals:
    """Its reading and its domain events, our fold in memory."""
    return fold_sums((each.branch, each.occurred, _sums(each)) for each, _ in peer.read())


def project_into_sqlite(peer: Peer, file: str) -> Totals:
    """Its projection over its notification log, one transaction an event."""
    view = SqliteView(SQLiteDatastore(file))
    view.create_table()
    projection = BranchYears(view)
    for each, tracking in peer.read():
        projection.process_event(each, tracking)
    return _totals(view)


def run_projection(peer: Peer, count: int) -> Totals:
    """Its runner, from the beginning to the last of so many events, in the peer's own database."""
    application: Any = Sittings
    with ProjectionRunner(
        application_class=application, projection_class=BranchYears, view_class=PostgresView, env=peer.environment
    ) as runner:
        runner.wait(count, timeout=600)
        return _totals(runner.view)


def watch(environment: EnvType, seen: Callable[[str], None], ready: Callable[[], None]) -> Totals:
    """Run its runner until `ready` returns, and tell of each stream whose event has been committed."""

    class Watched(BranchYears):
        """The same, and it tells."""

        name = BranchYears.name

        def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 — the peer's signature
            """Commit, then tell."""
            super().process_event(domain_event, tracking)
            seen(str(domain_event.originator_id))

    application: Any = Sittings
    with ProjectionRunner(
        application_class=application, projection_class=Watched, view_class=PostgresView, env=environment
    ) as runner:
        ready()
        return _totals(runner.view)


def _sums(each: Held | Visited) -> tuple[int, int, int, int]:
    return (0, 0, 0, 1) if isinstance(each, Visited) else (1, each.expected, each.present, 0)


def _totals(view: SqliteView | PostgresView) -> Totals:
    with view.datastore.transaction(commit=False) as c:
        c.execute("SELECT * FROM branch_year")
        rows = c.fetchall()
    table = (tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in rows)
    return {(branch, year): tuple(sums) for branch, year, *sums in table}
