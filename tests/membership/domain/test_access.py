"""When are keys and mandates given, and how do they end?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.membership.domain.credential import (
    AlreadyAdmitted,
    AlreadyIssued,
    AlreadyRevoked,
    NotIssued,
    TerritoryMissing,
)
from services.membership.domain.mandate import (
    AlreadyGranted,
    EndsSoonerAlready,
    NotGranted,
    WithdrawnBeforeItBegins,
)
from services.membership.domain.reader import (
    ReaderAlreadyGranted,
    ReaderAlreadyRevoked,
    ReaderNotGranted,
    ReadsAlready,
    UnknownProducer,
)
from services.membership.domain.signing_key import (
    KeyAlreadyRegistered,
    KeyAlreadyRevoked,
    KeyNotRegistered,
    NoPublicKey,
)
from services.membership.domain.validity import EndsBeforeItBegins
from shared.contracts.event import calendar_day
from shared.contracts.membership import (
    Act,
    CredentialIssued,
    CredentialRevoked,
    IdentityAdmitted,
    MandateGranted,
    MandateWithdrawn,
    ReaderGranted,
    ReaderRevoked,
    Role,
    SigningKeyRegistered,
    SigningKeyRevoked,
)
from shared.eventsourcing.acceptance import EndsByItsOwnFact
from shared.units.scope import UnknownUnit
from shared.units.world import NamedTwice, UnknownOrganisation
from tests.support.given import given
from tests.support.landscape import BRANCH, DISTRICT, NOWHERE, OPERATOR, PARTY, WOMEN, WOMEN_COMMUNE, says
from tests.support.posts import Post, again, corrected, id_of, voided

KEY, MANDATE = id_of("credential"), id_of("mandate")


def issued(on: str = "2022-01-01", to: str | None = None, **fields: Any) -> Post:
    values = {
        "organisation": WOMEN,
        "role": Role.RECORDER,
        "key_hash": "ab" * 32,
        "valid_from": calendar_day(on),
        "valid_to": None if to is None else calendar_day(to),
        **fields,
    }
    return says(CredentialIssued.model_validate(values), KEY, on="2021-12-01", by=OPERATOR)


def revoked(on: str = "2022-03-01") -> Post:
    return says(CredentialRevoked(), KEY, on=on, by=OPERATOR)


def granted(on: str = "2022-01-01", to: str | None = None, grantee: UUID = PARTY, subtree: UUID = DISTRICT) -> Post:
    fact = MandateGranted(
        grantee=grantee,
        acts=(Act.RATE,),
        subtree=subtree,
        valid_from=calendar_day(on),
        valid_to=None if to is None else calendar_day(to),
    )
    return says(fact, MANDATE, on="2021-12-01", by=OPERATOR)


def withdrawn(effective: str) -> Post:
    return says(MandateWithdrawn(effective=calendar_day(effective)), MANDATE, on="2022-01-15", by=OPERATOR)


def test_a_key_is_issued() -> None:
    given().when(issued(roots=(WOMEN_COMMUNE, BRANCH), to="2023-01-01")).then(CredentialIssued)


def test_a_territorial_reader_needs_places() -> None:
    role = Role.TERRITORIAL_READER
    given().when(issued(role=role, roots=(DISTRICT,))).then(CredentialIssued)
    for roots in ((), (BRANCH,), (DISTRICT, BRANCH)):
        given().when(issued(role=role, roots=roots)).then(TerritoryMissing, "roots")


def admitted(key: UUID = KEY, on: str = "2022-01-01", to: str | None = None, **fields: Any) -> Post:
    values = {
        "organisation": WOMEN,
        "role": Role.DECIDER,
        "identity_hash": "cd" * 32,
        "valid_from": calendar_day(on),
        "valid_to": None if to is None else calendar_day(to),
        **fields,
    }
    return says(IdentityAdmitted.model_validate(values), key, on="2021-12-01", by=OPERATOR)


def test_a_person_is_admitted_once_at_a_time() -> None:
    other = id_of("another credential")
    given().when(admitted(roots=(BRANCH,))).then(IdentityAdmitted)
    given(admitted()).when(admitted(other)).then(AlreadyAdmitted, "identity_hash")
    given(admitted(to="2023-01-01")).when(admitted(other, "2023-01-01")).then(IdentityAdmitted)
    given(admitted(to="2023-01-01")).when(admitted(other, "2022-12-31")).then(AlreadyAdmitted, "identity_hash")
    given(admitted(), revoked()).when(admitted(other)).then(IdentityAdmitted)
    given(admitted()).when(admitted(other, identity_hash="ef" * 32)).then(IdentityAdmitted)
    given(admitted()).when(issued()).then(AlreadyIssued, "subject")
    given(admitted()).when(revoked()).then(CredentialRevoked)


def signing(key: str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", **fields: Any) -> Post:
    values = {"organisation": WOMEN, "public_key": key, "valid_from": calendar_day("2022-01-01"), **fields}
    return says(SigningKeyRegistered.model_validate(values), KEY, on="2021-12-01", by=OPERATOR)


def test_a_signing_key_is_registered_once_and_revoked_once() -> None:
    gone = says(SigningKeyRevoked(), KEY, on="2022-03-01", by=OPERATOR)
    given().when(signing()).then(SigningKeyRegistered)
    given(signing()).when(signing(demanded=True)).then(KeyAlreadyRegistered, "subject")
    given().when(signing("00" * 32)).then(NoPublicKey, "public_key")
    given().when(signing(organisation=NOWHERE)).then(UnknownOrganisation, "organisation")
    given().when(gone).then(KeyNotRegistered, "subject")
    given(signing()).when(gone).then(SigningKeyRevoked)
    given(signing(), gone).when(says(SigningKeyRevoked(), KEY, on="2022-04-01", by=OPERATOR)).then(
        KeyAlreadyRevoked, "subject"
    )


def test_a_key_is_issued_once_whatever_the_day() -> None:
    given(issued()).when(issued("2021-06-01")).then(AlreadyIssued, "subject")
    given(issued()).when(again(issued())).then()


def test_a_key_is_for_a_registered_organisation() -> None:
    given().when(issued(organisation=NOWHERE)).then(UnknownOrganisation, "organisation")


def test_a_key_counts_on_at_least_one_day() -> None:
    given().when(issued("2022-01-01", "2022-01-01")).then(EndsBeforeItBegins, "valid_to")


def test_a_key_opens_known_subtrees_each_named_once() -> None:
    given().when(issued(roots=(BRANCH, NOWHERE))).then(UnknownUnit, "roots.1")
    given().when(issued(roots=(BRANCH, BRANCH))).then(NamedTwice, "roots.1")


def test_a_key_is_revoked_also_before_its_first_day() -> None:
    given(issued("2022-01-01")).when(revoked("2022-03-01")).then(CredentialRevoked)
    given(issued("2022-01-01")).when(revoked("2021-12-05")).then(CredentialRevoked)


def test_only_what_was_issued_is_revoked_and_once() -> None:
    given().when(revoked()).then(NotIssued, "subject")
    given(issued(), revoked()).when(revoked("2022-02-01")).then(AlreadyRevoked, "subject")


def test_a_key_is_neither_corrected_nor_voided() -> None:
    post = issued()
    given(post).when(corrected(post, issued(to="2030-01-01").fact)).then(EndsByItsOwnFact, "corrects")
    given(post).when(voided(post)).then(EndsByItsOwnFact, "corrects")


def test_a_mandate_is_granted_once() -> None:
    given().when(granted()).then(MandateGranted)
    given(granted()).when(granted("2021-06-01")).then(AlreadyGranted, "subject")


def test_a_mandate_is_for_a_registered_organisation_in_a_known_subtree() -> None:
    given().when(granted(grantee=NOWHERE)).then(UnknownOrganisation, "grantee")
    given().when(granted(subtree=NOWHERE)).then(UnknownUnit, "subtree")


def test_a_mandate_counts_on_at_least_one_day() -> None:
    given().when(granted("2022-01-01", "2021-12-31")).then(EndsBeforeItBegins, "valid_to")


def test_a_mandate_is_withdrawn_from_its_first_day_on() -> None:
    given(granted("2022-01-01")).when(withdrawn("2022-06-01")).then(MandateWithdrawn)
    given(granted("2022-01-01")).when(withdrawn("2022-01-01")).then(MandateWithdrawn)
    given(granted("2022-01-01")).when(withdrawn("2021-12-31")).then(WithdrawnBeforeItBegins, "effective")


def test_only_what_was_granted_is_withdrawn() -> None:
    given().when(withdrawn("2022-06-01")).then(NotGranted, "subject")


def test_a_withdrawal_brings_the_end_forward() -> None:
    given(granted(to="2023-01-01")).when(withdrawn("2023-01-01")).then(EndsSoonerAlready, "effective")
    given(granted(to="2023-01-01")).when(withdrawn("2022-12-31")).then(MandateWithdrawn)
    given(granted(), withdrawn("2022-06-01")).when(withdrawn("2022-07-01")).then(EndsSoonerAlready, "effective")
    given(granted(), withdrawn("2022-06-01")).when(withdrawn("2022-05-01")).then(MandateWithdrawn)


READER = id_of("reader")


def reading(grant: UUID = READER, on: str = "2022-01-01", to: str | None = None, **fields: Any) -> Post:
    values = {
        "reader": "duty",
        "producers": ("membership", "meetings"),
        "valid_from": calendar_day(on),
        "valid_to": None if to is None else calendar_day(to),
        **fields,
    }
    return says(ReaderGranted.model_validate(values), grant, on="2021-12-01", by=OPERATOR)


def test_a_service_hears_under_one_grant_at_a_time() -> None:
    other = id_of("another grant")
    ended = says(ReaderRevoked(), READER, on="2022-03-01", by=OPERATOR)
    given().when(reading(organisations=(WOMEN,))).then(ReaderGranted)
    given(reading()).when(reading(sensitive=True)).then(ReaderAlreadyGranted, "subject")
    given(reading()).when(reading(other)).then(ReaderAlreadyGranted, "reader")
    given(reading()).when(reading(other, reader="maps")).then(ReaderGranted)
    given(reading(to="2023-01-01")).when(reading(other, "2023-01-01")).then(ReaderGranted)
    given(reading(on="2023-01-01")).when(reading(other, to="2023-01-01")).then(ReaderGranted)
    given(reading(to="2023-01-01")).when(reading(other, "2022-12-31")).then(ReaderAlreadyGranted, "reader")
    given(reading(), ended).when(reading(other)).then(ReaderGranted)


def test_a_grant_names_what_there_is() -> None:
    given().when(reading(organisations=(WOMEN, NOWHERE))).then(UnknownOrganisation, "organisations.1")
    given().when(reading(organisations=(WOMEN, WOMEN))).then(NamedTwice, "organisations.1")
    given().when(reading(producers=("meetings", "duty"))).then(UnknownProducer, "producers.1")
    given().when(reading(reader="ratings")).then(ReadsAlready, "reader")
    given().when(reading(to="2022-01-01")).then(EndsBeforeItBegins, "valid_to")


def test_a_grant_is_revoked_once() -> None:
    ended = says(ReaderRevoked(), READER, on="2022-03-01", by=OPERATOR)
    given().when(ended).then(ReaderNotGranted, "subject")
    given(reading()).when(ended).then(ReaderRevoked)
    given(reading(), ended).when(says(ReaderRevoked(), READER, on="2022-04-01", by=OPERATOR)).then(
        ReaderAlreadyRevoked, "subject"
    )
