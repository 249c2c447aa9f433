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


def known(log: Log, keys: KeyStore, organisation: UUID, persons: Sequence[UUID], *, sensitive: bool) -> list[Known]:
    """What an organisation's own log says of these persons, in their order. Blocks."""
    holdings = [Holding(organisation, person) for person in persons]
    gone = keys.forgotten(holdings)
    found = keys.keys([each for each in holdings if each not in gone])
    with log.store.read() as connection:
        streams = log.streams(connection, [each.person for each in found])
    return [
        _known(each, found.get(each), streams.get(each.person, ()), forgotten=each in gone, sensitive=sensitive)
        for each in holdings
    ]


def _known(
    holding: Holding, key: bytes | None, stream: Iterable[Recorded], *, forgotten: bool, sensitive: bool
) -> Known:
    if key is None:
        return Known(holding.person, forgotten)
    details: dict[str, Any] = {}
    for sealed in _standing(holding, stream):
        try:
            details |= msgspec.json.decode(decrypt(key, holding.organisation, holding.person, sealed))
        except NotReadable:
            # Encrypted before a key was lost and made anew: nobody can read it any more, the rest can be read.
            continue
    there = {name: value for name, value in details.items() if value is not None}
    shown = {name: value for name, value in there.items() if sensitive or name not in SENSITIVE}
    return Known(holding.person, forgotten, shown, sorted(there.keys() - shown.keys()))


def _standing(holding: Holding, stream: Iterable[Recorded]) -> list[bytes]:
    """The ciphertexts about the person that stand in the organisation's log, by day and place."""
    roots: dict[UUID, tuple[tuple[object, int], bytes | None]] = {}
    for recorded in stream:
        envelope, content = recorded.envelope, recorded.envelope.content
        if envelope.organisation != holding.organisation:
            continue
        sealed = None if content.personal is None else parts(content.personal).get(holding.person)
        place = (local_day(content.occurred), envelope.sequence)
        if content.corrects is None:
            roots[envelope.id] = (place, sealed)
        elif content.corrects.organisation == holding.organisation and content.corrects.root in roots:
            (_, sequence), before = roots[content.corrects.root]
            said = None if is_voiding(content.type) else sealed or before
            roots[content.corrects.root] = ((place[0], sequence), said)
    return [sealed for _, sealed in sorted(roots.values(), key=lambda each: each[0]) if sealed is not None]
