"""How do many senders share one fast, durable write? Group commit: gather, judge, append in one transaction.

Concurrent submissions are taken from bounded queues, one an organisation and served in turn, judged in one thread,
and written in one transaction. The counters are raised only where they still stand as read; whoever was overtaken by
another process is judged anew, and holds the counters of its organisations from then on.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Busy
from shared.eventsourcing.faults import reach
from shared.eventsourcing.group import Group, hold_open
from shared.eventsourcing.log import Log, Overtaken
from shared.eventsourcing.submission import Ground, Outcome, Submission

LINES_IN_GROUP = 4_000
LINES_IN_QUEUE = 40_000
GATHER: Final = 0.001
"""Seconds that a group waits for as many senders as the last one answered: they come back together, and one commit
serves them all. Who sends alone waits for nobody."""
ROUNDS: Final = 5
"""How often a group that other processes overtook is judged before its senders are asked to come again."""

_log = structlog.get_logger(__name__)


class Intake:
    """The writing side of one service: a queue an organisation, and one thread that commits in groups."""

    def __init__(
        self, log: Log, ground: Ground, *, after_commit: Callable[[], None], clock: Callable[[], int] | None = None
    ) -> None:
        self._log = log
        self._ground = ground
        self._after_commit = after_commit
        self._clock = clock or (lambda: time.time_ns() // 1_000)
        self._queues: OrderedDict[UUID, deque[Submission]] = OrderedDict()
        self._waiting: dict[UUID, int] = {}
        self._submissions, self._wanted = 0, 1
        """How many submissions are queued, and at how many the writing thread is to be woken."""
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"{log.service}-intake", daemon=True)

    def start(self) -> None:
        """Start the writing thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then stop; what comes afterwards is answered busy."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def submit(
        self, poster: Poster, drafts: Sequence[Draft], *, lenient: bool = False, trial: bool = False
    ) -> Future[list[Outcome]]:
        """Queue a submission; the future holds one outcome a draft once they are durable. Raises Busy when full.

        Of a trial nothing is kept: its outcomes say what would have become of the drafts.
        """
        if any(draft.clear is not None for draft in drafts):
            message = "a personal part was not encrypted"
            raise TypeError(message)
        submission = Submission(poster, drafts, lenient, trial)
        # From here on nobody can cancel it: who no longer waits must not take it away from the thread that fulfils it.
        submission.done.set_running_or_notify_cancel()
        organisation = poster.organisation
        with self._changed:
            waiting = self._waiting.get(organisation, 0)
            if self._stopping or (waiting and waiting + len(drafts) > LINES_IN_QUEUE):
                raise Busy
            self._queues.setdefault(organisation, deque()).append(submission)
            self._waiting[organisation] = waiting + len(drafts)
            self._submissions += 1
            if self._submissions >= self._wanted:
                self._changed.notify()
        return submission.done

    @property
    def queued(self) -> int:
        """Lines that wait to be judged."""
        return sum(self._waiting.values())

    # ── The writing thread ───────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        senders = 0
        while group := self._next_group(senders):
            self._commit(group)
            senders = len(group)

    def _next_group(self, senders: int) -> list[Submission]:
        """Wait for work, and a moment for as many senders as were just answered; then take from each organisation."""
        group: list[Submission] = []
        with self._changed:
            self._await(1, None)
            self._await(senders, GATHER)
            self._wanted, lines = 1, 0
            while self._queues and lines < LINES_IN_GROUP:
                organisation, queue = self._queues.popitem(last=False)
                submission = queue.popleft()
                if queue:
                    self._queues[organisation] = queue
                self._waiting[organisation] -= len(submission.drafts)
                lines += len(submission.drafts)
                group.append(submission)
            self._submissions -= len(group)
        return group

    def _await(self, submissions: int, seconds: float | None) -> None:
        self._wanted = submissions
        self._changed.wait_for(lambda: self._submissions >= submissions or self._stopping, seconds)

    def _commit(self, group: Sequence[Submission]) -> None:
        """Commit a group; one that fails is split, so that only the failing submission fails."""
        try:
            outcomes = self._transact(group)
        except Exception as error:  # noqa: BLE001 — the thread must outlive any fault; every sender hears of it
            away = isinstance(error, DBAPIError) and error.connection_invalidated
            if len(group) > 1 and not away:
                for submission in group:
                    self._commit([submission])
            else:
                _fail(group, error)
            return
        for submission, answers in zip(group, outcomes, strict=True):
            submission.done.set_result(answers)

    def _transact(self, submissions: Sequence[Submission]) -> list[list[Outcome]]:
        for turn in range(ROUNDS):
            before = self._ground.mark()
            try:
                with self._log.store.write() as connection:
                    if turn:
                        hold_open(connection, self._log, submissions)
                    group = Group(connection, self._log, self._ground, self._clock, submissions)
                    before = self._ground.mark()
                    outcomes = [group.judge(submission) for submission in submissions]
                    if group.events:
                        self._log.write(connection, group.events)
                    reach("intake.before-commit")
            except Overtaken:
                self._ground.reset(before)
                continue
            except BaseException:
                self._ground.reset(before)
                raise
            reach("intake.after-commit")
            if group.events:
                self._after_commit()
            return outcomes
        return [[Busy() for _ in submission.drafts] for submission in submissions]


def _fail(group: Sequence[Submission], error: Exception) -> None:
    """Answer busy when the store refused, else hand the fault itself to whoever waits."""
    if isinstance(error, DBAPIError):
        _log.warning("store refused a group", error=type(error.orig).__name__)
        for submission in group:
            submission.done.set_result([Busy() for _ in submission.drafts])
        return
    _log.error("intake failed", exc_info=error)
    for submission in group:
        submission.done.set_exception(error)
