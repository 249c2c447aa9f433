"""Is there one database a service, that no other service can open? The script of the image, run on a real server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.support.deployment import DEPLOY
from tests.support.servers import PostgresServer

NAMES = ("alpha_service", "beta_service")
AWKWARD = 'it\'s "quoted" $HOME'


@pytest.fixture
def databases(postgres: PostgresServer) -> Iterator[PostgresServer]:
    told = {
        "SERVICES": " ".join(NAMES),
        "PGHOST": str(postgres.folder),
        "PGUSER": "postgres",
        **{f"{name.upper()}_DATABASE_PASSWORD": AWKWARD for name in NAMES},
        "PATH": f"{postgres.binaries}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run(["sh", str(DEPLOY / "postgres" / "databases.sh")], check=True, env=told)
    yield postgres
    with psycopg.connect(host=str(postgres.folder), user="postgres", autocommit=True) as connection:
        for name in NAMES:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_each_service_owns_its_database(databases: PostgresServer) -> None:
    for name in NAMES:
        with psycopg.connect(host=str(databases.folder), user=name, dbname=name, password=AWKWARD) as connection:
            connection.execute("CREATE TABLE mine (x INTEGER)")


def test_no_service_opens_the_database_of_another(databases: PostgresServer) -> None:
    mine, other = NAMES
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(host=str(databases.folder), user=mine, dbname=other, password=AWKWARD)
