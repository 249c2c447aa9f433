"""What is asked of a log, and how is an event shown in a list? Conditions; circumstances without the fact itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from shared.contracts.envelope import Content, recorded_text
from shared.eventsourcing.log_rows import Attributes

Place = tuple[UUID, UUID]
"""(organisation, event id)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: every condition that is given must hold. Days are local, both ends belong."""

    subject: UUID | None = None
    type: str | None = None
    causation: UUID | None = None
    correlation: UUID | None = None
    reason: str | None = None
    document: str | None = None
    recorded_from: int | None = None
    recorded_to: int | None = None
    occurred_from: dt.date | None = None
    occurred_to: dt.date | None = None

    @property
    def rare(self) -> bool:
        """Whether it asks for what most events lack."""
        return {self.causation, self.correlation, self.reason, self.document} != {None}


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as a list shows it."""

    row: Row[Any]
    more: Attributes

    @property
    def place(self) -> Place:
        """Whose, and its id."""
        return self.row.organisation, self.row.event_id

    @property
    def content(self) -> Content:
        """What it says."""
        row, more = self.row, self.more
        return Content(
            type=row.type,
            subject=row.subject,
            occurred=row.occurred,
            document=more.document,
            reason=more.reason,
            corrects=more.corrects,
            fact=bytes(row.fact),
        )

    @property
    def causes(self) -> list[UUID]:
        """The ids of what it names as its cause, and of what it replaces."""
        replaced = None if self.more.corrects is None else self.more.corrects.replaces
        return [each for each in (self.more.causation, replaced) if each is not None]

    def told(self) -> dict[str, Any]:
        """As an answer has it; what is absent is left out."""
        row, more = self.row, self.more
        document = None if more.document is None else msgspec.to_builtins(more.document)
        found = {
            "organisation": str(row.organisation),
            "sequence": row.sequence,
            "event": str(row.event_id),
            "type": row.type,
            "subject": str(row.subject),
            "streamversion": row.version,
            "occurred": row.occurred,
            "recorded": recorded_text(row.recorded),
            "actor": row.actor,
            "declaredactor": more.declared_actor,
            "reason": more.reason,
            "document": document,
            "corrects": None if more.corrects is None else str(more.corrects),
            "causation": None if more.causation is None else str(more.causation),
            "correlation": None if more.correlation is None else str(more.correlation),
            "hash": bytes(row.hash).hex(),
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, and after which sequence to look on; none: the log ends here."""

    entries: Sequence[Entry]
    following: int | None


@dataclass(frozen=True, slots=True)
class Graph:
    """What an event came from, what came of it, and what belongs to the same correlation."""

    entry: Entry
    ancestors: Sequence[Entry]
    descendants: Sequence[Entry]
    correlated: Sequence[Entry]
    elsewhere: Sequence[UUID]
    """Causes that do not stand in the logs that were looked at."""

    def only(self, shown: Callable[[Entry], bool]) -> Graph:
        """The same without what may not be shown; nothing tells that it was there."""
        parts = (self.ancestors, self.descendants, self.correlated)
        ancestors, descendants, correlated = (list(filter(shown, part)) for part in parts)
        return replace(self, ancestors=ancestors, descendants=descendants, correlated=correlated)

    def told(self) -> dict[str, Any]:
        """As an answer has it."""
        return {
            "event": self.entry.told(),
            "ancestors": [each.told() for each in self.ancestors],
            "descendants": [each.told() for each in self.descendants],
            "correlated": [each.told() for each in self.correlated],
            "elsewhere": [str(each) for each in self.elsewhere],
        }
