"""What keeps the log append-only when a program is wrong? The database itself: triggers, rights, rows by organisation.

The first wall is the program, which never changes a recorded event. This is the second. On SQLite triggers refuse. On
PostgreSQL row security is forced, also upon the tables' owner: a transaction appends only for the organisations that
it has named, and sees only what its connection, or the transaction itself, has named. `deploy/postgres/log.sql` is
made from this file (`python -m shared.operations.log_script`), so that in production the tables belong to a role that
nobody logs in as; elsewhere they are made, walls and all, at the first start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import DDL, Connection, MetaData, Table, bindparam, event, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

APPENDED: Final = "event"
"""The table to which rows are added and from which nothing is ever taken."""
COUNTED: Final = "chain"
"""The table whose rows only move on."""
READS: Final = "nennep.reads"
"""PostgreSQL setting: the organisations whose rows are seen, with commas between; `*` is all, nothing is none."""
WRITES: Final = "nennep.writes"
"""The organisations for which a transaction appends."""
EVERYBODY: Final = "*"

_SQLITE: Final = (
    "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "CREATE TRIGGER event_remains BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "CREATE TRIGGER chain_remains BEFORE DELETE ON chain BEGIN SELECT RAISE(ABORT, 'a chain never ends'); END",
    """CREATE TRIGGER chain_moves_on BEFORE UPDATE ON chain
WHEN NEW.organisation <> OLD.organisation OR NEW.sequence <= OLD.sequence
BEGIN SELECT RAISE(ABORT, 'a chain only moves on'); END""",
)
SQLITE_TRIGGERS: Final = ("event_stays", "event_remains", "chain_remains", "chain_moves_on")

_MINE: Final = "organisation = ANY (string_to_array((SELECT current_setting('{}', true)), ',')::uuid[])"
_SEEN: Final = (
    f"CASE WHEN (SELECT current_setting('{READS}', true)) = '{EVERYBODY}' THEN true ELSE {_MINE.format(READS)} END"
)
_APPENDS: Final = _MINE.format(WRITES)
_POSTGRES: Final = (
    """CREATE OR REPLACE FUNCTION nennep_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""",
    """CREATE OR REPLACE FUNCTION nennep_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.organisation <> OLD.organisation OR NEW.sequence <= OLD.sequence THEN
        RAISE EXCEPTION 'a chain only moves on' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION nennep_refuse()""",
    """CREATE TRIGGER chain_remains BEFORE DELETE OR TRUNCATE ON chain
FOR EACH STATEMENT EXECUTE FUNCTION nennep_refuse()""",
    "CREATE TRIGGER chain_moves_on BEFORE UPDATE ON chain FOR EACH ROW EXECUTE FUNCTION nennep_moves_on()",
    *(
        f"ALTER TABLE {table} {words} ROW LEVEL SECURITY"
        for table in (APPENDED, COUNTED)
        for words in ("ENABLE", "FORCE")
    ),
    *(f"CREATE POLICY {table}_seen ON {table} FOR SELECT USING ({_SEEN})" for table in (APPENDED, COUNTED)),
    *(f"CREATE POLICY {table}_begun ON {table} FOR INSERT WITH CHECK ({_APPENDS})" for table in (APPENDED, COUNTED)),
    f"CREATE POLICY chain_raised ON chain FOR UPDATE USING ({_APPENDS}) WITH CHECK ({_APPENDS})",
)

_SET: Final = select(func.set_config(bindparam("name"), bindparam("value"), True))  # noqa: FBT003 — for this transaction


def build_wall(metadata: MetaData) -> None:
    """Let the log's tables be made with their wall: to be called once, when `event` and `chain` are declared."""
    last = metadata.tables[APPENDED]
    last.add_is_dependent_on(metadata.tables[COUNTED])
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRES)):
        for statement in statements:
            ddl = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(last, "after_create", ddl.execute_if(dialect=dialect))


def may_append(connection: Connection, organisations: Iterable[UUID]) -> None:
    """Name the organisations for which this transaction appends. Nothing of it outlives the transaction."""
    _set(connection, WRITES, organisations)


def see_only(connection: Connection, *organisations: UUID) -> None:
    """Let this transaction see the events of these organisations only."""
    _set(connection, READS, organisations)


def _set(connection: Connection, name: str, organisations: Iterable[UUID]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_SET, {"name": name, "value": ",".join(map(str, sorted(organisations)))})


def script(tables: Iterable[Table]) -> Iterator[str]:
    """The statements that make these tables and their wall on PostgreSQL."""
    for table in tables:
        made = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
        yield "\n".join(line.rstrip() for line in made.strip().splitlines())
    yield from _POSTGRES
