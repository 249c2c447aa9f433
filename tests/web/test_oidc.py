"""Whose token is believed? The one issuer's, for this audience, now, by a fixed algorithm; it says only who."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from shared.contracts.membership import CredentialRevoked, IdentityAdmitted, Role
from shared.units.knowledge import Knowledge
from shared.web.access import Access
from shared.web.oidc import Issuer, NoToken
from shared.web.problem import TurnedAway
from tests.web.door import ORGANISATION, PEPPER, TODAY, Door, named, told

ISSUER, AUDIENCE, SUBJECT = "https://dang-nhap.example", "nennep", "9c1f"
NOW = 1_772_000_000.0
RSA, OTHER = RSAKey.generate_key(2048, {"kid": "rsa"}), RSAKey.generate_key(2048, {"kid": "rsa"})
EC, OKP = ECKey.generate_key("P-256", {"kid": "ec"}), OKPKey.generate_key("Ed25519", {"kid": "okp"})
NAMED: dict[str, RSAKey | ECKey | OKPKey] = {"RS256": RSA, "ES256": EC, "EdDSA": OKP}
PEM = RSA.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
Key = RSAKey | ECKey | OKPKey | OctKey


class Signing(jws.JWSRegistry):
    """Signs by whatever algorithm a test wants."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "iat": NOW, "nbf": NOW, "exp": NOW + 300}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(
    algorithm: str = "RS256", key: Key | None = None, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    signer = key or NAMED[algorithm]
    protected = {"alg": algorithm, "kid": signer.kid, **(header or {})}
    return jws.serialize_compact(protected, json.dumps(claims(**changes)).encode(), signer, registry=Signing())


def signed(header: dict[str, Any]) -> str:
    """A token whose signature is good whatever its header says."""
    text = f"{part({'alg': 'EdDSA', 'kid': 'okp', **header})}.{part(claims())}"
    private: Any = OKP.private_key
    return f"{text}.{part(private.sign(text.encode()))}"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = tmp_path / "jwks.json"
    listed = [key.as_dict(private=False) for key in (RSA, EC, OKP)]
    symmetric = {"kty": "oct", "kid": "oct", "k": part(b"x" * 32)}
    file.write_text(
        json.dumps({"keys": [*listed, symmetric, {"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"}, 7]})
    )
    return file


@pytest.fixture
def issuer(keys: Path) -> Issuer:
    return made(keys)


def made(keys: Path, passed: Callable[[], float] = lambda: 0.0, **more: Any) -> Issuer:
    return Issuer(issuer=ISSUER, audience=AUDIENCE, keys=str(keys), clock=lambda: NOW, passed=passed, **more)


@pytest.mark.parametrize("algorithm", NAMED)
def test_a_good_token_tells_for_whom_the_issuer_vouches(issuer: Issuer, algorithm: str) -> None:
    assert issuer.subject(token(algorithm)) == SUBJECT
    assert issuer.subject(token(algorithm, aud=["other", AUDIENCE])) == SUBJECT
    for name in ("iat", "nbf"):
        changes: dict[str, Any] = {name: NOW + 59}
        assert issuer.subject(token(algorithm, **changes)) == SUBJECT
    assert issuer.subject(token(algorithm, exp=NOW - 59)) == SUBJECT


def forged() -> dict[str, str]:
    good = token()
    head, body, signature = good.split(".")
    hmac_head = part({"alg": "HS256", "kid": "rsa"})
    mac = hmac.new(PEM, f"{hmac_head}.{body}".encode(), hashlib.sha256).digest()
    symmetric = OctKey.import_key({"kty": "oct", "kid": "oct", "k": part(b"x" * 32)})
    return {
        "none": f"{part({'alg': 'none', 'kid': 'rsa'})}.{body}.",
        "none with a signature": f"{part({'alg': 'none', 'kid': 'rsa'})}.{body}.{signature}",
        "None in capitals": f"{part({'alg': 'NONE', 'kid': 'rsa'})}.{body}.{signature}",
        "HMAC with the public key": f"{hmac_head}.{body}.{part(mac)}",
        "HMAC with a listed key": token("HS256", symmetric),
        "algorithm not set": token("PS256", RSA),
        "another family's key": f"{part({'alg': 'ES256', 'kid': 'rsa'})}.{body}.{signature}",
        "another key of the same name": token(key=OTHER),
        "unknown key": token(header={"kid": "nobody"}),
        "key in the header": token(key=OTHER, header={"jwk": OTHER.as_dict(private=False)}),
        "key at an address": token(key=OTHER, header={"jku": "https://evil.example/jwks"}),
        "critical header": signed({"crit": ["exp"], "exp": 1}),
        "altered body": f"{head}.{part(claims(sub='other'))}.{signature}",
        "altered signature": f"{head}.{body}.{signature[:-4]}AAAA",
        "stripped": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "five parts": f"{good}.{body}.{head}",
        "no JSON": f"{part(b'{')}.{body}.{signature}",
        "other issuer": token(iss="https://dang-nhap.example.evil"),
        "issuer with a slash": token(iss=ISSUER + "/"),
        "other audience": token(aud="others"),
        "audience inside": token(aud=f"x{AUDIENCE}"),
        "no audience": token(aud=None),
        "expired": token(exp=NOW - 61),
        "no end": token(exp=None),
        "end as text": token(exp=str(NOW + 300)),
        "endless": token(exp=2**70),
        "end is true": token(exp=True),
        "not yet": token(nbf=NOW + 61),
        "from tomorrow": token(iat=NOW + 86_400),
        "nobody": token(sub=None),
        "empty subject": token(sub=""),
        "subject is a number": token(sub=7),
        "long subject": token(sub="x" * 256),
        "claims are a list": jws.serialize_compact({"alg": "RS256", "kid": "rsa"}, b"[]", RSA, algorithms=["RS256"]),
    }


FORGED = forged()


@pytest.mark.parametrize("how", FORGED)
def test_whatever_is_not_exactly_good_is_no_token(issuer: Issuer, how: str) -> None:
    with pytest.raises(NoToken):
        issuer.subject(FORGED[how])


def test_no_altered_byte_is_believed(issuer: Issuer) -> None:
    good = token("EdDSA")
    for place in range(0, len(good), 3):
        other = "A" if good[place] != "A" else "B"
        try:
            found = issuer.subject(good[:place] + other + good[place + 1 :])
        except NoToken:
            continue
        pytest.fail(f"{place}: {found}")


def test_keys_are_looked_for_again_at_most_once_a_minute_and_old_ones_stay_when_the_source_fails(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, now, reads = keys.read_text(), [0.0], 0
    keys.write_text('{"keys": []}')
    issuer = made(keys, lambda: now[0])
    real = Path.read_bytes

    def counted(file: Path) -> bytes:
        nonlocal reads
        reads += 1
        return real(file)

    monkeypatch.setattr(Path, "read_bytes", counted)
    for _ in range(50):
        with pytest.raises(NoToken):
            issuer.subject(token())
    assert reads == 1
    keys.write_text(whole)
    now[0] = 60.0
    assert issuer.subject(token()) == SUBJECT
    keys.unlink()
    now[0] = 120.0
    with pytest.raises(NoToken):
        issuer.subject(token(header={"kid": "unknown"}))
    assert issuer.subject(token()) == SUBJECT
    assert reads == 3


# ── At the door ──────────────────────────────────────────────────────────────────────────────────────────────────


def access(keys: Path, *, role: Role = Role.DECIDER, valid_to: dt.date | None = None, revoked: bool = False) -> Access:
    issuer, credential = made(keys), named("person")
    fact = IdentityAdmitted(
        organisation=ORGANISATION,
        role=role,
        identity_hash=PEPPER.hash(issuer.identity(SUBJECT)).hex(),
        valid_from=dt.date(2020, 1, 1),
        valid_to=valid_to,
    )
    facts = [*Door().facts, told(fact, credential), *([told(CredentialRevoked(), credential)] if revoked else [])]
    knowledge = Knowledge().told(facts)
    return Access(PEPPER, lambda: knowledge, lambda: TODAY, issuer=issuer)


def test_a_person_acts_as_the_log_admits_him(keys: Path) -> None:
    poster = access(keys).poster([f"Bearer {token()}"])
    assert (poster.organisation, poster.credential, poster.role) == (ORGANISATION, named("person"), Role.DECIDER)


def test_who_is_not_admitted_or_no_more_is_nobody(keys: Path) -> None:
    stranger = token(sub="somebody else")
    for door, bearer in (
        (access(keys), stranger),
        (access(keys, valid_to=TODAY), token()),
        (access(keys, revoked=True), token()),
        (access(keys), FORGED["expired"]),
    ):
        with pytest.raises(TurnedAway) as away:
            door.poster([f"Bearer {bearer}"])
        assert (away.value.problem.status, away.value.problem.code) == (401, "unauthorised")
    with pytest.raises(TurnedAway):
        access(keys).poster([f"Bearer {token()}"] * 2)


def test_an_admission_is_no_key_and_without_an_issuer_no_token_opens(keys: Path) -> None:
    zeros = f"Bearer nn_{named('person').hex}_{'A' * 43}"
    with pytest.raises(TurnedAway):
        access(keys).poster([zeros])
    with pytest.raises(TurnedAway):
        Door().access.poster([f"Bearer {token()}"])


def test_keys_go_on_opening_beside_tokens(keys: Path) -> None:
    door = Door()
    knowledge = Knowledge().told(door.facts)
    both = Access(PEPPER, lambda: knowledge, lambda: TODAY, issuer=made(keys))
    assert both.poster([f"Bearer {door.keys['recorder']}"]).organisation == ORGANISATION
