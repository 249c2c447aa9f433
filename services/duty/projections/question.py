"""What does each part of a work list ask of? One unit on one day, in one reading of the views."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Table

from services.duty.projections.heirs import Heirs
from shared.eventsourcing.facts import Facts


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the views."""

    connection: Connection
    facts: Facts
    tables: Mapping[str, Table]
    unit: UUID
    """The unit or place under which is asked."""
    on: dt.date
    heirs: Heirs
    """As of that day."""
