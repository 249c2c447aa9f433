"""How is a group of submissions judged? By what a handful of queries read for all of them, in one transaction.

Sequences are given from the counter rows as read. What a refused submission had changed is taken back whole, so that
the next one is judged as if it had never come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.closings import LogClosed as LastFact
from shared.contracts.envelope import Envelope, Recorded
from shared.eventsourcing.acceptance import Already, LogClosed, judge, require_yours
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Answered, IdTaken, NotSeenYet, Refused
from shared.eventsourcing.log import Chain, Log
from shared.eventsourcing.stream import Stream, without_personal
from shared.eventsourcing.submission import Ground, Outcome, Receipt, Submission


class Group:
    """One transaction in the making: what it is judged by, and what is to be appended."""

    def __init__(
        self, connection: Connection, log: Log, ground: Ground, clock: Callable[[], int], of: Sequence[Submission]
    ) -> None:
        """Read all that these submissions will be judged by. `clock` gives microseconds."""
        self._log, self._ground, self._clock = log, ground, clock
        self.events = list[tuple[Recorded, bytes]]()
        # Chains first: what another process appends while the rest is read overtakes this group, and is not overlooked.
        self.chains = log.chains(connection, {submission.poster.organisation for submission in of})
        self.closings = hold_closed(connection, log, of)
        ground.prepare(connection, log, of)
        ids, subjects = set[tuple[UUID, UUID]](), set[UUID]()
        for submission, draft in _lines(of):
            ids.add((submission.poster.organisation, draft.id))
            subjects.add(draft.content.subject)
            subjects.update(ground.related(draft))
        self.known_ids = {
            key: (each.content, Receipt(key[0], each.sequence, each.hash, recorded=False))
            for key, each in log.found(connection, ids).items()
        }
        histories = log.streams(connection, subjects)
        self.streams = {subject: Stream.of(subject, history) for subject, history in histories.items()}

    def judge(self, submission: Submission) -> list[Outcome]:
        """Judge a submission's drafts in order; a trial, or unless lenient one refusal, undoes what all had changed."""
        undo = _Undo(self, submission.poster.organisation, self._ground.mark())
        outcomes = [self._judge_one(undo, submission.poster, draft) for draft in submission.drafts]
        refused = any(isinstance(outcome, Answered) for outcome in outcomes)
        if submission.trial or (refused and not submission.lenient):
            undo.back(self)
            self._ground.reset(undo.ground)
        return outcomes

    def stream(self, subject: UUID) -> Stream:
        """What stands of a subject, with what this group has added."""
        return self.streams.setdefault(subject, Stream(subject))

    def _judge_one(self, undo: _Undo, poster: Poster, draft: Draft) -> Outcome:
        try:
            return self._record(undo, poster, draft)
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

    def _record(self, undo: _Undo, poster: Poster, draft: Draft) -> Receipt:
        organisation, content = poster.organisation, draft.content
        digest = content.digest()
        if (known := self.known_ids.get((organisation, draft.id))) is not None:
            if known[0] != digest and not self._same_fact(organisation, draft):
                raise IdTaken("id", digest=known[0].hex())
            return known[1]
        if organisation in self.closings:
            raise LogClosed
        stream = self.stream(content.subject)
        replaced = stream.replaced_by(content)
        if replaced is not None:
            require_yours(poster, replaced.organisation, self.closings)
        self._ground.check(poster, draft, replaced)
        world = self._ground.world(self.stream)
        verdict = judge(draft, poster, stream, self._ground.decider, world, self.closings)
        if isinstance(verdict, Already):
            return Receipt(organisation, *verdict.receipt, recorded=False)
        undo.before(self, content.subject, (organisation, draft.id))
        recorded = self._enveloped(poster, draft, stream)
        said = self.stream(content.subject).add(recorded, draft.inner or draft.fact)
        self._ground.accepted(said, recorded)
        if isinstance(draft.fact, LastFact):
            self.closings[organisation] = draft.fact
        place = (organisation, recorded.envelope.sequence, recorded.hash)
        self.known_ids[organisation, draft.id] = (digest, Receipt(*place, recorded=False))
        self.events.append((recorded, digest))
        return Receipt(*place, recorded=True)

    def _enveloped(self, poster: Poster, draft: Draft, stream: Stream) -> Recorded:
        """The draft as the next event of its organisation's chain."""
        organisation = poster.organisation
        chain = self.chains[organisation]
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
            content=draft.content,
            previous=chain.hash,
        )
        recorded = Recorded(envelope, envelope.hash())
        self.chains[organisation] = Chain(envelope.sequence, recorded.hash, envelope.recorded)
        return recorded


class _Undo:
    """What a submission changed in its group, so that it can be taken back whole."""

    def __init__(self, group: Group, organisation: UUID, ground: object) -> None:
        self.ground = ground
        self._events = len(group.events)
        self._chain = {organisation: group.chains[organisation]}
        self._closings = dict(group.closings)
        self._streams = dict[UUID, Stream]()
        self._ids = list[tuple[UUID, UUID]]()

    def before(self, group: Group, subject: UUID, key: tuple[UUID, UUID]) -> None:
        """Remember a stream as it was before its first change."""
        if subject not in self._streams:
            self._streams[subject] = group.stream(subject)
            group.streams[subject] = self._streams[subject].copy()
        self._ids.append(key)

    def back(self, group: Group) -> None:
        """Undo."""
        del group.events[self._events :]
        group.chains |= self._chain
        group.closings = self._closings
        group.streams.update(self._streams)
        for key in self._ids:
            group.known_ids.pop(key, None)


def hold_closed(connection: Connection, log: Log, of: Sequence[Submission]) -> dict[UUID, LastFact]:
    """The closed logs among the posters' and those that they correct; the latter held, for several may follow."""
    posting = {submission.poster.organisation for submission in of}
    corrected = {
        draft.content.corrects.organisation
        for submission, draft in _lines(of)
        if draft.content.corrects is not None and draft.content.corrects.organisation != submission.poster.organisation
    }
    closings = log.closings(connection, corrected | posting)
    if held := corrected & closings.keys():
        log.hold(connection, held)
    return closings


def hold_open(connection: Connection, log: Log, of: Sequence[Submission]) -> None:
    """Let nobody else write of the posters' logs before this transaction ends.

    Closed logs are held before open ones, here as in every group: so two processes never wait for each other.
    """
    closed = hold_closed(connection, log, of)
    log.hold(connection, {submission.poster.organisation for submission in of} - closed.keys())


def _lines(of: Sequence[Submission]) -> Iterator[tuple[Submission, Draft]]:
    return ((submission, draft) for submission in of for draft in submission.drafts)
