"""How does an outbox become empty? Its facts are posted in their order, page by page, until each has an answer.

Whatever breaks in between, the same lines go out again with the same ids, and the service answers with the receipts of
the first time. A fact for one service waits there for what this outbox has recorded with the others (`Nennep-After`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from shared.client.answers import Again, Posted, Problem, Receipt, Refused, Unreachable
from shared.client.client import Client, Outcome
from shared.client.outbox import Outbox, Waiting

PAGE: Final = 200
"""Facts in one post."""
MOST_BYTES: Final = 4 * 2**20
_TOO_LARGE: Final = 413


@dataclass(frozen=True, slots=True)
class Sent:
    """How a sending ended."""

    recorded: int
    already: int
    refused: int
    waiting: int
    """Not sent, or not answered: their service was not reached, or asked to wait beyond all patience."""


def send(
    outbox: Outbox,
    clients: Mapping[str, Client],
    *,
    page: int = PAGE,
    told: Callable[[int, int], None] | None = None,
) -> Sent:
    """Send what waits. `clients` by service; `told(done, all)` hears of progress.

    AnotherSender when somebody else sends; Unreachable, Again or NotAllowed when it has to stop before the end: what
    was answered until then is in the outbox, the rest waits there. KeyError for a service that has no client.
    """
    with outbox.sender():
        sending = _Sending(outbox, clients, told or (lambda _done, _all: None))
        while facts := _page(outbox.waiting, page, sending.stuck):
            sending.page(facts)
            outbox.refresh()
        outbox.compact()
        return Sent(sending.recorded, sending.already, sending.refused, len(outbox.waiting))


def _page(waiting: Sequence[Waiting], most: int, stuck: set[str]) -> list[Waiting]:
    """The first facts that go to the same service, as many as one post takes."""
    open_ones = [fact for fact in waiting if fact.id not in stuck]
    if not open_ones:
        return []
    same = list(takewhile(lambda fact: fact.service == open_ones[0].service, open_ones[:most]))
    size, count = 0, 0
    for fact in same:
        size += len(fact.line.encode()) + 1
        if size > MOST_BYTES and count:
            break
        count += 1
    return same[:count]


class _Sending:
    """One sending, from its first page to its last."""

    def __init__(self, outbox: Outbox, clients: Mapping[str, Client], told: Callable[[int, int], None]) -> None:
        self._outbox = outbox
        self._clients = clients
        self._told = told
        self._ends: dict[str, Receipt] = {}
        self.recorded = self.already = self.refused = 0
        self.stuck: set[str] = set()
        """Facts whose service asked to wait, beyond all patience; others went on."""
        for receipt in outbox.receipts.values():
            self._seen(receipt)

    def page(self, facts: Sequence[Waiting]) -> None:
        """Post a page and write down what came of it; what may come again is posted for itself."""
        found = self._posted(facts)
        self._settle(facts, found)
        for fact, outcome in zip(facts, found, strict=True):
            if isinstance(outcome, Problem) and outcome.passes:
                self._alone(fact)

    def _alone(self, fact: Waiting) -> None:
        try:
            (outcome,) = found = self._posted([fact])
        except Again:
            self.stuck.add(fact.id)
            return
        self._settle([fact], found)
        if isinstance(outcome, Problem) and outcome.passes:
            self.stuck.add(fact.id)

    def _posted(self, facts: Sequence[Waiting]) -> list[Outcome]:
        """The outcomes of a page, in halves where it is too large for one post."""
        service = facts[0].service
        after = [receipt for name, receipt in self._ends.items() if name != service]
        try:
            return self._clients[service].lines([fact.line for fact in facts], after=after)
        except Refused as refused:
            if refused.problem.status != _TOO_LARGE:
                raise
            if len(facts) == 1:
                return [refused.problem]
        half = len(facts) // 2
        return [*self._posted(facts[:half]), *self._posted(facts[half:])]

    def _settle(self, facts: Sequence[Waiting], found: Sequence[Outcome]) -> None:
        pairs = list(zip(facts, found, strict=True))
        for fact, outcome in pairs:
            if isinstance(outcome, Posted):
                if outcome.id.lower() != fact.id:
                    message = "the answer names another fact"
                    raise Unreachable(message)
                self.already += outcome.already
                self.recorded += not outcome.already
                self._seen(outcome.receipt)
            else:
                self.refused += not outcome.passes
        self._outbox.settle(pairs)
        done = self.recorded + self.already + self.refused
        self._told(done, done + len(self._outbox.waiting))

    def _seen(self, receipt: Receipt) -> None:
        """The furthest place of each service's log, of the organisation that posts."""
        known = self._ends.get(receipt.service)
        if known is None or known.sequence < receipt.sequence or known.organisation != receipt.organisation:
            self._ends[receipt.service] = receipt
