"""What does a witness cosign, and what is a witness believed that fails, lies, lags or has forgotten?"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.history.evidence import witness as witness_module
from shared.history.evidence import witnesses as witnesses_module
from shared.history.evidence.checkpoint import decode_ends, read_note
from shared.history.evidence.ledger import Published
from shared.history.evidence.note import COSIGNATURE, Note, Signer, Verifier
from shared.history.evidence.proof import Policy, check_receipt
from shared.history.evidence.witness import Submission, Witness
from shared.history.evidence.witnesses import Address, UnknownWitness, Witnesses, read_addresses
from shared.operations.machine import free_port
from tests.history.evidence.conftest import Tally
from tests.history.evidence.house import NOON, ORIGIN, A, B, House, answering, house_in, micros, witness_in
from tests.history.evidence.liar import liar

NAME = "nhan-chung/mot"


@pytest.fixture
def seen(house: House, tmp_path: Path) -> Iterator[tuple[Witness, Witnesses]]:
    """A witness, and the log's side that needs it."""
    with witness_in(tmp_path / "witness", [house.keyring.signer.verifier]) as (witness, address):
        yield witness, house.witnesses(address, needed=1)


def submission(house: House, old: Published | None, new: Published) -> dict[str, Any]:
    """What the log would send, to be spoilt."""
    content = Submission(str(new.note), house.checkpoints.companion(new), house.checkpoints.continuing(old, new))
    found: dict[str, Any] = json.loads(msgspec.json.encode(content))
    return found


def sent(witness: Witness, content: object) -> int:
    return witness.add(json.dumps(content).encode()).status


# ── What a witness cosigns ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_continues_is_cosigned_and_counts(house: House, seen: tuple[Witness, Witnesses]) -> None:
    witness, witnesses = seen
    for count in (1, 25, 4):
        house.published(a=count, b=2)
        house.sealer.seal_all()
        published = house.published(b=1)
        assert witnesses.standing(published)["state"] == "unwitnessed"
        assert witnesses.ask()
        latest = house.checkpoints.latest()
        assert latest is not None
        assert witnesses.standing(latest) == {"state": "witnessed", "needed": 1, "of": 1, "by": [NAME]}
        held = witness.held(ORIGIN)
        assert held is not None
        assert read_note(held.checkpoint)[1] == latest.checkpoint
        assert decode_ends(held.chains) == latest.ends
    proven = check_receipt(house.checkpoints.inclusion(A, 17), house.keys, witnesses.policy)
    assert proven.witnesses == {NAME: int(NOON.timestamp())}


def test_what_says_again_that_nothing_came_is_cosigned(house: House, seen: tuple[Witness, Witnesses]) -> None:
    witness, witnesses = seen
    first = house.published(a=3)
    assert witnesses.ask()
    quiet = house.published()
    assert quiet.checkpoint.number == first.checkpoint.number + 1
    assert witnesses.ask()
    assert witnesses.standing(house.checkpoints.numbered(quiet.checkpoint.number))["state"] == "witnessed"
    held = witness.held(ORIGIN)
    assert held is not None
    assert read_note(held.checkpoint)[1] == quiet.checkpoint


def test_the_same_checkpoint_is_cosigned_again_for_a_log_that_lost_the_answer(
    house: House, seen: tuple[Witness, Witnesses]
) -> None:
    witness, witnesses = seen
    first = house.published(a=3)
    assert sent(witness, submission(house, None, first)) == 200
    assert witnesses.ask()
    second = house.published(a=3)
    assert sent(witness, submission(house, first, second)) == 200
    assert witnesses.ask()
    house.published(a=1)
    assert witnesses.ask()


def test_it_remembers_before_it_signs(
    house: House, seen: tuple[Witness, Witnesses], monkeypatch: pytest.MonkeyPatch
) -> None:
    witness, _ = seen
    first = house.published(a=3)

    def full(*_: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patched:
        patched.setattr(witness_module, "keep", full)
        with pytest.raises(OSError, match="full"):
            sent(witness, submission(house, None, first))
    assert witness.held(ORIGIN) is None
    assert sent(witness, submission(house, None, first)) == 200


def test_a_smaller_or_older_tree_is_never_cosigned(house: House, seen: tuple[Witness, Witnesses]) -> None:
    witness, _ = seen
    first = house.published(a=3)
    second = house.published(a=3)
    assert sent(witness, submission(house, None, second)) == 200
    for old, new in ((None, first), (second, first), (first, second), (first, first)):
        content = submission(house, None, new)
        content["continues"]["old"] = None if old is None else old.checkpoint.digest.hex()
        answer = witness.add(json.dumps(content).encode())
        assert answer.status == 409
        said = json.loads(answer.body)
        assert read_note(said["checkpoint"])[1] == second.checkpoint
        assert said["size"] == second.checkpoint.size


def resigned(house: House, content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same with another text, signed by the log's own key: the operator lies."""
    _, checkpoint = read_note(content["checkpoint"])
    text = replace(checkpoint, **changes).text
    return {**content, "checkpoint": str(Note(text, (house.keyring.signer.sign(text),)))}


LIES: dict[str, tuple[Callable[[House, dict[str, Any]], dict[str, Any]], int]] = {
    "another root of sealing records": (lambda house, it: resigned(house, it, root=bytes(32)), 422),
    "fewer sealing records": (lambda house, it: resigned(house, it, size=0), 422),
    "more sealing records": (lambda house, it: resigned(house, it, size=9), 422),
    "another number of chains": (lambda house, it: resigned(house, it, chains=1), 422),
    "another root of chains": (lambda house, it: resigned(house, it, chains_root=bytes(32)), 422),
    "the number of the last one": (lambda house, it: resigned(house, it, number=1), 409),
    "a time before the last one": (lambda house, it: resigned(house, it, published=micros(NOON)), 409),
    "another log": (lambda house, it: resigned(house, it, origin="nennep/thu/ratings"), 404),
    "no proof of the sealing records": (lambda _, it: {**it, "continues": {**it["continues"], "seals": []}}, 422),
    "no proof of a chain": (lambda _, it: {**it, "continues": {**it["continues"], "chains": {}}}, 422),
    "chains of another list": (lambda _, it: {**it, "chains": it["chains"].split("\n", 1)[1]}, 422),
    "chains that are no list": (lambda _, it: {**it, "chains": it["chains"] + "x"}, 400),
    "a proof that is no hash": (lambda _, it: {**it, "continues": {**it["continues"], "seals": ["zz"]}}, 422),
    "no note": (lambda _, it: {**it, "checkpoint": "x"}, 400),
    "a note without a signature": (lambda _, it: {**it, "checkpoint": it["checkpoint"].rpartition("— ")[0]}, 400),
    "a signature of another key": (lambda _, it: {**it, "checkpoint": by_another_key(it["checkpoint"])}, 403),
    "a signature of another text": (
        lambda _, it: {**it, "checkpoint": it["checkpoint"].replace("for a", "for d")},
        400,
    ),
    "an altered time": (lambda _, it: {**it, "checkpoint": it["checkpoint"].replace("T07:", "T08:")}, 403),
    "a stranger's field": (lambda _, it: {**it, "more": 1}, 400),
    "nothing": (lambda _, __: {}, 400),
}


def by_another_key(note: str) -> str:
    text = Note.parse(note).text
    return str(Note(text, (Signer.new(ORIGIN).sign(text),)))


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_continue_is_never_cosigned(house: House, seen: tuple[Witness, Witnesses], lie: str) -> None:
    witness, _ = seen
    house.grow(A, 12)
    house.sealer.seal_all()
    first = house.published(b=2)
    assert sent(witness, submission(house, None, first)) == 200
    house.grow(A, 12)
    house.sealer.seal_all()
    second = house.published()
    spoil, status = LIES[lie]
    honest = submission(house, first, second)
    assert sent(witness, spoil(house, honest)) == status
    held = witness.held(ORIGIN)
    assert held is not None
    assert read_note(held.checkpoint)[1] == first.checkpoint
    assert sent(witness, honest) == 200


def test_a_chain_that_was_rewritten_before_it_was_sealed_is_never_cosigned(
    house: House, seen: tuple[Witness, Witnesses], tmp_path: Path
) -> None:
    witness, _ = seen
    first = house.published(a=5)
    assert sent(witness, submission(house, None, first)) == 200
    with house_in(tmp_path / "rewritten", keys=tmp_path / "house" / "keys", size=44) as rewritten:
        rewritten.published(a=5)
        second = rewritten.published(a=3)
        content = submission(rewritten, rewritten.checkpoints.numbered(1), second)
        content["continues"]["old"] = first.checkpoint.digest.hex()
        answer = witness.add(json.dumps(content).encode())
    assert answer.status == 422
    assert str(A) in answer.body.decode()
    assert "5 events" in answer.body.decode()


def test_it_has_one_key_for_ever_and_knows_only_its_logs(house: House, tmp_path: Path) -> None:
    first = Witness(tmp_path / "w", NAME, [], NOON.timestamp)
    assert Witness(tmp_path / "w", NAME, [], NOON.timestamp).verifier == first.verifier
    assert sent(first, submission(house, None, house.published(a=1))) == 404


def test_its_address_and_key_are_read_from_one_setting(tmp_path: Path) -> None:
    key = Witness(tmp_path / "w", NAME, [], NOON.timestamp).verifier
    assert read_addresses(f" https://a.vn/ {key}\n") == (Address("https://a.vn/", key),)
    assert read_addresses("") == ()
    for wrong in (f"https://a.vn {key} https://b.vn", f"a {key} b {key}", "a b", f"a {Verifier('x', 1, bytes(32))}"):
        with pytest.raises(ValueError, match=r"witness|fits|key"):
            read_addresses(wrong)


# ── What a witness is believed ───────────────────────────────────────────────────────────────────────────────────────

Wrong = Callable[[House, Signer, bytes], tuple[int, bytes]]


def text_in(body: bytes) -> str:
    return read_note(json.loads(body)["checkpoint"])[0].text


def conflict(checkpoint: object) -> tuple[int, bytes]:
    return 409, json.dumps({"size": 0, "checkpoint": checkpoint}).encode()


def never_published(house: House, _key: Signer, body: bytes) -> tuple[int, bytes]:
    _, checkpoint = read_note(json.loads(body)["checkpoint"])
    text = replace(checkpoint, number=checkpoint.number + 7).text
    return conflict(str(Note(text, (house.keyring.signer.sign(text),))))


def unsigned(_: House, _key: Signer, body: bytes) -> tuple[int, bytes]:
    text = text_in(body).replace("number ", "number 7")
    return conflict(str(Note(text, (Signer.new(ORIGIN).sign(text),))))


WRONG: dict[str, Wrong] = {
    "no connection": lambda *_: (0, b""),
    "a fault": lambda *_: (500, b"oops"),
    "unknown": lambda *_: (404, b""),
    "forbidden": lambda *_: (403, b""),
    "sent away": lambda *_: (302, b"http://127.0.0.1:9/add-checkpoint"),
    "nothing": lambda *_: (200, b""),
    "garbage": lambda *_: (200, b"\xff\x00"),
    "too much": lambda *_: (200, b"x" * 300_000),
    "another key": lambda _, key, it: (200, line(Signer.new(key.name, COSIGNATURE).cosign(text_in(it), 5))),
    "another name": lambda _, __, it: (200, line(Signer.new("nhan-chung/la", COSIGNATURE).cosign(text_in(it), 5))),
    "another text": lambda _, key, it: (200, line(key.cosign(text_in(it).replace("number", "Number"), 5))),
    "a time to come": lambda _, key, it: (200, line(key.cosign(text_in(it), 2**40))),
    "the log's own signature": lambda house, _, it: (200, line(house.keyring.signer.sign(text_in(it)))),
    "two lines": lambda _, key, it: (200, 2 * line(key.cosign(text_in(it), 5))),
    "a conflict that says nothing": lambda *_: (409, b""),
    "a conflict of another form": lambda *_: (409, b"[7]"),
    "a conflict over a number": lambda *_: conflict(7),
    "a conflict over what nobody signed": unsigned,
    "a conflict over what was never published": never_published,
    "a conflict over the very same": lambda _, __, it: conflict(json.loads(it)["checkpoint"]),
}


SAID = {
    "a conflict over what nobody signed": "answers-wrongly",
    "a conflict over what was never published": "holds-what-this-log-never-published",
    "too much": "answers-too-much",
}
"""What is told of some of them."""


def line(signature: object) -> bytes:
    return f"{signature}\n".encode()


def answers_wrongly(folder: Path, wrong: str, *, known: bool) -> list[str]:
    """Ask a witness that answers so, one whose word is known already or not; what does not hold."""
    faults = []
    key = Signer.new(NAME, COSIGNATURE)
    with house_in(folder / "house") as house:
        honest = True

        def reply(body: bytes) -> tuple[int, bytes]:
            return (200, line(key.cosign(text_in(body), 5))) if honest else WRONG[wrong](house, key, body)

        with liar(reply) as url:
            witnesses = house.witnesses(Address(url, key.verifier), needed=1)
            if known:
                house.published(a=2)
                witnesses.ask()
            honest = False
            published = house.published(a=2)
            if witnesses.ask() or not witnesses.problems:
                faults.append("counted as asked in full")
            if witnesses.problems.get(NAME) != SAID.get(wrong, witnesses.problems.get(NAME)):
                faults.append(f"told as {witnesses.problems}")
            latest = house.checkpoints.latest()
            if latest is None or latest.note != published.note:
                faults.append("something was attached")
            if latest is not None and witnesses.standing(latest)["state"] != "unwitnessed":
                faults.append("said to be witnessed")
            if house.published(a=1).checkpoint.number != published.checkpoint.number + 1:
                faults.append("publishing was held up")
            honest = True
            if not witnesses.ask() and witnesses.problems != {NAME: "went-back"}:
                faults.append("an honest answer no longer counts")
    return faults


def test_whatever_a_witness_answers_wrongly_nothing_is_believed(tmp_path: Path, tally: Tally) -> None:
    cases = [(wrong, known) for wrong in WRONG for known in (False, True)]
    failures = {
        (wrong, known): faults
        for number, (wrong, known) in enumerate(cases)
        if (faults := answers_wrongly(tmp_path / str(number), wrong, known=known))
    }
    tally("A-20", len(cases), len(failures))
    assert failures == {}


@pytest.mark.parametrize("missed", [1, 2, 5])
def test_a_witness_that_was_away_takes_up_where_it_was(house: House, tmp_path: Path, missed: int, tally: Tally) -> None:
    folder, logs = tmp_path / "witness", [house.keyring.signer.verifier]
    with witness_in(folder, logs) as (witness, address):
        witnesses = house.witnesses(address, needed=1)
        house.published(a=2)
        assert witnesses.ask()
    for _ in range(missed):
        latest = house.published(a=3, b=1)
        assert not witnesses.ask()
        assert witnesses.problems == {NAME: "ConnectError"}
        assert witnesses.standing(latest)["state"] == "unwitnessed"
    with answering(witness) as url:
        again = house.witnesses(Address(url, address.verifier), needed=1)
        assert again.ask()
        latest = house.checkpoints.numbered(missed + 1)
        assert again.standing(latest)["state"] == "witnessed"
    tally("A-20", missed)


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_witness_restored_from_an_old_copy_is_refused_until_it_is_admitted_again(
    house: House, tmp_path: Path, kept: int, tally: Tally
) -> None:
    folder = tmp_path / "witness"
    with witness_in(folder, [house.keyring.signer.verifier]) as (_, address):
        witnesses = house.witnesses(address, needed=1)
        for number in range(4):
            if number == kept:
                shutil.copytree(folder, tmp_path / "copy")
            house.published(a=2)
            assert witnesses.ask()
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "copy", folder)
        signed = house.checkpoints.latest()
        latest = house.published(a=2)
        for _ in range(2):
            assert not witnesses.ask()
            assert witnesses.refused() == witnesses.problems == {NAME: "went-back"}
        assert signed is not None
        for each in (signed, latest):
            assert witnesses.standing(each) == {"state": "unwitnessed", "needed": 1, "of": 1, "by": []}
        late = Signer.parse((folder / "witness.key").read_text()).cosign(latest.note.text, 5)
        with pytest.raises(UnknownWitness):
            witnesses.accept(latest.checkpoint.number, [late])
        witnesses.readmit(NAME)
        assert witnesses.ask()
        assert witnesses.standing(house.checkpoints.numbered(5))["by"] == [NAME]
    tally("A-20", 1)


def test_a_witness_that_does_not_answer_in_time_holds_nothing_up(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(witnesses_module, "PATIENCE", 0.2)
    key = Witness(tmp_path / "w", NAME, [], NOON.timestamp).verifier
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        witnesses = house.witnesses(Address(url, key), needed=1)
        house.published(a=1)
        assert not witnesses.ask()
    assert witnesses.problems == {NAME: "ReadTimeout"}


def test_so_many_witnesses_are_needed_as_the_policy_says(house: House, tmp_path: Path) -> None:
    logs = [house.keyring.signer.verifier]
    with (
        witness_in(tmp_path / "1", logs, "nhan-chung/mot") as (_, first),
        witness_in(tmp_path / "2", logs, "nhan-chung/hai") as (_, second),
    ):
        third = Address(f"http://127.0.0.1:{free_port('127.0.0.1')}", Signer.new("x", COSIGNATURE).verifier)
        states = {}
        for needed in (0, 1, 2, 3):
            witnesses = house.witnesses(first, second, third, needed=needed)
            house.published(a=1)
            assert not witnesses.ask()
            latest = house.checkpoints.latest()
            assert latest is not None
            states[needed] = witnesses.standing(latest)["state"]
        assert states == {0: "unwitnessed", 1: "witnessed", 2: "witnessed", 3: "unwitnessed"}
        with pytest.raises(ValueError, match="4 witnesses"):
            house.witnesses(first, second, third, needed=4)
    assert not Policy().is_met(["nhan-chung/mot"])


def test_a_cosignature_may_come_by_itself_and_late_and_counts_once(house: House, tmp_path: Path) -> None:
    witness = Witness(tmp_path / "w", NAME, [house.keyring.signer.verifier], NOON.timestamp)
    witnesses = house.witnesses(Address("http://127.0.0.1:9", witness.verifier), needed=1)
    first = house.published(a=1)
    house.published(b=1)
    answer = witness.add(json.dumps(submission(house, None, first)).encode())
    (signature,) = Note.parse(first.note.text + "\n" + answer.body.decode()).signatures
    assert witnesses.accept(1, [signature]) == 1
    assert witnesses.accept(1, [signature]) == 0
    with pytest.raises(UnknownWitness):
        witnesses.accept(2, [signature])
    assert witnesses.standing(house.checkpoints.numbered(1))["state"] == "witnessed"
    assert house.checkpoints.inclusion(B, 1).chain.size == 2
