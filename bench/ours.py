"""What is measured of Nền Nếp? Its public write side: drafts into the intake, receipts back once they are durable."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Self

from bench.callers import in_tasks, in_threads
from bench.history import SERVICE, Post
from bench.rounds import require
from shared.contracts.event import Event
from shared.eventsourcing.decider import AnyDecider, Decider
from shared.eventsourcing.draft import Draft
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.eventsourcing.submission import Outcome, Receipt
from shared.web.posting import Media, read_post
from tests.support.grounds import OpenGround

NOW = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)


def counting(fact: type[Event]) -> AnyDecider:
    """The simplest rules: every fact is accepted, and the state counts them."""
    return _DECIDERS.setdefault(fact, Decider[int, object](frozenset({fact}), 0, lambda *_: None, lambda n, _: n + 1))


_DECIDERS: dict[type[Event], AnyDecider] = {}


class OurIntake:
    """A log with its intake, and every receipt that it gave."""

    def __init__(self, url: str) -> None:
        self.log = Log(SERVICE, open_store(url))
        self.receipts: list[Receipt] = []
        self.intake = Intake(self.log, OpenGround(counting), after_commit=lambda: None)
        self.intake.start()

    def send(self, line: tuple[Post, Draft]) -> None:
        """One post, as one request brings it; returns when it is durable."""
        post, draft = line
        self._keep(self.intake.submit(post.poster, [draft]).result())

    def send_bytes(self, post: Post) -> None:
        """The same from the bytes of a request."""
        self.send((post, _drafts(post.cloudevent(), Media.ONE)[0]))

    def send_batch(self, batch: Sequence[tuple[Post, Draft]]) -> None:
        """A batch of one organisation, all or nothing."""
        self._keep(self.intake.submit(batch[0][0].poster, [draft for _, draft in batch]).result())

    def send_lines(self, request: tuple[Sequence[Post], bytes]) -> None:
        """The same from the bytes of a request with one event a line."""
        batch, body = request
        self._keep(self.intake.submit(batch[0].poster, _drafts(body, Media.LINES)).result())

    def send_from_threads(self, callers: int, lines: Sequence[tuple[Post, Draft]]) -> None:
        """So many threads."""
        in_threads(callers, lines, self.send)

    def send_from_tasks(self, callers: int, lines: Sequence[tuple[Post, Draft]]) -> None:
        """So many tasks of one loop, as the web server's requests are."""

        async def one(line: tuple[Post, Draft]) -> None:
            outcomes = await asyncio.wrap_future(self.intake.submit(line[0].poster, [line[1]]))
            self._keep(outcomes)

        in_tasks(callers, lines, one)

    def __enter__(self) -> Self:
        """Started already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the intake and give the store back."""
        self.intake.stop()
        self.log.store.close()

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        self.receipts += map(receipt_of, outcomes)


def receipt_of(outcome: Outcome) -> Receipt:
    """The receipt; raises the refusal where there is none."""
    if not isinstance(outcome, Receipt):
        raise outcome
    return outcome


def _drafts(body: bytes, media: Media) -> list[Draft]:
    lines = read_post(body, media, SERVICE, NOW)
    drafts = [line for line in lines if isinstance(line, Draft)]
    require(len(drafts) == len(lines), f"{len(lines) - len(drafts)} lines cannot be read")
    return drafts


def with_drafts(posts: Sequence[Post]) -> list[tuple[Post, Draft]]:
    """Each post with the draft that the web would make of it."""
    return [(post, post.draft()) for post in posts]
