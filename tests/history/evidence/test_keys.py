"""What is a signature worth when its key was replaced, lost or stolen? Before that day all, after it nothing."""

from __future__ import annotations

import datetime as dt
import itertools
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from shared.history.evidence.checkpoint import Checkpoint, read_note
from shared.history.evidence.keys import Ending, KeyList, Keyring, KnownKey, vouched_by
from shared.history.evidence.note import COSIGNATURE, NoNote, Note, Signer
from shared.history.evidence.proof import Policy, check_receipt
from shared.history.evidence.verdict import CannotJudge, Contradiction
from tests.history.evidence.conftest import Tally
from tests.history.evidence.house import DAY, NOON, ORIGIN, A, B, House, micros

ENDED = micros(NOON) + 1_000_000_000
ENDINGS: tuple[Ending, ...] = ("rotated", "lost", "stolen")
TIMES = {"long before": ENDED - 500_000_000, "just before": ENDED - 1, "at": ENDED, "after": ENDED + 500_000_000}
SUPPORTS = ("nobody", "a later checkpoint", "a witness before", "a witness after")


def ending(why: Ending, when: str, support: str) -> str:
    """How such a case must end."""
    if when in {"at", "after"}:
        return "contradiction"
    if why == "rotated" or support in {"a later checkpoint", "a witness before"}:
        return "proven"
    return "cannot judge"


def signed(signer: Signer, published: int) -> tuple[Note, Checkpoint]:
    """A checkpoint that the holder of a key has signed with whatever time he likes."""
    checkpoint = Checkpoint(ORIGIN, 0, bytes(32), 5, published, "asked", 0, bytes(32), bytes(32))
    return Note(checkpoint.text, (signer.sign(checkpoint.text),)), checkpoint


def judged(keys: KeyList, note: Note, checkpoint: Checkpoint, support: str) -> str:
    vouched = [checkpoint.digest] if support == "a later checkpoint" else []
    seen = {"a witness before": ENDED - 1, "a witness after": ENDED}.get(support)
    try:
        keys.judge(note, checkpoint, vouched=vouched, seen=seen)
    except Contradiction:
        return "contradiction"
    except CannotJudge:
        return "cannot judge"
    return "proven"


def test_before_the_day_valid_and_after_it_refused(tally: Tally) -> None:
    failures = []
    cases = list(itertools.product(ENDINGS, TIMES, SUPPORTS))
    for why, when, support in cases:
        old = Signer.new(ORIGIN)
        keys = KeyList((KnownKey(old.verifier, 0, ENDED, why), KnownKey(Signer.new(ORIGIN).verifier, ENDED)))
        note, checkpoint = signed(old, TIMES[when])
        if judged(keys, note, checkpoint, support) != ending(why, when, support):
            failures.append((why, when, support))
    tally("A-19", len(cases), len(failures))
    assert failures == []


@pytest.mark.parametrize("why", ENDINGS)
def test_history_stays_proven_under_the_new_key(house: House, why: Ending) -> None:
    before = house.published(a=20, b=3)
    old = house.keyring.signer
    house.now += DAY
    after = house.checkpoints.rotate(why)
    assert after is not None
    assert house.keyring.signer.verifier != old.verifier
    assert after.ends == before.ends
    assert house.checkpoints.consistency(A, before.end(A).size, after.end(A).size).proves()
    for receipt in house.receipts(A) + house.receipts(B):
        proof = house.checkpoints.inclusion(receipt.organisation, receipt.sequence)
        assert check_receipt(proof, house.keys, kept=receipt).checkpoint == after.checkpoint
    older = house.checkpoints.inclusion(A, 7, before.checkpoint.number)
    vouched = vouched_by(house.checkpoints.trail(1))
    house.keys.judge(*older.check(), vouched=vouched)
    if why == "rotated":
        check_receipt(older, house.keys)
    else:
        with pytest.raises(CannotJudge):
            check_receipt(older, house.keys)


def test_a_thief_signs_nothing_that_is_believed(house: House) -> None:
    house.published(a=20)
    thief = house.keyring.signer
    house.now += DAY
    house.checkpoints.rotate("stolen")
    latest = house.checkpoints.latest()
    assert latest is not None
    vouched = vouched_by(house.checkpoints.trail(1))
    for published in (micros(NOON + dt.timedelta(minutes=5)), micros(house.now), micros(house.now + DAY)):
        forged = replace(latest.checkpoint, number=1, published=published)
        note = Note(forged.text, (thief.sign(forged.text),))
        with pytest.raises((Contradiction, CannotJudge)):
            house.keys.judge(note, forged, vouched=vouched)


def test_a_stolen_key_ends_on_the_day_it_was_stolen_not_on_the_day_it_was_noticed(house: House) -> None:
    honest = house.published(a=1)
    stolen = house.now + dt.timedelta(minutes=1)
    late = house.published(a=1)
    house.checkpoints.rotate("stolen", stolen)
    vouched = vouched_by(house.checkpoints.trail(1))
    house.keys.judge(*read_note(str(honest.note)), vouched=vouched)
    with pytest.raises(Contradiction):
        house.keys.judge(*read_note(str(late.note)), vouched=vouched)


def test_a_trail_with_a_link_of_another_history_vouches_for_nothing(house: House) -> None:
    for _ in range(3):
        house.published(a=1)
    trail = house.checkpoints.trail(1)
    with pytest.raises(Contradiction, match="checkpoint 2"):
        vouched_by([trail[0], replace(trail[1], why="daily"), trail[2]])


def test_a_key_is_made_once_for_its_owner_only_and_never_shown(tmp_path: Path, house: House) -> None:
    folder = tmp_path / "house" / "keys"
    (secret,) = folder.glob("*.key")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    content = secret.read_text()
    assert Keyring(folder, ORIGIN, 1).signer == house.keyring.signer
    house.checkpoints.rotate("rotated")
    assert secret.read_text() == content
    assert len(list(folder.glob("*.key"))) == 2
    public = house.keyring.lines.decode() + repr(house.keyring.signer) + repr(house.keyring)
    assert content.rpartition("+")[2] not in public
    assert "PRIVATE" not in public


def test_a_start_that_was_cut_off_before_the_list_stood_begins_again(tmp_path: Path) -> None:
    first = Keyring(tmp_path / "keys", ORIGIN, 1)
    (tmp_path / "keys" / "keys.jsonl").unlink()
    second = Keyring(tmp_path / "keys", ORIGIN, 2)
    assert second.signer != first.signer
    assert second.since == 2


def test_the_keys_of_one_log_are_not_those_of_another(house: House, tmp_path: Path) -> None:
    with pytest.raises(NoNote, match=ORIGIN):
        Keyring(tmp_path / "house" / "keys", "nennep/other/meetings", 1)
    with pytest.raises(NoNote):
        Keyring(tmp_path / "spaces", "nennep/a b/meetings", 1)
    foreign = Signer.new("nennep/thu/ratings")
    note, checkpoint = signed(foreign, micros(NOON) + 1)
    with pytest.raises(Contradiction, match="another log"):
        KeyList.of([foreign.verifier]).judge(note, checkpoint)
    with pytest.raises(CannotJudge, match="no key"):
        house.keys.judge(note, checkpoint)


def test_nothing_signed_before_its_key_began_is_believed(house: House) -> None:
    note, checkpoint = signed(house.keyring.signer, micros(NOON) - 1)
    with pytest.raises(Contradiction, match="began"):
        house.keys.judge(note, checkpoint)


@pytest.mark.parametrize("lines", [b"x", b"{}", b'{"key":"a"}', b'{"key":"a+b+c","since":"2026"}', b"\xff", b"[]"])
def test_what_is_no_list_of_keys_cannot_be_judged_by(lines: bytes, house: House) -> None:
    with pytest.raises(CannotJudge):
        KeyList.decode(lines)
    with pytest.raises(CannotJudge):
        KeyList.decode(house.keyring.lines + lines)


def test_a_second_end_of_a_key_changes_nothing(house: House) -> None:
    house.checkpoints.rotate("stolen", NOON + DAY)
    later = house.keyring.lines + house.keyring.lines.splitlines()[1].replace(b"2026-03-02", b"2027-03-02") + b"\n"
    assert KeyList.decode(later).keys[0].until == micros(NOON + DAY)


def test_without_a_key_or_enough_witnesses_a_proof_cannot_be_judged(house: House) -> None:
    house.published(a=3)
    proof = house.checkpoints.inclusion(A, 2)
    with pytest.raises(CannotJudge, match="no key"):
        check_receipt(proof, None)
    witness = Signer.new("nhan-chung/mot", COSIGNATURE)
    policy = Policy((witness.verifier,), 1)
    with pytest.raises(CannotJudge, match="unwitnessed"):
        check_receipt(proof, house.keys, policy)
    note, _ = read_note(proof.checkpoint)
    cosigned = Note(note.text, (*note.signatures, witness.cosign(note.text, 5)))
    shown = type(proof)(receipt=proof.receipt, event=proof.event, chain=proof.chain, checkpoint=str(cosigned))
    assert check_receipt(shown, house.keys, policy).witnesses == {"nhan-chung/mot": 5}
    forged = Note(note.text, (*note.signatures, witness.cosign(note.text + "x", 5)))
    shown = type(proof)(receipt=proof.receipt, event=proof.event, chain=proof.chain, checkpoint=str(forged))
    with pytest.raises(Contradiction, match="nhan-chung"):
        check_receipt(shown, house.keys, policy)
