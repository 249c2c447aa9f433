"""How does a record stay as it was written? The store itself refuses to change or delete a row of its table."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event


def only_added_to(table: Table, refusal: str) -> None:
    """Let the table be made with triggers that refuse, in these words; once, when it is declared."""
    name = table.name
    sqlite = [
        f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    postgresql = [
        (
            f"CREATE OR REPLACE FUNCTION {name}_stays() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
        ),
        f"CREATE TRIGGER {name}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} EXECUTE FUNCTION {name}_stays()",
    ]
    for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql)):
        for statement in statements:
            ddl = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
