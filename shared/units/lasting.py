"""Does what a row tells of last on a day? From `start_day` to before `end_day`; without an end it still does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, and_, literal, or_


def lasting(table: FromClause, day: dt.date | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an interval of a table covers a day."""
    on = literal(day, Date) if isinstance(day, dt.date) else day
    return and_(table.c.start_day <= on, or_(table.c.end_day.is_(None), table.c.end_day > on))
