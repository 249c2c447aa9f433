"""How is a rule tested? `given(what stands).when(something is posted).then(what comes of it)`, by the real judgement.

What stands is taken as it is, whether a rule would accept it or not. Units, access and rosters follow from the
membership facts among it, beside the small country of `tests.support.landscape`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from shared.contracts.envelope import Envelope, Recorded, genesis
from shared.contracts.event import Event
from shared.eventsourcing.acceptance import Accepted, Already, judge
from shared.eventsourcing.decider import AnyDecider
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.stream import Stream
from shared.units.knowledge import KNOWLEDGE_FACTS, Knowledge
from shared.units.roster import standing
from shared.units.world import World
from tests.support.landscape import LANDSCAPE
from tests.support.posts import Post


def given(*posts: Post) -> Given:
    """The small country, and what else stands."""
    found = _country().copy()
    for post in posts:
        found.take(post)
    return found


@cache
def _country() -> Given:
    country = Given()
    for post in LANDSCAPE:
        country.take(post)
    return country


class Given:
    """What stands in the logs before something is posted."""

    def __init__(self) -> None:
        self._streams: dict[tuple[str, UUID], Stream] = {}
        self._sequences: dict[tuple[str, UUID], int] = defaultdict(int)
        self._knowledge = Knowledge()

    def copy(self) -> Given:
        """The same, to be added to."""
        copy = Given()
        copy._streams = {key: stream.copy() for key, stream in self._streams.items()}
        copy._sequences = self._sequences.copy()
        copy._knowledge = self._knowledge
        return copy

    def when(self, post: Post) -> Verdict:
        """Judge a post against it; nothing changes."""
        draft = post.draft()
        judged = type(draft.inner or draft.fact)
        asked = {post.subject, *related(draft.inner or draft.fact)}
        try:
            outcome = judge(
                draft,
                Poster(organisation=post.by, credential=UUID(int=7), role="recorder"),
                self.stream(post.service, post.subject),
                decider_of,
                self.world(post.service, asked),
            )
        except Answered as answer:
            return Verdict(judged, answer)
        return Verdict(judged, outcome)

    def take(self, post: Post) -> None:
        """Record a post without judging it."""
        draft = post.draft()
        key = (post.service, post.by)
        self._sequences[key] += 1
        stream = self.stream(post.service, post.subject)
        envelope = Envelope(
            id=draft.id,
            organisation=post.by,
            sequence=self._sequences[key],
            version=stream.versions.get(post.by, 0) + 1,
            recorded=0,
            actor="test",
            content=draft.content,
            previous=genesis(*key),
        )
        stream.add(Recorded(envelope, envelope.hash()), draft.inner or draft.fact)
        self._learn(post, stream)

    def _learn(self, post: Post, stream: Stream) -> None:
        root = (post.root.by, post.root.id)
        said = stream.links[root].said
        if said is None:
            self._knowledge = self._knowledge.without([root])
        elif type(said.fact) in KNOWLEDGE_FACTS:
            self._knowledge = self._knowledge.told([said])

    def stream(self, service: str, subject: UUID) -> Stream:
        """A subject's stream in the log of a service."""
        return self._streams.setdefault((service, subject), Stream(subject))

    def world(self, service: str, asked: Iterable[UUID]) -> World:
        """What rules are given; they may ask for those streams only."""
        streams = {subject: self.stream(service, subject) for subject in asked}
        knowledge = self._knowledge
        return World(knowledge.tree, knowledge.directory, self._is_member, streams.__getitem__, self._on_book)

    def _on_book(self, unit: UUID, day: dt.date) -> int:
        """Counted person by person, as one would on paper."""
        tree, found = self._knowledge.tree, set[tuple[UUID, UUID]]()
        for (service, person), stream in list(self._streams.items()):
            if service != "membership":
                continue
            for branch in standing(stream.standing(), tree).branches(day):
                holder = tree.parent(branch, day) if tree.kind(branch) == "sub-branch" else branch
                if holder is not None and tree.under(branch, unit, day):
                    found.add((person, holder))
        return len(found)

    def _is_member(self, person: UUID, branch: UUID, day: dt.date) -> bool:
        tree = self._knowledge.tree
        branches = standing(self.stream("membership", person).standing(), tree).branches(day)
        return any(each == branch or tree.under(each, branch, day) for each in branches)


@dataclass(frozen=True)
class Verdict:
    """What came of a post."""

    judged: type[Event]
    outcome: Accepted | Already | Answered

    @property
    def accepted(self) -> bool:
        """Whether it may be appended."""
        return isinstance(self.outcome, Accepted)

    @property
    def already(self) -> bool:
        """Whether it stands under another id."""
        return isinstance(self.outcome, Already)

    def then(self, expected: type[Event | Answered] | None = None, at: str | None = None) -> None:
        """The fact is recorded (its type), refused (the refusal and the field that it names), or nothing happens."""
        match self.outcome:
            case Answered() as answer:
                assert (type(answer), answer.field) == (expected, at)
            case Accepted():
                assert expected is self.judged, f"{self.judged.__name__} was accepted"
            case Already():
                assert expected is None, f"{self.judged.__name__} stands already"


def decider_of(fact: type[Event]) -> AnyDecider:
    """The decider of a fact, as its service gives it."""
    decider: AnyDecider = _domain(fact.service).DECIDERS[fact]
    return decider


def related(fact: Event) -> tuple[UUID, ...]:
    """The other streams that a fact's rules may ask for, as its service says."""
    named: tuple[UUID, ...] = _domain(fact.service).related(fact)
    return named


def _domain(service: str) -> Any:
    return import_module(f"services.{service}.domain")
