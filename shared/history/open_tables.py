"""What may Metabase, Superset or a plain driver read? Views over the facts that stand, under names that never move.

On PostgreSQL they lie in the schema `nennep_read` of the service's database, for the role `<service>_reader`; on SQLite
in the file of the views, which `read.sqlite` in the service's folder leads to. They follow a rebuild by themselves.
Left out: what the law counts as sensitive, and every byte that was encrypted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, String, case, cast, column, func, literal_column, text
from sqlalchemy.dialects import postgresql, sqlite

from shared.eventsourcing.fact_table import FactTable
from shared.eventsourcing.fields import COMMON
from shared.eventsourcing.sweep import Sweep
from shared.eventsourcing.views import Generation
from shared.units.rights import SENSITIVE_FACTS

SCHEMA: Final = "nennep_read"
LINK: Final = "read.sqlite"
SWEEP: Final = 2.0
_ORDER: Final = ("organisation", "event_id", "root_id", "subject", "day", "occurred")
_BESIDE: Final = COMMON - set(_ORDER)


class OpenTables(Sweep):
    """Keeps the views for other tools where the serving views are, for as long as `run` runs."""

    def __init__(
        self, service: str, serving: Callable[[], Generation], folder: Path, leading: Callable[[], bool]
    ) -> None:
        super().__init__("open-tables", self.look, seconds=SWEEP, trouble="open tables not made", leading=leading)
        self._service, self._serving, self._folder = service, serving, folder
        self._made: int | None = None

    def look(self) -> None:
        """Make the views over what serves now, where that is not done yet."""
        generation = self._serving()
        if generation.number == self._made or generation.fed is None:
            return
        with generation.store.write() as connection:
            make(connection, generation, self._service)
        if generation.store.on_sqlite:
            self._lead_to(Path(str(generation.store.writer.url.database)))
        self._made = generation.number

    def _lead_to(self, file: Path) -> None:
        """Let the one name lead to the file, at once."""
        fresh = self._folder / f"{LINK}.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(file.name)
        fresh.replace(self._folder / LINK)


def make(connection: Connection, generation: Generation, service: str) -> None:
    """Make every view anew over a generation's tables."""
    on_sqlite = generation.store.on_sqlite
    if not on_sqlite:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    for name, query in views_of(generation, on_sqlite=on_sqlite):
        where = f"{SCHEMA}_{name}" if on_sqlite else f"{SCHEMA}.{name}"
        if on_sqlite:
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {where}")
        connection.exec_driver_sql(f"CREATE VIEW {where} AS {_sql(query, on_sqlite=on_sqlite)}")
    if not on_sqlite:
        _grant(connection, f"{service}_reader")


def views_of(generation: Generation, *, on_sqlite: bool) -> Iterator[tuple[str, Select[Any]]]:
    """Name and content of each view: the facts of a type that stand, and each list of ids in them."""
    facts = generation.facts
    for cls, table in facts.tables.items():
        if cls in SENSITIVE_FACTS:
            continue
        name = table.table.name.removeprefix("fact_")
        standing = facts.standing(cls)
        yield name, standing.with_only_columns(*_columns(table, on_sqlite=on_sqlite))
        for field, child in table.children.items():
            same = (child.c.poster == table.table.c.poster) & (child.c.poster_sequence == table.table.c.poster_sequence)
            listed = (
                _id(table.table.c.event_id, on_sqlite=on_sqlite),
                child.c.place,
                _id(child.c.value, on_sqlite=on_sqlite),
            )
            yield f"{name}__{field}", standing.join(child, same).with_only_columns(*listed)


def _columns(table: FactTable, *, on_sqlite: bool) -> Iterator[Any]:
    """What is shown of a fact: first whose, which and when, then its fields."""
    own = table.table.c
    for name in (*_ORDER, *(each.name for each in own if each.name not in COMMON)):
        yield _id(own[name], on_sqlite=on_sqlite)
    seconds = own.recorded / literal_column("1000000.0")
    moment = func.datetime(seconds, "unixepoch") if on_sqlite else func.to_timestamp(seconds)
    yield moment.label("recorded_at")


def _id(shown: Any, *, on_sqlite: bool) -> Any:  # noqa: ANN401 — a column of any type
    """SQLite keeps ids as 32 digits; they are shown as everybody else writes them."""
    if not on_sqlite or shown.type.python_type.__name__ != "UUID":
        return shown
    digits = cast(column(shown.name, _selectable=shown.table), String)
    parts = [func.substr(digits, start, length) for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    whole: Any = parts[0]
    for part in parts[1:]:
        whole = whole.op("||")("-").op("||")(part)
    return case((shown.is_(None), None), else_=whole).label(shown.name)


def _sql(query: Select[Any], *, on_sqlite: bool) -> str:
    dialect = sqlite.dialect() if on_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")


def _grant(connection: Connection, role: str) -> None:
    """Let the role read them, where the deployment has one."""
    if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first() is None:
        return
    connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{role}"')
    connection.exec_driver_sql(f'GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO "{role}"')
