"""What does a batch of events say? Read, put under their roots, and written into the fact tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Correction, Recorded
from shared.contracts.event import Event, contract, known_versions
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import UnknownVersion, Unreadable
from shared.eventsourcing.facts import Facts, Version, version_of
from shared.eventsourcing.stream import fact_of, plain, said_of


@dataclass(slots=True)
class Batch:
    """What a batch has brought."""

    touched: list[tuple[Recorded, Said]] = field(default_factory=list)
    """Each event with the versions that it brought or replaced."""
    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Types that nobody here listens to, and how often they came."""
    unread: list[tuple[Recorded, str]] = field(default_factory=list)
    """Events of types listened to that do not decode, or whose version is unknown."""


class Reader:
    """Writes events into the fact tables, within the caller's transaction."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._listened = frozenset(facts.tables)

    def read(self, connection: Connection, events: Sequence[Recorded]) -> Batch:
        """Decode, insert versions in bulk, and tell what was touched, in the order in which it came."""
        batch = Batch()
        plains: list[Version] = []
        for recorded in events:
            try:
                fact = self._decoded(recorded)
            except (Unreadable, ValueError) as error:
                batch.unread.append((recorded, type(error).__name__))
                continue
            corrects = recorded.envelope.content.corrects
            if fact is None:
                batch.passed[recorded.envelope.content.type] += 1
            elif corrects is None:
                plains.append(version_of(recorded, fact))
                batch.touched.append((recorded, _said(plains[-1])))
            else:
                self._insert(connection, batch, plains)
                batch.touched += self._correct(connection, recorded, corrects, fact)
        self._insert(connection, batch, plains)
        return batch

    def _decoded(self, recorded: Recorded) -> Event | None:
        """The fact that counts, or the voiding itself; nothing when nobody here listens to its type."""
        content = recorded.envelope.content
        cls = contract(content.type)
        if cls is not None and issubclass(cls, FactVoided):
            voided = cls.model_validate_json(content.fact, extra="ignore")
            return voided if contract(voided.type) in self._listened else None
        name = plain(content).type
        said = contract(name)
        if said is None and any(contract(other) in self._listened for other in known_versions(name)):
            raise UnknownVersion(name)
        return fact_of(content) if said in self._listened else None

    def _insert(self, connection: Connection, batch: Batch, plains: list[Version]) -> None:
        """Insert what was gathered; versions from other logs that came before these roots count from now on."""
        self._facts.insert(connection, plains)
        batch.touched += ((root.recorded, said) for root, said in self._facts.adopt(connection, plains))
        plains.clear()

    def _correct(
        self, connection: Connection, recorded: Recorded, corrects: Correction, fact: Event
    ) -> list[tuple[Recorded, Said]]:
        """Write a correction or voiding; what it replaces is touched as well as what it says."""
        cls = contract(fact.type) if isinstance(fact, FactVoided) else type(fact)
        if cls is None or issubclass(cls, FactCorrected | FactVoided):
            raise Unreadable(recorded.envelope.content.type)
        touched = [(recorded, said) for said in self._facts.replaced(connection, cls, recorded)]
        self._facts.insert_correction(connection, recorded, cls.name, voids=isinstance(fact, FactVoided))
        if not isinstance(fact, FactVoided):
            sequence = self._facts.root_sequence(connection, cls, corrects.organisation, corrects.root)
            raw = plain(recorded.envelope.content).fact
            version = Version(recorded, fact, raw, corrects.organisation, corrects.root, sequence)
            self._facts.insert(connection, [version])
            touched.append((recorded, _said(version)))
        return touched


def _said(version: Version) -> Said:
    """The version as rules see it; while its root has not been seen, its place among others of its day is open."""
    said = said_of(version.recorded.envelope, version.fact, version.organisation, version.sequence or 0)
    return Said(said.fact, said.subject, said.organisation, version.root, said.sequence, said.day)
