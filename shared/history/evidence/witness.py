"""What does a witness do? It remembers the last checkpoint of each log, and cosigns only what continues it.

It remembers before it signs. It knows nothing of events and needs no key of a service: a folder and this file.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from shared.history.durable import keep, keep_new
from shared.history.evidence.checkpoint import (
    ChainEnd,
    Checkpoint,
    decode_ends,
    read_note,
    root_over,
)
from shared.history.evidence.merkle import proves_consistency
from shared.history.evidence.note import COSIGNATURE, NoNote, Note, SignatureWrong, Signer, Verifier
from shared.history.evidence.proof import Continuation

LARGEST: Final = 8 * 2**20
"""Bytes of a request."""
TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a log asks a witness to cosign."""

    checkpoint: str
    """The signed note."""
    chains: str
    """The ends of all chains that it covers."""
    continues: Continuation


class Held(msgspec.Struct, frozen=True):
    """What a witness remembers: a checkpoint with its chains, as a file."""

    checkpoint: str
    chains: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Of HTTP: status, media type, body."""

    status: int
    body: bytes
    media: str = TEXT


class _No(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.answer = Answer(status, why.encode() + b"\n")


class Witness:
    """Remembers and cosigns, one submission at a time. One process works on the folder."""

    def __init__(self, folder: Path, name: str, logs: Iterable[Verifier], now: Callable[[], float]) -> None:
        """`logs`: the keys of the logs to watch. The witness's own key is made when the folder has none."""
        self._folder, self._logs, self._now = folder, list(logs), now
        self._one = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / "witness.key"
        if not file.exists():
            keep_new(file, Signer.new(name, COSIGNATURE).secret.encode())
        self._signer = Signer.parse(file.read_text(encoding="ascii"))
        if self._signer.name != name:
            message = f"the key in this folder is that of {self._signer.name}"
            raise NoNote(message)

    @property
    def verifier(self) -> Verifier:
        """The key by which its cosignatures are checked."""
        return self._signer.verifier

    def held(self, origin: str) -> Held | None:
        """What it remembers last of a log."""
        files = sorted(self._of(origin).glob("[0-9]*.json"))
        return _held(files[-1].read_bytes()) if files else None

    def add(self, raw: bytes) -> Answer:
        """Cosign a submission, or say why not: 400 unreadable, 403 signature, 404 log, 409 what is held, 422 proof."""
        try:
            submission = _submission(raw)
            note, checkpoint = read_note(submission.checkpoint)
            ends = decode_ends(submission.chains)
        except (ValueError, RecursionError):
            return Answer(400, b"unreadable\n")
        try:
            self._know(note, checkpoint)
            with self._one:
                self._continue(submission.continues, checkpoint, ends)
                held = Held(str(Note(note.text, note.signatures)), submission.chains)
                self._remember(checkpoint, held)
                return Answer(200, f"{self._signer.cosign(note.text, int(self._now()))}\n".encode())
        except _No as no:
            return no.answer

    def _know(self, note: Note, checkpoint: Checkpoint) -> None:
        keys = [key for key in self._logs if key.name == checkpoint.origin]
        if not keys:
            raise _No(404, "unknown log")
        try:
            signers = note.verified(keys)
        except SignatureWrong:
            signers = {}
        if not signers:
            raise _No(403, "not signed by this log")

    def _continue(self, continues: Continuation, new: Checkpoint, ends: tuple[ChainEnd, ...]) -> None:
        """That it continues what is held, in every tree; and that the chains are those which it covers."""
        if (len(ends), root_over(new.origin, ends)) != (new.chains, new.chains_root):
            raise _No(422, "other chains than the checkpoint covers")
        held = self.held(new.origin)
        old = None if held is None else read_note(held.checkpoint)[1]
        if (None if old is None else old.digest.hex()) != continues.old:
            raise _conflict(held, old)
        if held is None or old is None:
            return
        if old != new and (new.number <= old.number or new.published <= old.published):
            raise _conflict(held, old)
        if not proves_consistency(old.size, new.size, old.root, new.root, _hashes(continues.seals)):
            raise _No(422, "the sealing records do not continue those held")
        now = {end.organisation: end for end in ends}
        for before in decode_ends(held.chains):
            after = now.get(before.organisation)
            proof = _hashes(continues.chains.get(str(before.organisation), []))
            if after is None or not proves_consistency(before.size, after.size, before.root, after.root, proof):
                raise _No(422, f"the chain of {before.organisation} does not continue the {before.size} events held")

    def _remember(self, checkpoint: Checkpoint, held: Held) -> None:
        folder = self._of(checkpoint.origin)
        folder.mkdir(exist_ok=True, mode=0o700)
        keep(folder / f"{checkpoint.number:018d}.json", _encode(held))

    def _of(self, origin: str) -> Path:
        return self._folder / hashlib.sha256(origin.encode()).hexdigest()[:32]


def _conflict(held: Held | None, old: Checkpoint | None) -> _No:
    """409 with what is held: its size, and the note itself."""
    no = _No(409, "conflict")
    said = {"size": 0 if old is None else old.size, "checkpoint": None if held is None else held.checkpoint}
    no.answer = Answer(409, _encode(said), JSON)
    return no


def _hashes(texts: Iterable[str]) -> list[bytes]:
    try:
        return [bytes.fromhex(each) for each in texts]
    except ValueError:
        return [b""]


_encode = msgspec.json.Encoder().encode
_submission = msgspec.json.Decoder(Submission).decode
_held = msgspec.json.Decoder(Held).decode
