"""How does a test get the databases of production? By the script of the image, on a real server, taken away again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.support.deployment import DEPLOY
from tests.support.servers import PostgresServer


@contextmanager
def scripted(postgres: PostgresServer, names: Sequence[str], password: str) -> Iterator[PostgresServer]:
    """The server with a database and its three roles for each of these services."""
    told = {
        "SERVICES": " ".join(names),
        "PGHOST": str(postgres.folder),
        "PGUSER": "postgres",
        **{f"{name.upper()}_DATABASE_PASSWORD": password for name in names},
        "LOG_SQL": str(DEPLOY / "postgres" / "log.sql"),
        "PATH": f"{postgres.binaries}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run(["sh", str(DEPLOY / "postgres" / "databases.sh")], check=True, env=told)
    try:
        yield postgres
    finally:
        with psycopg.connect(host=str(postgres.folder), user="postgres", autocommit=True) as connection:
            for name in names:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
                for role in (name, f"{name}_log", f"{name}_reader"):
                    connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
