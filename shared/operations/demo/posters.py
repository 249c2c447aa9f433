"""How do many posters send their facts at once? Each with its own key and connections, repeating what got no answer.

A batch is repeated, byte for byte, until the service has accepted it: repeating is harmless, so a killed service or
a lost answer costs time only. A refusal ends everything, with one line that says who was refused, where, and why.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Protocol

import httpx
import msgspec

from shared.contracts.ratings import CriterionScored, RatingProposed, RatingVerified, UnitSelfRated
from shared.operations.demo.posting import Posting
from shared.operations.demo.scribe import Posted, encode

BATCH: Final = 500
"""Lines in one request."""
PATIENCE: Final = 120.0
"""Seconds for which one batch is repeated."""
TIME_OUT: Final = 60.0
LONGEST_PAUSE: Final = 2.0
NEW_KEY: Final = 15.0
"""Seconds for which a service may not know a key that has just been issued."""
TRY_AGAIN: Final = frozenset({408, 429, 502, 503, 504})
PREPARING: Final = frozenset(cls.name for cls in (UnitSelfRated, CriterionScored, RatingProposed, RatingVerified))
"""What leads to a decision."""
BESIDE_THE_POINT: Final = frozenset({424, 503})
"""What a batch says of the lines that were not the reason for its refusal."""


class NotPosted(Exception):
    """A batch was refused, or got no answer in time; the text is one line."""


class Watch(Protocol):
    """Whoever wants to see how the posting goes."""

    def posted(self, service: str, lines: int) -> None:
        """So many more lines were accepted by the service."""


@dataclass(slots=True)
class Totals:
    """What became of all lines, by service."""

    recorded: Counter[str] = field(default_factory=Counter)
    already: Counter[str] = field(default_factory=Counter)
    """Lines that stood in the log before: the same facts posted again."""


class Receipt(msgspec.Struct, frozen=True):
    """Where an accepted event stands."""

    service: str
    organisation: str
    sequence: int
    hash: str

    def __str__(self) -> str:
        """As `Nennep-After` has it."""
        return f"{self.service}/{self.organisation}/{self.sequence}/{self.hash}"


class _Outcome(msgspec.Struct, frozen=True):
    status: int
    receipt: Receipt | None = None
    problem: dict[str, Any] | None = None


class _Outcomes(msgspec.Struct, frozen=True):
    outcomes: list[_Outcome]


async def post(
    postings: Sequence[Posting], urls: Mapping[str, str], keys: Mapping[str, str], watch: Watch | None = None
) -> Totals:
    """Post everything. `urls` by service, `keys` by poster. NotPosted as soon as one batch is lost for good.

    Different posters go side by side, as do the services of one poster; what one poster says to one service keeps its
    order, and a posting waits for those that it names.
    """
    run = _Run(urls, keys, watch, {posting.name: asyncio.get_running_loop().create_future() for posting in postings})
    queues: dict[tuple[str, str], list[Posting]] = defaultdict(list)
    for posting in postings:
        queues[posting.poster, posting.service].append(posting)
    try:
        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(run.post_in_order(queue))
    except ExceptionGroup as several:
        # The first loss cancels the others; one line about it is enough.
        raise several.exceptions[0] from None
    finally:
        await run.close()
    return run.totals


class _Run:
    """One posting of everything."""

    def __init__(
        self,
        urls: Mapping[str, str],
        keys: Mapping[str, str],
        watch: Watch | None,
        done: dict[str, asyncio.Future[Receipt | None]],
    ) -> None:
        self.totals = Totals()
        self._urls, self._watch, self._done = urls, watch, done
        self._clients = {poster: _client(key) for poster, key in keys.items()}

    async def close(self) -> None:
        """Give all connections back."""
        for client in self._clients.values():
            await client.aclose()

    async def post_in_order(self, queue: Sequence[Posting]) -> None:
        """One poster's postings to one service, one after another."""
        for posting in queue:
            after = [await self._done[name] for name in posting.after]
            self._done[posting.name].set_result(await self._post(posting, after))

    async def _post(self, posting: Posting, after: Sequence[Receipt | None]) -> Receipt | None:
        """Every batch of a posting; the first names what must have been seen. Gives the last receipt."""
        last = None
        header = _after(posting.service, after)
        for key, batch in self._batches(posting):
            outcomes = await self._send(posting, key, b"\n".join(map(encode, batch)), header)
            header = {}
            recorded = sum(outcome.status == httpx.codes.CREATED for outcome in outcomes)
            self.totals.recorded[posting.service] += recorded
            self.totals.already[posting.service] += len(outcomes) - recorded
            last = max(
                (outcome.receipt for outcome in outcomes if outcome.receipt is not None),
                key=lambda receipt: receipt.sequence,
                default=last,
            )
            if self._watch is not None:
                self._watch.posted(posting.service, len(outcomes))
        return last

    def _batches(self, posting: Posting) -> Iterator[tuple[str, list[Posted]]]:
        """Each batch and whose key it goes under. What prepares goes first, in another hand than what decides."""
        poster, proposer = posting.poster, proposer_of(posting.poster)
        if proposer not in self._clients:
            yield from ((poster, batch) for batch in _batches(posting.events()))
            return
        proposed = (event for event in posting.events() if event["type"] in PREPARING)
        others = (event for event in posting.events() if event["type"] not in PREPARING)
        yield from ((proposer, batch) for batch in _batches(proposed))
        yield from ((poster, batch) for batch in _batches(others))

    async def _send(self, posting: Posting, key: str, body: bytes, header: Mapping[str, str]) -> list[_Outcome]:
        """Repeat one batch until it is accepted."""
        client, url = self._clients[key], f"{self._urls[posting.service]}/v1/events"
        began, pause, reason = time.monotonic(), 0.05, ""
        while (waited := time.monotonic() - began) < PATIENCE:
            try:
                answer = await client.post(url, content=body, headers={**_LINES, **header})
            except httpx.TransportError as error:
                reason = type(error).__name__
            else:
                if answer.is_success:
                    return msgspec.json.decode(answer.content, type=_Outcomes).outcomes
                reason = _reason(answer)
                fresh = answer.status_code == httpx.codes.UNAUTHORIZED and waited < NEW_KEY
                if answer.status_code not in TRY_AGAIN and not fresh:
                    break
                pause = max(pause, _retry_after(answer))
            await asyncio.sleep(min(pause, LONGEST_PAUSE))
            pause *= 2
        message = f"{posting.name}: {reason}"
        raise NotPosted(message)


_LINES: Final = {"Content-Type": "application/x-ndjson"}


def proposer_of(poster: str) -> str:
    """The name of the key under which a poster proposes what it decides under its own."""
    return f"{poster}+proposer"


def _client(key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=TIME_OUT, trust_env=False)


def _batches(events: Iterator[Posted]) -> Iterator[list[Posted]]:
    while batch := list(islice(events, BATCH)):
        yield batch


def _after(service: str, receipts: Sequence[Receipt | None]) -> dict[str, str]:
    """The header that names the last receipt of each log of another service."""
    last: dict[tuple[str, str], Receipt] = {}
    for receipt in sorted((each for each in receipts if each is not None), key=lambda each: each.sequence):
        if receipt.service != service:
            last[receipt.service, receipt.organisation] = receipt
    return {"Nennep-After": ", ".join(map(str, last.values()))} if last else {}


def _retry_after(answer: httpx.Response) -> float:
    """Seconds that the service asks to wait; a moment when it does not say."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0


def _reason(answer: httpx.Response) -> str:
    """Code, field and title of the first real problem in an answer."""
    try:
        content: dict[str, Any] = msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.MsgspecError:
        return f"{answer.status_code}"
    lines = [outcome.get("problem") or {} for outcome in content.get("outcomes", ())]
    real = [problem for problem in lines if problem and problem.get("status") not in BESIDE_THE_POINT]
    problem = next(iter(real), next(filter(None, lines), content))
    words = (problem.get("status", answer.status_code), problem.get("code"), problem.get("field"), problem.get("title"))
    return " · ".join(str(word) for word in words if word is not None)
