"""On whose book does somebody stand on a day? On that of whose the branch is then, whoever opened the membership.

An organisation that closed its log is in the book of none of its members any more: who was one of its own and is one
of its successor's stands in one book, by however many memberships.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, func, select

from services.membership.projections.asking import Reading
from shared.units.lasting import lasting


class OnBook(NamedTuple):
    """A person on an organisation's book, by however many branches."""

    person: UUID
    kept: UUID
    """The id that is kept for the person; the same unless ids were merged."""
    organisation: UUID


def with_owner(tables: Mapping[str, Table], rows: FromClause, day: dt.date) -> tuple[FromClause, ColumnElement[UUID]]:
    """Rows that have `branch` and `organisation`, joined with whose the branch is on a day; and the column of it."""
    tenure = tables["tenure"].alias()
    joined = rows.outerjoin(tenure, and_(tenure.c.unit == rows.c.branch, lasting(tenure, day)))
    return joined, func.coalesce(tenure.c.organisation, rows.c.organisation)


def owned(tables: Mapping[str, Table], rows: FromClause, day: dt.date) -> Select[Any]:
    """The columns of these rows, their `organisation` that to which the branch belongs on a day."""
    joined, owner = with_owner(tables, rows, day)
    kept = (column for column in rows.c if column.name != "organisation")
    return select(*kept, owner.label("organisation")).select_from(joined)


def on_books(reading: Reading, above: UUID, day: dt.date, most: int) -> list[OnBook]:
    """Up to `most` who stand on a book under a unit or place on a day, each in each book once, by book and person."""
    roster, counted = reading.tables["roster"].alias(), reading.tables["unit_above"].alias()
    rows, owner = with_owner(reading.tables, roster, day)
    query = (
        select(roster.c.person, owner.label("owner"))
        .select_from(rows.join(counted, and_(counted.c.unit == roster.c.branch, lasting(counted, day))))
        .where(counted.c.above == above, lasting(roster, day))
        .distinct()
        .order_by(owner, roster.c.person)
        .limit(most)
    )
    return [OnBook(row.person, reading.whom(row.person), row.owner) for row in reading.connection.execute(query)]
