"""Where do tests of the read side get real chains from? Organisations that record meetings, correct and void them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from uuid import UUID

from shared.contracts.envelope import Content, Correction, Envelope, Recorded, genesis
from shared.contracts.event import Event
from shared.contracts.meetings import (
    MeetingHeld,
    MeetingKind,
    MeetingsFactCorrected,
    MeetingsFactVoided,
    Roll,
)


@dataclass
class Chronicle:
    """A log of one service in memory, with real hash chains; recorded in microseconds 1, 2, 3 …"""

    service: str = "meetings"
    chains: dict[UUID, list[Recorded]] = field(default_factory=dict)
    clock: int = 0

    def record(
        self,
        organisation: UUID,
        fact: Event,
        subject: UUID,
        *,
        occurred: str = "2022-05-31",
        corrects: Correction | None = None,
        name: str | None = None,
    ) -> Recorded:
        """Append one event; `name` pretends to another type."""
        raw = fact.model_dump_json(exclude_none=True).encode()
        content = Content(type=name or fact.name, subject=subject, occurred=occurred, fact=raw, corrects=corrects)
        return self.append(organisation, content)

    def append(self, organisation: UUID, content: Content) -> Recorded:
        """Append content as it is."""
        chain = self.chains.setdefault(organisation, [])
        self.clock += 1
        envelope = Envelope(
            id=UUID(int=10**12 + self.clock),
            organisation=organisation,
            sequence=len(chain) + 1,
            version=1 + sum(each.envelope.content.subject == content.subject for each in chain),
            recorded=self.clock,
            actor="test",
            content=content,
            previous=chain[-1].hash if chain else genesis(self.service, organisation),
        )
        recorded = Recorded(envelope, envelope.hash())
        chain.append(recorded)
        return recorded

    def meet(self, organisation: UUID, branch: UUID, subject: UUID, present: int, expected: int = 20) -> Recorded:
        """A regular meeting of a branch."""
        return self.record(organisation, meeting(branch, present, expected), subject)

    def correct(self, root: Recorded, last: Recorded, fact: Event) -> Recorded:
        """Replace the last version of a root by a whole new fact."""
        whole = MeetingsFactCorrected(type=fact.name, fact=fact.model_dump(mode="json", exclude_none=True))
        return self.record(
            root.envelope.organisation, whole, root.envelope.content.subject, corrects=_corrects(root, last)
        )

    def void(self, root: Recorded, last: Recorded) -> Recorded:
        """End a chain."""
        whole = MeetingsFactVoided(type=root.envelope.content.type)
        return self.record(
            root.envelope.organisation, whole, root.envelope.content.subject, corrects=_corrects(root, last)
        )

    def events(self) -> list[Recorded]:
        """Everything, each organisation's in sequence."""
        return [each for chain in self.chains.values() for each in chain]

    def interleaved(self, seed: int) -> list[Recorded]:
        """Everything in a random order that keeps each organisation's own."""
        rng = random.Random(seed)
        queues = [list(chain) for chain in self.chains.values() if chain]
        mixed = []
        while queues:
            queue = rng.choice(queues)
            mixed.append(queue.pop(0))
            queues = [each for each in queues if each]
        return mixed


def meeting(branch: UUID, present: int, expected: int = 20) -> MeetingHeld:
    """A regular meeting with so many of those expected."""
    roll = Roll(expected=expected, present=present, absent=expected - present)
    return MeetingHeld(branch=branch, kind=MeetingKind.REGULAR, roll=roll)


def _corrects(root: Recorded, last: Recorded) -> Correction:
    return Correction(root.envelope.organisation, root.envelope.id, last.envelope.id)
