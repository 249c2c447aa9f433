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
from services.ratings.projections.heard import HEARD
from services.ratings.projections.individuals import KEPT_OF_PERSONS, OF_PERSONS
from services.ratings.projections.own import OWN
from shared.contracts.ratings import RuleDocument
from shared.eventsourcing.runner import Runner
from shared.history.figures import Figure, Question, Relations, Row, answer, events_behind
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


class Put(NamedTuple):
    """A figure, and what it is asked."""

    figure: Figure
    question: Question


def put(asked: Asked, question: Question) -> Put | None:
    """Which figure an indicator asks for what; None where nothing measures it, or time did not reach back so far.

    Months are counted back from the end of the period: 36 months up to 1 January 2026 begin on 1 January 2023.
    """
    indicator = INDICATORS.get(asked.indicator)
    if indicator is None:
        return None
    of_unit = FIGURES.get(indicator.figure or "")
    figure = of_unit if question.person is None else OF_PERSONS.get(indicator.code)
    if figure is None:
        return None
    parameters = dict(figure.parameters)
    if asked.threshold is not None and THRESHOLD in parameters:
        parameters[THRESHOLD] = asked.threshold
    if indicator.own:
        parameters[OWN] = 1
    try:
        start = question.start if asked.months is None else months_after(question.end, -asked.months)
    except ValueError:
        return None
    return Put(figure, replace(question, start=start, parameters=parameters))


def kept_by(indicator: Indicator, question: Question) -> Figure | None:
    """Of a plain number: the figure that shows that nought means none."""
    if question.person is not None:
        return KEPT_OF_PERSONS.get(indicator.code)
    return FIGURES.get(indicator.kept_by or "")


def measure(runner: Runner, rules: RuleDocument, question: Question) -> Mapping[str, Measured]:
    """What is recorded of a unit, or of the asked person in it, and period, for everything that the rules want."""
    found: dict[str, Measured] = {}
    for key, asked in asked_of(rules).items():
        wanted = put(asked, question)
        measured = None if wanted is None else _measured(runner, INDICATORS[asked.indicator], wanted)
        if measured is not None:
            found[key] = measured
    return found


def _measured(runner: Runner, indicator: Indicator, wanted: Put) -> Measured | None:
    """None where the figure says nothing: nought where nobody keeps that list, or records such things at all."""
    (figure, question), by = wanted, kept_by(indicator, wanted.question)
    row = _answered(runner, figure, question)
    unsaid = nothing_said(indicator, row.numerator, row.denominator)
    if unsaid and (by is None or _answered(runner, by, question).numerator <= 0):
        return None
    heard = HEARD.get(indicator.code) if out_of_somebody(row.numerator, row.denominator) else None
    if heard is not None and _answered(runner, heard, question).numerator <= 0:
        return None
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with runner.generation.store.read() as connection:
        events = events_behind(connection, figure, relations, limit=EVENTS, offset=0)
    return Measured(figure.name, row.numerator, row.denominator, [f"{log}/{event}" for log, event in events])


def nothing_said(indicator: Indicator, numerator: int, denominator: int | None) -> bool:
    """Whether a plain number is nought, and nobody is there of whom it could be one."""
    return not indicator.share and not numerator and not denominator


def out_of_somebody(numerator: int, denominator: int | None) -> bool:
    """Whether it is nought out of somebody: of some indicators that may be silence."""
    return not numerator and bool(denominator)


def _answered(runner: Runner, figure: Figure, question: Question) -> Row:
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with runner.generation.store.read() as connection:
        return answer(connection, figure, relations)[0]


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
