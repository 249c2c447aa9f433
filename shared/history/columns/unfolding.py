# ruff: noqa: S608 — tables, columns and types are named by the contracts
"""How do proved events become rows of facts, thousands at once? By one select a type, made from its contract.

What such a select cannot say (JSON columns, facts whose bytes are kept, instants, older versions, odd spellings) is
decoded by the contract, event by event, as the files are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import duckdb
from pydantic.fields import FieldInfo

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.event import Event, Part, contract, registered
from shared.contracts.upcasting import current
from shared.eventsourcing.errors import Unreadable
from shared.eventsourcing.fact_table import FactTable
from shared.eventsourcing.fields import Field
from shared.history.columns.buffers import Buffers
from shared.history.columns.lean import NotLean, lean_struct
from shared.history.columns.proving import PROVED
from shared.history.columns.shape import ColumnFacts, duck_columns, duck_type

SAID: Final = "said"
_DAY_ONLY: Final = len("2022-05-31")
_SAID: Final = f"""
CREATE OR REPLACE TABLE {SAID} AS
SELECT *, CASE WHEN type IN $replacing THEN fact->>'type' ELSE type END AS name, type IN $voiding AS voids,
    CASE WHEN type IN $correcting THEN (fact->'fact')::VARCHAR ELSE fact END AS inner_fact,
    length(occurred) <> {_DAY_ONLY} AS odd,
    split_part(corrects, '/', 1) AS of, split_part(corrects, '/', 2) AS root, split_part(corrects, '/', 3) AS replaces
FROM {PROVED}
"""
_VERSION: Final = """
INSERT INTO "{table}" SELECT organisation::UUID, sequence, id::UUID, coalesce(of, organisation)::UUID,
    coalesce(root, id)::UUID, CASE WHEN corrects IS NULL THEN sequence END, recorded, occurred,
    {day}, subject::UUID, {values}NULL
FROM (SELECT *, from_json(inner_fact, $shape) AS stated FROM said WHERE name = $name AND NOT voids AND NOT odd)
"""
_LIST: Final = """
INSERT INTO "{child}" SELECT poster, sequence, generate_subscripts(listed, 1) - 1, unnest(listed)
FROM (SELECT organisation::UUID AS poster, sequence, from_json(inner_fact, $shape).{path} AS listed
    FROM said WHERE name = $name AND NOT voids AND NOT odd)
"""
_CORRECTION: Final = """
INSERT INTO correction SELECT organisation::UUID, sequence, id::UUID, of::UUID, root::UUID, replaces::UUID, name,
    voids, recorded FROM said WHERE name = $name AND corrects IS NOT NULL AND NOT odd
"""
_LACKING: Final = f"""
SELECT count(*) FROM (
    SELECT inner_fact, from_json(inner_fact, $shape) AS stated FROM {SAID} WHERE name = $name AND NOT voids AND NOT odd
) WHERE {{lacking}}
"""
_RESOLVE: Final = """
UPDATE "{table}" AS version SET replaced_at = found.moment FROM (
    SELECT replaces_id, root_id, organisation, min(recorded) AS moment FROM correction WHERE type = $name GROUP BY ALL
) AS found WHERE version.event_id = found.replaces_id AND version.root_id = found.root_id
    AND version.organisation = found.organisation;
"""
_PLACE: Final = """
UPDATE "{table}" AS version SET sequence = root.poster_sequence FROM "{table}" AS root
WHERE version.sequence IS NULL AND root.event_id = version.root_id AND root.root_id = version.root_id
    AND root.poster = version.organisation
"""


class _Select:
    """The select of one type."""

    def __init__(self, table: FactTable) -> None:
        """NotLean where a select cannot say what the contract says."""
        lean_struct(table.cls)
        if table.kept or any(field.kind is None and not field.child for field in table.fields):
            raise NotLean(table.cls.name)
        self.table = table
        self.shape = json.dumps(_shape(table.fields))
        own = [_value(table.cls, field) for field in table.fields if not field.child]
        values = "".join(f"{each}, " for each in own)
        self.version = _VERSION.format(table=table.table.name, day=_day(table), values=values)
        self.lists = [
            _LIST.format(child=table.children[field.column].name, path=_path(field))
            for field in table.fields
            if field.child
        ]
        lacking = " OR ".join(_unsaid(table.cls, field) for field in table.fields)
        self.lacking = _LACKING.format(lacking=lacking or "stated IS NULL")


class Unfolding:
    """Fills tables in a database with the facts of what was proved, run by run."""

    def __init__(self, database: duckdb.DuckDBPyConnection, facts: ColumnFacts) -> None:
        self._database, self._facts = database, facts
        self._buffers = Buffers(facts)
        self._selects = dict(_selects(facts))
        self.one_by_one = 0
        """How many events no select could say."""
        for table in facts.metadata.tables.values():
            database.execute(f'CREATE TABLE "{table.name}" ({duck_columns(table)})')
        kinds = registered().values()
        self._names = {
            "correcting": [cls.name for cls in kinds if issubclass(cls, FactCorrected)],
            "voiding": [cls.name for cls in kinds if issubclass(cls, FactVoided)],
        }
        self._names["replacing"] = self._names["correcting"] + self._names["voiding"]

    def unfold(self, lines: Sequence[bytes]) -> None:
        """The facts of the run that was just proved; `lines` are its events. Unreadable where one does not decode."""
        self._database.execute(_SAID, self._names)
        for (name,) in self._database.execute(f"SELECT DISTINCT name FROM {SAID} ORDER BY 1").fetchall():
            select = self._selects.get(name)
            at_once = select is not None and self._at_once(name, select)
            self._one_by_one(name, lines, "odd" if at_once else "true")
        self._pour()

    def settle(self) -> None:
        """Say of every version when it was replaced, and of a correction in another log where its root stands."""
        for cls, table in self._facts.tables.items():
            self._database.execute(_RESOLVE.format(table=table.table.name), {"name": cls.name})
            self._database.execute(_PLACE.format(table=table.table.name))

    def _at_once(self, name: str, select: _Select) -> bool:
        """Whether all events of this name, but those at an instant, could be taken by select."""
        asked = {"name": name, "shape": select.shape}
        try:
            if self._counted(select.lacking, asked):
                return False
            self._database.execute("BEGIN")
            for statement in (select.version, *select.lists):
                self._database.execute(statement, asked)
            self._database.execute(_CORRECTION, {"name": name})
        except (duckdb.ConversionException, duckdb.InvalidInputException):
            self._database.execute("ROLLBACK")
            return False
        self._database.execute("COMMIT")
        return True

    def _counted(self, query: str, asked: dict[str, Any]) -> int:
        ((found,),) = self._database.execute(query, asked).fetchall()
        return int(found)

    def _one_by_one(self, name: str | None, lines: Sequence[bytes], which: str) -> None:
        said = None if name is None else contract(current(name))
        if said is not None and said not in self._facts.tables:
            return
        query = f"SELECT place FROM {SAID} WHERE name IS NOT DISTINCT FROM $name AND {which}"
        for (place,) in sorted(self._database.execute(query, {"name": name}).fetchall()):
            self.one_by_one += 1
            try:
                self._buffers.take(from_cloudevent(lines[place]))
            except ValueError as error:
                raise Unreadable(name) from error

    def _pour(self) -> None:
        for table, _, rows in self._buffers.drained():
            self._database.register("poured", rows)
            self._database.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM poured')
            self._database.unregister("poured")


def _selects(facts: ColumnFacts) -> Iterator[tuple[str, _Select]]:
    for cls, table in facts.tables.items():
        try:
            yield cls.name, _Select(table)
        except NotLean:
            continue


def _shape(fields: Sequence[Field]) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for field in fields:
        inner = shape
        for step in field.path[:-1]:
            inner = inner.setdefault(step, {})
        inner[field.path[-1]] = ["UUID"] if field.child else duck_type(field.kind)
    return shape or {"-": "VARCHAR"}


def _path(field: Field) -> str:
    return ".".join(f'"{step}"' for step in field.path)


def _infos(cls: type[Part], path: Sequence[str]) -> Iterator[FieldInfo]:
    """What each step on the way to a field is declared as."""
    for step in path:
        info = cls.model_fields[step]
        yield info
        inner: Any = info.annotation
        cls = next((each for each in _inside(inner) if isinstance(each, type) and issubclass(each, Part)), cls)


def _inside(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 — a type expression has no better type
    yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _inside(argument)


def _must(cls: type[Event], field: Field) -> bool:
    """Whether every fact says it."""
    return not field.child and all(info.is_required() and not _may_be_none(info) for info in _infos(cls, field.path))


def _unsaid(cls: type[Event], field: Field) -> str:
    """Where the fact says what the select does not: from_json makes nothing of an id in another spelling, silently."""
    stated = f"stated.{_path(field)}"
    if _must(cls, field):
        return f"{stated} IS NULL"
    said = f"json_extract_string(inner_fact, '$.{_path(field)}') IS NOT NULL"
    holes = f" OR len(list_filter({stated}, lambda each: each IS NULL)) > 0" if field.child else ""
    return f"({said} AND ({stated} IS NULL{holes}))"


def _may_be_none(info: FieldInfo) -> bool:
    return type(None) in _inside(info.annotation)


def _value(cls: type[Event], field: Field) -> str:
    """What stands in the column, with the contract's own default where the fact does not say it."""
    value = f"stated.{_path(field)}"
    *_, last = _infos(cls, field.path)
    default = None if last.is_required() else last.get_default(call_default_factory=False)
    if default is None:
        return value
    value = f"coalesce({value}, {_literal(getattr(default, 'value', default))})"
    above = ".".join(f'"{step}"' for step in field.path[:-1])
    return f"CASE WHEN stated.{above} IS NOT NULL THEN {value} END" if above else value


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def _day(table: FactTable) -> str:
    """The day that counts: the one that the fact itself names, else the one on which it occurred."""
    effect: str | None = table.cls.effect
    fields: Callable[[Field], bool] = lambda field: field.path == (effect,)  # noqa: E731
    named = next(filter(fields, table.fields), None)
    return "occurred::DATE" if named is None else f"coalesce(stated.{_path(named)}, occurred::DATE)"
