"""Were the events of an export signed by keys that counted when they were recorded? Judged from two files alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.envelope import EPOCH, Recorded
from shared.contracts.event import VIETNAM
from shared.contracts.membership import SigningKeyRegistered, SigningKeyRevoked
from shared.eventsourcing.decider import Said
from shared.eventsourcing.stream import fact_of, said_of
from shared.units.directory import Directory, SigningKey
from shared.units.signing import verifies

KEY_FACTS = (SigningKeyRegistered, SigningKeyRevoked)


@dataclass
class Signatures:
    """The keys of a log, and what came of each signature that was looked at."""

    keys: Directory
    revoked: dict[UUID, int]
    """Key → the microsecond at which its revocation was recorded."""
    good: int = 0
    unsigned: int = 0
    wrong: list[UUID] = field(default_factory=list)
    unknown: list[UUID] = field(default_factory=list)
    """Events whose key is not in the log of keys."""

    @classmethod
    def of(cls, lines: Iterable[bytes]) -> Signatures:
        """The keys that an exported log registers and revokes."""
        told: list[Said] = []
        revoked: dict[UUID, int] = {}
        for line in lines:
            recorded = from_cloudevent(line)
            if recorded.envelope.content.type in {fact.name for fact in KEY_FACTS}:
                envelope = recorded.envelope
                said = said_of(envelope, fact_of(envelope.content), envelope.organisation, envelope.sequence)
                told.append(said)
                if isinstance(said.fact, SigningKeyRevoked):
                    revoked.setdefault(said.subject, envelope.recorded)
        return cls(Directory().with_facts(told), revoked)

    def look_at(self, recorded: Recorded) -> None:
        """Count one event."""
        envelope = recorded.envelope
        if envelope.key_id is None or envelope.signature is None:
            self.unsigned += 1
            return
        key = self.keys.signing_key(UUID(envelope.key_id))
        if key is None:
            self.unknown.append(envelope.id)
        elif self._counted(key, recorded) and verifies(
            key, envelope.organisation, envelope.id, envelope.content, envelope.signature
        ):
            self.good += 1
        else:
            self.wrong.append(envelope.id)

    def _counted(self, key: SigningKey, recorded: Recorded) -> bool:
        """Whether the key was the poster's when the event was recorded.

        Another service may have heard of a revocation a little late; what it took in between is for people to judge,
        and counts as wrong here.
        """
        envelope = recorded.envelope
        day = (EPOCH + dt.timedelta(microseconds=envelope.recorded)).astimezone(VIETNAM).date()
        own = key.organisation == envelope.organisation and str(key.credential or envelope.actor) == envelope.actor
        ended = self.revoked.get(key.id)
        return own and key.valid_on(day) and (ended is None or envelope.recorded < ended)

    @property
    def exit_code(self) -> int:
        """0: all good; 1: one is wrong; 2: one cannot be judged."""
        return 1 if self.wrong else 2 if self.unknown else 0

    def told(self) -> dict[str, Any]:
        """As an answer has it."""
        return {
            "good": self.good,
            "unsigned": self.unsigned,
            "wrong": [str(each) for each in self.wrong],
            "unknown_key": [str(each) for each in self.unknown],
        }

    def __str__(self) -> str:
        wrong, unknown = len(self.wrong), len(self.unknown)
        return (
            f"chữ ký: {self.good} đúng, {wrong} sai, {unknown} chưa rõ khóa, {self.unsigned} không ký · "
            f"signatures: {self.good} good, {wrong} wrong, {unknown} of unknown keys, {self.unsigned} unsigned"
        )
