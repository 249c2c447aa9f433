"""What do the figures say to the indicators of a rule set? Each measured over its own months, or *not recorded*."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple

from services.ratings.domain.rules import Measured
from services.ratings.domain.rules.indicators import INDICATORS, Indicator
from services.ratings.domain.rules.language import NotUnderstood, leaves, read
from services.ratings.domain.rules.lines import measure_key
from services.ratings.projections import FIGURES
from services.ratings.projections.own import OWN
from shared.contracts.ratings import RuleDocument
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question, Relations, Row, answer, events_behind
from shared.units.calendar import months_after

EVENTS: Final = 1_000
"""Events named behind one measured figure."""
THRESHOLD: Final = "threshold"


class Asked(NamedTuple):
    """An indicator as a criterion or a condition asks for it; `key` is where the evidence holds it."""

    key: str
    indicator: str
    months: int | None = None
    threshold: int | None = None


def asked_of(rules: RuleDocument) -> Mapping[str, Asked]:
    """Everything that the criteria and conditions of a rule set want measured, by its key."""
    of_conditions = (Asked(name, name) for name in named_in(rules) if name in INDICATORS)
    return {each.key: each for each in (*_of_criteria(rules), *of_conditions)}


def question_of(asked: Asked, question: Question) -> Question | None:
    """What the figure behind an indicator is asked; None where nothing measures it, or time did not reach back so far.

    Months are counted back from the end of the period: 36 months up to 1 January 2026 begin on 1 January 2023.
    """
    indicator = INDICATORS.get(asked.indicator)
    if indicator is None or indicator.figure is None:
        return None
    parameters = dict(FIGURES[indicator.figure].parameters)
    if asked.threshold is not None and THRESHOLD in parameters:
        parameters[THRESHOLD] = asked.threshold
    if indicator.own:
        parameters[OWN] = 1
    try:
        start = question.start if asked.months is None else months_after(question.end, -asked.months)
    except ValueError:
        return None
    return replace(question, start=start, parameters=parameters)


def measure(runner: Runner, rules: RuleDocument, question: Question) -> Mapping[str, Measured]:
    """What is recorded of a unit and period, for everything that the rules want measured."""
    found: dict[str, Measured] = {}
    for key, asked in asked_of(rules).items():
        wanted = question_of(asked, question)
        measured = None if wanted is None else _measured(runner, asked, wanted)
        if measured is not None:
            found[key] = measured
    return found


def _measured(runner: Runner, asked: Asked, question: Question) -> Measured | None:
    """None where the figure says nothing: no denominator was said, or nought where nobody keeps that list."""
    indicator = INDICATORS[asked.indicator]
    name = indicator.figure or ""
    row = _answered(runner, name, question)
    if nothing_said(indicator, row.numerator, row.denominator) and not _kept(runner, indicator.kept_by, question):
        return None
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with runner.generation.store.read() as connection:
        events = events_behind(connection, FIGURES[name], relations, limit=EVENTS, offset=0)
    return Measured(name, row.numerator, row.denominator, [f"{log}/{event}" for log, event in events])


def nothing_said(indicator: Indicator, numerator: int, denominator: int | None) -> bool:
    """Whether a plain number is nought, and nobody is there of whom it could be one."""
    return not indicator.share and not numerator and not denominator


def _answered(runner: Runner, name: str, question: Question) -> Row:
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with runner.generation.store.read() as connection:
        return answer(connection, FIGURES[name], relations)[0]


def _kept(runner: Runner, by: str | None, question: Question) -> bool:
    """Whether nought means none: the figure that shows that the list is kept here is not nought itself."""
    return by is not None and _answered(runner, by, question).numerator > 0


def _of_criteria(rules: RuleDocument) -> Iterator[Asked]:
    for each in rules.criteria:
        key = measure_key(each)
        if key is not None and each.indicator is not None:
            yield Asked(key, each.indicator, each.months, each.threshold)


def named_in(rules: RuleDocument) -> Iterator[str]:
    """Every name that a condition of a rule set reads."""
    for when in (*(each.when for each in rules.conditions), *(each.when for each in rules.vetoes)):
        with suppress(NotUnderstood):
            yield from (leaf.name for leaf in leaves(read(when)))
