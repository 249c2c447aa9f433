"""How is the independent recount asked what the figures are asked? A question in its words, rows by their keys."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.history.figures import NO_UNIT, Figure, Question
from tests.oracle import Figure as Counted
from tests.oracle import History, Item
from tests.oracle.figure import month_of, summed

Keys = tuple[str, ...]
Value = tuple[int, int | None]


@dataclass(frozen=True)
class Answer:
    """Rows by their keys, the roots behind them, and whether units or unit-years are counted."""

    rows: Mapping[Keys, Value]
    events: frozenset[tuple[str, str]]
    counts: Mapping[Keys, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A question to a history."""

    history: History
    unit: str
    start: dt.date
    end: dt.date
    by: Keys
    threshold: int = 0
    own: bool = False

    @classmethod
    def of(cls, history: History, figure: Figure, question: Question) -> Asked:
        """The same question; keys that always split are asked for too."""
        parameters = {**figure.parameters, **question.parameters}
        return cls(
            history,
            "-" if question.unit == NO_UNIT else str(question.unit),
            question.start,
            question.end,
            tuple(dict.fromkeys((*question.by, *figure.apart))),
            parameters.get("threshold", 0),
            bool(parameters.get("own", 0)),
        )

    @property
    def on(self) -> dt.date:
        """The last day."""
        return self.end - dt.timedelta(days=1)

    def organisations(self) -> list[str]:
        """Everybody who ever posted."""
        return sorted({fact.organisation for fact in self.history.facts})

    def told(self, rows: Mapping[Keys, Counted]) -> Answer:
        """An answer from a figure for each combination of keys; without keys there is always one."""
        found = dict(rows) if self.by else {(): rows.get((), Counted(0))}
        return Answer(
            {keys: (figure.numerator, figure.denominator) for keys, figure in found.items()},
            frozenset((each.organisation, each.event) for figure in found.values() for each in figure.events),
        )

    def grouped(self, items: Iterable[Item], total: Callable[[list[Item]], Counted] = summed) -> Answer:
        """An answer from the items that count in the unit."""
        groups: dict[Keys, list[Item]] = defaultdict(list)
        for item in self.history.within(self.unit, items):
            own = {"unit": item.unit, "month": month_of(item.day), **item.keys}
            groups[tuple(own[key] for key in self.by)].append(item)
        return self.told({keys: total(group) for keys, group in groups.items()})


Answering = Callable[[Asked], Answer]


def items(find: Callable[[Asked], Iterable[Item]], total: Callable[[list[Item]], Counted] = summed) -> Answering:
    """A figure that the recount makes of items with keys of their own."""
    return lambda asked: asked.grouped(find(asked), total)


def each(find: Callable[..., Counted], **values: Callable[[Asked], Iterable[str]]) -> Answering:
    """A figure that the recount gives for one value of a key: asked for every value, kept where anything is behind."""

    def answer(asked: Asked) -> Answer:
        found: dict[Keys, Counted] = {}
        for keys in itertools.product(*(values[key](asked) for key in asked.by)):
            figure = find(asked, **dict(zip(asked.by, keys, strict=True)))
            if figure.events or not asked.by:
                found[keys] = figure
        return asked.told(found)

    return answer
