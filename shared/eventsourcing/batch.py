"""What does a batch of events say? Read, put under their roots, and written into the fact tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Correction, Recorded
from shared.contracts.event import Event, contract, decode, known_versions
from shared.contracts.upcasting import current
from shared.eventsourcing.accounts import Tally
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import UnknownVersion, Unreadable
from shared.eventsourcing.fact_table import Version, version_of
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.permission import EVERYTHING, Permission
from shared.eventsourcing.stream import fact_of, plain


@dataclass(slots=True)
class Batch:
    """What a batch has brought."""

    touched: list[tuple[Recorded, Said]] = field(default_factory=list)
    """Each event with the versions that it brought or replaced."""
    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Types that nobody here listens to, and how often they came."""
    unread: list[tuple[Recorded, str]] = field(default_factory=list)
    """Events of types listened to that do not decode, or whose version is unknown."""
    tally: Tally = field(default_factory=lambda: defaultdict(int))
    """What became of each event, counted."""


class Reader:
    """Writes events into the fact tables, within the caller's transaction."""

    def __init__(
        self, facts: Facts, permission: Permission = EVERYTHING, always: frozenset[type[Event]] = frozenset()
    ) -> None:
        """`always` are the types that are heard whatever the permission says."""
        self._facts = facts
        self._permission, self._always = permission, always
        self._listened = frozenset(facts.tables)
        self._services = {cls.service for cls in facts.tables}
        self._as_said = {cls.name: cls for cls in facts.tables if current(cls.name) == cls.name}
        """Types of facts whose bytes are read as they were said: nearly all that comes."""

    def read(self, connection: Connection, events: Sequence[Recorded]) -> Batch:
        """Decode, insert versions in bulk, and tell what was touched, in the order in which it came."""
        batch = Batch()
        plains: list[Version] = []
        for recorded in events:
            organisation, corrects = recorded.envelope.organisation, recorded.envelope.content.corrects
            try:
                fact = self._decoded(recorded)
            except (Unreadable, ValueError) as error:
                batch.unread.append((recorded, type(error).__name__))
                batch.tally[organisation, "unread"] += 1
                continue
            if fact is None:
                batch.passed[recorded.envelope.content.type] += 1
                batch.tally[organisation, "passed"] += 1
                continue
            batch.tally[organisation, "voids" if isinstance(fact, FactVoided) else "facts"] += 1
            if corrects is None:
                version = version_of(recorded, fact)
                plains.append(version)
                batch.touched.append((recorded, _said(version)))
            else:
                self._insert(connection, batch, plains)
                batch.touched += self._correct(connection, recorded, corrects, fact)
        self._insert(connection, batch, plains)
        return batch

    def touched(self, connection: Connection, recorded: Recorded) -> list[Said]:
        """What an event that is in the tables brought, and what it replaced."""
        fact = self._decoded(recorded)
        if fact is None:
            return []
        corrects = recorded.envelope.content.corrects
        if corrects is None:
            return [_said(version_of(recorded, fact))]
        cls = _corrected(recorded, fact)
        touched = self._facts.replaced(connection, cls, recorded)
        if not isinstance(fact, FactVoided):
            touched.append(_said(self._version(connection, recorded, corrects, fact)))
        return touched

    def _decoded(self, recorded: Recorded) -> Event | None:
        """The fact that counts, or the voiding itself; nothing when nobody here listens to its type."""
        content = recorded.envelope.content
        if (plainly := self._as_said.get(content.type)) is not None:
            if not self._permits(plainly, content.type, recorded):
                return None
            try:
                fact = decode(plainly, content.fact)
            except ValueError as error:
                raise Unreadable(content.type) from error
            fact.effect_day(content.occurred)
            return fact
        cls = contract(content.type)
        if cls is not None and issubclass(cls, FactCorrected | FactVoided) and content.corrects is None:
            raise Unreadable(content.type)
        if cls is not None and issubclass(cls, FactVoided):
            voided = cls.model_validate_json(content.fact, extra="ignore")
            return voided if self._listens(current(voided.type), recorded) else None
        name = current(plain(content).type)
        said = contract(name)
        others = {contract(other) for other in known_versions(name)} if said is None else set()
        if any(self._hears(other) and self._permits(other, name, recorded) for other in others):
            raise UnknownVersion(name)
        if not self._listens(name, recorded):
            return None
        fact = fact_of(content)
        fact.effect_day(content.occurred)
        return fact

    def _hears(self, known: type[Event] | None) -> bool:
        """Whether another version of a known type would matter here: corrections of a service listened to do too."""
        corrects = known is not None and issubclass(known, FactCorrected | FactVoided)
        return known in self._listened or (corrects and known is not None and known.service in self._services)

    def _listens(self, name: str, recorded: Recorded) -> bool:
        """Whether facts of this name are kept here. Unreadable where another service's log speaks of them."""
        said = contract(name)
        if said is not None and said.service != recorded.envelope.service:
            raise Unreadable(recorded.envelope.content.type)
        return said in self._listened and self._permits(said, name, recorded)

    def _permits(self, said: type[Event] | None, name: str, recorded: Recorded) -> bool:
        """Whether the service may hear this."""
        return said in self._always or self._permission.allows(recorded, name)

    def _insert(self, connection: Connection, batch: Batch, plains: list[Version]) -> None:
        """Insert what was gathered; versions from other logs that came before these roots count from now on."""
        self._facts.insert(connection, plains)
        batch.touched += ((root.recorded, said) for root, said in self._facts.adopt(connection, plains))
        plains.clear()

    def _correct(
        self, connection: Connection, recorded: Recorded, corrects: Correction, fact: Event
    ) -> list[tuple[Recorded, Said]]:
        """Write a correction or voiding; what it replaces is touched as well as what it says."""
        cls = _corrected(recorded, fact)
        touched = [(recorded, said) for said in self._facts.replaced(connection, cls, recorded)]
        self._facts.insert_correction(connection, recorded, cls.name, voids=isinstance(fact, FactVoided))
        if not isinstance(fact, FactVoided):
            version = self._version(connection, recorded, corrects, fact)
            self._facts.insert(connection, [version])
            touched.append((recorded, _said(version)))
        return touched

    def _version(self, connection: Connection, recorded: Recorded, corrects: Correction, fact: Event) -> Version:
        """The new version that a correction carries, at its root's place."""
        sequence = self._facts.root_sequence(connection, type(fact), corrects.organisation, corrects.root)
        day = fact.effect_day(recorded.envelope.content.occurred)
        return Version(recorded, fact, day, corrects.organisation, corrects.root, sequence)


def _corrected(recorded: Recorded, fact: Event) -> type[Event]:
    """The type of the root that a correction or voiding is about. Unreadable where it is about one of these."""
    cls = contract(current(fact.type)) if isinstance(fact, FactVoided) else type(fact)
    if cls is None or issubclass(cls, FactCorrected | FactVoided):
        raise Unreadable(recorded.envelope.content.type)
    return cls


def _said(version: Version) -> Said:
    """The version as rules see it; while its root has not been seen, its place among others of its day is open."""
    subject = version.recorded.envelope.content.subject
    return Said(version.fact, subject, version.organisation, version.root, version.sequence or 0, version.day)
