"""Are rows found by two columns, just those, and by an index? On both stores, in tables that have grown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, insert, select

from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.pairs import Pairs
from shared.eventsourcing.store import Store, open_store

metadata = MetaData()
TABLE = Table("place", metadata, Column("who", Uuid, primary_key=True), Column("number", BigInteger, primary_key=True))
WHO = [UUID(int=number) for number in range(1, 4)]


@pytest.fixture
def opened(store: str) -> Iterator[Store]:
    found = open_store(store)
    found.create(metadata)
    with found.write() as connection:
        connection.execute(insert(TABLE), [{"who": who, "number": number} for who in WHO for number in range(50)])
    yield found
    found.close()


def test_just_the_rows_of_the_pairs_are_found(opened: Store) -> None:
    pairs = Pairs(TABLE.c.who, TABLE.c.number, opened.reader.dialect)
    query = select(TABLE).where(pairs.here)
    with opened.read() as connection:
        for wanted in ([], [(WHO[0], 7)], [(WHO[0], 7), (WHO[1], 8), (WHO[2], 99), (WHO[0], 7)]):
            found = {(row.who, row.number) for row in connection.execute(query, pairs.given(wanted))}
            assert found == {pair for pair in wanted if pair[1] < 50}


@pytest.mark.parametrize("columns", [("organisation", "event_id"), ("organisation", "sequence")])
@pytest.mark.parametrize("many", [1, 2, 400])
def test_sqlite_reads_no_row_but_those(sqlite_url: str, columns: tuple[str, str], many: int) -> None:
    store = open_store(sqlite_url)
    store.create(event_table.metadata)
    first, second = (event_table.c[name] for name in columns)
    pairs = Pairs(first, second, store.reader.dialect)
    compiled = select(event_table).where(pairs.here).compile(store.reader)
    wanted: list[tuple[UUID, Any]] = [(WHO[0], UUID(int=n) if columns[1] == "event_id" else n) for n in range(many)]
    given = compiled.construct_params(pairs.given(wanted))
    assert compiled.positiontup is not None
    values = tuple(given[name] for name in compiled.positiontup)
    with store.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values).all()
    store.close()
    steps = [row.detail for row in plan]
    assert not [step for step in steps if step.startswith(("SCAN event", "SCAN wanted_row"))], steps
    assert [step for step in steps if f"(organisation=? AND {columns[1]}=?)" in step], steps
