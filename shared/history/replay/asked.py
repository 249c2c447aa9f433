"""What is asked of a replay, and who can answer it? Figures or a named report; a unit, a period, and three days.

Known on one day, valid under the tree of another, judged by the rules of a third.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration
from shared.history.figures import Figure, Question


class UnknownFigure(Refused):
    """No such figure or report is declared."""

    vi = "Không có số liệu hoặc báo cáo này."


class PeriodEmpty(Refused):
    """The period must start before it ends."""

    vi = "Kỳ phải bắt đầu trước khi kết thúc."


class NoRules(Refused):
    """A day of rules was named, but what is asked for rests on none."""

    vi = "Nội dung được hỏi không dựa trên bộ tiêu chí nào."


@dataclass(frozen=True, slots=True)
class Report:
    """A named list of figures, and whether branches are proposed grades by the rules in force."""

    vi: str
    en: str
    figures: tuple[str, ...]
    proposals: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: figures or a report, of a unit and a half-open period."""

    name: str | None
    """The report; none: the figures one by one."""
    figures: tuple[str, ...]
    unit: UUID
    start: dt.date
    end: dt.date
    by: tuple[str, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    known: int | None = None
    """Only what was recorded by then (microseconds); none: all that there is."""
    tree: dt.date | None = None
    """Under the tree of this day; none: as it was then."""
    rules: dt.date | None = None
    """Rules in force on this day; none: on the last day of the period."""

    def told(self) -> dict[str, Any]:
        """As the document has it."""
        return {
            "report": self.name,
            "figures": list(self.figures),
            "unit": str(self.unit),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "by": list(self.by),
            "parameters": dict(self.parameters),
            "known": None if self.known is None else recorded_text(self.known),
            "tree": None if self.tree is None else self.tree.isoformat(),
            "rules": None if self.rules is None else self.rules.isoformat(),
        }

    def question(self, figure: Figure) -> Question:
        """The question to one figure; of views that hold nothing recorded later."""
        wanted = {name: value for name, value in self.parameters.items() if name in figure.parameters}
        return Question(self.unit, self.start, self.end, self.by, {**figure.parameters, **wanted}, tree_on=self.tree)


@dataclass(frozen=True, slots=True)
class Proposals:
    """What rules in force make of branches, and which rules these were."""

    rule_sets: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]


Propose = Callable[[Runner, Asked], Proposals]
"""Asked of views that hold nothing recorded later than `known`."""
ReportedBeside = Callable[[Runner, Asked], Iterable[Mapping[str, Any]]]
"""What others reported of the asked figures, each beside what is counted: asked of such views too."""


def _nothing(runner: Runner, asked: Asked) -> Iterable[Mapping[str, Any]]:
    del runner, asked
    return ()


@dataclass(frozen=True)
class Replayed:
    """What of a service can be replayed: its views, figures, reports and proposals."""

    declaration: Declaration
    version: str
    """Of the package."""
    figures: Mapping[str, Figure]
    reports: Mapping[str, Report]
    propose: Propose
    beside: ReportedBeside = _nothing

    @property
    def services(self) -> tuple[str, ...]:
        """Whose history it rests on."""
        return tuple(sorted({cls.service for cls in self.declaration.listens}))

    def asked(self, names: Sequence[str], unit: UUID, start: dt.date, end: dt.date, **more: Any) -> Asked:  # noqa: ANN401
        """A question for one report or for some figures. UnknownFigure, PeriodEmpty, NoRules."""
        report = self.reports.get(names[0]) if len(names) == 1 else None
        figures = tuple(dict.fromkeys(names)) if report is None else report.figures
        if not figures or not set(figures) <= self.figures.keys():
            raise UnknownFigure("name", known=", ".join(sorted({*self.reports, *self.figures})))
        if start >= end:
            raise PeriodEmpty("end")
        if (report is None or not report.proposals) and more.get("rules") is not None:
            raise NoRules("rules")
        asked = Asked(None if report is None else names[0], figures, unit, start, end, **more)
        rules = (
            end - dt.timedelta(days=1)
            if asked.rules is None and report is not None and report.proposals
            else asked.rules
        )
        return replace(asked, rules=rules)
