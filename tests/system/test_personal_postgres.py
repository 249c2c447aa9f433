"""Does membership keep its promises to persons on PostgreSQL too, in the database that production has?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
from psycopg import sql

from shared.personal.keys import key_table
from shared.personal.master import FILE, MasterKeys, new_text, replace
from shared.personal.wiping import parts_of
from tests.support.databases import scripted
from tests.support.servers import PostgresServer
from tests.support.traces import files_with, secret_forms, spelled
from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh, issue, register, says
from tests.system.reached import PATIENCE, Json
from tests.system.test_imports import Desk, counts, person, workbook
from tests.system.test_personal import PDF, details, entered, forgotten, keys_in, read
from tests.system.test_personal_dictionary import digests

NAME = "membership"
PASSWORD = "p/w:d@1"
IMPORTED = ("Trịnh Thị Bạch Tuyết", "Lâm Quốc Việt Ấn", "Võ Thị Út Mười")
COUNT = 3
PARTS = [f"public.{each}" for each in parts_of(key_table)]
WAL_NAME = 24
"""Characters in the name of a file of PostgreSQL's write-ahead log."""


@dataclass
class House:
    """Membership alone in the database that the script of the image makes, and who may look into that."""

    deployment: Deployment
    postgres: PostgresServer
    master: Path

    @cached_property
    def line(self) -> Line:
        """One organisation with a branch."""
        return register(self.deployment)

    def connection(self, user: str = "postgres") -> psycopg.Connection:
        """To the service's database, as one of its roles or as the machine's master."""
        host = str(self.postgres.folder)
        return psycopg.connect(host=host, user=user, dbname=NAME, password=PASSWORD, autocommit=True)

    def dump(self) -> dict[str, bytes]:
        """Every table of the database with what is in it now, unpacked as it is read."""
        tables = "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        tables += "WHERE c.relkind = 'r' AND n.nspname NOT IN ('information_schema', 'pg_catalog')"
        found = {}
        with self.connection() as connection, connection.cursor() as cursor:
            for schema, table in cursor.execute(tables.encode()).fetchall():
                whole = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(schema, table))
                with cursor.copy(whole) as rows:
                    found[f"{schema}.{table}"] = b"".join(bytes(each) for each in rows)
        return found

    def holding(self, needles: set[bytes]) -> set[str]:
        """Where one of these is: in a table, in a file of the service or of its database, in the server's WAL."""
        with self.connection() as connection:
            connection.execute(b"CHECKPOINT")
            own = connection.execute(b"SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        server = self.postgres.folder / "data"
        folders = (self.deployment.data, server / "base" / str(own[0] if own else ""), server / "pg_wal")
        tables = {name for name, content in self.dump().items() if any(needle in content for needle in needles)}
        return tables.union(*(files_with(each, needles) for each in folders))

    def keys(self, persons: list[str]) -> tuple[list[bytes], list[bytes]]:
        """The keys of these persons in clear, and as they lie in their table."""
        with self.connection() as connection:
            rows = connection.execute(b"SELECT organisation, person, wrapped, master FROM person_key").fetchall()
        return keys_in(rows, MasterKeys.read(self.master), self.line.organisation, persons)


@pytest.fixture(scope="module")
def house(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("on-postgres")
    master = data / FILE
    replace(master, [new_text()])
    with scripted(postgres, [NAME], PASSWORD):
        url = f"postgresql://{{service}}:{quote(PASSWORD, safe='')}@/{{service}}?host={postgres.folder}"
        settings = {"NENNEP_DATABASE": url, "NENNEP_MASTER_KEY_FILE": str(master)}
        with Deployment(data, services=[NAME], settings=settings) as running:
            yield House(running, postgres, master)


def listed(house: House) -> Json:
    """Who is in the branch, as ids."""
    path = f"/v1/branches/{house.line.branches[0]}/members"
    found: Json = house.deployment.get(NAME, path, key=house.line.key).raise_for_status().json()
    return found


def test_posted_read_imported_and_forgotten_in_every_table_and_file(house: House) -> None:
    line, deployment = house.line, house.deployment
    persons = [fresh() for _ in range(COUNT)]
    line.post(NAME, *(entered(line, each, details(n)) for n, each in enumerate(persons))).raise_for_status()
    desk = Desk(deployment, line)
    sheet = workbook([person(n, **{"Họ và tên": name}) for n, name in enumerate(IMPORTED)])
    assert counts(desk.imported(sheet)) == {"add": 3, "change": 0, "same": 0, "refuse": 0}
    assert counts(desk.imported(sheet)) == {"add": 0, "change": 0, "same": 3, "refuse": 0}
    scan = deployment.client(line.key).post(
        deployment.url(NAME, f"/v1/documents?person={persons[0]}"),
        content=PDF + b"Nguyen",
        headers={"Content-Type": "application/pdf"},
    )
    assert scan.status_code == 201

    line.has_in_its_views(NAME)
    texts = [IMPORTED[0], details(0)["full_name"], details(1)["phone"]]
    needles = {form for text in texts for form in spelled(text)} | {PDF + b"Nguyen"}
    assert house.holding(needles) == set()
    assert read(line, persons[0], sensitive=True)["details"] == details(0)
    url = deployment.url(NAME, f"/v1/branches/{line.branches[0]}/persons")
    answer = deployment.client(line.key).get(url, params={"purpose": "annual-review"}).raise_for_status().json()
    assert {each["details"]["full_name"] for each in answer["persons"]} == {
        *IMPORTED,
        *(details(n)["full_name"] for n in range(COUNT)),
    }
    auditor = issue(deployment, line.organisation, "auditor")
    record = deployment.get(NAME, "/v1/access-log", key=auditor).raise_for_status().json()["readings"]
    assert [(each["what"], each["persons"], each["purpose"]) for each in record] == [
        ("person", 1, "card-printing"),
        ("branch", 6, "annual-review"),
    ]

    clear, wrapped = house.keys(persons)
    assert len(clear) == COUNT
    assert house.holding({wrapped[0]}) & set(PARTS), "a search that finds nothing proves nothing"
    with house.connection() as connection:
        connection.execute(b"ANALYZE")
        """What the planner has sampled is no place for keys either."""
    before, head = listed(house), deployment.heads(NAME)[line.organisation]
    line.post(NAME, *map(forgotten, persons)).raise_for_status()
    assert [read(line, each).get("mark") for each in persons] == [{"vi": "đã xóa", "en": "erased"}] * COUNT
    assert house.keys(persons) == ([], [])
    assert house.holding(needles | {form for each in clear for form in secret_forms(each)}) == set()
    # Wrapped it stays in what the server has written ahead, until that is recycled or the master key is changed.
    until(lambda: all(len(each) == WAL_NAME for each in house.holding(set(wrapped))), PATIENCE)
    line.has_in_its_views(NAME)
    after = listed(house)
    assert [after[name] for name in ("members", "persons", "expected", "listed")] == [6, 6, 6, before["listed"]]
    assert deployment.heads(NAME)[line.organisation][0] == head[0] + COUNT
    until(lambda: deployment.readiness(NAME)["forgetting"], PATIENCE)

    guesses = digests(deployment.data, line, IMPORTED)
    assert "public.import_mark" in house.holding(guesses)
    imported = [each["person"] for each in after["listed"] if each["person"] not in persons]
    line.post(NAME, *map(forgotten, imported)).raise_for_status()
    until(lambda: all(len(each) == WAL_NAME for each in house.holding(guesses)), PATIENCE)
    until(lambda: deployment.readiness(NAME)["imports"], PATIENCE)


def test_a_new_master_key_closes_what_the_server_still_has_written(house: House) -> None:
    line, someone = house.line, fresh()
    line.post(NAME, entered(line, someone, details(7))).raise_for_status()
    before = house.master.read_text().strip()
    replace(house.master, [new_text(), before])
    operator = house.deployment.client(house.deployment.operator)
    answer = operator.post(house.deployment.url(NAME, "/v1/person-keys/rewrap")).raise_for_status().json()
    replace(house.master, house.master.read_text().split()[:1])
    with house.connection() as connection:
        masters = connection.execute(b"SELECT DISTINCT master FROM person_key").fetchall()
    assert masters == [(answer["master"],)] == [(MasterKeys.read(house.master).first.id,)]
    assert house.holding({before.encode()}) == set()
    assert read(line, someone, sensitive=True)["details"] == details(7)


# ── Stores that are away ─────────────────────────────────────────────────────────────────────────────────────────────

KEYS = ("person_key", "person_forgotten")
SINCE = "2024-01-01"
GRANT = {"reader": "atlas", "producers": ["membership"], "valid_from": SINCE}


@contextmanager
def keys_away(house: House) -> Iterator[None]:
    """The tables of the keys cannot be read, as while their store is being restored; all else goes on."""
    moved = sql.SQL("ALTER TABLE {} RENAME TO {}").format
    with house.connection() as connection:
        for name in KEYS:
            connection.execute(moved(sql.Identifier(name), sql.Identifier(f"{name}_away")))
        try:
            yield
        finally:
            for name in KEYS:
                connection.execute(moved(sql.Identifier(f"{name}_away"), sql.Identifier(name)))


@contextmanager
def server_away(house: House) -> Iterator[None]:
    """The server takes no connections to the database, and has ended those that there were."""
    allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format
    with psycopg.connect(host=str(house.postgres.folder), user="postgres", dbname="postgres", autocommit=True) as away:
        away.execute(allowed(sql.Identifier(NAME), sql.SQL("false")))
        try:
            away.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [NAME])
            yield
        finally:
            away.execute(allowed(sql.Identifier(NAME), sql.SQL("true")))


def come_again(answer: httpx.Response) -> bool:
    """Whether it says that the same may be asked again in a moment."""
    told = answer.json()
    problem = told["outcomes"][0]["problem"] if "outcomes" in told else told
    return (answer.status_code, problem["code"], answer.headers.get("Retry-After")) == (503, "busy", "1")


def granted(house: House) -> list[str]:
    """Which services may read, by their grants."""
    return [each["id"] for each in house.deployment.get(NAME, "/v1/readers").raise_for_status().json()["readers"]]


def test_while_the_keys_are_away_who_needs_one_comes_again_and_a_grant_needs_none(house: House) -> None:
    line, deployment, grant = house.line, house.deployment, fresh()
    before = deployment.heads(NAME)[line.organisation]
    someone = entered(line, fresh(), details(8))
    with keys_away(house):
        assert come_again(line.post(NAME, someone))
        assert come_again(asked(line, someone["subject"]))
        assert deployment.heads(NAME)[line.organisation] == before, "nothing of it stands"
        given = says("membership.reader-granted", grant, GRANT, SINCE)
        assert line.post(NAME, given, key=deployment.operator).status_code == 201
        assert deployment.get(NAME, "/v1/heads", key=issue(deployment, line.organisation)).status_code == 200
    assert line.post(NAME, someone).status_code == 201
    assert read(line, someone["subject"], sensitive=True)["details"] == details(8)
    assert grant in granted(house)
    line.post(NAME, says("membership.reader-revoked", grant, {}), key=deployment.operator).raise_for_status()


def test_while_the_store_is_away_a_grant_a_key_and_a_fact_are_to_come_again_and_leave_nothing_behind(
    house: House,
) -> None:
    line, deployment, grant = house.line, house.deployment, fresh()
    before, listed_before = deployment.heads(NAME), granted(house)
    given = says("membership.reader-granted", grant, GRANT | {"reader": "maps"}, SINCE)
    someone, url = entered(line, fresh(), details(9)), deployment.url(NAME, "/v1/credentials")
    wanted = {"organisation": line.organisation, "role": "reader"}
    operator = deployment.client(deployment.operator)
    with server_away(house):
        assert come_again(line.post(NAME, given, key=deployment.operator))
        assert come_again(line.post(NAME, someone))
        refused = operator.post(url, json=wanted)
        assert come_again(refused)
        assert "nn_" not in refused.text, "no key is shown that opens nothing"
        assert come_again(asked(line, someone["subject"]))
        assert come_again(deployment.get(NAME, "/v1/heads"))
    until(lambda: deployment.is_ready(NAME), PATIENCE)
    assert (deployment.heads(NAME), granted(house)) == (before, listed_before)
    assert line.post(NAME, given, key=deployment.operator).status_code == 201
    assert line.post(NAME, someone).status_code == 201
    assert operator.post(url, json=wanted).status_code == 201
    assert set(granted(house)) == {*listed_before, grant}


def asked(line: Line, person: str) -> httpx.Response:
    """Somebody's details are asked for."""
    url = line.deployment.url(NAME, f"/v1/persons/{person}/details")
    return line.deployment.client(line.key).get(url, params={"purpose": "card-printing"})


# ── Who may touch what ───────────────────────────────────────────────────────────────────────────────────────────────

ROLES = (NAME, f"{NAME}_log", f"{NAME}_reader", "postgres")
"""Whom the service logs in as, whom the log belongs to, who looks into it, and who may do everything."""
STATEMENTS = ("UPDATE event SET actor = 'x'", "DELETE FROM event", "TRUNCATE event", "DELETE FROM chain")
RECORD = ("UPDATE personal_reading SET persons = 0", "DELETE FROM personal_reading", "TRUNCATE personal_reading")


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_the_log_or_the_record_of_readings(house: House, role: str) -> None:
    line = house.line
    read(line, line.root)
    with house.connection() as connection:
        held = connection.execute(b"SELECT count(*) FROM event").fetchone()
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        connection.execute(b"SET nennep.reads = '*'")
        for statement in (*STATEMENTS, *RECORD):
            with pytest.raises(psycopg.errors.Error, match=r"append-only|never|permission denied|ends"):
                connection.execute(statement.encode())
        connection.execute(b"RESET ROLE")
        assert connection.execute(b"SELECT count(*) FROM event").fetchone() == held


def test_rows_are_seen_by_organisation_and_keys_by_the_service_alone(house: House) -> None:
    other, line = register(house.deployment), house.line
    counted = b"SELECT count(*), count(DISTINCT organisation) FROM event"
    for role in (NAME, f"{NAME}_log", f"{NAME}_reader"):
        with house.connection() as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            assert connection.execute(counted).fetchone() == (0, 0), "who names nobody sees nothing"
            connection.execute(f"SET nennep.reads = '{other.organisation}'".encode())
            assert connection.execute(counted).fetchone() == (2, 1)
            connection.execute(f"SET nennep.reads = '{other.organisation},{line.organisation}'".encode())
            assert (connection.execute(counted).fetchone() or ())[1] == 2
    mine = b"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND "
    mine += b"has_table_privilege(%s, oid, 'SELECT') ORDER BY 1"
    with house.connection() as connection:
        seen = connection.execute(mine, [f"{NAME}_reader"]).fetchall()
        assert seen == [("chain",), ("event",)]
