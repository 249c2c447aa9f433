"""What has happened to a thing? Every event about it or naming it, in plain sentences, and what became of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from shared.contracts.envelope import Recorded, recorded_text
from shared.contracts.event import Event, contract, decode
from shared.eventsourcing.errors import Unreadable
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import fact_of, is_correction, is_voiding
from shared.history.replay.browser import Browser
from shared.history.replay.moments import local
from shared.history.replay.named_codes import Named, named_in_log
from shared.history.replay.sentences import Circumstances, Spoken, Titles, spoken
from shared.units.calendar import day_text

UNREAD = Spoken("Chương trình này chưa đọc được sự việc này.", "This program cannot read this fact.")


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a timeline tells it."""

    recorded: Recorded
    day: dt.date
    sentence: Spoken
    replaced: Recorded | None
    """The correction or voiding that took its place; none: it stands."""

    def told(self) -> dict[str, Any]:
        """As an answer has it."""
        envelope = self.recorded.envelope
        mark = _mark(self.replaced)
        return {
            "organisation": str(envelope.organisation),
            "sequence": envelope.sequence,
            "event": str(envelope.id),
            "type": envelope.content.type,
            "subject": str(envelope.content.subject),
            "day": self.day.isoformat(),
            "recorded": recorded_text(envelope.recorded),
            "vi": f"{self.sentence.vi}{mark.vi}",
            "en": f"{self.sentence.en}{mark.en}",
            "standing": self.replaced is None and not is_voiding(envelope.content.type),
            "replaced_by": None if self.replaced is None else str(self.replaced.envelope.id),
        }


class _Names(NamedTuple):
    """What things and codes are called."""

    titles: Titles
    codes: Named


def timeline(log: Log, subject: UUID, organisations: Sequence[UUID] | None, titles: Titles) -> list[Line]:
    """In the order of the days on which things happened, then as they were recorded."""
    browser = Browser(log)
    named = set(browser.mentions([subject], organisations))
    about = {entry.row.subject for entry in browser.entries(named).values()}
    with log.store.read() as connection:
        streams = log.streams(connection, {subject, *about})
    books = None if organisations is None else frozenset(organisations)
    names = _Names(titles, named_in_log(log))
    lines = [
        line
        for stream_of, history in streams.items()
        for line in _lines(history, names)
        if (books is None or line.recorded.envelope.organisation in books)
        and (stream_of == subject or _concerns(line.recorded, history, named))
    ]
    return sorted(lines, key=lambda line: (line.day, *_place(line.recorded)))


def _place(recorded: Recorded) -> tuple[int, UUID, int]:
    envelope = recorded.envelope
    return envelope.recorded, envelope.organisation, envelope.sequence


def _concerns(recorded: Recorded, history: Iterable[Recorded], named: set[tuple[UUID, UUID]]) -> bool:
    """Whether an event names the thing, or takes the place of one that did."""
    corrects = recorded.envelope.content.corrects
    if (recorded.envelope.organisation, recorded.envelope.id) in named:
        return True
    return corrects is not None and any(
        each.envelope.id == corrects.replaces and (each.envelope.organisation, each.envelope.id) in named
        for each in history
    )


def _lines(history: Sequence[Recorded], names: _Names) -> Iterable[Line]:
    by_id = {each.envelope.id: each for each in history}
    replacing = {
        each.envelope.content.corrects.replaces: each for each in history if each.envelope.content.corrects is not None
    }
    for recorded in history:
        day, sentence = _spoken(recorded, by_id, names)
        yield Line(recorded, day, sentence, replacing.get(recorded.envelope.id))


def _spoken(recorded: Recorded, by_id: dict[UUID, Recorded], names: _Names) -> tuple[dt.date, Spoken]:
    """The day that counts, and the sentence; a correction tells what it says, a voiding what it undoes."""
    envelope, content = recorded.envelope, recorded.envelope.content
    try:
        if is_voiding(content.type):
            undone = by_id.get(content.corrects.replaces) if content.corrects is not None else None
            day, inner = (envelope.day(), None) if undone is None else _spoken(undone, by_id, names)
            return day, spoken(_outer(recorded), _about(recorded, day, inner, names.codes), names.titles)
        fact = fact_of(content)
        day = fact.effect_day(content.occurred)
        said = spoken(fact, _about(recorded, day, None, names.codes), names.titles)
        if is_correction(content.type):
            said = spoken(_outer(recorded), _about(recorded, day, said, names.codes), names.titles)
    except (Unreadable, ValueError):
        return envelope.day(), UNREAD
    return day, said


def _about(recorded: Recorded, day: dt.date, fact: Spoken | None, codes: Named) -> Circumstances:
    return Circumstances(recorded.envelope.content.subject, recorded.envelope.organisation, day, fact, codes)


def _outer(recorded: Recorded) -> Event:
    cls = contract(recorded.envelope.content.type)
    if cls is None:
        raise Unreadable(recorded.envelope.content.type)
    return decode(cls, recorded.envelope.content.fact)


def _mark(replaced: Recorded | None) -> Spoken:
    """What is said behind the sentence of a fact that does not stand any more."""
    if replaced is None:
        return Spoken("", "")
    on = day_text(local(replaced.envelope.recorded).date())
    if is_voiding(replaced.envelope.content.type):
        return Spoken(f" (đã hủy ngày {on})", f" (voided on {on})")
    return Spoken(f" (đã đính chính ngày {on})", f" (corrected on {on})")
