"""Are the stores that tests run against real, empty and of the test's own?"""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, text


def test_a_store_is_empty_and_takes_writes(store: str) -> None:
    engine = create_engine(store)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (1)"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT x FROM t")).scalar_one() == 1
    engine.dispose()
