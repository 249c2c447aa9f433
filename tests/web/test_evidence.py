"""Who gets which evidence over HTTP? Checkpoints and keys whoever has a key; proofs their owners and auditors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from shared.history.evidence.checkpoint import decode_ends, read_note
from shared.history.evidence.keys import KeyList
from shared.history.evidence.note import COSIGNATURE, Signer
from shared.history.evidence.proof import ReceiptProof, check_receipt
from shared.history.evidence.witnesses import Address
from shared.web.application import Parts, create_app
from shared.web.evidence import evidence_router
from shared.web.health import About
from tests.history.evidence.house import House, house_in
from tests.support.couriers import grow
from tests.web.door import ORGANISATION, OTHER, Door

DOOR = Door()
WITNESS = Signer.new("nhan-chung/mot", COSIGNATURE)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two organisations with five events each, nothing published."""
    with house_in(tmp_path / "house") as opened:
        for organisation in (ORGANISATION, OTHER):
            grow(opened.log, organisation, 5)
        yield opened


def application(house: House) -> FastAPI:
    witnesses = house.witnesses(Address("http://127.0.0.1:9", WITNESS.verifier), needed=1)
    router = evidence_router(house.checkpoints, witnesses, DOOR.access, DOOR.after)
    return create_app(About("meetings", "Sinh hoạt", "1.0"), Parts(routers=(router,)))


async def asked(
    house: House, path: str, key: str = "recorder", method: str = "GET", content: bytes = b""
) -> httpx.Response:
    async with DOOR.client(application(house)) as client:
        return await client.request(
            method, path, headers={"Authorization": f"Bearer {DOOR.keys[key]}"}, content=content
        )


async def published(house: House) -> dict[str, Any]:
    answer = await asked(house, "/v1/checkpoints", "operator", "POST")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def proof_of(organisation: UUID, sequence: int, more: str = "") -> str:
    return f"/v1/proofs/inclusion?organisation={organisation}&sequence={sequence}{more}"


async def test_whoever_has_a_key_reads_checkpoints_and_keys_and_can_check_them(house: House) -> None:
    await published(house)
    for key in ("recorder", "other", "auditor"):
        listed = (await asked(house, "/v1/checkpoints", key)).json()
        assert [each["number"] for each in listed["checkpoints"]] == [1]
        assert listed["checkpoints"][0]["events"] == 10
        assert listed["checkpoints"][0]["witnessed"] == {"state": "unwitnessed", "needed": 1, "of": 1, "by": []}
        latest = await asked(house, "/v1/checkpoints/latest", key)
        assert latest.headers["content-type"] == "text/plain; charset=utf-8"
        note, checkpoint = read_note(latest.content)
        keys = KeyList.decode((await asked(house, "/v1/keys", key)).content)
        keys.judge(note, checkpoint)
        assert (await asked(house, "/v1/checkpoints/1", key)).content == latest.content
        assert (await asked(house, "/v1/checkpoints/1/chains", key)).status_code == 404
    for key in ("operator", "inspector"):
        chains = decode_ends((await asked(house, "/v1/checkpoints/1/chains", key)).text)
        assert {end.organisation: end.size for end in chains} == {ORGANISATION: 5, OTHER: 5}
    assert b"PRIVATE" not in (await asked(house, "/v1/keys", "operator")).content


async def test_a_receipt_is_proved_to_its_owner_and_to_auditors_and_to_nobody_else(house: House) -> None:
    await published(house)
    for key, status in (("recorder", 200), ("auditor", 200), ("operator", 200), ("other", 404)):
        answer = await asked(house, proof_of(ORGANISATION, 3), key)
        assert answer.status_code == status
        if status == 200:
            check_receipt(ReceiptProof.decode(answer.content), house.keys, kept=house.receipts(ORGANISATION)[2])
        else:
            assert answer.json()["code"] == "not-found"
    path = f"/v1/proofs/consistency?organisation={ORGANISATION}&from=2&to=5"
    assert (await asked(house, path)).json()["old"] == 2
    assert (await asked(house, path, "other")).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (proof_of(ORGANISATION, 6), 404, "not-covered-yet"),
        (proof_of(ORGANISATION, 0), 422, "out-of-range"),
        (proof_of(ORGANISATION, 1, "&checkpoint=9"), 404, "not-covered-yet"),
        (proof_of(ORGANISATION, 2**62 + 1), 422, "out-of-range"),
        (f"/v1/proofs/consistency?organisation={ORGANISATION}&from=3&to=2", 404, "not-covered-yet"),
        (f"/v1/proofs/consistency?organisation={ORGANISATION}&from=-1&to=2", 422, "out-of-range"),
        (f"/v1/proofs/consistency?organisation={ORGANISATION}&to=2", 422, "required"),
        ("/v1/checkpoints/7", 404, "not-covered-yet"),
        ("/v1/checkpoints/0", 422, "out-of-range"),
        ("/v1/checkpoints/x", 422, "bad-format"),
        ("/v1/checkpoints/7/chains", 404, "not-found"),
        ("/v1/checkpoints?after=-1", 422, "out-of-range"),
        ("/v1/checkpoints?limit=501", 422, "out-of-range"),
    ],
)
async def test_what_is_not_there_or_not_rightly_asked_is_said_so(
    house: House, path: str, status: int, code: str
) -> None:
    await published(house)
    answer = await asked(house, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_before_the_first_checkpoint_nothing_is_covered(house: House) -> None:
    for path in ("/v1/checkpoints/latest", "/v1/checkpoints/1", proof_of(ORGANISATION, 1)):
        assert (await asked(house, path)).json()["code"] == "not-covered-yet"
    assert (await asked(house, "/v1/checkpoints")).json()["checkpoints"] == []


@pytest.mark.parametrize("path", ["/v1/checkpoints", "/v1/keys?why=lost", "/v1/witnesses?name=x"])
async def test_only_the_operator_publishes_rotates_and_admits(house: House, path: str) -> None:
    for key in ("recorder", "auditor", "other"):
        answer = await asked(house, path, key, "POST")
        assert (answer.status_code, answer.json()["code"]) == (403, "role-may-not")
    assert house.checkpoints.latest() is None


async def test_a_new_key_signs_from_then_on(house: House) -> None:
    await published(house)
    answer = await asked(house, "/v1/keys?why=stolen", "operator", "POST")
    assert answer.json()["checkpoint"] == 2
    assert answer.json()["key"] == str(house.keyring.signer.verifier)
    assert (await asked(house, "/v1/keys?why=bored", "operator", "POST")).status_code == 422
    proof = ReceiptProof.decode((await asked(house, proof_of(ORGANISATION, 3))).content)
    assert check_receipt(proof, house.keys).checkpoint.number == 2


async def test_a_process_that_does_not_lead_asks_to_come_again(house: House) -> None:
    house.lease.held = False
    for path in ("/v1/checkpoints", "/v1/keys?why=lost"):
        answer = await asked(house, path, "operator", "POST")
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")


async def test_a_cosignature_is_taken_from_a_known_witness_only(house: House) -> None:
    await published(house)
    text = house.checkpoints.numbered(1).note.text
    cases: list[tuple[bytes, int, str | None]] = [
        (f"{WITNESS.cosign(text, 5)}\n".encode(), 200, None),
        (f"{WITNESS.cosign(text + 'x', 5)}\n".encode(), 422, "unknown-witness"),
        (f"{Signer.new('la', COSIGNATURE).cosign(text, 5)}\n".encode(), 422, "unknown-witness"),
        (b"", 400, "not-a-cosignature"),
        (b"hello\n", 400, "not-a-cosignature"),
        (b"\xff", 400, "not-a-cosignature"),
        (f"{WITNESS.cosign(text, 5)}\n".encode() * 65, 400, "not-a-cosignature"),
    ]
    for content, status, code in cases:
        answer = await asked(house, "/v1/cosignatures?number=1", method="POST", content=content)
        assert (answer.status_code, answer.json().get("code")) == (status, code)
    answer = await asked(house, "/v1/cosignatures?number=2", method="POST", content=cases[0][0])
    assert (answer.status_code, answer.json()["code"]) == (404, "not-covered-yet")
    listed = (await asked(house, "/v1/checkpoints")).json()["checkpoints"]
    assert listed[0]["witnessed"]["state"] == "witnessed"
    assert WITNESS.name in (await asked(house, "/v1/checkpoints/latest")).text
    answer = await asked(house, "/v1/witnesses?name=la", "operator", "POST")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-witness")
