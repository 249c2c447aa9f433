"""Does a proof that was changed in any bit still prove anything? And is a receipt read in one way only?"""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.history.evidence.proof import Growth, Receipt, ReceiptProof, check_receipt
from shared.history.evidence.verdict import CannotJudge, Contradiction
from tests.history.evidence.house import A, B, House, house_in


def test_no_bit_of_a_proof_can_be_changed_and_still_prove_anything(house: House) -> None:
    house.published(a=9, b=3)
    proof = house.checkpoints.inclusion(A, 4)
    whole, keys, endings = proof.encode(), house.keys, {"proven": 0, "contradiction": 0, "cannot judge": 0}
    for place in range(len(whole)):
        for bit in (1, 32, 128):
            spoilt = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
            try:
                shown = ReceiptProof.decode(spoilt)
                check_receipt(shown, keys)
            except Contradiction:
                endings["contradiction"] += 1
            except CannotJudge:
                endings["cannot judge"] += 1
            else:
                endings["proven"] += 1
    assert endings["proven"] == 0
    assert min(endings["contradiction"], endings["cannot judge"]) > 500


def test_parts_of_two_proofs_never_make_a_third(house: House, tmp_path: Path) -> None:
    house.published(a=9, b=9)
    with house_in(tmp_path / "other", keys=tmp_path / "house" / "keys", size=44) as other:
        other.published(a=9, b=9)
        proofs = [
            each.checkpoints.inclusion(organisation, sequence)
            for each in (house, other)
            for organisation in (A, B)
            for sequence in (4, 5)
        ]
    for one in proofs:
        for two in proofs:
            for name in ("receipt", "event", "chain", "checkpoint"):
                parts = {each: getattr(one, each) for each in ("receipt", "event", "chain", "checkpoint")}
                mixed = ReceiptProof(**{**parts, name: getattr(two, name)})
                if mixed in proofs:
                    check_receipt(mixed, house.keys)
                else:
                    with pytest.raises((Contradiction, CannotJudge)):
                        check_receipt(mixed, house.keys)


@pytest.mark.parametrize(
    "text", ["", "a/b/c/d", "meetings/x/1/00", f"meetings/{A}/one/00", f"meetings/{A}/1/0g", "a/b/c"]
)
def test_what_is_no_receipt_cannot_be_judged(text: str) -> None:
    with pytest.raises(CannotJudge):
        Receipt.parse(text)


def test_a_receipt_is_written_as_senders_get_it(house: House) -> None:
    house.grow(A, 1)
    (receipt,) = house.receipts(A)
    assert Receipt.parse(f"{receipt}\n") == receipt
    assert str(receipt) == f"meetings/{A}/1/{house.hashes(A)[0].hex()}"


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"format":2}'])
def test_what_is_no_proof_cannot_be_judged(raw: bytes) -> None:
    with pytest.raises(CannotJudge):
        ReceiptProof.decode(raw)


def test_a_proof_of_another_format_cannot_be_judged(house: House) -> None:
    house.published(a=1)
    later = house.checkpoints.inclusion(A, 1).encode().replace(b'"format": 1', b'"format": 2')
    with pytest.raises(CannotJudge, match="format"):
        ReceiptProof.decode(later)


def test_growth_with_what_is_no_hash_proves_nothing() -> None:
    assert not Growth(1, "zz", 1, "zz", []).proves()
    assert Growth(1, "00" * 32, 1, "00" * 32, []).proves()
