"""Who does the imports? One part of the service, one import after the other; after a kill each goes on where it was."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.membership.imports.branches import Branches
from services.membership.imports.door import HANDFUL, Door, Interrupted, said_of
from services.membership.imports.facts import Line, Sent
from services.membership.imports.layout import WORDS, wording
from services.membership.imports.planning import Planner, Step
from services.membership.imports.register import DONE, FAILED, POSTING, RECEIVED, UNDOING, WRITING, Job, Register
from services.membership.imports.result import returned
from services.membership.imports.rows import Reading, read_sheets
from services.membership.imports.undoing import Undoing
from shared.contracts.membership import PersonForgotten
from shared.eventsourcing.decider import Said
from shared.eventsourcing.log import Log
from shared.eventsourcing.service import Service
from shared.eventsourcing.sweep import Pace
from shared.personal.custody import Custody
from shared.sheets.errors import SheetRefused
from shared.sheets.headings import find_headings
from shared.sheets.process import CannotWrite, write_book
from shared.sheets.tables import Table
from shared.units.holders import Heritage
from shared.units.knowledge import Knowledge

LOOK: Final = 1.0
"""Seconds between two looks for imports that another replica took in."""
MOST_ROWS: Final = 50_000
SWEEP: Final = 3_600.0

_encode = msgspec.msgpack.Encoder().encode
_tables = msgspec.msgpack.Decoder(list[Table]).decode
_steps = msgspec.msgpack.Decoder(list[Step]).decode
_log = structlog.get_logger(__name__)


class Failed(Exception):
    """The import ends here, for a reason that is told by its code."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(code)
        self.told = {"code": code, "title": vi, "title_en": en}


class Imports:
    """Works off what the register holds."""

    name = "imports"

    def __init__(
        self, service: Service, log: Log, register: Register, knowledge: Callable[[], Knowledge], custody: Custody
    ) -> None:
        self.register = register
        self.problem: str | None = None
        self.custody = custody
        self._service, self._log, self._knowledge = service, log, knowledge
        self._pace = Pace(LOOK)
        self._door = Door(service, custody, lambda: self._pace.ended)
        self._swept = 0.0
        service.runner.on_said(self._hear)

    def _hear(self, told: Iterable[Said] | None) -> None:
        """Who is forgotten is known here no more either, and no file is kept in which he may stand."""
        if told is not None:
            books = self._forget(each for each in told if isinstance(each.fact, PersonForgotten))
            for each in books:
                self.register.drop_files(each)
            if books:
                self._pace.wake()

    def _forget(self, told: Iterable[Said]) -> set[UUID | None]:
        """Know these no more; whose books that was about, none being everybody's."""
        known = self._knowledge()
        heritage, books = Heritage(self._service.runner, lambda: known.tree), set[UUID | None]()
        for said in told:
            everywhere = known.directory.is_operator(said.organisation)
            holders = heritage.holders(said.organisation, [said.subject], said.day)[said.subject]
            for each in (None,) if everywhere else holders:
                self.register.marks.forget(each, [said.subject])
                books.add(each)
        return books

    def _forget_all(self) -> None:
        """What was forgotten while nothing listened here."""
        runner = self._service.runner
        with runner.generation.store.read() as connection:
            self._forget(runner.facts.said(connection, {PersonForgotten}))

    # ── Life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Something has come in."""
        self._pace.wake()

    async def run(self) -> None:
        """Do what is open, until `stop`; only where this process leads."""
        with self._pace.kept():
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(self._forget_all)
            while not self._pace.ended:
                try:
                    await self._round()
                    self.problem = None
                except Interrupted:
                    break
                except SQLAlchemyError as error:
                    self.problem = type(error).__name__
                await self._pace.wait()
        await asyncio.to_thread(self.register.close)

    def stop(self) -> None:
        """Make `run` end after the handful under way. From any thread."""
        self._pace.end()

    async def _round(self) -> None:
        while not self._pace.ended and self._service.leads():
            job = await asyncio.to_thread(self.register.next)
            if job is None:
                break
            await self._do(job)
        if not self.register.wiping.done:
            await asyncio.to_thread(self.register.wiping.wipe)
        if time.monotonic() - self._swept > SWEEP:
            self._swept = time.monotonic()
            await asyncio.to_thread(self.register.sweep, time.time())

    async def _do(self, job: Job) -> None:
        try:
            if job.state == UNDOING:
                await Undoing(self._log, self.register, self._door, self._service.runner).undo(job)
            else:
                await self._import(job)
        except (Interrupted, SQLAlchemyError):
            raise
        except Failed as failed:
            await self._fail(job, failed.told)
        except Exception as error:  # noqa: BLE001 — one import that cannot be done must not hold up the others
            _log.error("import failed", job=str(job.id), error=type(error).__name__)
            await self._fail(job, Failed("fault", "Lần nhập gặp lỗi.", "The import failed.").told)

    async def _fail(self, job: Job, problem: Mapping[str, str]) -> None:
        latest = await asyncio.to_thread(self.register.job, job.id, job.poster.organisation)
        told = dict(job.told if latest is None else latest.told)
        await asyncio.to_thread(self.register.drop, job.id, "sheets", "plan")
        await asyncio.to_thread(self.register.move, job.id, FAILED, told | {"problem": dict(problem)})

    # ── One import ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _import(self, job: Job) -> None:
        begun = time.monotonic()
        tables = await asyncio.to_thread(self._sheets, job)
        steps, told = await asyncio.to_thread(self._planned, job, tables)
        if job.state == RECEIVED:
            await asyncio.to_thread(self.register.move, job.id, POSTING, told)
        planned = time.monotonic()
        await self._post(job, steps, told)
        posted = time.monotonic()
        told = told | _counts(steps)
        await asyncio.to_thread(self.register.move, job.id, WRITING, told)
        await asyncio.to_thread(self._give_back, job, tables, steps)
        seconds = {"plan": planned - begun, "post": posted - planned, "write": time.monotonic() - posted}
        told |= {"seconds": {name: round(value, 2) for name, value in seconds.items()}}
        await asyncio.to_thread(self.register.move, job.id, DONE, told)
        await asyncio.to_thread(self.register.drop, job.id, "sheets", "plan")

    def _sheets(self, job: Job) -> list[Table]:
        kept = self.register.kept(job.id, "sheets")
        if kept is None:
            raise Failed("result-gone", "Tệp không còn được giữ.", "The file is no longer kept.")
        return _tables(kept)

    def _planned(self, job: Job, tables: Sequence[Table]) -> tuple[list[Step], dict[str, Any]]:
        """The plan, made once: what is posted after a kill is what was planned before it."""
        kept = self.register.kept(job.id, "plan")
        if kept is not None:
            steps = _steps(kept)
            return steps, _told(job, steps)
        tree, words = self._knowledge().tree, wording(job.kind)
        roots = job.poster.roots if job.unit is None else (job.unit,)
        branches = Branches(tree, job.poster.organisation, roots, job.day)
        only = job.unit if len(branches) == 1 else None
        try:
            sheets = read_sheets(tables, Reading(branches, job.day, words, only))
        except SheetRefused as refused:
            raise Failed(refused.reason, refused.vi, refused.en) from None
        steps = Planner(self.register.marks, self._log, tree, branches, personal=True).plan(job, sheets)
        self.register.keep(job.id, "plan", _encode(steps))
        if not job.dry_run:
            self.register.keep(job.id, "trace", _encode([line.sent for step in steps for line in step.lines]))
        return steps, _told(job, steps)

    async def _post(self, job: Job, steps: Sequence[Step], told: dict[str, Any]) -> None:
        words, done = wording(job.kind), 0
        for handful in _handfuls(steps):
            self._require_key(job)
            lines = [(step, line) for step in handful for line in step.lines]
            outcomes = await self._door.post(job.poster, [line.body for _, line in lines], trial=job.dry_run)
            for (step, _), problem in zip(lines, outcomes, strict=True):
                if problem is not None and not step.errors:
                    step.errors.append(said_of(problem, words))
                    step.action = "refuse"
            done += len(lines)
            told["posted"] = done
            await asyncio.to_thread(self._remember, job, handful, told)
            if self._pace.ended:
                raise Interrupted

    def _remember(self, job: Job, handful: Sequence[Step], told: Mapping[str, Any]) -> None:
        if not job.dry_run:
            met = ((step.person, step.marks, step.details) for step in handful if step.action != "refuse")
            self.register.marks.remember(
                job.poster.organisation,
                job.id,
                ((person, marks, seen) for person, marks, seen in met if person is not None),
            )
        self.register.move(job.id, POSTING, told)

    def _require_key(self, job: Job) -> None:
        """Who has lost the right to post in the middle of an import posts no further."""
        credential = self._knowledge().directory.credential(job.poster.credential)
        if credential is None or credential.revoked:
            vi = "Khóa đã bị thu hồi khi đang nhập; phần đã ghi vẫn còn và có thể hoàn tác."
            raise Failed("key-revoked", vi, "The key was revoked while the import was under way.")

    def _give_back(self, job: Job, tables: Sequence[Table], steps: Sequence[Step]) -> None:
        founds = {number: find_headings(table.rows, WORDS, "full_name") for number, table in enumerate(tables)}
        known = {number: found for number, found in founds.items() if found is not None}
        with suppress(CannotWrite):
            self.register.keep(job.id, "result", write_book(returned(tables, known, steps, dry_run=job.dry_run)))
        outcomes = [
            {"sheet": step.sheet, "row": step.place + 1, "action": step.action, "errors": step.errors} for step in steps
        ]
        self.register.keep(job.id, "rows", _encode(outcomes))


def _told(job: Job, steps: Sequence[Step]) -> dict[str, Any]:
    """What is said of an import that is about to post."""
    lines = sum(len(step.lines) for step in steps)
    return {**job.told, "rows": len(steps), "lines": lines, "posted": 0, **_counts(steps)}


def _counts(steps: Sequence[Step]) -> dict[str, int]:
    counted = Counter(step.action for step in steps)
    return {action: counted[action] for action in ("add", "change", "same", "refuse")}


def _handfuls(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Steps with something to post, and those that are only to be remembered, so many lines at a time."""
    handful: list[Step] = []
    lines = 0
    for step in steps:
        if step.action == "refuse":
            continue
        if handful and lines + len(step.lines) > HANDFUL:
            yield handful
            handful, lines = [], 0
        handful.append(step)
        lines += len(step.lines)
    if handful:
        yield handful


__all__ = ["Imports", "Line", "Sent"]
