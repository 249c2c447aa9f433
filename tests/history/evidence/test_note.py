"""Is a signed note what C2SP says? Against the published example, and nothing else passes for one."""

from __future__ import annotations

import pytest

from shared.history.evidence.note import COSIGNATURE, NoNote, Note, Signature, SignatureWrong, Signer, Verifier

SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
"""The example of Go's package `note`, where the format comes from."""

SPECIFIED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+"
    "xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
    "mbIUBkBIfZ+qnA==\n"
)
"""The example of C2SP's tlog-cosignature, which publishes no keys."""
MESSAGE = (
    "cosignature/v1\ntime 1679315147\n"
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)


def test_the_published_key_signs_what_was_published() -> None:
    signer = Signer.parse(SECRET)
    assert str(signer.verifier) == PUBLIC
    assert signer.secret == SECRET
    note = Note(TEXT, (signer.sign(TEXT),))
    assert str(note) == f"{TEXT}\n{LINE}\n"
    assert Note.parse(str(note).encode()) == note
    assert note.verified([Verifier.parse(PUBLIC)]) == {Verifier.parse(PUBLIC): None}


def test_the_published_cosignature_is_read_as_its_time_and_signature() -> None:
    note = Note.parse(SPECIFIED.encode())
    assert [each.name for each in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].value[:8]) == 1679315147
    assert len(note.signatures[1].value) == 8 + 64
    assert str(note) == SPECIFIED


def test_a_cosignature_is_over_the_message_that_the_specification_shows() -> None:
    witness = Signer.new("witness.example.com/w1", COSIGNATURE)
    text = MESSAGE.split("\n", 2)[2]
    cosignature = witness.cosign(text, 1679315147)
    plain = Signer(witness.name, 1, witness._seed).sign(MESSAGE)  # noqa: SLF001 — the same key, over the message itself
    assert cosignature.value == (1679315147).to_bytes(8) + plain.value
    assert Note(text, (cosignature,)).verified([witness.verifier]) == {witness.verifier: 1679315147}


def test_a_private_key_does_not_show_itself() -> None:
    signer = Signer.parse(SECRET)
    assert "gQoUAtUUbI2E8kQz" not in repr(signer)
    assert SECRET not in f"{signer} {signer!r}"
    with pytest.raises(NoNote) as refused:
        Signer.parse(SECRET.replace("c74f20a3", "c74f20a4"))
    assert "AYEKFALVFGyNhPJEMzD1QIDr" not in str(refused.value)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    stranger = Signer.new("PeterNeumann")
    note = Note(TEXT, (stranger.sign(TEXT), Signer.parse(SECRET).sign(TEXT)))
    assert list(note.verified([Verifier.parse(PUBLIC)])) == [Verifier.parse(PUBLIC)]
    assert Note(TEXT, (stranger.sign(TEXT),)).verified([Verifier.parse(PUBLIC)]) == {}


@pytest.mark.parametrize("text", [TEXT + "x\n", TEXT.replace("answer", "Answer"), "\n"])
def test_a_known_key_that_did_not_sign_this_text_spoils_the_note(text: str) -> None:
    with pytest.raises(SignatureWrong, match="PeterNeumann"):
        Note(text, (Signature.parse(LINE),)).verified([Verifier.parse(PUBLIC)])


def test_no_signature_passes_for_one_of_the_other_kind() -> None:
    signer, witness = Signer.new("a"), Signer.new("a", COSIGNATURE)
    with pytest.raises(NoNote):
        signer.cosign(TEXT, 1)
    with pytest.raises(NoNote):
        witness.sign(TEXT)
    forged = Signature("a", witness.verifier.key_id, signer.sign(TEXT).value)
    with pytest.raises(SignatureWrong):
        Note(TEXT, (forged,)).verified([witness.verifier])


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        f"text\n{LINE}\n".encode(),
        f"text\n\n{LINE}".encode(),
        f"text\n\n{LINE}\n\n".encode(),
        f"text\n\n{LINE}\nmore\n".encode(),
        f"text\r\n\n{LINE}\n".encode(),
        f"te\x00xt\n\n{LINE}\n".encode(),
        f"text\n\n{LINE.replace('— ', '- ')}\n".encode(),
        f"text\n\n{LINE.replace('=', '')}\n".encode(),
        f"text\n\n{LINE.replace('AM=', 'AN=')}\n".encode(),
        f"text\n\n{LINE} \n".encode(),
        "text\n\n— a+b AAAAAAAA\n".encode(),
        "text\n\n— a AAAA\n".encode(),
        "text\n\n—  AAAAAAAA\n".encode(),
        b"\xff" + f"text\n\n{LINE}\n".encode(),
        b"x" * 70_000 + f"\n\n{LINE}\n".encode(),
        ("text\n\n" + f"{LINE}\n" * 65).encode(),
    ],
)
def test_what_is_no_signed_note_is_refused(spoilt: bytes) -> None:
    with pytest.raises(NoNote):
        Note.parse(spoilt)


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        "PeterNeumann",
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("c74f20a3", "C74F20A3"),
        PUBLIC.replace("Peter", "Pieter"),
        PUBLIC[:-4],
        PUBLIC.replace("+AR", "+AA"),
        PUBLIC + "\n",
        "Peter Neumann" + PUBLIC[12:],
    ],
)
def test_what_is_no_key_is_refused(spoilt: str) -> None:
    with pytest.raises(NoNote):
        Verifier.parse(spoilt)
    with pytest.raises(NoNote):
        Signer.parse(spoilt)
