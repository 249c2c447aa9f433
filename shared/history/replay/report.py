"""What is a report? Named figures of one unit and period, as known, valid and judged on days of one's choice.

Computed from history alone, it comes with two digests: of all that it rests on, and of what came out. Whoever has the
same history and the same program gets the same bytes. `docs/formats/report.md` is the format.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import dialect

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.errors import ChainBroken, Refused
from shared.eventsourcing.rebuild import Progress
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration, digest_of
from shared.history.figures import Figure, Question, Relations, Row, answer, events_behind
from shared.history.replay.canonical import canonical, digest
from shared.history.replay.scratch import Scratch, scratch
from shared.history.replay.sources import Source
from shared.units.projection import titles

FORMAT: Final = 1
CALENDAR: Final = {"zone": "Asia/Ho_Chi_Minh", "offset": "+07:00", "time_zone_data": "none: fixed since 13 June 1975"}
"""Local days are cut by a fixed offset: no time-zone data of any machine have a say."""
EVERY: Final = 10**12
"""More events than lie behind any number."""


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


@dataclass(frozen=True)
class Replayed:
    """What of a service can be replayed: its views, figures, reports and proposals."""

    declaration: Declaration
    version: str
    """Of the package."""
    figures: Mapping[str, Figure]
    reports: Mapping[str, Report]
    propose: Propose

    @property
    def services(self) -> tuple[str, ...]:
        """Whose history it rests on."""
        return tuple(sorted({cls.service for cls in self.declaration.listens}))

    def asked(self, names: Sequence[str], unit: UUID, start: dt.date, end: dt.date, **more: Any) -> Asked:  # noqa: ANN401
        """A question for one report or for some figures. UnknownFigure, PeriodEmpty, NoRules."""
        report = self.reports.get(names[0]) if len(names) == 1 else None
        figures = tuple(dict.fromkeys(names)) if report is None else report.figures
        if not figures or not set(figures) <= self.figures.keys():
            raise UnknownFigure("name")
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


@dataclass(frozen=True, slots=True)
class Document:
    """A report with all that it rests on."""

    inputs: Mapping[str, Any]
    output: Mapping[str, Any]

    @property
    def input_digest(self) -> str:
        """Equal where the same was asked of the same history by the same program."""
        return digest(self.inputs)

    @property
    def output_digest(self) -> str:
        """Equal where the same came out."""
        return digest(self.output)

    def told(self) -> dict[str, Any]:
        """As one value."""
        return {
            "format": FORMAT,
            "inputs": self.inputs,
            "input_digest": self.input_digest,
            "output": self.output,
            "output_digest": self.output_digest,
        }

    def encode(self) -> bytes:
        """The document's bytes: canonical JSON, and one line feed."""
        return canonical(self.told()) + b"\n"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a report still says what history says: facts recorded after its `known` may have superseded it."""

    document: Document
    now: Document

    @property
    def superseded(self) -> bool:
        """Whether the same question, asked of all that is recorded now, has another output."""
        return self.document.output_digest != self.now.output_digest

    def told(self) -> dict[str, Any]:
        """As one value; the report itself is never changed."""
        return {
            "format": FORMAT,
            "input_digest": self.document.input_digest,
            "output_digest": self.document.output_digest,
            "superseded": self.superseded,
            "heads_now": self.now.inputs["heads"],
            "output_digest_now": self.now.output_digest,
        }


Told = Callable[[Progress], None]


@dataclass(frozen=True)
class Replay:
    """A way to ask history again."""

    replayed: Replayed
    sources: Callable[[], Sequence[Source]]
    told: Told = lambda _: None
    scratch_url: str | None = None
    """PostgreSQL in which to make the scratch; none: a temporary SQLite file."""
    reached: Mapping[str, Mapping[UUID, int]] = field(default_factory=dict)
    """Service → organisation → sequence that history is known to reach; what is recorded later than `known` counts."""
    behind: type[Exception] = ChainBroken
    """Raised where it does not."""

    @contextmanager
    def views(self, known: int | None) -> Iterator[Scratch]:
        """Views that hold what was recorded by then, for as long as they are needed. ChainBroken, CannotJudge."""
        with scratch(self.replayed.declaration, self.scratch_url) as views:
            self._fill(views, known)
            yield views

    def document(self, asked: Asked) -> Document:
        """The report. ChainBroken, CannotJudge, or whatever a figure refuses."""
        with self.views(asked.known) as views:
            return document(self.replayed, views, asked)

    def standing(self, asked: Asked) -> Standing:
        """The report, and whether it is superseded by what was recorded since."""
        with self.views(asked.known) as views:
            then = document(self.replayed, views, asked)
            self._fill(views, None)
            return Standing(then, document(self.replayed, views, asked))

    def _fill(self, views: Scratch, known: int | None) -> None:
        sources = self.sources()
        views.fill(sources, known, Progress(total=sum(each.total for each in sources)), self.told)
        for service, ends in self.reached.items():
            for organisation, sequence in ends.items():
                if views.reached(service, organisation) < sequence:
                    raise self.behind


def document(replayed: Replayed, views: Scratch, asked: Asked) -> Document:
    """The report of views that were filled up to `known`."""
    relations = Relations(
        views.generation.facts, views.generation.metadata.tables, Question(asked.unit, asked.start, asked.end)
    )
    with views.generation.store.read() as connection:
        figures = [_figure(connection, replayed.figures[name], relations, asked) for name in asked.figures]
    proposals = replayed.propose(Runner(views.generation), asked) if asked.rules is not None else None
    inputs = {
        "asked": asked.told(),
        "heads": _heads(views),
        "rule_sets": [] if proposals is None else list(proposals.rule_sets),
        "calendar": CALENDAR,
        "code": {
            "version": replayed.version,
            "views": digest_of(replayed.declaration),
            "figures": _declared(replayed.figures, asked, relations),
        },
    }
    keys = [row["keys"] for figure in figures for row in figure["rows"]]
    keys += [{"branch": line["branch"]} for line in (proposals.lines if proposals is not None else ())]
    output = {
        "figures": figures,
        "proposals": [] if proposals is None else list(proposals.lines),
        "titles": named_in(views, asked.unit, keys),
    }
    return Document(inputs, output)


def _figure(connection: Connection, figure: Figure, relations: Relations, asked: Asked) -> dict[str, Any]:
    relations = replace(relations, question=asked.question(figure))
    rows = answer(connection, figure, relations)
    events = events_behind(connection, figure, relations, limit=EVERY, offset=0)
    return {
        "figure": figure.name,
        "vi": figure.vi,
        "en": figure.en,
        "parameters": dict(relations.question.parameters),
        "rows": [_row(row) for row in rows],
        "events": {"count": len(events), "digest": events_digest(events)},
    }


def _row(row: Row) -> dict[str, Any]:
    counts = {} if row.counts is None else {"counts": row.counts}
    return {"keys": dict(row.keys), "numerator": row.numerator, "denominator": row.denominator, **counts}


def events_digest(events: Iterable[tuple[UUID, UUID]]) -> str:
    """SHA-256 over the root facts behind a figure: `organisation/event` and a line feed each, in the order of text."""
    lines = sorted(f"{organisation}/{event}\n" for organisation, event in events)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _heads(views: Scratch) -> dict[str, Any]:
    return {
        service: {
            str(organisation): {"sequence": end.sequence, "hash": end.hash.hex()} for organisation, end in ends.items()
        }
        for service, ends in views.ends.items()
        if ends
    }


def _declared(figures: Mapping[str, Figure], asked: Asked, relations: Relations) -> str:
    """A digest of what the asked figures are declared to be: another one means that they were computed otherwise."""
    said = {
        name: {
            "select": str(figures[name].rows(replace(relations, question=_PLAIN)).compile(dialect=dialect())),
            "measure": repr(figures[name].measure),
            "keys": list(figures[name].splits),
            "apart": list(figures[name].apart),
            "share_of": list(figures[name].share_of or ()),
        }
        for name in asked.figures
    }
    return digest(said)


_PLAIN: Final = Question(UUID(int=1), dt.date(2024, 1, 1), dt.date(2025, 1, 1))
"""The question for which declarations are compared."""


def named_in(views: Scratch, unit: UUID, keys: Iterable[Mapping[str, str | None]]) -> dict[str, str]:
    """The names of the unit, and of all units, places and organisations among these values of keys."""
    found = {unit}
    for value in (value for each in keys for value in each.values()):
        with suppress(ValueError):
            found.add(UUID(value or ""))
    return titles(Runner(views.generation), found)
