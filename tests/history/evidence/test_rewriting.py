"""The operator rewrites history with the key in hand: who notices, and does the check say where?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
import pytest

from shared.history.evidence.checkpoint import decode_ends, read_note
from shared.history.evidence.difference import Difference, differences
from shared.history.evidence.ledger import NotCovered
from shared.history.evidence.proof import Receipt
from shared.history.evidence.witness import Held, Submission
from tests.history.evidence.house import NOON, ORIGIN, A, B, House, house_in, witness_in

HISTORY = ((25, 4), (10, 0), (30, 1), (5, 5))
"""How A and B grow between checkpoints."""


def tell(house: House, changed: int | None = None) -> None:
    """The whole history, again if need be; A's event `changed` and what follows it are others."""
    told = 0
    house.now = NOON
    for a, b in HISTORY:
        same = a if changed is None else max(0, min(a, changed - 1 - told))
        told += a
        for size, count in ((40, same), (44, a - same)):
            house.size = size
            if count:
                house.grow(A, count)
        house.size = 40
        if b:
            house.grow(B, b)
        house.sealer.seal_all()
        house.published("sealed")


def compared(house: House, held: Sequence[Held], receipts: Sequence[Receipt]) -> list[Difference]:
    """What the log proves of itself now, against what others kept."""

    def root(organisation: UUID, size: int) -> bytes | None:
        try:
            return bytes.fromhex(house.checkpoints.consistency(organisation, size, size).old_root)
        except NotCovered:
            return None

    def hashed(organisation: UUID, sequence: int) -> bytes | None:
        try:
            return bytes.fromhex(house.checkpoints.inclusion(organisation, sequence).receipt.hash)
        except NotCovered:
            return None

    return differences([decode_ends(each.chains) for each in held], receipts, root, hashed)


def remembered(folder: Path) -> list[Held]:
    """Every checkpoint that a witness's folder holds."""
    return [msgspec.json.decode(file.read_bytes(), type=Held) for file in sorted(folder.glob("*/*.json"))]


@pytest.mark.parametrize("changed", [1, 25, 26, 66, 70])
def test_the_witness_contradicts_a_history_that_was_written_anew(tmp_path: Path, changed: int) -> None:
    keys = tmp_path / "keys"
    with (
        house_in(tmp_path / "honest", keys=keys) as honest,
        witness_in(tmp_path / "witness", [honest.keyring.signer.verifier]) as (witness, address),
    ):
        witnesses = honest.witnesses(address, needed=1)
        told = 0
        for a, b in HISTORY:
            told += a
            honest.published("sealed", a=a, b=b) if b else honest.published("sealed", a=a)
            assert witnesses.ask()
        receipts = [each for each in honest.receipts(A) if each.sequence % 10 == 0] + honest.receipts(B)
        assert compared(honest, remembered(tmp_path / "witness"), receipts) == []
        with house_in(tmp_path / "rewritten", keys=keys) as rewritten:
            tell(rewritten, changed)
            asked = rewritten.witnesses(address, needed=1)
            latest = rewritten.published(a=1)
            assert not asked.ask()
            assert asked.problems == {address.verifier.name: "holds-what-this-log-never-published"}
            assert asked.standing(latest)["state"] == "unwitnessed"
            (found,) = compared(rewritten, remembered(tmp_path / "witness"), receipts)
            assert found.organisation == A
            assert found.agrees < changed <= found.differs
            assert found.differs - found.agrees <= 10
            held = witness.held(ORIGIN)
            assert held is not None
            content = Submission(
                str(latest.note),
                rewritten.checkpoints.companion(latest),
                rewritten.checkpoints.continuing(rewritten.checkpoints.numbered(4), latest),
            )
            forged = json.loads(msgspec.json.encode(content))
            forged["continues"]["old"] = read_note(held.checkpoint)[1].digest.hex()
            assert witness.add(json.dumps(forged).encode()).status == 422


def test_with_every_receipt_kept_the_very_event_is_named(tmp_path: Path) -> None:
    chance = Random(1)
    with house_in(tmp_path / "honest") as honest:
        tell(honest)
        receipts = honest.receipts(A)
    for number in range(3):
        changed = chance.randint(1, 70)
        with house_in(tmp_path / f"rewritten {number}") as rewritten:
            tell(rewritten, changed)
            (found,) = compared(rewritten, [], receipts)
            assert found == Difference(A, changed - 1, changed)
            assert found.exact


def test_a_log_that_was_cut_off_contradicts_what_lies_beyond_its_end(house: House, tmp_path: Path) -> None:
    tell(house)
    receipts = house.receipts(A)
    with house_in(tmp_path / "shorter") as shorter:
        shorter.published(a=41, b=9)
        (cut, other) = compared(shorter, [], [*receipts, *house.receipts(B)])
        assert (cut.organisation, cut.agrees, cut.differs) == (A, 41, 42)
        assert (other.organisation, other.agrees, other.differs) == (B, 9, 10)


def test_where_nothing_was_kept_nothing_is_claimed(house: House) -> None:
    tell(house)
    assert compared(house, [], []) == []


def test_what_holds_beyond_the_first_difference_vouches_for_nothing() -> None:
    now = {sequence: sequence.to_bytes(32) for sequence in (3, 5, 9)}
    kept = [Receipt("meetings", A, sequence, now[sequence].hex()) for sequence in (3, 9)]
    kept.append(Receipt("meetings", A, 5, bytes(32).hex()))
    found = differences([], kept, lambda *_: None, lambda _, sequence: now[sequence])
    assert found == [Difference(A, 3, 5)]
