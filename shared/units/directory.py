"""Who may post, and under which mandates? Organisations, credentials and mandates, folded from membership's facts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    Act,
    Body,
    CredentialIssued,
    CredentialRevoked,
    IdentityAdmitted,
    MandateGranted,
    MandateWithdrawn,
    MemberRulesAdopted,
    OrganisationRegistered,
    ReaderGranted,
    ReaderRevoked,
    Role,
    SigningKeyRegistered,
    SigningKeyRevoked,
)
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Refused

T = TypeVar("T")
Root = tuple[UUID, UUID]
"""(organisation, event) of a standing fact."""

DIRECTORY_FACTS: Final[frozenset[type[Event]]] = frozenset(
    {
        *(OrganisationRegistered, CredentialIssued, CredentialRevoked, IdentityAdmitted),
        *(SigningKeyRegistered, SigningKeyRevoked),
        *(MandateGranted, MandateWithdrawn),
        *(ReaderGranted, ReaderRevoked),
        MemberRulesAdopted,
    }
)
"""The facts that make the directory."""


class RoleMayNot(Refused):
    """The role of the credential does not allow this."""

    status = 403


@dataclass(frozen=True, slots=True)
class Credential:
    """A key, or a person who signs on: for whom, in which subtrees, between which days; never the secret itself."""

    id: UUID
    organisation: UUID
    role: Role
    roots: tuple[UUID, ...]
    """Subtrees in which it may post; none: the organisation's whole line."""
    key_hash: bytes | None
    """Of an API key; none for a person."""
    identity_hash: bytes | None
    """Of a person who signs on; none for a key."""
    valid_from: dt.date
    valid_to: dt.date | None
    """The first day on which it is no longer valid."""
    revoked: bool

    def valid_on(self, day: dt.date) -> bool:
        """Whether the key opens on that day; a revoked one never does again."""
        return not self.revoked and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Mandate:
    """The grantee may name the units of a subtree for some acts (ủy nhiệm)."""

    id: UUID
    granted_by: UUID
    """The organisation in whose log it stands."""
    grantee: UUID
    acts: frozenset[Act]
    subtree: UUID
    """A unit or a place."""
    valid_from: dt.date
    valid_to: dt.date | None
    """The first day on which it is no longer valid, by its own terms or by withdrawal."""

    def covers(self, act: str, day: dt.date) -> bool:
        """Whether it allows an act on that day."""
        return act in self.acts and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key under which an organisation signs what it posts."""

    id: UUID
    organisation: UUID
    public: bytes
    credential: UUID | None
    """The only credential that may use it; none: any of the organisation."""
    demanded: bool
    valid_from: dt.date
    valid_to: dt.date | None
    revoked: bool

    def valid_on(self, day: dt.date) -> bool:
        """Whether it counts on that day by its own terms; a revocation is looked at apart."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def serves(self, poster: Poster, day: dt.date) -> bool:
        """Whether this poster may sign with it on that day."""
        own = self.organisation == poster.organisation and self.credential in {None, poster.credential}
        return own and not self.revoked and self.valid_on(day)


@dataclass(frozen=True, slots=True)
class ReaderGrant:
    """What a service that records nothing may hear, between which days."""

    id: UUID
    service: str
    producers: frozenset[str]
    organisations: frozenset[UUID]
    """None named: all."""
    sensitive: bool
    valid_from: dt.date
    valid_to: dt.date | None
    revoked: bool

    def valid_on(self, day: dt.date) -> bool:
        """Whether it lets the service hear on that day."""
        return not self.revoked and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Directory:
    """What is known of organisations, credentials and mandates. Immutable: new facts give another directory."""

    _facts: Mapping[UUID, tuple[Said, ...]] = field(default_factory=dict)
    _credentials: Mapping[UUID, Credential] = field(default_factory=dict)
    _mandates: Mapping[UUID, Mandate] = field(default_factory=dict)
    _by_grantee: Mapping[UUID, tuple[Mandate, ...]] = field(default_factory=dict)
    _signing_keys: Mapping[UUID, SigningKey] = field(default_factory=dict)
    _by_identity: Mapping[bytes, tuple[Credential, ...]] = field(default_factory=dict)
    _demanding: Mapping[UUID, dt.date] = field(default_factory=dict)
    """Organisation → the first day from which it demands signatures."""
    _readers: Mapping[UUID, ReaderGrant] = field(default_factory=dict)

    def with_facts(self, told: Iterable[Said]) -> Directory:
        """The directory with these standing facts too; others are passed over, a newer version replaces its root's."""
        new = {_root(said): said for said in told if type(said.fact) in DIRECTORY_FACTS}
        return self._changed({said.subject for said in new.values()}, new, frozenset(new)) if new else self

    def without(self, roots: Iterable[Root]) -> Directory:
        """The directory without the facts of these roots: they were voided."""
        gone = frozenset(roots)
        touched = {said.subject for facts in self._facts.values() for said in facts if _root(said) in gone}
        return self._changed(touched, {}, gone) if touched else self

    def told(self, subjects: Iterable[UUID] | None) -> set[Root]:
        """The roots of the facts about these subjects that stand in it; None: of all."""
        wanted = self._facts if subjects is None else subjects
        return {_root(said) for subject in wanted for said in self._facts.get(subject, ())}

    def _changed(self, touched: set[UUID], new: Mapping[Root, Said], gone: frozenset[Root]) -> Directory:
        facts = dict(self._facts)
        for subject in touched:
            kept = (said for said in facts.get(subject, ()) if _root(said) not in gone)
            facts[subject] = tuple(in_order([*kept, *(said for said in new.values() if said.subject == subject)]))
        credentials = _with(self._credentials, {subject: _credential(facts[subject]) for subject in touched})
        mandates = _with(self._mandates, {subject: _mandate(facts[subject]) for subject in touched})
        keys = _with(self._signing_keys, {subject: _signing_key(facts[subject]) for subject in touched})
        readers = _with(self._readers, {subject: _reader(facts[subject]) for subject in touched})
        identities, demanding = self._by_identity, self._demanding
        if credentials != self._credentials:
            identities = _by_identity(credentials.values())
        if keys != self._signing_keys:
            demanding = _demanding(keys.values())
        granted = _grouped(mandates.values())
        return Directory(facts, credentials, mandates, granted, keys, identities, demanding, readers)

    def credential(self, key_id: UUID) -> Credential | None:
        """The credential of that key id, whether it is valid or not."""
        return self._credentials.get(key_id)

    def identity(self, identity_hash: bytes, day: dt.date) -> Credential | None:
        """As whom a person may sign on that day; of several the one with the lowest id."""
        found = (each for each in self._by_identity.get(identity_hash, ()) if each.valid_on(day))
        return min(found, key=lambda each: each.id, default=None)

    def admitted(self, identity_hash: bytes) -> tuple[Credential, ...]:
        """Every standing admission of a person, whatever the day."""
        return tuple(each for each in self._by_identity.get(identity_hash, ()) if not each.revoked)

    def signing_key(self, key: UUID) -> SigningKey | None:
        """A public key by its id, whether it is valid or not."""
        return self._signing_keys.get(key)

    def demands_signatures(self, organisation: UUID, day: dt.date) -> bool:
        """Whether nothing is taken unsigned from an organisation on that day."""
        since = self._demanding.get(organisation)
        return since is not None and since <= day

    def organisation(self, organisation: UUID) -> OrganisationRegistered | None:
        """What an organisation was registered as."""
        registered = (said.fact for said in self._facts.get(organisation, ()))
        return next((fact for fact in registered if isinstance(fact, OrganisationRegistered)), None)

    def member_rules(self, organisation: UUID, day: dt.date) -> MemberRulesAdopted | None:
        """The organisation's own rules for its members on a day: the last adopted; nothing where none are known."""
        adopted = (said for said in self._facts.get(organisation, ()) if said.day <= day)
        told = [said.fact for said in adopted if isinstance(said.fact, MemberRulesAdopted)]
        return told[-1] if told else None

    def mandate(self, mandate: UUID) -> Mandate | None:
        """A mandate by its id."""
        return self._mandates.get(mandate)

    def mandates(self, grantee: UUID, act: str, day: dt.date) -> tuple[Mandate, ...]:
        """The mandates under which an organisation may act on a day."""
        return tuple(mandate for mandate in self._by_grantee.get(grantee, ()) if mandate.covers(act, day))

    @property
    def readers(self) -> tuple[ReaderGrant, ...]:
        """Every grant to a service that reads, revoked or not, by service."""
        return tuple(sorted(self._readers.values(), key=lambda each: (each.service, each.valid_from, each.id)))

    def reader(self, service: str, day: dt.date) -> ReaderGrant | None:
        """Under which grant a service may hear on that day; of several the one with the lowest id."""
        found = (each for each in self._readers.values() if each.service == service and each.valid_on(day))
        return min(found, key=lambda each: each.id, default=None)

    def is_operator(self, organisation: UUID) -> bool:
        """Whether it runs this deployment."""
        registered = self.organisation(organisation)
        return registered is not None and registered.body is Body.OPERATOR


def _root(said: Said) -> Root:
    return said.organisation, said.event


def _credential(facts: tuple[Said, ...]) -> Credential | None:
    """The first issue of the id counts; whoever issued it again was wrong."""
    kinds = (CredentialIssued, IdentityAdmitted)
    issued = next(((said.subject, said.fact) for said in facts if isinstance(said.fact, kinds)), None)
    if issued is None:
        return None
    key_id, fact = issued
    return Credential(
        id=key_id,
        organisation=fact.organisation,
        role=fact.role,
        roots=fact.roots,
        key_hash=bytes.fromhex(fact.key_hash) if isinstance(fact, CredentialIssued) else None,
        identity_hash=bytes.fromhex(fact.identity_hash) if isinstance(fact, IdentityAdmitted) else None,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        revoked=any(isinstance(said.fact, CredentialRevoked) for said in facts),
    )


def _signing_key(facts: tuple[Said, ...]) -> SigningKey | None:
    """The first registration of the id counts."""
    found = next(((said.subject, said.fact) for said in facts if isinstance(said.fact, SigningKeyRegistered)), None)
    if found is None:
        return None
    key, fact = found
    return SigningKey(
        id=key,
        organisation=fact.organisation,
        public=bytes.fromhex(fact.public_key),
        credential=fact.credential,
        demanded=fact.demanded,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        revoked=any(isinstance(said.fact, SigningKeyRevoked) for said in facts),
    )


def _reader(facts: tuple[Said, ...]) -> ReaderGrant | None:
    """The first grant of the id counts."""
    found = next(((said.subject, said.fact) for said in facts if isinstance(said.fact, ReaderGranted)), None)
    if found is None:
        return None
    grant, fact = found
    return ReaderGrant(
        id=grant,
        service=fact.reader,
        producers=frozenset(fact.producers),
        organisations=frozenset(fact.organisations),
        sensitive=fact.sensitive,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        revoked=any(isinstance(said.fact, ReaderRevoked) for said in facts),
    )


def _by_identity(credentials: Iterable[Credential]) -> Mapping[bytes, tuple[Credential, ...]]:
    groups: dict[bytes, list[Credential]] = defaultdict(list)
    for credential in credentials:
        if credential.identity_hash is not None:
            groups[credential.identity_hash].append(credential)
    return {identity: tuple(group) for identity, group in groups.items()}


def _demanding(keys: Iterable[SigningKey]) -> Mapping[UUID, dt.date]:
    days: dict[UUID, dt.date] = {}
    for key in keys:
        if key.demanded:
            days[key.organisation] = min(key.valid_from, days.get(key.organisation, key.valid_from))
    return days


def _mandate(facts: tuple[Said, ...]) -> Mandate | None:
    granted = next(((said, said.fact) for said in facts if isinstance(said.fact, MandateGranted)), None)
    if granted is None:
        return None
    said, fact = granted
    ends = [each.fact.effective for each in facts if isinstance(each.fact, MandateWithdrawn)]
    if fact.valid_to is not None:
        ends.append(fact.valid_to)
    return Mandate(
        id=said.subject,
        granted_by=said.organisation,
        grantee=fact.grantee,
        acts=frozenset(fact.acts),
        subtree=fact.subtree,
        valid_from=fact.valid_from,
        valid_to=min(ends, default=None),
    )


def _with(table: Mapping[UUID, T], values: Mapping[UUID, T | None]) -> Mapping[UUID, T]:
    """A copy with these values; nothing takes a key away."""
    copy = {key: value for key, value in table.items() if key not in values}
    copy.update({key: value for key, value in values.items() if value is not None})
    return copy


def _grouped(mandates: Iterable[Mandate]) -> Mapping[UUID, tuple[Mandate, ...]]:
    groups: dict[UUID, list[Mandate]] = defaultdict(list)
    for mandate in mandates:
        groups[mandate.grantee].append(mandate)
    return {grantee: tuple(group) for grantee, group in groups.items()}
