"""How do we know that the fast answer is right? By the slow one, which trusts nothing, and a check that they agree.

The slow way takes the recorded events themselves, proves every hash and every chain, decodes each by its contract, and
makes the views anew in a scratch folder, one event after the other. It stops at what it cannot read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import Unreadable
from shared.eventsourcing.feed import verify
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.views import Declaration, Generations
from shared.history.columns.columns import Columns
from shared.history.figures import Figure, Question, Relations, Row, answer, events_behind

EVERY: Final = 10**9
Sources = Iterable[tuple[str, Iterable[Sequence[Recorded]]]]
"""Service and its events, each organisation's in sequence, from its first one on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Rows, and the facts behind them."""

    rows: tuple[Row, ...]
    events: tuple[tuple[UUID, UUID], ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A question to which the two ways gave different answers."""

    figure: str
    question: Question
    fast: Answered
    trusted: Answered


class Answering(Protocol):
    """A way that trusts nothing."""

    def ask(self, figure: Figure, question: Question) -> Answered:
        """The figure, and all facts behind it."""


class Trusted:
    """Views that were made from nothing but verified events, all or those known at a moment."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def ask(self, figure: Figure, question: Question) -> Answered:
        """The figure, and all facts behind it."""
        relations = Relations(
            self._runner.facts, self._runner.generation.metadata.tables, replace(question, known=None)
        )
        with self._runner.generation.store.read() as connection:
            rows = answer(connection, figure, relations)
            events = events_behind(connection, figure, relations, limit=EVERY, offset=0)
        return Answered(tuple(rows), tuple(events))


@contextmanager
def trusting_nothing(declaration: Declaration, sources: Sources, *, known: int | None = None) -> Iterator[Trusted]:
    """The views of these events as they were when nothing was recorded after `known`.

    ChainBroken where a hash does not fit; Unreadable where an event does not decode or cannot be applied.
    """
    with tempfile.TemporaryDirectory(prefix="nennep-trusted-") as folder:
        generations = Generations(declaration, f"sqlite:///{Path(folder) / 'views.sqlite'}")
        runner = Runner(generations.serving())
        try:
            _apply(runner, sources, known)
            yield Trusted(runner)
        finally:
            runner.generation.store.close()
            generations.close()


def _apply(runner: Runner, sources: Sources, known: int | None) -> None:
    for service, batches in sources:
        reached: dict[UUID, Position] = {}
        for events in batches:
            verify(service, reached, events)
            reached |= {each.envelope.organisation: Position(each.envelope.sequence, each.hash) for each in events}
            runner.take(service, [each for each in events if known is None or each.envelope.recorded <= known])
    for parked in runner.parked():
        message = f"{parked.service}/{parked.organisation}: {parked.sequence}"
        raise Unreadable(message)


def disagreements(
    columns: Columns, trusted: Answering, questions: Iterable[tuple[Figure, Question]]
) -> Iterator[Disagreement]:
    """Ask both; every question to which they do not give the same rows and the same facts."""
    for figure, question in questions:
        rows = columns.answer(figure, question)
        events = columns.events_behind(figure, question, limit=EVERY, offset=0)
        fast, slow = Answered(tuple(rows), tuple(events)), trusted.ask(figure, question)
        if fast != slow:
            yield Disagreement(figure.name, question, fast, slow)
