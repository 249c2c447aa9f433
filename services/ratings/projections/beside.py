"""What was reported of just what is counted here? The same indicator, scope, period and line, with the difference.

A figure of a period is put beside reports of that period; one of a day beside reports whose period ends with it. Since
when the two differ is the recorded day on which they came to: the report's own, where they never agreed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from services.ratings.domain.agreement import Counted, Difference, difference
from shared.contracts.fields import Period, Qualifier
from shared.contracts.ratings import FigureReported
from shared.contracts.ratings.reports import ReportedOf
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.runner import Runner
from shared.history.figures import Figure, Question
from shared.history.figures import Row as Line
from shared.history.past import PastTooLarge
from shared.history.replay.moments import end_of, local

LOOKED_FOR: Final = 20

Ask = Callable[[tuple[str, ...], dt.date | None], Sequence[Line]]
"""The figure of the same question, split by these keys; as known at the end of a day, or as the question says."""


Answer = Callable[[Figure, Question], Sequence[Line]]
"""The lines of a figure for a question."""


class Reported(NamedTuple):
    """A report that stands, and where it stands."""

    organisation: UUID
    event: UUID
    subject: UUID
    day: dt.date
    """On which it was reported."""
    recorded: dt.date
    """On which it was recorded here."""
    fact: FigureReported

    @property
    def keys(self) -> Mapping[str, str]:
        """Of which line of the figure."""
        return {each.key: each.value for each in self.fact.split}


class Beside(NamedTuple):
    """A report beside what is counted."""

    reported: Reported
    counted: Counted | None
    """None where nothing is counted for that line."""
    difference: Difference


def reported_of(connection: Connection, facts: Facts, figure: Figure, question: Question) -> list[Reported]:
    """The standing reports of what a question asks, as known then, oldest first."""
    table = facts.standing(FigureReported, known=question.known).subquery()
    same = table.c.period_end == question.end
    if figure.asked == "period":
        same = same & (table.c.period_start == question.start)
    query = (
        select(table)
        .where(table.c.indicator == figure.name, table.c.scope == question.unit, same)
        .order_by(table.c.day, table.c.recorded, table.c.root_id)
    )
    return [_reported(row) for row in connection.execute(query)]


def beside(figure: Figure, reports: Sequence[Reported], ask: Ask) -> list[Beside]:
    """Each report with the line of the figure that it speaks of."""
    asked: dict[tuple[str, ...], Sequence[Line]] = {}
    found = []
    for each in reports:
        keys = tuple(each.keys)
        if set(keys) <= set(figure.splits) and keys not in asked:
            asked[keys] = ask(keys, None)
        counted = _counted(figure, each, asked.get(keys, ()))
        found.append(Beside(each, counted, difference(each.fact, counted)))
    return found


def differs_since(figure: Figure, each: Beside, until: dt.date, ask: Ask) -> dt.date | None:
    """The recorded day from which the two differ; none where they agree or cannot be compared.

    Found by halving between the report's own day and the last one. Where they fell out, made up and fell out again, it
    is one of the days on which they fell out.
    """
    if each.difference.agrees is not False:
        return None
    first, last = each.reported.recorded, until

    def differed(day: dt.date) -> bool:
        then = _counted(figure, each.reported, ask(tuple(each.reported.keys), day))
        return difference(each.reported.fact, then).agrees is False

    if first >= last or differed(first):
        return first
    while (last - first).days > 1:
        middle = first + (last - first) // 2
        first, last = (first, middle) if differed(middle) else (middle, last)
    return last


def put_beside(
    runner: Runner, answer: Answer, figure: Figure, question: Question
) -> list[tuple[Beside, dt.date | None]]:
    """The reports of what a question asks, each beside its line, and since when they differ.

    The day is looked for in the first twenty reports that differ; whoever posts hundreds gets no more work done.
    """
    with runner.generation.store.read() as connection:
        reports = reported_of(connection, runner.facts, figure, question)
        until = _last_day(connection, runner.facts, figure, question) if reports else None
    asked: dict[tuple[tuple[str, ...], dt.date | None], Sequence[Line]] = {}

    def ask(keys: tuple[str, ...], day: dt.date | None) -> Sequence[Line]:
        if (keys, day) not in asked:
            known = question.known if day is None else end_of(day)
            asked[keys, day] = answer(figure, replace(question, by=keys, known=known))
        return asked[keys, day]

    found: list[tuple[Beside, dt.date | None]] = []
    looked_for = 0
    for each in beside(figure, reports, ask):
        since = None
        if each.difference.agrees is False and until is not None and looked_for < LOOKED_FOR:
            looked_for += 1
            with suppress(PastTooLarge):
                since = differs_since(figure, each, until, ask)
        found.append((each, since))
    return found


def _last_day(connection: Connection, facts: Facts, figure: Figure, question: Question) -> dt.date | None:
    """The last day on which anything was recorded that the figure hears, as far as the question looks."""
    newest = [
        connection.execute(select(func.max(table.c.recorded))).scalar_one_or_none()
        for table in (*(facts.tables[cls].table for cls in figure.hears), facts.correction)
    ]
    recorded = [moment if question.known is None else min(moment, question.known) for moment in newest if moment]
    return local(max(recorded)).date() if recorded else None


def told(each: Beside, since: dt.date | None) -> dict[str, Any]:
    """As an answer has it."""
    fact = each.reported.fact
    return {
        "keys": dict(each.reported.keys),
        "qualifier": fact.qualifier.value,
        "numerator": fact.numerator,
        "denominator": fact.denominator,
        "only_rate": fact.only_rate,
        "source": fact.source,
        "scope_said": fact.scope_said,
        "document": fact.document,
        "received_by": fact.received_by,
        "organisation": str(each.reported.organisation),
        "event": str(each.reported.event),
        "reported_on": each.reported.day.isoformat(),
        "recorded_on": each.reported.recorded.isoformat(),
        "counted": None if each.counted is None else each.counted._asdict(),
        "difference": {name: getattr(each.difference, name) for name in ("numerator", "denominator", "rate")},
        "agrees": each.difference.agrees,
        "since": None if since is None else since.isoformat(),
    }


def _counted(figure: Figure, reported: Reported, lines: Sequence[Line]) -> Counted | None:
    """The one line that has the reported values; none of a whole that was counted is nought of it."""
    said = reported.keys.items()
    found = [line for line in lines if said <= line.keys.items()]
    if found:
        return Counted(found[0].numerator, found[0].denominator) if len(found) == 1 else None
    if figure.share_of is None:
        return None
    within = {key: value for key, value in said if key in figure.share_of}
    wholes = {line.denominator for line in lines if within.items() <= line.keys.items()}
    groups = {tuple(line.keys.get(key) for key in figure.share_of if key in line.keys) for line in lines}
    return Counted(0, wholes.pop()) if len(wholes) == 1 and len(groups) == 1 else None


def _reported(row: Row[Any]) -> Reported:
    fact = FigureReported(
        indicator=row.indicator,
        scope=row.scope,
        period=Period(start=row.period_start, end=row.period_end),
        numerator=row.numerator,
        denominator=row.denominator,
        qualifier=Qualifier(row.qualifier),
        source=row.source,
        scope_said=row.scope_said,
        document=row.document,
        received_by=row.received_by,
        only_rate=bool(row.only_rate),
        split=tuple(ReportedOf(**each) for each in json.loads(row.split or "[]")),
    )
    return Reported(row.organisation, row.root_id, row.subject, row.day, local(row.recorded).date(), fact)
