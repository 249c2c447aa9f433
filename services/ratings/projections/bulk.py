"""What do indicators measure in every branch at once? One question a figure, over the columns, for all units together.

The same numbers that each unit has when it is asked by itself; a unit of which no fact says anything has 0 and no
denominator, as there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Date, literal, select, true

from services.ratings.domain.rules import Measured
from services.ratings.domain.rules.indicators import INDICATORS, Indicator
from services.ratings.projections.heard import HEARD
from services.ratings.projections.indicators import Asked, asked_of, kept_by, nothing_said, out_of_somebody, put
from services.ratings.projections.parts import with_owner
from shared.contracts.ratings import RuleDocument
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.columns.everywhere import WITHIN
from shared.history.figures import Figure, Question, Relations
from shared.units.lasting import lasting

NOTHING: Final = (0, None)


class Rated(NamedTuple):
    """A unit that is rated, and to whom it belongs."""

    id: UUID
    organisation: UUID


class _Every(NamedTuple):
    """An indicator in every unit."""

    indicator: Indicator
    figure: str
    numbers: Mapping[str, tuple[int, int | None]]
    kept: Mapping[str, tuple[int, int | None]]
    """Of a plain number: where the list is kept, so that nought means none."""
    heard: Mapping[str, tuple[int, int | None]] | None
    """Where such facts are recorded at all, so that nought out of somebody is no silence; none: it is not asked."""

    def of(self, unit: str) -> Measured | None:
        """What it says of one; none: nothing."""
        numerator, denominator = self.numbers.get(unit, NOTHING)
        unsaid = nothing_said(self.indicator, numerator, denominator)
        if unsaid and self.kept.get(unit, NOTHING)[0] <= 0:
            return None
        silent = self.heard is not None and self.heard.get(unit, NOTHING)[0] <= 0
        if silent and out_of_somebody(numerator, denominator):
            return None
        return Measured(self.figure, numerator, denominator)


@dataclass(frozen=True, slots=True)
class Bulk:
    """Asks the columns about all units together."""

    runner: Runner
    columns: Columns

    def units(self, question: Question, kind: str | None) -> list[Rated]:
        """The units of a kind, or of any, under the asked one on the last day of the period, by their ids."""
        tables = self.runner.generation.metadata.tables
        day = literal(question.tree_on or question.last_day, Date)
        unit, above = tables["unit"], tables["unit_above"]
        joined = unit.join(above, above.c.unit == unit.c.id)
        relations = Relations(self.runner.facts, tables, question)
        owned, owner = with_owner(relations, joined, unit.c.id, unit.c.organisation, literal(question.last_day, Date))
        query = (
            select(unit.c.id, owner.label("organisation"))
            .select_from(owned)
            .where(above.c.above == question.unit, lasting(above, day), lasting(unit, day))
            .where(true() if kind is None else unit.c.kind == kind, unit.c.level.is_(None))
            .order_by(unit.c.id)
        )
        with self.runner.generation.store.read() as connection:
            return [Rated(row.id, row.organisation) for row in connection.execute(query)]

    def measured(
        self, rules: Iterable[RuleDocument], units: Iterable[UUID], question: Question
    ) -> Iterator[tuple[UUID, Mapping[str, Measured]]]:
        """What each unit's figures say to all that these documents want measured; what is not recorded is left out.

        As `indicators.measure` has it of one unit, without the events.
        """
        wanted = {key: asked for each in rules for key, asked in asked_of(each).items()}
        found = {key: every for key, asked in wanted.items() if (every := self._of(asked, question)) is not None}
        for unit in units:
            said = ((key, every.of(str(unit))) for key, every in found.items())
            yield unit, {key: measured for key, measured in said if measured is not None}

    def _of(self, asked: Asked, question: Question) -> _Every | None:
        """One indicator in every unit; none where no figure measures it."""
        wanted = put(asked, question)
        if wanted is None:
            return None
        indicator = INDICATORS[asked.indicator]
        by = kept_by(indicator, question)
        kept = {} if indicator.share or by is None else self._everywhere(by, wanted.question)
        heard = HEARD.get(indicator.code)
        said = None if heard is None else self._everywhere(heard, wanted.question)
        return _Every(indicator, wanted.figure.name, self._everywhere(*wanted), kept, said)

    def _everywhere(self, figure: Figure, question: Question) -> dict[str, tuple[int, int | None]]:
        wanted = {key: value for key, value in question.parameters.items() if key in figure.parameters}
        asked = replace(question, by=(), parameters={**figure.parameters, **wanted})
        table = self.columns.everywhere(figure, asked)
        within, numerators, denominators = (
            table.column(column).to_pylist() for column in (WITHIN, "numerator", "denominator")
        )
        return {
            str(unit): (int(numerator or 0), None if denominator is None else int(denominator))
            for unit, numerator, denominator in zip(within, numerators, denominators, strict=True)
        }
