"""Who may post, and under which mandates? What the directory makes of facts, in whatever order they come."""

from __future__ import annotations

import datetime as dt
import random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.event import Event
from shared.contracts.membership import (
    Act,
    Body,
    CredentialIssued,
    CredentialRevoked,
    MandateGranted,
    MandateWithdrawn,
    MemberDied,
    OrganisationRegistered,
    Role,
)
from shared.eventsourcing.decider import Said
from shared.units.directory import Directory
from tests.units.story import named

OPERATOR, UNION, COMMITTEE = named("operator"), named("union"), named("committee")
KEY, MANDATE, SUBTREE = named("key"), named("mandate"), named("subtree")
START, END = dt.date(2024, 1, 1), dt.date(2025, 1, 1)
ONE_DAY = dt.timedelta(days=1)


def said(
    fact: Event, subject: UUID, sequence: int, *, organisation: UUID = OPERATOR, event: UUID | None = None
) -> Said:
    return Said(fact, subject, organisation, event or named(f"event {sequence}"), sequence, START)


def issued(role: Role = Role.RECORDER, *, valid_to: dt.date | None = None) -> CredentialIssued:
    return CredentialIssued(organisation=UNION, role=role, key_hash="ab" * 32, valid_from=START, valid_to=valid_to)


def granted(*acts: Act, valid_to: dt.date | None = None) -> MandateGranted:
    return MandateGranted(grantee=COMMITTEE, acts=acts, subtree=SUBTREE, valid_from=START, valid_to=valid_to)


def directory(*facts: Said) -> Directory:
    return Directory().with_facts(facts)


def test_an_unknown_key_or_organisation_is_nothing() -> None:
    empty = directory()
    assert empty.credential(KEY) is None
    assert empty.organisation(UNION) is None
    assert empty.mandate(MANDATE) is None
    assert empty.mandates(COMMITTEE, "rate", START) == ()


def test_an_organisation_is_known_as_it_was_registered() -> None:
    union = OrganisationRegistered(title="Tỉnh Đoàn", kind="youth-union", body=Body.ORGANISATION)
    operator = OrganisationRegistered(title="Đơn vị vận hành", kind="operator", body=Body.OPERATOR)
    known = directory(said(union, UNION, 1), said(operator, OPERATOR, 2))
    assert known.organisation(UNION) == union
    assert known.is_operator(OPERATOR)
    assert not known.is_operator(UNION)
    assert not known.is_operator(COMMITTEE)


def test_a_key_opens_from_its_first_day_to_before_its_last() -> None:
    credential = directory(said(issued(valid_to=END), KEY, 1)).credential(KEY)
    assert credential is not None
    assert (credential.id, credential.organisation, credential.role) == (KEY, UNION, Role.RECORDER)
    assert credential.key_hash == b"\xab" * 32
    assert not credential.valid_on(START - ONE_DAY)
    assert credential.valid_on(START)
    assert credential.valid_on(END - ONE_DAY)
    assert not credential.valid_on(END)


def test_a_key_without_end_stays_open() -> None:
    credential = directory(said(issued(), KEY, 1)).credential(KEY)
    assert credential is not None
    assert credential.valid_on(dt.date(9998, 12, 31))


def test_a_revoked_key_never_opens_again_also_when_it_is_issued_anew() -> None:
    known = directory(said(issued(), KEY, 1), said(CredentialRevoked(), KEY, 2), said(issued(Role.OPERATOR), KEY, 3))
    credential = known.credential(KEY)
    assert credential is not None
    assert credential.role == Role.RECORDER
    assert not credential.valid_on(START)


def test_a_revocation_that_is_known_first_counts_too() -> None:
    credential = directory(said(CredentialRevoked(), KEY, 1)).with_facts([said(issued(), KEY, 2)]).credential(KEY)
    assert credential is not None
    assert credential.revoked


def test_a_mandate_covers_its_acts_between_its_days() -> None:
    known = directory(said(granted(Act.RATE, Act.VISIT, valid_to=END), MANDATE, 1, organisation=UNION))
    assert [each.id for each in known.mandates(COMMITTEE, "rate", START)] == [MANDATE]
    assert known.mandates(COMMITTEE, "visit", END - ONE_DAY)
    assert not known.mandates(COMMITTEE, "commend", START)
    assert not known.mandates(COMMITTEE, "rate", START - ONE_DAY)
    assert not known.mandates(COMMITTEE, "rate", END)
    assert not known.mandates(UNION, "rate", START)
    mandate = known.mandate(MANDATE)
    assert mandate is not None
    assert mandate.granted_by == UNION


def test_a_withdrawn_mandate_ends_before_that_day_and_never_later_than_it_said() -> None:
    facts = [
        said(granted(Act.RATE, valid_to=END), MANDATE, 1),
        said(MandateWithdrawn(effective=END + 30 * ONE_DAY), MANDATE, 2),
    ]
    assert not directory(*facts).mandates(COMMITTEE, "rate", END)
    sooner = said(MandateWithdrawn(effective=START + ONE_DAY), MANDATE, 3)
    known = directory(*facts, sooner)
    assert known.mandates(COMMITTEE, "rate", START)
    assert not known.mandates(COMMITTEE, "rate", START + ONE_DAY)


def test_a_newer_version_of_a_fact_takes_the_old_ones_place() -> None:
    event = named("root")
    first = directory(said(granted(Act.RATE), MANDATE, 1, event=event))
    second = first.with_facts([said(granted(Act.VISIT), MANDATE, 1, event=event)])
    assert not second.mandates(COMMITTEE, "rate", START)
    assert second.mandates(COMMITTEE, "visit", START)
    assert first.mandates(COMMITTEE, "rate", START)


def test_what_was_voided_is_forgotten() -> None:
    fact = said(issued(), KEY, 1)
    known = directory(fact)
    assert known.without([(fact.organisation, fact.event)]).credential(KEY) is None
    assert known.credential(KEY) is not None
    assert known.without([(named("x"), named("y"))]) is known


def test_other_facts_change_nothing() -> None:
    known = directory(said(issued(), KEY, 1))
    assert known.with_facts([said(MemberDied(branch=SUBTREE), KEY, 2)]) is known


@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_whatever_the_order_and_the_portions_the_directory_is_the_same(chance: random.Random, portions: int) -> None:
    facts = [
        said(OrganisationRegistered(title="Tỉnh Đoàn", kind="youth-union", body=Body.ORGANISATION), UNION, 1),
        said(issued(), KEY, 2),
        said(issued(Role.AUDITOR), KEY, 3),
        said(issued(Role.READER), named("another key"), 4),
        said(CredentialRevoked(), named("another key"), 5),
        said(granted(Act.RATE), MANDATE, 6),
        said(granted(Act.VISIT), named("another mandate"), 7, organisation=UNION),
        said(MandateWithdrawn(effective=END), MANDATE, 8),
    ]
    expected = directory(*facts)
    shuffled = facts[:]
    chance.shuffle(shuffled)
    known = directory()
    for portion in range(portions):
        known = known.with_facts(shuffled[portion::portions])
    for key in (KEY, named("another key")):
        assert known.credential(key) == expected.credential(key)
    for act in Act:
        assert set(known.mandates(COMMITTEE, act, START)) == set(expected.mandates(COMMITTEE, act, START))
        assert set(known.mandates(COMMITTEE, act, END)) == set(expected.mandates(COMMITTEE, act, END))
    assert known.organisation(UNION) == expected.organisation(UNION)
