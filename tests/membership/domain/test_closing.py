"""When may an organisation close its log?"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from shared.contracts.closings import LogClosed, Portion
from shared.contracts.meetings import MeetingsLogClosed
from shared.contracts.membership import MembershipLogClosed
from shared.contracts.ratings import RatingsLogClosed
from shared.eventsourcing.acceptance import EndsByItsOwnFact
from shared.units.closing import NotASuccessor, OperatorGoesOn, SucceedsItself, SuccessorClosed
from shared.units.scope import UnknownUnit
from shared.units.world import NamedTwice, NotAUnit, UnknownOrganisation
from tests.support.given import given
from tests.support.landscape import (
    DAY,
    FRONT,
    HAMLET,
    NOWHERE,
    OPERATOR,
    WOMEN,
    WOMEN_COMMUNE,
    YOUTH,
    says,
)
from tests.support.posts import Post, corrected, id_of, voided

CLOSINGS: tuple[type[LogClosed], ...] = (MembershipLogClosed, MeetingsLogClosed, RatingsLogClosed)


def closes(
    *successors: UUID,
    by: UUID = WOMEN,
    portions: tuple[tuple[UUID, UUID], ...] = (),
    kind: type[LogClosed] = MembershipLogClosed,
) -> Post:
    """An organisation closes its log on the day of most facts."""
    parts = tuple(Portion(unit=unit, successor=successor) for unit, successor in portions)
    return says(kind(successors=successors, portions=parts, effective=dt.date.fromisoformat(DAY)), by, by=by)


@pytest.mark.parametrize("kind", CLOSINGS)
def test_an_organisation_closes_its_log_in_each_service(kind: type[LogClosed]) -> None:
    portions = ((WOMEN_COMMUNE, FRONT),)
    given().when(closes(YOUTH, FRONT, portions=portions, kind=kind)).then(kind)


@pytest.mark.parametrize("kind", CLOSINGS)
def test_a_closing_is_never_corrected_or_voided(kind: type[LogClosed]) -> None:
    closing = closes(YOUTH, kind=kind)
    given(closing).when(voided(closing)).then(EndsByItsOwnFact, "corrects")
    given(closing).when(corrected(closing, closes(FRONT, kind=kind).fact)).then(EndsByItsOwnFact, "corrects")


def test_the_operator_goes_on() -> None:
    given().when(closes(WOMEN, by=OPERATOR)).then(OperatorGoesOn, "subject")


def test_an_organisation_does_not_succeed_itself() -> None:
    given().when(closes(YOUTH, WOMEN)).then(SucceedsItself, "successors.1")


def test_a_successor_is_registered_and_named_once() -> None:
    given().when(closes(id_of("organisation/none"))).then(UnknownOrganisation, "successors.0")
    given().when(closes(YOUTH, YOUTH)).then(NamedTwice, "successors.1")


def test_a_successor_has_not_closed_before() -> None:
    given(closes(FRONT, by=YOUTH)).when(closes(YOUTH)).then(SuccessorClosed, "successors.0")


def test_two_organisations_do_not_go_on_in_each_other() -> None:
    given(closes(WOMEN, by=YOUTH)).when(closes(YOUTH)).then(SuccessorClosed, "successors.0")


def test_a_portion_is_a_unit_and_goes_to_a_successor() -> None:
    given().when(closes(YOUTH, portions=((WOMEN_COMMUNE, FRONT),))).then(NotASuccessor, "portions.0.successor")
    given().when(closes(YOUTH, portions=((HAMLET, YOUTH),))).then(NotAUnit, "portions.0.unit")
    given().when(closes(YOUTH, portions=((NOWHERE, YOUTH),))).then(UnknownUnit, "portions.0.unit")
    twice = ((WOMEN_COMMUNE, YOUTH), (WOMEN_COMMUNE, YOUTH))
    given().when(closes(YOUTH, portions=twice)).then(NamedTwice, "portions.1")
