"""The rules of membership: which facts it accepts, and why it refuses the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.membership.domain import (
    affiliation,
    benefit,
    book,
    branch_head,
    card,
    commendation,
    count,
    credential,
    directive,
    discipline,
    dues,
    duplicates,
    equipment,
    inspection,
    lineage,
    mandate,
    maturity,
    member_rules,
    officer,
    organisation,
    person,
    person_request,
    plan,
    pledge,
    presence,
    privacy,
    reader,
    reporting,
    review,
    signing_key,
    strike_off,
    support,
    target,
    task,
    unit,
    unit_discipline,
    unit_report,
)
from shared.contracts.event import Event
from shared.contracts.membership import (
    DirectiveIssued,
    DisciplineDecided,
    MemberReviewed,
    MembershipLogClosed,
    PersonsMerged,
    PlanRegistered,
    PledgeSigned,
)
from shared.eventsourcing.decider import AnyDecider
from shared.units.closing import closing_decider

_AGGREGATES: Final = (
    *(organisation, unit, lineage, credential, signing_key, mandate, reader),
    *(member_rules, person, presence, affiliation, dues, card, discipline, maturity, strike_off, duplicates),
    *(branch_head, benefit, equipment, commendation, count, target),
    *(privacy, person_request),
    *(officer, plan, review, directive, pledge, inspection, support, task, unit_discipline),
    *(reporting, unit_report, book),
)

DECIDERS: Final[Mapping[type[Event], AnyDecider]] = {
    fact: aggregate.DECIDER for aggregate in _AGGREGATES for fact in aggregate.DECIDER.facts
} | {MembershipLogClosed: closing_decider(MembershipLogClosed)}
"""The decider of every fact that membership takes; a correction is judged by that of the fact inside."""


def related(fact: Event) -> tuple[UUID, ...]:
    """The streams beside its own that the rules of a fact look at; what units and organisations are, the tree knows."""
    match fact:
        case PlanRegistered(unit=unit):
            return (unit,)
        case MemberReviewed(person=person) | PersonsMerged(into=person):
            return (person,)
        case DisciplineDecided(branch=branch, office=office):
            return (office or branch,)
        case DirectiveIssued(replaces=UUID() as directive) | PledgeSigned(directive=UUID() as directive):
            return (directive,)
        case _:
            return ()
