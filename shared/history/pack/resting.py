"""On which other chains do chains rest? On those whose units they name, and that gave them names, keys and mandates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from shared.contracts.corrections import FactVoided
from shared.contracts.envelope import Recorded
from shared.contracts.event import Event
from shared.contracts.fields import named
from shared.contracts.membership import (
    CredentialIssued,
    MandateGranted,
    OrganisationRegistered,
    TerritoryDeclared,
    UnitFounded,
)
from shared.eventsourcing.errors import Unreadable
from shared.eventsourcing.stream import fact_of

OWNER = "membership"
Chain = tuple[str, UUID]
"""A service and an organisation."""


class Resting:
    """Takes the events of all chains, in any order, and says which chains some of them rest on."""

    def __init__(self) -> None:
        self._named: dict[Chain, set[UUID]] = defaultdict(set)
        """What a chain names: units and places, the organisation itself, the credentials that posted."""
        self._cited: dict[Chain, set[Chain]] = defaultdict(set)
        self._founded: dict[UUID, set[UUID]] = defaultdict(set)
        """Who founded or declared a unit, registered an organisation, issued a credential, gave a mandate."""

    def take(self, events: Iterable[Recorded]) -> None:
        """Remember what they name and what they found."""
        for recorded in events:
            envelope = recorded.envelope
            chain = (envelope.service, envelope.organisation)
            names = self._named[chain]
            names.add(envelope.organisation)
            for known in envelope.known:
                service, organisation = known.partition("=")[0].split("/")
                self._cited[chain].add((service, UUID(organisation)))
            _add_id(names, envelope.actor)
            try:
                fact = fact_of(envelope.content)
            except Unreadable:
                continue
            if not isinstance(fact, FactVoided):
                self._note(chain, names, fact, envelope.content.subject)

    def _note(self, chain: Chain, names: set[UUID], fact: Event, subject: UUID) -> None:
        names.update(each for _, kind, each in named(fact) if kind in {"unit", "place", "scope"})
        match fact:
            case UnitFounded() | TerritoryDeclared() | OrganisationRegistered() | CredentialIssued():
                self._founded[subject].add(chain[1])
            case MandateGranted(grantee=grantee):
                self._founded[grantee].add(chain[1])
            case _:
                return

    def under(self, chains: Iterable[Chain]) -> frozenset[Chain]:
        """These chains, and all on which they rest, over however many steps."""
        met: set[Chain] = set()
        ahead = list(chains)
        while ahead:
            chain = ahead.pop()
            if chain not in met:
                met.add(chain)
                ahead += self._cited.get(chain, ())
                owners = (owner for each in self._named.get(chain, ()) for owner in self._founded.get(each, ()))
                ahead += ((OWNER, owner) for owner in owners)
        return frozenset(met)


def _add_id(names: set[UUID], text: str) -> None:
    try:
        names.add(UUID(text))
    except ValueError:
        return
