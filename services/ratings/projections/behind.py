"""What lies behind a figure of one unit? The facts that it counts, month by month, and what it rests on beside them.

A figure counts facts; that it counts them *here* and *out of so many* is said by others: the founding, moving, merging
of the units that it reads, and the rule that says what is due. Take one of the counted facts away and the figure, or
what it is made of, is another; take away what is named neither here nor there, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, func, or_, select

from services.ratings.domain.course import COURSE_FACTS, SCORE_FACTS
from services.ratings.projections.parts import in_force
from shared.contracts.event import Event
from shared.contracts.meetings import PeriodicitySet
from shared.contracts.membership import UnitMerged, UnitSplit
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.figures import MONTH, Figure, Question, Relations, Row, answered, roots_behind
from shared.history.measures import scoped
from shared.history.past import past
from shared.history.replay.retold import Root, Spot, spots
from shared.units.knowledge import UNIT_FACTS

EVERY: Final = 1_000_000
"""More facts than lie behind a figure of one unit."""
SAID_BY_NAME: Final = COURSE_FACTS | SCORE_FACTS
GOING_ON: Final = {UnitMerged: "sources", UnitSplit: "parts"}
"""Facts about one unit that name others in whose life they are a turning point."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Asks the views, or for a past moment the columns where there are any."""

    runner: Runner
    columns: Columns | None = None

    def counted(self, figure: Figure, question: Question) -> list[Spot]:
        """The facts that the figure counts, in the order of their days."""
        if self.columns is not None and question.known is not None and not question.reached:
            roots = self.columns.events_behind(figure, question, limit=EVERY, offset=0)
        else:
            with self._asked(figure, question) as (reader, relations):
                roots = roots_behind(reader, figure, relations, limit=EVERY, offset=0)
        return self._spots(figure.hears, roots, question.known)

    def named(self, events: Iterable[str], known: int | None) -> list[Spot]:
        """Facts that the evidence names itself (organisation/event): scores, votes, decisions."""
        roots = [(UUID(log), UUID(event)) for log, _, event in (each.partition("/") for each in events)]
        return self._spots(SAID_BY_NAME, roots, known) if roots else []

    def logs(self, figure: Figure, question: Question) -> set[UUID]:
        """The organisations in whose logs the facts lie that the figure counts."""
        with self._asked(figure, question) as (reader, relations):
            rows = scoped(figure.rows(relations), relations)
            return set(reader.execute(select(rows.c.log).where(rows.c.log.is_not(None)).distinct()).scalars())

    def by_month(self, figure: Figure, question: Question) -> list[Row]:
        """The figure month by month; nothing where it is one of a day, or has no months."""
        if figure.asked == "day" or MONTH not in figure.common:
            return []
        asked = replace(question, by=(MONTH,))
        if self.columns is not None and question.known is not None and not question.reached:
            return self.columns.answer(figure, asked)
        with self._asked(figure, asked) as (reader, relations):
            return answered(reader, figure, relations)

    def rests_on(self, asked: Iterable[tuple[Figure, Question]]) -> list[Spot]:
        """The facts that place the units of which these figures count something, and those that say what is due."""
        units, due, known = set[UUID](), set[Root](), None
        for figure, question in asked:
            units.add(question.unit)
            known = question.known
            with self._asked(figure, question) as (reader, relations):
                rows = scoped(figure.rows(relations), relations)
                units |= set(reader.execute(select(rows.c.unit).distinct()).scalars())
                if PeriodicitySet in figure.listens:
                    due |= {(row.log, row.root) for row in reader.execute(_due(relations))}
        return sorted({*self._placing(units, known), *self._spots({PeriodicitySet}, due, known)})

    def _placing(self, units: set[UUID], known: int | None) -> list[Spot]:
        facts, roots = self.runner.facts, set[Root]()
        with self.runner.generation.store.read() as connection:
            for cls in UNIT_FACTS & facts.tables.keys():
                table = facts.tables[cls].table
                for chunk in chunks(sorted(units)):
                    about = or_(table.c.subject.in_(chunk), *_naming(facts.tables[cls].children, cls, table, chunk))
                    query = select(table.c.organisation, table.c.root_id).where(about)
                    roots |= {(row.organisation, row.root_id) for row in connection.execute(query)}
        return self._spots(UNIT_FACTS, roots, known)

    def _spots(self, types: Iterable[type[Event]], roots: Iterable[Root], known: int | None) -> list[Spot]:
        facts = self.runner.facts
        with self.runner.generation.store.read() as connection:
            return spots(connection, facts, facts.tables.keys() & set(types), roots, known)

    @contextmanager
    def _asked(self, figure: Figure, question: Question) -> Iterator[tuple[Connection, Relations]]:
        generation = self.runner.generation
        relations = Relations(self.runner.facts, generation.metadata.tables, question, indexed=True)
        with (
            generation.store.read() as connection,
            past(connection, figure.hears, figure.state, relations) as (reader, then),
        ):
            yield reader, then


def _naming(children: Mapping[str, Any], cls: type[Event], table: Any, units: Sequence[UUID]) -> Iterator[Any]:  # noqa: ANN401 — tables and conditions of any columns
    """Whether a fact names one of these units in a list."""
    if (column := GOING_ON.get(cls)) is not None:
        named = children[column]
        here = (named.c.poster == table.c.poster) & (named.c.poster_sequence == table.c.poster_sequence)
        yield select(named.c.value).where(here, named.c.value.in_(units)).exists()


def _due(relations: Relations) -> Select[Any]:
    """The rules in force in the period that say how often units of the asked one's line meet."""
    rule = in_force(relations, PeriodicitySet, "unit_kind")
    unit, above, tenure = (relations.tables[name] for name in ("unit", "unit_above", "tenure"))
    question = relations.question
    living = unit.join(above, above.c.unit == unit.c.id).outerjoin(tenure, tenure.c.unit == unit.c.id)
    owned = rule.c.organisation.in_(
        select(func.coalesce(tenure.c.organisation, unit.c.organisation))
        .select_from(living)
        .where(above.c.above == question.unit, unit.c.kind == rule.c.unit_kind)
    )
    return select(rule.c.organisation.label("log"), rule.c.root_id.label("root")).where(
        owned, rule.c.start_day < question.end, or_(rule.c.end_day.is_(None), rule.c.end_day > question.start)
    )
