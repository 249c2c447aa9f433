"""How is a whole history told in a test? Facts of all three services into real logs, put right and voided later.

The same logs feed the services, as recorded events, and the independent recount, as the JSON that the relay sends.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from shared.contracts import meetings, membership, ratings
from shared.contracts.closings import LogClosed
from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content, Correction, Envelope, Recorded, genesis
from shared.contracts.event import Event
from shared.eventsourcing.decider import Said

Log = tuple[str, UUID]
"""A service and an organisation."""

CORRECTED: Mapping[str, type[FactCorrected]] = {
    "membership": membership.MembershipFactCorrected,
    "meetings": meetings.MeetingsFactCorrected,
    "ratings": ratings.RatingsFactCorrected,
}
VOIDED: Mapping[str, type[FactVoided]] = {
    "membership": membership.MembershipFactVoided,
    "meetings": meetings.MeetingsFactVoided,
    "ratings": ratings.RatingsFactVoided,
}
CLOSED: Mapping[str, type[LogClosed]] = {
    "membership": membership.MembershipLogClosed,
    "meetings": meetings.MeetingsLogClosed,
    "ratings": ratings.RatingsLogClosed,
}


@dataclass
class Told:
    """A fact in the logs: its root, and what it says now."""

    root: Recorded
    last: Recorded
    fact: Event
    standing: bool = True

    @property
    def by(self) -> UUID:
        """Who posted it."""
        return self.root.envelope.organisation

    @property
    def subject(self) -> UUID:
        """What it is about."""
        return self.root.envelope.content.subject

    @property
    def said(self) -> Said:
        """As rules see it now."""
        envelope = self.root.envelope
        day = self.fact.effect_day(self.last.envelope.content.occurred)
        return Said(self.fact, self.subject, envelope.organisation, envelope.id, envelope.sequence, day)


class Logs:
    """The logs of all services. `recorded` grows by one microsecond an event, over all of them."""

    def __init__(self) -> None:
        self.chains: dict[Log, list[Recorded]] = {}
        self.told: list[Told] = []
        self.clock = 0
        self.heirs: dict[UUID, UUID] = {}
        self._said: set[bytes] = set()
        self._versions: Counter[tuple[str, UUID, UUID]] = Counter()

    def tell(self, fact: Event, subject: UUID, occurred: str, by: UUID) -> Told | None:
        """Post a fact; nothing when the log has ever said the same, which the intake would not record again."""
        content = Content(type=fact.name, subject=subject, occurred=occurred, fact=_raw(fact))
        digest = by.bytes + content.digest()
        if digest in self._said:
            return None
        self._said.add(digest)
        root = self._append(by, content)
        self.told.append(Told(root, root, fact))
        return self.told[-1]

    def correct(self, told: Told, fact: Event, occurred: str) -> None:
        """Put a whole new fact in the place of what it says now."""
        whole = CORRECTED[fact.service](type=fact.name, fact=json.loads(_raw(fact)))
        told.last = self._replace(told, whole, occurred)
        told.fact = fact

    def void(self, told: Told) -> None:
        """It no longer counts."""
        whole = VOIDED[told.fact.service](type=told.fact.name)
        told.last = self._replace(told, whole, told.last.envelope.content.occurred)
        told.standing = False

    def _replace(self, told: Told, whole: Event, occurred: str) -> Recorded:
        link = Correction(told.by, told.root.envelope.id, told.last.envelope.id)
        content = Content(type=whole.name, subject=told.subject, occurred=occurred, corrects=link, fact=_raw(whole))
        return self._append(self.now(told.by), content)

    def close(self, organisation: UUID, heir: UUID, effective: dt.date) -> None:
        """It goes on in another, in all services; from here on that one puts right what stands in its logs."""
        for closing in CLOSED.values():
            self.tell(
                closing(successors=(heir,), effective=effective), organisation, effective.isoformat(), organisation
            )
        self.heirs[organisation] = heir

    def now(self, organisation: UUID) -> UUID:
        """The organisation itself, or whoever goes on in its place."""
        return self.now(self.heirs[organisation]) if organisation in self.heirs else organisation

    def post(self, event: Mapping[str, Any], by: UUID) -> Recorded:
        """A CloudEvent as it is posted, under its own id."""
        link = event.get("corrects")
        content = Content(
            type=event["type"],
            subject=UUID(event["subject"]),
            occurred=event["occurred"],
            corrects=None if link is None else Correction.parse(link),
            fact=json.dumps(event["data"]["fact"]).encode(),
        )
        return self._append(by, content, UUID(event["id"]))

    def _append(self, by: UUID, content: Content, id: UUID | None = None) -> Recorded:
        service = content.type.split(".")[2]
        chain = self.chains.setdefault((service, by), [])
        self.clock += 1
        self._versions[service, by, content.subject] += 1
        envelope = Envelope(
            id=id or UUID(int=Random(self.clock).getrandbits(128), version=4),
            organisation=by,
            sequence=len(chain) + 1,
            version=self._versions[service, by, content.subject],
            recorded=self.clock,
            actor="test",
            content=content,
            previous=chain[-1].hash if chain else genesis(service, by),
        )
        chain.append(Recorded(envelope, envelope.hash()))
        return chain[-1]

    def batches(self, chance: Random | None = None) -> Iterator[tuple[str, Sequence[Recorded]]]:
        """Every log whole, service by service; with `chance`, in any order and batching that keeps each log's own."""
        queues = {log: list(chain) for log, chain in self.chains.items()}
        while queues:
            service, organisation = log = next(iter(queues)) if chance is None else chance.choice(list(queues))
            size = len(queues[log]) if chance is None else chance.randint(1, 12)
            yield service, queues[log][:size]
            queues[service, organisation] = queues[log][size:]
            if not queues[log]:
                del queues[log]

    def relayed(self, known: int | None = None) -> list[Mapping[str, Any]]:
        """What was recorded up to then, in the order of recording, as the relay sends it."""
        events = sorted(
            (each for chain in self.chains.values() for each in chain), key=lambda each: each.envelope.recorded
        )
        return [json.loads(to_cloudevent(each)) for each in events if known is None or each.envelope.recorded <= known]


def _raw(fact: Event) -> bytes:
    return fact.model_dump_json(exclude_none=True).encode()
