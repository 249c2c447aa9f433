"""How is an import taken back? By facts that compensate: what it posted is voided or set right, nothing is removed.

What something else rests upon stays, and is listed with the reason: a member of whom other facts stand, a correction
that has been replaced since.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import select

from services.membership.imports.door import HANDFUL, Door
from services.membership.imports.facts import CORRECTED, DESCRIBED, ENTERED, JOINED, Sent, restoring, voiding
from services.membership.imports.register import UNDOING, UNDONE, Job, Register
from shared.contracts.fields import Names
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.stream import Stream

RESTS: Final = "Có sự việc khác về người này; hãy hủy sự việc đó trước."
REPLACED: Final = "Sự việc đã được đính chính hoặc hủy sau lần nhập."

_sent = msgspec.msgpack.Decoder(list[Sent]).decode
_encode = msgspec.msgpack.Encoder().encode


class Undoing:
    """Takes one import back."""

    def __init__(self, log: Log, register: Register, door: Door, runner: Runner) -> None:
        self._log, self._register, self._door, self._runner = log, register, door, runner

    async def undo(self, job: Job) -> None:
        """Void what it posted, in reverse, as far as nothing rests on it; say what stays and why."""
        trace = await asyncio.to_thread(self._register.kept, job.id, "trace")
        sent = [] if trace is None else _sent(trace)
        compensating, kept = await asyncio.to_thread(self._look, job, sent)
        taken_back: list[Sent] = []
        for start in range(0, len(compensating), HANDFUL):
            some = compensating[start : start + HANDFUL]
            outcomes = await self._door.post(job.poster, [body for _, body in some], trial=False)
            for (each, _), problem in zip(some, outcomes, strict=True):
                if problem is None:
                    taken_back.append(each)
                else:
                    kept.append((each, str(problem.details()["title"])))
            told = {**job.told, "undone": len(taken_back)}
            await asyncio.to_thread(self._register.move, job.id, UNDOING, told)
        await asyncio.to_thread(self._end, job, taken_back, kept)

    def _end(self, job: Job, taken_back: Sequence[Sent], kept: Sequence[tuple[Sent, str]]) -> None:
        stay = {each.subject for each, _ in kept}
        gone = sorted({each.subject for each in taken_back if _arrived(each)} - stay)
        self._register.marks.forget_marks(job.poster.organisation, gone)
        told_anew = {each.subject for each in taken_back if each.type == DESCRIBED} - set(gone)
        self._register.marks.forget_details(job.poster.organisation, sorted(told_anew))
        rows = [{"sheet": each.sheet, "row": each.place + 1, "reason": why} for each, why in kept]
        self._register.keep(job.id, "kept", _encode(rows))
        told = {**job.told, "undone": len(taken_back), "kept": len(kept)}
        self._register.move(job.id, UNDONE, told)

    def _look(self, job: Job, sent: Sequence[Sent]) -> tuple[list[tuple[Sent, bytes]], list[tuple[Sent, str]]]:
        """What to post, and what stays."""
        organisation = job.poster.organisation
        compensating: list[tuple[Sent, bytes]] = []
        kept: list[tuple[Sent, str]] = []
        by_subject: dict[UUID, list[Sent]] = defaultdict(list)
        with self._log.store.read() as connection:
            found = self._log.found(connection, ((organisation, each.id) for each in sent))
            for each in sent:
                if (organisation, each.id) in found:
                    by_subject[each.subject].append(each)
            streams: dict[UUID, Stream] = {}
            subjects = list(by_subject)
            for chunk in chunks(subjects):
                histories = self._log.streams(connection, chunk)
                streams |= {subject: Stream.of(subject, history) for subject, history in histories.items()}
        named = self._named(subjects)
        for subject, theirs in reversed(by_subject.items()):
            for each in reversed(theirs):
                why = _stays(organisation, each, theirs, streams[subject], elsewhere=subject in named)
                if why is None:
                    compensating.append((each, restoring(job, each) if each.type == CORRECTED else voiding(job, each)))
                elif why:
                    kept.append((each, why))
        return compensating, kept

    def _named(self, persons: Sequence[UUID]) -> set[UUID]:
        """Those whom a standing fact about something else names: an office held, a benefit, a commendation."""
        facts, found = self._runner.facts, set[UUID]()
        with self._runner.generation.store.read() as connection:
            for contract, table in facts.tables.items():
                for field, info in contract.model_fields.items():
                    if not any(isinstance(mark, Names) and mark.kind == "person" for mark in _marks(info)):
                        continue
                    standing = facts.standing(contract).subquery()
                    if field not in standing.c or table is None:
                        continue
                    for some in chunks(persons):
                        query = select(standing.c[field]).where(standing.c[field].in_(some))
                        found.update(connection.execute(query).scalars())
        return found


def _marks(info: Any) -> Iterable[object]:  # noqa: ANN401 — pydantic's own
    """The marks on a field, also inside `PersonId | None`."""
    yield from info.metadata
    for argument in getattr(info.annotation, "__args__", ()):
        yield from getattr(argument, "__metadata__", ())


def _stays(organisation: UUID, sent: Sent, theirs: Sequence[Sent], stream: Stream, *, elsewhere: bool) -> str | None:
    """Why something that was posted cannot be taken back; none when it can, nothing to say when it already was."""
    root = sent.root or sent.id
    link = stream.links.get((sent.organisation or organisation, root))
    if link is None or link.said is None:
        return ""
    if link.last != sent.id:
        return "" if link.last == _undone(sent) else REPLACED
    if sent.type == CORRECTED:
        return None
    mine = {each.root or each.id for each in theirs}
    others = any(event not in mine for event in (said.event for said in stream.standing()))
    return RESTS if _arrived(sent) and (others or elsewhere) else None


def _arrived(sent: Sent) -> bool:
    """Whether it is by this that the person came on the book."""
    return sent.type in {ENTERED, JOINED}


def _undone(sent: Sent) -> UUID:
    """The id of the event that takes it back."""
    return uuid5(sent.id, "undo")
