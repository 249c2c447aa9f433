"""What has moved a figure between two moments? The numbers that differ, the facts recorded between, and which did it.

A fact moved the figure when its root came to stand behind it, stands there no longer, or brings something else into it
now. Others (a unit was moved, a duty was set) are found by taking them away: all, then halves of what matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, func, literal, null, select

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.facts import Facts
from shared.history.figures import Figure, Relations
from shared.history.past import PastTooLarge, views_then
from shared.history.replay.report import Asked, Replay, has_base, named_in
from shared.history.replay.without import Answer, Place, Without

NOW: Final = 2**62
"""Later than anything is recorded."""
FACTS: Final = 10_000
"""Facts between the moments that are told; and tried, in one way or another."""
EFFORT: Final = 400_000
"""Rows that may be computed again in the search for facts that moved a figure from afar."""

COUNTED, GONE, CHANGED, FROM_AFAR, PERHAPS = "counted", "no-longer-counted", "changed", "from-afar", "undecided"
"""How a fact moved a figure."""


@dataclass(frozen=True, slots=True)
class Between:
    """An event recorded between the moments, of a type on which the figure rests."""

    recorded: int
    poster: UUID
    sequence: int
    event: UUID
    type: str
    act: str
    """`recorded`, `corrected` or `voided`."""
    root: tuple[UUID, UUID]
    moved: str | None = None
    """How it moved the figure; none: it did not."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.type.split(".")[2], self.poster, self.sequence

    def told(self) -> dict[str, Any]:
        """As the answer has it."""
        return {
            "service": self.place[0],
            "organisation": str(self.poster),
            "sequence": self.sequence,
            "event": str(self.event),
            "recorded": recorded_text(self.recorded),
            "type": self.type,
            "act": self.act,
            "root": {"organisation": str(self.root[0]), "event": str(self.root[1])},
            "moved": self.moved,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure at two moments."""

    before: Answer
    after: Answer
    between: Sequence[Between]

    def told(self) -> dict[str, Any]:
        """As the answer has it: first what moved the figure."""
        moved = [each for each in self.between if each.moved is not None]
        rest = [each for each in self.between if each.moved is None]
        return {
            "differs": self.before.rows != self.after.rows,
            "rows": list(self._rows()),
            "behind": {"before": self.before.roots, "after": self.after.roots},
            "between": len(self.between),
            "moved": [each.told() for each in moved],
            "others": [each.told() for each in rest],
        }

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Each combination of keys whose numbers differ."""
        sides = [{tuple(row.keys.items()): row for row in answer.rows} for answer in (self.before, self.after)]
        for keys in sorted({*sides[0], *sides[1]}, key=str):
            numbers = [
                None
                if (row := side.get(keys)) is None
                else {"numerator": row.numerator, "denominator": row.denominator}
                for side in sides
            ]
            if numbers[0] != numbers[1]:
                yield {"keys": dict(keys), "before": numbers[0], "after": numbers[1]}


def compared(
    connection: Connection, figure: Figure, relations: Relations, before: int, after: int | None
) -> Difference:
    """The figure as known at the earlier and at the later moment (none: now). PastTooLarge, or as figures refuse."""
    later, question = NOW if after is None else after, replace(relations.question, known=None)
    with views_then(connection, relations.facts, figure.hears, figure.state, before) as views:
        then = Without(views, figure, question).answer()
    between = _between(connection, figure, relations.facts, before, later)
    with views_then(connection, relations.facts, figure.hears, figure.state, later) as views:
        now = Without(views, figure, question)
        answer = now.answer()
        told = [_direct(each, then, answer) for each in between]
        if then != answer:
            tries = EFFORT // max(1, _rows_in(connection, figure, relations.facts))
            told = _Search(now, answer, tries).told(told)
    return Difference(then, answer, told)


def differences(replay: Replay, asked: Asked, before: int) -> dict[str, Any]:
    """Every asked figure at the earlier moment and as known at the asked one, computed from history alone."""
    with replay.views(asked.known) as views, views.generation.store.read() as connection:
        facts, tables = views.generation.facts, views.generation.metadata.tables
        found: list[dict[str, Any]] = []
        for name in asked.figures:
            figure = replay.replayed.figures[name]
            relations = Relations(facts, tables, asked.question(figure))
            difference = compared(connection, figure, relations, before, None)
            about = {"figure": name, "vi": figure.vi, "en": figure.en, "rate": has_base(figure, relations)}
            found.append({**about, **difference.told()})
        named = named_in(views, asked.unit, (row["keys"] for each in found for row in each["rows"]))
    return {"known": recorded_text(before), "and": asked.told()["known"], "figures": found, "titles": named}


def _direct(fact: Between, before: Answer, after: Answer) -> Between:
    was, is_now = before.weights.get(fact.root), after.weights.get(fact.root)
    if was == is_now:
        return fact
    return replace(fact, moved=COUNTED if was is None else GONE if is_now is None else CHANGED)


@dataclass
class _Search:
    """Finds those that moved the figure from afar, with so many tries."""

    views: Without
    answer: Answer
    tries: int
    found: dict[Place, str] = field(default_factory=dict)

    def told(self, between: Sequence[Between]) -> list[Between]:
        """The same facts, with those found among the ones that did not move it themselves."""
        self._halve([each for each in between if each.moved is None])
        return [replace(each, moved=each.moved or self.found.get(each.place)) for each in between]

    def _halve(self, facts: Sequence[Between]) -> bool:
        """Whether any of these moved the figure."""
        if not facts:
            return False
        if self.tries <= 0:
            self.found |= dict.fromkeys((each.place for each in facts), PERHAPS)
            return True
        self.tries -= 1
        if self.views.answer_without([each.place for each in facts]) == self.answer:
            return False
        middle = len(facts) // 2
        parts = [facts[:middle], facts[middle:]] if middle else []
        if not any([self._halve(part) for part in parts]):  # noqa: C419 — each part is searched
            self.found |= dict.fromkeys((each.place for each in facts), FROM_AFAR)
        return True


def _rows_in(connection: Connection, figure: Figure, facts: Facts) -> int:
    tables = (facts.tables[cls].table for cls in figure.hears)
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def _between(connection: Connection, figure: Figure, facts: Facts, before: int, after: int) -> list[Between]:
    """In the order in which they were recorded. PastTooLarge when they are too many."""
    found: list[Between] = []
    for query, name in _queries(figure, facts):
        table = query.selected_columns
        wanted = query.where(table.recorded > before, table.recorded <= after).limit(FACTS + 1)
        for row in connection.execute(wanted):
            root = (row.organisation, row.root_id)
            act = "voided" if row.voids else "recorded" if row.event_id == row.root_id else "corrected"
            found.append(Between(row.recorded, row.poster, row.poster_sequence, row.event_id, name, act, root))
        if len(found) > FACTS:
            raise PastTooLarge("known")
    return sorted(found, key=lambda each: (each.recorded, each.place))


def _queries(figure: Figure, facts: Facts) -> Iterator[tuple[Select[Any], str]]:
    names = ("recorded", "poster", "poster_sequence", "event_id", "organisation", "root_id")
    correction = facts.correction
    for cls in sorted(figure.hears, key=lambda each: each.name):
        table = facts.tables[cls].table
        yield select(*(table.c[name] for name in names), null().label("voids")), cls.name
        voided = select(*(correction.c[name] for name in names), literal(1).label("voids"))
        yield voided.where(correction.c.voids, correction.c.type == cls.name), cls.name
