"""What is a report? Named figures of one unit and period, as known, valid and judged on days of one's choice.

Computed from history alone, in a scratch that is gone afterwards; whoever has the same history gets the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.progress import Progress
from shared.history.replay.asked import (
    Asked,
    NoRules,
    PeriodEmpty,
    Proposals,
    Replayed,
    Report,
    UnknownFigure,
)
from shared.history.replay.document import Document, Standing, document, has_base, named_in
from shared.history.replay.scratch import Scratch, scratch
from shared.history.replay.sources import Source

Told = Callable[[Progress], None]


@dataclass(frozen=True)
class Replay:
    """A way to ask history again."""

    replayed: Replayed
    sources: Callable[[], Sequence[Source]]
    told: Told = lambda _: None
    scratch_url: str | None = None
    """PostgreSQL in which to make the scratch; none: a temporary SQLite file."""
    reached: Mapping[str, Mapping[UUID, int]] = field(default_factory=dict)
    """Service → organisation → sequence that history is known to reach; what is recorded later than `known` counts."""
    behind: type[Exception] = ChainBroken
    """Raised where it does not."""

    @contextmanager
    def views(self, known: int | None) -> Iterator[Scratch]:
        """Views that hold what was recorded by then, for as long as they are needed. ChainBroken, CannotJudge."""
        with scratch(self.replayed.declaration, self.scratch_url) as views:
            self._fill(views, known)
            yield views

    def document(self, asked: Asked) -> Document:
        """The report. ChainBroken, CannotJudge, or whatever a figure refuses."""
        with self.views(asked.known) as views:
            return document(self.replayed, views, asked)

    def standing(self, asked: Asked) -> Standing:
        """The report, and whether it is superseded by what was recorded since."""
        with self.views(asked.known) as views:
            then = document(self.replayed, views, asked)
            self._fill(views, None)
            return Standing(then, document(self.replayed, views, asked))

    def _fill(self, views: Scratch, known: int | None) -> None:
        sources = self.sources()
        views.fill(sources, known, Progress(total=sum(each.total for each in sources)), self.told)
        for service, ends in self.reached.items():
            for organisation, sequence in ends.items():
                if views.reached(service, organisation) < sequence:
                    raise self.behind


__all__ = [
    "Asked",
    "Document",
    "NoRules",
    "PeriodEmpty",
    "Proposals",
    "Replay",
    "Replayed",
    "Report",
    "Standing",
    "UnknownFigure",
    "document",
    "has_base",
    "named_in",
]
