"""Which facts stand? Every event once, corrections and voidings followed, up to a position, in the fold's order."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tests.oracle.events import CLOSED, CORRECTED, VOIDED, Corrects, Event, Log, day_of, read


class Reference(NamedTuple):
    """The root event of a fact: the organisation that posted it, and its id."""

    organisation: str
    event: str


class Closing(NamedTuple):
    """An organisation is closed from a day on, and another goes on in its place; in some subtrees others do."""

    day: dt.date
    successor: str
    portions: Mapping[str, str] = {}
    """The root of a subtree -> who goes on there."""

    others: tuple[str, ...] = ()
    """The other successors named."""

    @property
    def successors(self) -> frozenset[str]:
        """All who are named."""
        return frozenset({self.successor, *self.portions.values(), *self.others})


@dataclass(frozen=True)
class Fact:
    """A standing fact: the content of its last version, in the place of its root."""

    service: str
    name: str
    organisation: str
    root: str
    sequence: int
    subject: str
    day: dt.date
    body: Mapping[str, Any]

    @property
    def reference(self) -> Reference:
        """The root event."""
        return Reference(self.organisation, self.root)


def standing(
    events: Iterable[Mapping[str, Any]],
    *,
    at: Mapping[tuple[str, str], int] | None = None,
    closed: Mapping[str, Closing] | None = None,
) -> list[Fact]:
    """The facts that count, in the order of the fold.

    `at` is the asked position, (service, organisation) -> last sequence known, an absent one 0; none is everything.
    `closed` names the successors of closed organisations. Posted events must all be acceptable to the services, but
    for repeated ids, repeated contents and replaced links, which are left out here as there.
    """
    accepted = [event for log in _logs(events) for event in _accepted(log)]
    known = [event for event in accepted if at is None or event.sequence <= at.get(event.log, 0)]
    ended = {log: _closing(events) for log, events in _by_log(known).items() if events[-1].name == CLOSED}
    # «what counts» "last link of each root's chain up to the asked position, no voided root; folded by day,
    # organisation, order in the organisation's log"
    links = _links(known, closed or {}, ended)
    facts = []
    for root in known:
        if root.name not in (CORRECTED, VOIDED):
            last = _last(root, links)
            if last.name != VOIDED:
                facts.append(_fact(root, last))
    # «order within a day» "order in the log; no figure depends on order between two logs"
    return sorted(facts, key=lambda fact: (fact.day, fact.organisation, fact.sequence, fact.service))


def _logs(events: Iterable[Mapping[str, Any]]) -> list[list[Event]]:
    """Every log by itself: by sequence when recorded, as given when posted."""
    logs: dict[Log, list[Event]] = defaultdict(list)
    for raw in events:
        event = read(raw)
        logs[event.log].append(event)
    for log, content in logs.items():
        sequences = {(event.sequence, event.id) for event in content}
        if len({event.sequence == 0 for event in content}) > 1:
            message = f"{log}: recorded and posted events are mixed"
            raise ValueError(message)
        if content[0].sequence and len({sequence for sequence, _ in sequences}) < len(sequences):
            message = f"{log}: one sequence is held by two events"
            raise ValueError(message)
        content.sort(key=lambda event: event.sequence)  # stable: posted events keep the order in which they were given
    return list(logs.values())


def _accepted(log: list[Event]) -> list[Event]:
    """The events of one log that count, each once, in their order."""
    accepted: dict[str, Event] = {}
    last: dict[str, str] = {}  # last links that are no voidings: event id -> content
    contents: set[str] = set()
    for event in log:
        # «same id again» "never counts a second time, whatever its content"
        if event.id in accepted:
            continue
        # «already» "a new id with the content of a *standing* fact of that log does not count; once that fact is
        # voided or corrected away, the same content counts again"
        if event.content in contents:
            continue
        if event.corrects is not None and event.corrects.organisation == event.log.organisation:
            if event.corrects.replaces not in last:
                continue  # never seen, or replaced before, or a voiding
            contents.discard(last.pop(event.corrects.replaces))
        if event.name != VOIDED:
            last[event.id] = event.content
            contents.add(event.content)
        accepted[event.id] = replace(event, sequence=event.sequence or len(accepted) + 1)
    return list(accepted.values())


def _by_log(events: list[Event]) -> dict[Log, list[Event]]:
    logs: dict[Log, list[Event]] = defaultdict(list)
    for event in events:
        logs[event.log].append(event)
    return logs


def _closing(log: list[Event]) -> Closing:
    """What the last event of a closed log says."""
    return closing_of(log[-1].fact)


def closing_of(body: Mapping[str, Any]) -> Closing:
    """A closing as it was posted; what no portion names goes to the first successor."""
    first, *others = body["successors"]
    portions = {portion["unit"]: portion["successor"] for portion in body.get("portions", ())}
    return Closing(dt.date.fromisoformat(body["effective"]), first, portions, tuple(others))


def _links(
    events: list[Event], closed: Mapping[str, Closing], ended: Mapping[Log, Closing]
) -> dict[tuple[str, Corrects], Event]:
    """What replaced what: (service, the replaced link) -> the event that replaced it."""
    links: dict[tuple[str, Corrects], Event] = {}
    for event in events:
        if event.corrects is not None:
            here = {log.organisation: closing for log, closing in ended.items() if log.service == event.log.service}
            if _may_correct(event.log.organisation, event.corrects.organisation, {**closed, **here}):
                links.setdefault((event.log.service, event.corrects), event)
    return links


def _may_correct(poster: str, organisation: str, closed: Mapping[str, Closing]) -> bool:
    """Only the organisation that posted, or its named successor, over however many closings."""
    if poster == organisation:
        return True
    later = {each: closing for each, closing in closed.items() if each != organisation}
    heirs = closed[organisation].successors if organisation in closed else ()
    return any(_may_correct(poster, heir, later) for heir in heirs)


def _last(root: Event, links: dict[tuple[str, Corrects], Event]) -> Event:
    """The last link of the root's chain."""
    last = root
    while following := links.get((root.log.service, Corrects(root.log.organisation, root.id, last.id))):
        if following.fact["type"] != root.type:
            break  # a correction is of the same type as its root
        last = following
        # «voiding» "ends the chain; … a correction that replaces the voiding is not used"
        if last.name == VOIDED:
            break
    return last


def _fact(root: Event, last: Event) -> Fact:
    # «correction's day» "the corrected fact's own day, in the root's order and organisation, also when the successor
    # posts it"
    body = root.fact if last is root else last.fact["fact"]
    return Fact(
        service=root.log.service,
        name=root.name,
        organisation=root.log.organisation,
        root=root.id,
        sequence=root.sequence,
        subject=root.subject,
        day=day_of(root.name, body, last.occurred),
        body=body,
    )
