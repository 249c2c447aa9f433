"""By which title is a criterion known that a fact names by its code? As the rule set has it that the fact cites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.ratings import RuleSetAdopted
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import Stream

Named: TypeAlias = Callable[[UUID, str], str | None]
"""(rule set, code) → the criterion's title as the rule set stands; none where nobody says."""


def nameless(rule_set: UUID, code: str) -> None:
    """Where no rule set can be read."""
    del rule_set, code


def named_in_log(log: Log) -> Named:
    """As the rule sets in the log of their own service stand; each is read once."""

    @cache
    def titles(rule_set: UUID) -> Mapping[str, str]:
        with log.store.read() as connection:
            history = log.streams(connection, [rule_set]).get(rule_set, [])
        return _titles(Stream.of(rule_set, history).standing())

    return lambda rule_set, code: titles(rule_set).get(code)


def named_in_facts(connection: Connection, facts: Facts) -> Named:
    """The same by what a listening service was told, where it keeps rule sets."""
    table = facts.tables.get(RuleSetAdopted)
    if table is None or not table.kept:
        return nameless

    @cache
    def titles(rule_set: UUID) -> Mapping[str, str]:
        return _titles(facts.said(connection, [RuleSetAdopted], subjects=[rule_set]))

    return lambda rule_set, code: titles(rule_set).get(code)


def _titles(facts: Iterable[Said]) -> dict[str, str]:
    sets = [said.fact for said in in_order(facts) if isinstance(said.fact, RuleSetAdopted)]
    return {each.code: each.title for adopted in sets for each in adopted.rules.criteria}
