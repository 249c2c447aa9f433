"""Who is let in? Exactly the holder of a valid key, in its one spelling; everybody else is answered alike."""

from __future__ import annotations

import base64
import hmac
from uuid import UUID

import httpx
import pytest

from shared.contracts.membership import CredentialIssued, Role
from shared.web.access import KEY, Pepper, PepperRefused, new_key
from shared.web.posting import Media
from shared.web.problem import TurnedAway
from tests.web.door import ORGANISATION, PEPPER, Door, meeting, named

DOOR = Door()
GOOD = DOOR.keys["recorder"]
HEAD, SECRET = GOOD[:36], GOOD[36:]


def stored(name: str) -> str:
    """The text of a key made from what is stored of it."""
    issued = next(
        said.fact
        for said in DOOR.facts
        if isinstance(said.fact, CredentialIssued) and said.subject == named(f"credential {name}")
    )
    text = base64.urlsafe_b64encode(bytes.fromhex(issued.key_hash)).decode().rstrip("=")
    return f"Bearer {HEAD}{text}"


REFUSED = {
    "none": None,
    "empty": "",
    "scheme only": "Bearer",
    "scheme and space": "Bearer ",
    "another scheme": f"Basic {GOOD}",
    "no scheme": GOOD,
    "expired": f"Bearer {DOOR.keys['expired']}",
    "not valid yet": f"Bearer {DOOR.keys['not-yet']}",
    "revoked": f"Bearer {DOOR.keys['revoked']}",
    "unknown": f"Bearer {new_key(named('nobody'))[0]}",
    "nobody's": f"Bearer nn_{'0' * 32}_{'A' * 43}",
    "another's secret": f"Bearer {HEAD}{DOOR.keys['other'][36:]}",
    "the stored hash": stored("recorder"),
    "prefix": f"Bearer {GOOD[:-1]}",
    "one character more": f"Bearer {GOOD}A",
    "id in capitals": f"Bearer nn_{GOOD[3:35].upper()}_{SECRET}",
    "id with dashes": f"Bearer nn_{UUID(hex=GOOD[3:35])}_{SECRET}",
    "all in capitals": f"Bearer {GOOD.upper()}",
    "all in small letters": f"Bearer {GOOD.lower()}",
    "padding": f"Bearer {GOOD}=",
    "two spaces": f"Bearer  {GOOD}",
    "a space behind": f"Bearer {GOOD} x",
    "a tab": f"Bearer\t{GOOD}",
    "quotes": f'Bearer "{GOOD}"',
    "a list": f"Bearer {GOOD}, Bearer {GOOD}",
    "very long": f"Bearer {GOOD}{'A' * 8000}",
    "not ASCII": f"Bearer {GOOD[:-1]}é".encode("latin-1"),
    "last bits": f"Bearer {GOOD[:-1]}{chr(ord(GOOD[-1]) + 1)}",
}


@pytest.mark.parametrize("case", REFUSED)
async def test_whoever_has_no_valid_key_is_answered_like_everybody_else(case: str) -> None:
    value = REFUSED[case]
    response = await knock({} if value is None else {"Authorization": value})
    nothing = await knock({})
    assert response.status_code == 401
    assert response.content == nothing.content
    assert response.headers == nothing.headers
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthorised"
    assert not DOOR.posted


async def knock(headers: dict[str, str] | dict[str, str | bytes] | dict[str, bytes]) -> httpx.Response:
    async with DOOR.client() as client:
        return await client.post("/v1/events", json=meeting(), headers=[*headers.items()])  # type: ignore[arg-type]


async def test_two_keys_are_none() -> None:
    async with DOOR.client() as client:
        both = [("Authorization", f"Bearer {GOOD}"), ("Authorization", f"Bearer {GOOD}")]
        response = await client.post("/v1/events", json=meeting(), headers=both)
    assert response.status_code == 401


def test_a_key_opens_whatever_the_case_of_the_scheme() -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        poster = DOOR.access.poster([f"{scheme} {GOOD}"])
        assert (poster.organisation, poster.credential) == (ORGANISATION, named("credential recorder"))
        assert poster.role == Role.RECORDER


def test_a_key_is_made_of_its_id_and_32_bytes() -> None:
    credential = named("new")
    text, secret = new_key(credential)
    match = KEY.fullmatch(text)
    assert match is not None
    assert UUID(hex=match["id"]) == credential
    assert base64.urlsafe_b64decode(match["secret"] + "=") == secret
    assert len(secret) == 32
    assert new_key(credential)[1] != secret


def test_what_is_stored_is_an_hmac_under_the_pepper() -> None:
    _, secret = new_key(named("new"))
    assert PEPPER.hash(secret) == hmac.new(b"9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5s", secret, "sha256").digest()
    assert Pepper("another" + "9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5s").hash(secret) != PEPPER.hash(secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " " * 40,
        "9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5",
        "a" * 64,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "change-me-9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5s",
        "this-is-only-an-example-of-a-long-text",
        "0123456789abcdef0123456789abcdef",
        "CHANGEME9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5s",
    ],
)
def test_a_pepper_that_is_empty_short_or_known_to_all_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(PepperRefused) as refused:
        Pepper(text)
    assert not text.strip() or text not in str(refused.value)


def test_a_pepper_never_shows_itself() -> None:
    assert "9f2K" not in repr(PEPPER) + str(PEPPER) + f"{PEPPER}"


def test_every_refusal_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one costly step, the HMAC, is taken once whatever the key looks like."""
    hashed: list[int] = []
    real = Pepper.hash

    def counted(self: Pepper, secret: bytes) -> bytes:
        hashed.append(len(secret))
        return real(self, secret)

    monkeypatch.setattr(Pepper, "hash", counted)
    access = DOOR.access
    for value in REFUSED.values():
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        with pytest.raises(TurnedAway):
            access.poster([] if text is None else [text])
    assert hashed == [32] * len(REFUSED)


async def test_no_path_but_the_open_ones_is_open() -> None:
    app = DOOR.app()
    opened = {"/livez", "/readyz", "/metrics", "/version"}
    async with DOOR.client(app) as client:
        for path, operations in app.openapi()["paths"].items():
            for method in operations:
                response = await client.request(method, path, headers={"Content-Type": Media.ONE.value})
                assert (response.status_code == 401) == (path not in opened), path
