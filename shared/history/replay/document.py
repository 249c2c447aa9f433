"""What does a report say, and on what does it rest? A document with two digests: of its inputs, and of its output.

`docs/formats/report.md` is the format. The same history and the same program give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Cast, Connection, Label
from sqlalchemy.dialects.sqlite import dialect

from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import digest_of
from shared.history.figures import Figure, Question, Relations, Row, answer, events_behind
from shared.history.replay.asked import Asked, Replayed
from shared.history.replay.canonical import canonical, digest
from shared.history.replay.scratch import Scratch
from shared.units.projection import titles

FORMAT: Final = 1
CALENDAR: Final = {"zone": "Asia/Ho_Chi_Minh", "offset": "+07:00", "time_zone_data": "none: fixed since 13 June 1975"}
"""Local days are cut by a fixed offset: no time-zone data of any machine have a say."""
EVERY: Final = 10**12
"""More events than lie behind any number."""


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
    reported = list(replayed.beside(Runner(views.generation), asked))
    keys = [row["keys"] for figure in figures for row in figure["rows"]]
    keys += [{"branch": line["branch"]} for line in (proposals.lines if proposals is not None else ())]
    keys += [{"organisation": each["organisation"], **each["keys"]} for each in reported]
    output = {
        "figures": figures,
        "reported": reported,
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
        "rate": has_base(figure, relations),
        "parameters": dict(relations.question.parameters),
        "rows": [_row(row) for row in rows],
        "events": {"count": len(events), "digest": events_digest(events)},
    }


def has_base(figure: Figure, relations: Relations) -> bool:
    """Whether a figure is declared as so many out of so many; else it is a plain count."""
    declared = figure.rows(relations).selected_columns["denominator"]
    cast = declared.element if isinstance(declared, Label) else declared
    nothing = isinstance(cast, Cast) and isinstance(cast.clause, BindParameter) and cast.clause.value is None
    return figure.share_of is not None or not nothing


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
