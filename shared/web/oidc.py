"""Which person is it? A token of the one issuer that this deployment trusts, for this audience, by fixed algorithms.

Nothing in the token says what its bearer may do: that is a fact of membership's log. What is taken from it is who
vouches (`iss`) and for whom (`sub`), and of these only an HMAC under the pepper is ever kept.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import structlog
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared.contracts.envelope import parts
from shared.units.sign_on import ALGORITHMS, USUAL

LEEWAY: Final = 60
"""Seconds by which clocks may differ."""
REFRESH: Final = 60.0
"""Seconds between two looks for keys that were not there."""
PATIENCE: Final = 5.0
MOST_BYTES: Final = 2**18
LONGEST_SUBJECT: Final = 255
TOKEN: Final = re.compile(r"(?P<header>[A-Za-z0-9_-]{1,2000})\.[A-Za-z0-9_-]{1,8000}\.[A-Za-z0-9_-]{1,1400}")
_FITS: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "ES384": "EC", "Ed25519": "OKP", "EdDSA": "OKP"}
_PUBLIC: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_LEAST_RSA: Final = 342
"""Characters of a modulus of 2048 bits."""

_log = structlog.get_logger(__name__)
Key = RSAKey | ECKey | OKPKey


class _Fixed(jws.JWSRegistry):
    """The algorithms that were set, and no others. Issuers still say `EdDSA` for Ed25519, whose keys alone are read."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 — the library does not export its type
        """The one of that name."""
        if self.allowed is None or name not in self.allowed:
            raise NoToken
        return self.algorithms[name]


class NoToken(Exception):
    """Not a token of the issuer's that is good now. Nobody is told why."""


class Issuer:
    """The issuer whose tokens are believed, with its public keys from a file or an address."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: str,
        algorithms: tuple[str, ...] = USUAL,
        clock: Callable[[], float] = time.time,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._audience, self._source = audience, keys
        self._algorithms = frozenset(algorithms) & frozenset(ALGORITHMS)
        self._registry = _Fixed(algorithms=sorted(self._algorithms))
        self._clock, self._passed = clock, passed
        self._keys: Mapping[str | None, tuple[str, Key]] = {}
        self._looked: float | None = None
        self._turn = threading.Lock()

    def subject(self, token: str) -> str:
        """For whom the issuer vouches in a token. NoToken for everything that is not exactly good."""
        header = _json_part(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in self._algorithms or not isinstance(kid, str | None) or "crit" in header:
            raise NoToken
        family, key = self._key(kid)
        if _FITS[algorithm] != family:
            raise NoToken
        try:
            payload = jws.deserialize_compact(token, key, registry=self._registry).payload
            claims = json.loads(payload)
        except (JoseError, ValueError, RecursionError):
            raise NoToken from None
        return self._judged(claims)

    def identity(self, subject: str) -> bytes:
        """What an identity's hash is made of: issuer and subject, so that they cannot run into each other."""
        return parts(self.issuer, subject)

    def _judged(self, claims: object) -> str:
        if not isinstance(claims, dict):
            raise NoToken
        now, audience, subject = self._clock(), claims.get("aud"), claims.get("sub")
        audiences = audience if isinstance(audience, list) else [audience]
        good = (
            claims.get("iss") == self.issuer,
            self._audience in audiences,
            isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT,
            _number(claims.get("exp")) and now < claims["exp"] + LEEWAY,
            "nbf" not in claims or (_number(claims["nbf"]) and claims["nbf"] - LEEWAY <= now),
            "iat" not in claims or (_number(claims["iat"]) and claims["iat"] - LEEWAY <= now),
        )
        if not all(good) or not isinstance(subject, str):
            raise NoToken
        return subject

    def _key(self, kid: str | None) -> tuple[str, Key]:
        found = self._keys.get(kid)
        if found is None:
            self._look()
            found = self._keys.get(kid)
        if found is None:
            raise NoToken
        return found

    def _look(self) -> None:
        """Read the keys, at most once a minute whoever asks: an unknown key id must not make us knock each time."""
        with self._turn:
            now = self._passed()
            if self._looked is not None and now - self._looked < REFRESH:
                return
            self._looked = now
            try:
                self._keys = read_keys(self._fetched())
            except (OSError, ValueError, httpx.HTTPError) as error:
                _log.warning("the issuer's keys cannot be read", error=type(error).__name__)

    def _fetched(self) -> bytes:
        if not self._source.startswith("https://"):
            return Path(self._source).read_bytes()
        answer = httpx.get(self._source, timeout=PATIENCE, trust_env=False, follow_redirects=False)
        answer.raise_for_status()
        return answer.content[:MOST_BYTES]


def read_keys(raw: bytes) -> Mapping[str | None, tuple[str, Key]]:
    """The signing keys of a JWK set by their ids; a set of one key also without. Others are passed over.

    ValueError for what is not JSON. Only public parts are taken, and no symmetric key is ever one of them.
    """
    content = json.loads(raw)
    listed = content.get("keys") if isinstance(content, dict) else None
    found: dict[str | None, tuple[str, Key]] = {}
    usable = [each for each in listed or () if isinstance(each, dict) and _usable(each)]
    for each in usable:
        family = each["kty"]
        public: dict[str, str | list[str]] = {name: each[name] for name in ("kty", *_PUBLIC[family])}
        try:
            key = _imported(family, public)
        except (JoseError, ValueError):
            continue
        found[each.get("kid")] = (family, key)
        if len(usable) == 1:
            found[None] = (family, key)
    return found


def _imported(family: str, public: dict[str, str | list[str]]) -> Key:
    match family:
        case "RSA":
            return RSAKey.import_key(public)
        case "EC":
            return ECKey.import_key(public)
        case _:
            return OKPKey.import_key(public)


def _usable(jwk: Mapping[str, Any]) -> bool:
    family = jwk.get("kty")
    if family not in _PUBLIC or not all(isinstance(jwk.get(name), str) for name in _PUBLIC[family]):
        return False
    if jwk.get("use", "sig") != "sig" or not isinstance(jwk.get("kid"), str | None):
        return False
    return len(jwk["n"]) >= _LEAST_RSA if family == "RSA" else jwk["crv"] in {"P-256", "P-384", "Ed25519"}


def _json_part(token: str) -> Mapping[str, Any]:
    match = TOKEN.fullmatch(token)
    if match is None:
        raise NoToken
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError):
        raise NoToken from None
    return header


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
