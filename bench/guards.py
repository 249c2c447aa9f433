"""What makes a fast answer count? Nothing lost, nothing out of order, every commit durable, every conflict raised."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any, cast
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import text

from bench.callers import in_threads
from bench.fold import Totals, fold
from bench.history import SERVICE, History, Post
from bench.ours import OurIntake, receipt_of, with_drafts
from bench.rounds import require
from shared.contracts.envelope import Recorded
from shared.eventsourcing.draft import Draft, Expected
from shared.eventsourcing.errors import IdTaken, StaleVersion
from shared.eventsourcing.feed import verify
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.submission import Outcome, Receipt
from shared.operations.leash import leashed

EVERYTHING = 10**9
SYNCHRONOUS_FULL = 2
"""As SQLite numbers it."""


def all_acknowledged_stand(ours: OurIntake) -> str:
    """Every receipt names an event of the log with that hash, no event lacks one, and every chain verifies."""
    events = ours.log.after({}, EVERYTHING)
    verify(SERVICE, {}, events)
    stands = {(each.envelope.organisation, each.envelope.sequence): each.hash for each in events}
    promised = {(each.organisation, each.sequence): each.hash for each in ours.receipts}
    require(len(promised) == len(ours.receipts), "two facts were given one place")
    require(stands == promised, f"{len(stands)} events, {len(promised)} receipts")
    return f"{len(events):,} events in {len({place[0] for place in stands})} chains, as acknowledged"


def durable(store: Store) -> str:
    """A commit of this store survives power loss."""
    with store.write() as connection:
        if store.on_sqlite:
            level = connection.execute(text("PRAGMA synchronous")).scalar_one()
            require(level == SYNCHRONOUS_FULL, f"synchronous={level}")
            return "synchronous=FULL"
        settings = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in _POSTGRES}
        require(set(settings.values()) == {"on"}, f"{settings}")
    return ", ".join(f"{name}=on" for name in settings)


_POSTGRES = ("fsync", "synchronous_commit", "full_page_writes")


def conflicts_are_raised(url: str, callers: int = 16) -> str:
    """A stale version, an id with other content, and all but one of several who begin the same stream are refused."""
    with OurIntake(url) as ours:
        post, other = with_drafts(History(91).of_one_organisation(2))
        (first,) = _submit(ours, post)
        (again,) = _submit(ours, post)
        require(receipt_of(again).sequence == receipt_of(first).sequence, "the same fact was recorded twice")
        (stale,) = _submit(ours, other, about=post[0].subject, expected=7)
        require(isinstance(stale, StaleVersion), f"a stale version: {stale}")
        (taken,) = _submit(ours, (other[0], replace(other[1], id=post[0].id)))
        require(isinstance(taken, IdTaken), f"an id with other content: {taken}")
        beginners, outcomes = with_drafts(History(92).of_one_organisation(callers)), list[Outcome]()
        subject = UUID(int=99)
        in_threads(
            callers,
            beginners,
            lambda each: outcomes.extend(_submit(ours, each, about=subject, expected=Expected.NEW)),
        )
        accepted = [each for each in outcomes if isinstance(each, Receipt)]
        require(len(accepted) == 1, f"{len(accepted)} began one stream")
        require(all(isinstance(each, Receipt | StaleVersion) for each in outcomes), f"{outcomes}")
        return f"of {callers} who began one stream 1 was accepted"


def _submit(
    ours: OurIntake, line: tuple[Post, Draft], *, about: UUID | None = None, expected: Expected | int = Expected.ANY
) -> list[Outcome]:
    post, draft = line
    content = draft.content if about is None else replace(draft.content, subject=about)
    return ours.intake.submit(post.poster, [replace(draft, content=content, expected=expected)]).result()


def a_follower_misses_nothing(url: str, count: int, callers: int = 8) -> str:
    """Who follows the log while several append sees each chain in order and without a gap, to its end."""
    seen, done = list[Recorded](), threading.Event()

    def follow() -> None:
        position: dict[UUID, int] = {}
        log, ended = Log(SERVICE, open_store(url)), False
        while not ended:
            ended = done.is_set()
            while events := log.after(position, 500):
                seen.extend(events)
                position |= {each.envelope.organisation: each.envelope.sequence for each in events}
        log.store.close()

    with OurIntake(url) as ours:
        follower = threading.Thread(target=follow)
        follower.start()
        try:
            ours.send_from_threads(callers, with_drafts(History(93).take(count)))
        finally:
            done.set()
            follower.join()
    verify(SERVICE, {}, seen)
    require(len(seen) == len(ours.receipts) == count, f"{len(seen)} of {count} were seen")
    return f"{count:,} events from {callers} callers, each chain in order"


def a_killed_process_loses_nothing(url: str, count: int) -> str:
    """What was acknowledged before a SIGKILL stands in the log after it."""
    command = [sys.executable, "-m", "bench.guards", url]
    with subprocess.Popen(leashed(command), stdout=subprocess.PIPE, text=True) as child:
        said = cast("IO[str]", child.stdout)
        acknowledged = [said.readline().split() for _ in range(count)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [line.split() for line in said if line.endswith("\n")]
    log = Log(SERVICE, open_store(url))
    events = log.after({}, EVERYTHING)
    log.store.close()
    verify(SERVICE, {}, events)
    stands = {(str(each.envelope.organisation), str(each.envelope.sequence), each.hash.hex()) for each in events}
    lost = {tuple(each) for each in acknowledged} - stands
    require(not lost, f"{len(lost)} of {len(acknowledged)} acknowledged facts are gone")
    return f"{len(acknowledged):,} acknowledged, {len(events):,} in the log"


def equals_the_fold(found: Totals, posts: Sequence[Post]) -> str:
    """A way of reading came to the sums of the plain fold."""
    expected = fold(posts)
    require(found == expected, f"{len(found)} sums, the plain fold has {len(expected)}, or they differ")
    return f"{len(expected):,} sums"


def all_seen(posts: Sequence[Post], offered: Mapping[str, int], seen: Mapping[str, Any]) -> str:
    """Every fact was seen once, each organisation's in order, and the rows are those of the plain fold."""
    require(seen["moments"].keys() == offered.keys(), f"{len(seen['moments'])} of {len(offered)} were seen")
    reached: dict[str, int] = {}
    for organisation, sequence in seen["order"]:
        require(sequence == reached.get(organisation, 0) + 1, f"{organisation} at {sequence}")
        reached[organisation] = sequence
    if seen["totals"] is not None:
        equals_the_fold({(branch, year): tuple(sums) for branch, year, *sums in seen["totals"]}, posts)
    return f"{len(offered):,} facts once and in order"


def _append_until_killed(url: str) -> None:
    ours, history = OurIntake(url), History(94)

    def one(line: tuple[Post, Draft]) -> None:
        receipt = receipt_of(ours.intake.submit(line[0].poster, [line[1]]).result()[0])
        sys.stdout.write(f"{receipt.organisation} {receipt.sequence} {receipt.hash.hex()}\n")
        sys.stdout.flush()

    while True:
        in_threads(8, with_drafts(history.take(200)), one)


if __name__ == "__main__":
    _append_until_killed(sys.argv[1])
