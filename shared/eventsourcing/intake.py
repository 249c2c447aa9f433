"""How do many senders share one fast, durable write? Group commit: gather, judge, append in one transaction.

Concurrent submissions are taken from bounded queues, one a organisation and served in turn, judged in one thread,
and written in one transaction. Sequences are given from the counter rows as read; these are raised only where they
still stand as read, and whoever was overtaken by another process is judged anew.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from shared.contracts.closings import LogClosed as LastFact
from shared.contracts.envelope import Envelope, Recorded
from shared.contracts.event import Event
from shared.eventsourcing.acceptance import Already, LogClosed, judge, require_yours
from shared.eventsourcing.decider import AnyDecider, Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Answered, Busy, IdTaken, NotSeenYet, Refused
from shared.eventsourcing.faults import reach
from shared.eventsourcing.log import Chain, Log, Overtaken
from shared.eventsourcing.stream import Stream, without_personal

LINES_IN_GROUP = 4_000
LINES_IN_QUEUE = 40_000
GATHER: Final = 0.001
"""Seconds that a group waits for as many senders as the last one answered: they come back together, and one commit
serves them all. Who sends alone waits for nobody."""
ROUNDS = 5
"""How often a group that other processes overtook is judged anew before its senders are asked to come again."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a fact stands for ever. `recorded` is false when it stood there before."""

    organisation: UUID
    sequence: int
    hash: bytes
    recorded: bool


Outcome = Receipt | Answered


@dataclass(slots=True)
class Submission:
    """What one request brings: judged all or nothing, or line by line when lenient; as a trial it changes nothing."""

    poster: Poster
    drafts: Sequence[Draft]
    lenient: bool = False
    trial: bool = False
    done: Future[list[Outcome]] = field(default_factory=Future)


class Ground(Protocol):
    """What the decisions of a service rest upon beside the stream: units, credentials, rosters. Owned by its writer."""

    def prepare(self, connection: Connection, log: Log, submissions: Sequence[Submission]) -> None:
        """Bring the knowledge up to date and load what these drafts will ask for."""

    def related(self, draft: Draft) -> Iterable[UUID]:
        """Subjects of this service's log, beside the draft's own, whose streams its rules look at."""

    def decider(self, fact: type[Event]) -> AnyDecider:
        """The rules for a kind of fact."""

    def check(self, poster: Poster, draft: Draft, replaced: Said | None) -> None:
        """Raise `Refused` when the poster may not say this of these units, or not what a correction replaces."""

    def world(self, streams: Callable[[UUID], Stream]) -> object:
        """What `decide` is given of the world, for the group that was prepared."""

    def world_about(self, facts: Iterable[Event], streams: Callable[[UUID], Stream]) -> object:
        """The same for facts that stand in the log, in any thread."""

    def known(self, draft: Draft) -> tuple[str, ...]:
        """Positions of other services' logs that the decision reads: `service/organisation=sequence`, sorted."""

    def heads_reached(self) -> bool:
        """Whether all that other services are known to have recorded lately has been seen here."""

    def accepted(self, said: Said | None, recorded: Recorded) -> None:
        """Take in a fact that later lines of the same group may rest upon."""

    def mark(self) -> object:
        """A state to come back to."""

    def reset(self, mark: object) -> None:
        """Forget what was accepted since the mark."""


@dataclass(slots=True)
class _Group:
    """One transaction in the making: what it will be judged by, and what is to be appended."""

    known_ids: dict[tuple[UUID, UUID], tuple[bytes, Receipt]]
    chains: dict[UUID, Chain]
    streams: dict[UUID, Stream]
    closings: dict[UUID, LastFact]
    events: list[tuple[Recorded, bytes]] = field(default_factory=list)

    def stream(self, subject: UUID) -> Stream:
        return self.streams.setdefault(subject, Stream(subject))


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

    def _transact(self, group: Sequence[Submission]) -> list[list[Outcome]]:
        for _ in range(ROUNDS):
            before = self._ground.mark()
            try:
                with self._log.store.write() as connection:
                    transaction = self._open(connection, group)
                    before = self._ground.mark()
                    outcomes = [self._judge(transaction, submission) for submission in group]
                    if transaction.events:
                        self._log.write(connection, transaction.events)
                    reach("intake.before-commit")
            except Overtaken:
                self._ground.reset(before)
                continue
            except BaseException:
                self._ground.reset(before)
                raise
            reach("intake.after-commit")
            if transaction.events:
                self._after_commit()
            return outcomes
        return [[Busy() for _ in submission.drafts] for submission in group]

    def _open(self, connection: Connection, group: Sequence[Submission]) -> _Group:
        """Read all that the group will be judged by, in a handful of queries."""
        # Chains first: what another process appends while the rest is read overtakes this group, and is not overlooked.
        chains = self._log.chains(connection, {submission.poster.organisation for submission in group})
        closings = self._closings(connection, group)
        self._ground.prepare(connection, self._log, group)
        ids, subjects = set(), set()
        for submission, draft in _lines(group):
            ids.add((submission.poster.organisation, draft.id))
            subjects.add(draft.content.subject)
            subjects.update(self._ground.related(draft))
        known = self._log.found(connection, ids).items()
        histories = self._log.streams(connection, subjects)
        return _Group(
            {key: (each.content, Receipt(key[0], each.sequence, each.hash, recorded=False)) for key, each in known},
            chains,
            {subject: Stream.of(subject, history) for subject, history in histories.items()},
            closings,
        )

    def _closings(self, connection: Connection, group: Sequence[Submission]) -> dict[UUID, LastFact]:
        """The closed logs among the posters' and those that they correct; the latter held, for several may follow."""
        corrected = {
            draft.content.corrects.organisation
            for submission, draft in _lines(group)
            if draft.content.corrects is not None
            and draft.content.corrects.organisation != submission.poster.organisation
        }
        closings = self._log.closings(connection, corrected | {each.poster.organisation for each in group})
        if held := corrected & closings.keys():
            self._log.hold(connection, held)
        return closings

    def _judge(self, group: _Group, submission: Submission) -> list[Outcome]:
        """Judge a submission's drafts in order; a trial, or unless lenient one refusal, undoes what all had changed."""
        undo = _Undo(group, submission.poster.organisation, self._ground.mark())
        outcomes = [self._judge_one(group, undo, submission.poster, draft) for draft in submission.drafts]
        refused = any(isinstance(outcome, Answered) for outcome in outcomes)
        if submission.trial or (refused and not submission.lenient):
            undo.back(group)
            self._ground.reset(undo.ground)
        return outcomes

    def _judge_one(self, group: _Group, undo: _Undo, poster: Poster, draft: Draft) -> Outcome:
        try:
            return self._record(group, undo, poster, draft)
        except Refused as refusal:
            if refusal.foreign and not self._ground.heads_reached():
                return NotSeenYet(refusal.field)
            return refusal
        except Answered as answer:
            return answer

    def _same_fact(self, organisation: UUID, draft: Draft) -> bool:
        """Whether a draft about somebody forgotten says what stands under its id, personal parts aside."""
        stood = self._log.event(organisation, draft.id) if draft.forgotten else None
        if stood is None:
            return False
        return without_personal(stood.envelope.content).digest() == without_personal(draft.content).digest()

    def _record(self, group: _Group, undo: _Undo, poster: Poster, draft: Draft) -> Receipt:
        organisation, content = poster.organisation, draft.content
        digest = content.digest()
        if (known := group.known_ids.get((organisation, draft.id))) is not None:
            if known[0] != digest and not self._same_fact(organisation, draft):
                raise IdTaken("id", digest=known[0].hex())
            return known[1]
        if organisation in group.closings:
            raise LogClosed
        stream = group.stream(content.subject)
        replaced = stream.replaced_by(content)
        if replaced is not None:
            require_yours(poster, replaced.organisation, group.closings)
        self._ground.check(poster, draft, replaced)
        world = self._ground.world(group.stream)
        verdict = judge(draft, poster, stream, self._ground.decider, world, group.closings)
        if isinstance(verdict, Already):
            return Receipt(organisation, *verdict.receipt, recorded=False)
        undo.before(group, content.subject, (organisation, draft.id))
        chain = group.chains[organisation]
        envelope = Envelope(
            id=draft.id,
            organisation=organisation,
            sequence=chain.sequence + 1,
            version=stream.versions.get(organisation, 0) + 1,
            recorded=max(self._clock(), chain.recorded),
            actor=str(poster.credential),
            declared_actor=draft.declared_actor,
            causation=draft.causation,
            correlation=draft.correlation,
            known=self._ground.known(draft),
            key_id=draft.key_id,
            signature=draft.signature,
            content=content,
            previous=chain.hash,
        )
        recorded = Recorded(envelope, envelope.hash())
        group.chains[organisation] = Chain(envelope.sequence, recorded.hash, envelope.recorded)
        said = group.stream(content.subject).add(recorded, draft.inner or draft.fact)
        self._ground.accepted(said, recorded)
        if isinstance(draft.fact, LastFact):
            group.closings[organisation] = draft.fact
        place = (organisation, envelope.sequence, recorded.hash)
        group.known_ids[organisation, draft.id] = (digest, Receipt(*place, recorded=False))
        group.events.append((recorded, digest))
        return Receipt(*place, recorded=True)


class _Undo:
    """What a submission changed in its group, so that it can be taken back whole."""

    def __init__(self, group: _Group, organisation: UUID, ground: object) -> None:
        self.ground = ground
        self._events = len(group.events)
        self._chain = {organisation: group.chains[organisation]}
        self._closings = dict(group.closings)
        self._streams: dict[UUID, Stream] = {}
        self._ids: list[tuple[UUID, UUID]] = []

    def before(self, group: _Group, subject: UUID, key: tuple[UUID, UUID]) -> None:
        """Remember a stream as it was before its first change."""
        if subject not in self._streams:
            self._streams[subject] = group.stream(subject)
            group.streams[subject] = self._streams[subject].copy()
        self._ids.append(key)

    def back(self, group: _Group) -> None:
        """Undo."""
        del group.events[self._events :]
        group.chains |= self._chain
        group.closings = self._closings
        group.streams.update(self._streams)
        for key in self._ids:
            group.known_ids.pop(key, None)


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


def _lines(group: Sequence[Submission]) -> Iterator[tuple[Submission, Draft]]:
    return ((submission, draft) for submission in group for draft in submission.drafts)
