"""Does `log verify --keys` believe exactly the signatures that counted when their events were recorded?"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.envelope import Content, Envelope, Recorded, recorded_micros
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll
from shared.contracts.membership import SigningKeyRegistered, SigningKeyRevoked
from shared.contracts.signature import signed_bytes
from shared.operations.signatures import Signatures

OPERATOR, UNION, OTHER, KEY, CLERK = (UUID(int=number) for number in range(1, 6))
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
MET = MeetingHeld(branch=UUID(int=9), kind=MeetingKind.REGULAR, roll=Roll(expected=0, present=0))


def recorded(
    fact: Event, subject: UUID, at: str, organisation: UUID, *, sign: bool = False, actor: UUID = CLERK
) -> Recorded:
    raw = fact.model_dump_json(exclude_none=True).encode()
    content = Content(type=fact.name, subject=subject, occurred="2022-01-01", fact=raw)
    event = uuid4()
    signature = base64.b64encode(PRIVATE.sign(signed_bytes(organisation, event, str(KEY), content))).decode()
    envelope = Envelope(
        id=event,
        organisation=organisation,
        sequence=1,
        version=1,
        recorded=recorded_micros(f"{at}T05:00:00Z"),
        actor=str(actor),
        key_id=str(KEY) if sign else None,
        signature=signature if sign else None,
        content=content,
        previous=bytes(32),
    )
    return Recorded(envelope, envelope.hash())


def key(credential: UUID | None = None) -> Recorded:
    fact = SigningKeyRegistered(
        organisation=UNION,
        public_key=PUBLIC,
        credential=credential,
        valid_from=dt.date(2022, 2, 1),
        valid_to=dt.date(2022, 6, 1),
    )
    return recorded(fact, KEY, "2022-01-15", OPERATOR)


REVOKED = recorded(SigningKeyRevoked(), KEY, "2022-04-01", OPERATOR)


def judged(keys: Iterable[Recorded], event: Recorded) -> int:
    signatures = Signatures.of([to_cloudevent(each) for each in keys])
    signatures.look_at(from_cloudevent(to_cloudevent(event)))
    return signatures.exit_code


@pytest.mark.parametrize(
    ("at", "code"), [("2022-01-31", 1), ("2022-02-01", 0), ("2022-05-31", 0), ("2022-06-01", 1), ("2022-03-01", 0)]
)
def test_a_key_signs_within_its_days(at: str, code: int) -> None:
    assert judged([key()], recorded(MET, UUID(int=7), at, UNION, sign=True)) == code


def test_what_was_signed_before_a_revocation_stays_good() -> None:
    before, after = (recorded(MET, UUID(int=7), at, UNION, sign=True) for at in ("2022-03-31", "2022-04-02"))
    assert [judged([key(), REVOKED], each) for each in (before, after)] == [0, 1]


def test_a_key_signs_for_its_organisation_and_its_credential() -> None:
    assert judged([key()], recorded(MET, UUID(int=7), "2022-03-01", OTHER, sign=True)) == 1
    event = recorded(MET, UUID(int=7), "2022-03-01", UNION, sign=True)
    assert judged([key(CLERK)], event) == 0
    assert judged([key(UUID(int=77))], event) == 1


def test_an_unknown_key_cannot_be_judged_and_no_signature_is_none() -> None:
    assert judged([], recorded(MET, UUID(int=7), "2022-03-01", UNION, sign=True)) == 2
    assert judged([key()], recorded(MET, UUID(int=7), "2022-03-01", UNION)) == 0
