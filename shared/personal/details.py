"""What is known of a person? The parts of all standing facts, decrypted and laid over each other, later over earlier.

A correction that says nothing of the person keeps what the fact said before; a voiding takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from shared.contracts.envelope import Recorded
from shared.contracts.event import local_day
from shared.contracts.personal import SENSITIVE
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import is_voiding
from shared.personal.cipher import NotReadable, decrypt, parts
from shared.personal.keys import Holding, KeyStore

FORGOTTEN: Final = {"vi": "đã xóa", "en": "erased"}
"""The mark that stands wherever details stood, in every answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an organisation holds of a person, as far as it was asked for."""

    person: UUID
    forgotten: bool
    details: Mapping[str, Any] = field(default_factory=dict)
    withheld: Sequence[str] = ()
    """Sensitive fields that are there and were not shown."""

    def shown(self) -> dict[str, Any]:
        """For an answer; who was forgotten bears the mark, who was never described has no details."""
        said: dict[str, Any] = {"person": str(self.person), "forgotten": self.forgotten}
        if self.forgotten:
            return {**said, "mark": FORGOTTEN}
        return {**said, "details": dict(self.details), "withheld": list(self.withheld)}


def known(log: Log, keys: KeyStore, holders: Mapping[UUID, Sequence[UUID]], *, sensitive: bool) -> list[Known]:
    """What the logs of its holders say of each person, in the order given. Blocks.

    `holders`: person → organisations, those that went on in others before these: what corrects follows.
    """
    about = {person: [Holding(each, person) for each in organisations] for person, organisations in holders.items()}
    holdings = [each for told in about.values() for each in told]
    gone = keys.forgotten(holdings)
    found = keys.keys([each for each in holdings if each not in gone])
    with log.store.read() as connection:
        streams = log.streams(connection, list(dict.fromkeys(each.person for each in found)))
    return [
        _known(
            person,
            {each.organisation: found[each] for each in told if each in found},
            [each.organisation for each in told],
            streams.get(person, ()),
            forgotten=not gone.isdisjoint(told),
            sensitive=sensitive,
        )
        for person, told in about.items()
    ]


def _known(
    person: UUID,
    keys: Mapping[UUID, bytes],
    holders: Sequence[UUID],
    stream: Iterable[Recorded],
    *,
    forgotten: bool,
    sensitive: bool,
) -> Known:
    if not keys:
        return Known(person, forgotten)
    details: dict[str, Any] = {}
    for organisation, sealed in _standing(person, holders, stream):
        try:
            details |= msgspec.json.decode(decrypt(keys[organisation], organisation, person, sealed))
        except (NotReadable, KeyError):
            # Encrypted before a key was lost and made anew, or forgotten by one of them: the rest can be read.
            continue
    there = {name: value for name, value in details.items() if value is not None}
    shown = {name: value for name, value in there.items() if sensitive or name not in SENSITIVE}
    return Known(person, forgotten=False, details=shown, withheld=sorted(there.keys() - shown.keys()))


def _standing(person: UUID, holders: Sequence[UUID], stream: Iterable[Recorded]) -> list[tuple[UUID, bytes]]:
    """The ciphertexts about the person that stand in these logs, each with whose it is, by day and place."""
    logs = {
        organisation: [each for each in stream if each.envelope.organisation == organisation]
        for organisation in holders
    }
    roots: dict[tuple[UUID, UUID], tuple[tuple[object, int, int], tuple[UUID, bytes] | None]] = {}
    for number, (organisation, told) in enumerate(logs.items()):
        for recorded in told:
            envelope, content = recorded.envelope, recorded.envelope.content
            sealed = None if content.personal is None else parts(content.personal).get(person)
            said = None if sealed is None else (organisation, sealed)
            if content.corrects is None:
                roots[organisation, envelope.id] = ((local_day(content.occurred), number, envelope.sequence), said)
            elif (root := (content.corrects.organisation, content.corrects.root)) in roots:
                (day, *_), before = roots[root]
                kept = None if is_voiding(content.type) else said or before
                roots[root] = ((day, number, envelope.sequence), kept)
    return [said for _, said in sorted(roots.values(), key=lambda each: each[0]) if said is not None]
