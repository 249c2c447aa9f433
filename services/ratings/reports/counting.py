"""What do the figures say of a unit, year by year and over the period? Each number asked for itself, none added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from services.ratings.domain.distribution import Rated
from services.ratings.projections import FIGURES
from services.ratings.projections.beside import Beside, put_beside
from services.ratings.projections.rated import GRADES, rated
from services.ratings.reports.layouts import Line
from services.ratings.reports.paper import Share
from services.ratings.reports.wanted import Span, Wanted
from shared.contracts.membership import DirectiveIssued, OrganisationRegistered
from shared.eventsourcing.runner import Runner
from shared.history.comparable import held_back
from shared.history.figures import Figure, Question, Relations, Row
from shared.units.tree import Tree
from shared.units.waiting import withheld

Answer = Callable[[Figure, Question], Sequence[Row]]


class Numbers(NamedTuple):
    """One line of the report."""

    line: Line
    keys: Mapping[str, str | None]
    years: Sequence[int | Share | None]
    whole: int | Share | None


class Told(NamedTuple):
    """A report of others, beside what is counted."""

    span: Span
    figure: Figure
    beside: Beside
    since: dt.date | None


@dataclass(frozen=True, slots=True)
class Counting:
    """The views, asked for one report."""

    runner: Runner
    answer: Answer
    tree: Tree
    wanted: Wanted

    def numbers(self, line: Line) -> list[Numbers]:
        """A figure in each year and over the whole period; a line for each value of the keys that split it."""
        figure = FIGURES[line.figure]
        spans = [*self.wanted.years, self.wanted.whole]
        found = [self._cells(figure, line, span) for span in spans]
        keys = dict.fromkeys(key for cells in found for key in cells) or {(): None}
        names = tuple(dict.fromkeys((*line.by, *figure.apart)))
        nothing = None if line.rate else 0
        return [
            Numbers(
                line,
                dict(zip(names, values, strict=False)),
                [cells.get(values, nothing) for cells in found[:-1]],
                found[-1].get(values, nothing),
            )
            for values in sorted(keys, key=str)
        ]

    def ratings(self) -> list[Rated]:
        """Every decided rating of the years that the period touches."""
        first = dt.date(self.wanted.start.year, 1, 1)
        question = self._question(GRADES, Span(first, self.wanted.end))
        with self.runner.generation.store.read() as connection:
            return rated(connection, self._relations(question), self.wanted.until, self.tree)

    def waiting(self) -> frozenset[UUID]:
        """Units whose ratings were held back here, for a division left them without a side."""
        first = dt.date(self.wanted.start.year, 1, 1)
        question = self._question(GRADES, Span(first, max(self.wanted.end, self.wanted.until)))
        left_out = withheld(self.tree, question.unit, question.tree_on, question.start, question.end)
        with self.runner.generation.store.read() as connection:
            return frozenset(held_back(connection, GRADES, self._relations(question), left_out))

    def reported(self, figures: Sequence[str]) -> list[Told]:
        """What others reported of these figures, for each year and for the whole period."""
        spans = dict.fromkeys([*self.wanted.years, self.wanted.whole])
        return [
            told for name in dict.fromkeys((*figures, GRADES.name)) for span in spans for told in self._told(name, span)
        ]

    def parked(self, figures: Sequence[str]) -> int:
        """How many facts these figures still lack."""
        return self.runner.parked_count(frozenset().union(*(FIGURES[name].reads for name in figures)))

    def directive(self, directive: UUID) -> DirectiveIssued | None:
        """A directive in the register."""
        table = self.runner.facts.standing(DirectiveIssued, known=self.wanted.known).subquery()
        with self.runner.generation.store.read() as connection:
            row = connection.execute(table.select().where(table.c.subject == directive)).first()
        return None if row is None else DirectiveIssued(number=row.number, issuer=row.issuer, issued=row.issued)

    def organisation(self, organisation: UUID) -> tuple[str, str]:
        """Title and kind of an organisation; nothing of one that is not registered."""
        table = self.runner.facts.standing(OrganisationRegistered).subquery()
        with self.runner.generation.store.read() as connection:
            row = connection.execute(table.select().where(table.c.subject == organisation)).first()
        return ("", "") if row is None else (row.title, row.kind)

    def _cells(self, figure: Figure, line: Line, span: Span) -> dict[tuple[str | None, ...], int | Share | None]:
        rows = self.answer(figure, replace(self._question(figure, span), by=line.by))
        return {
            tuple(row.keys.values()): Share(row.numerator, row.denominator) if line.rate else row.numerator
            for row in rows
        }

    def _told(self, name: str, span: Span) -> list[Told]:
        figure = FIGURES[name]
        question = self._question(figure, span)
        put = put_beside(self.runner, self.answer, figure, question)
        return [Told(span, figure, each, since) for each, since in put]

    def _question(self, figure: Figure, span: Span) -> Question:
        start = span.end - dt.timedelta(days=1) if figure.asked == "day" else span.start
        parameters: Mapping[str, Any] = dict(figure.parameters)
        return Question(
            self.wanted.unit, start, span.end, (), parameters, known=self.wanted.known, tree_on=self.wanted.tree
        )

    def _relations(self, question: Question) -> Relations:
        return Relations(self.runner.facts, self.runner.generation.metadata.tables, question)
