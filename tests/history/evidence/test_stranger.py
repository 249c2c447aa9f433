"""Is the page on checkpoints enough? A checker written from it alone agrees on every honest and every damaged proof."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
import pytest

from shared.history.evidence.keys import KeyList
from shared.history.evidence.note import COSIGNATURE, Note, Signer, Verifier
from shared.history.evidence.proof import Policy, Receipt, ReceiptProof, check_receipt
from shared.history.evidence.verdict import CannotJudge, Contradiction
from tests.history.evidence.house import A, B, C, House
from tests.history.evidence.stranger import proves

VECTOR = Path(__file__).parent / "vectors" / "receipt.json"


@dataclass
class Case:
    """A proof, and what its reader brings."""

    raw: bytes
    receipt: str
    key: str
    witness: str


def ours(case: Case) -> bool:
    """What the product says."""
    policy = Policy((Verifier.parse(case.witness),), 1)
    try:
        proof, keys = ReceiptProof.decode(case.raw), KeyList.of([Verifier.parse(case.key)])
        check_receipt(proof, keys, policy, Receipt.parse(case.receipt))
    except (Contradiction, CannotJudge):
        return False
    return True


def theirs(case: Case) -> bool:
    """What the stranger says."""
    return proves(case.raw, case.receipt, case.key, [case.witness])


@pytest.fixture
def cases(house: House) -> list[Case]:
    """Receipts of three chains under one cosigned checkpoint."""
    house.grow(A, 21)
    house.sealer.seal_all()
    published = house.published(b=1, c=8)
    witness = Signer.new("nhan-chung/mot", COSIGNATURE)
    note = published.note.signed_by(witness.cosign(published.note.text, 1_800_000_000))
    found = []
    for organisation in (A, B, C):
        for receipt in house.receipts(organisation):
            proof = house.checkpoints.inclusion(organisation, receipt.sequence)
            shown = ReceiptProof(receipt=receipt, event=proof.event, chain=proof.chain, checkpoint=str(note))
            keys = str(house.keyring.signer.verifier), str(witness.verifier)
            found.append(Case(shown.encode(), str(receipt), *keys))
    return found


def test_both_prove_every_honest_receipt_and_no_other_one(cases: list[Case]) -> None:
    for case in cases:
        assert ours(case)
        assert theirs(case)
        for other in cases:
            if other.receipt != case.receipt:
                mixed = Case(case.raw, other.receipt, case.key, case.witness)
                assert not ours(mixed)
                assert not theirs(mixed)


def test_both_refuse_every_proof_in_which_a_value_was_changed(cases: list[Case]) -> None:
    chance = Random(5)
    for case in chance.sample(cases, 6):
        whole = json.loads(case.raw)
        damaged = list(changes(whole, chance))
        assert len(damaged) > 30
        for value in damaged:
            raw = msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
            spoilt = Case(raw, case.receipt, case.key, case.witness)
            assert not ours(spoilt), value
            assert not theirs(spoilt), value


def changes(value: object, chance: Random) -> list[object]:
    """The same with one number or text in it changed, or one entry of a list left out."""
    if isinstance(value, dict):
        return [{**value, name: other} for name in value for other in changes(value[name], chance)]
    if isinstance(value, list):
        found: list[object] = [value[:place] + value[place + 1 :] for place in range(len(value))]
        return found + [
            [*value[:place], other, *value[place + 1 :]]
            for place in range(len(value))
            for other in changes(value[place], chance)
        ]
    if isinstance(value, int):
        return [value + 1, value - 1]
    text = str(value)
    places = [chance.randrange(len(text)) for _ in range(12)]
    return [text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :] for place in places]


def test_what_was_once_given_out_proves_for_ever() -> None:
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))
    raw = ReceiptProof.decode(vector["file"].encode()).encode()
    case = Case(raw, vector["receipt"], vector["key"], vector["witness"])
    assert vector["file"].encode() == raw
    assert ours(case)
    assert theirs(case)
    assert str(Note.parse(json.loads(raw)["checkpoint"]).signatures[1].name) == "nhan-chung/mot"
