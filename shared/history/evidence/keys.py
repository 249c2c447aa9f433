"""Which key signs a service's checkpoints, and since when? One at a time, made at the first start, kept in one folder.

The list of keys is public and only grows: a line where a key begins, a line where it ends. What an ended key signed
before its end stays good; a key that may be in other hands needs more than its own word for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from shared.contracts.envelope import recorded_micros, recorded_text
from shared.history.durable import keep, keep_new
from shared.history.evidence.checkpoint import Checkpoint
from shared.history.evidence.note import NoNote, Note, SignatureWrong, Signer, Verifier
from shared.history.evidence.verdict import CannotJudge, Contradiction, agree

FORMAT: Final = 1
Ending = Literal["rotated", "lost", "stolen"]
"""Rotated: replaced in good order and destroyed. Lost and stolen: somebody else may sign with it."""


class KeyLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line of a key list: a key begins (`since`), or it ends (`until`, with why)."""

    format: int = FORMAT
    key: str
    """The verifier key."""
    since: str | None = None
    until: str | None = None
    why: Ending | None = None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key with its validity: microseconds since 1970, the end not included."""

    verifier: Verifier
    since: int
    until: int | None = None
    why: Ending | None = None


@dataclass(frozen=True, slots=True)
class KeyList:
    """What somebody who checks goes by: keys of one or several services, each with its validity."""

    keys: tuple[KnownKey, ...]

    @classmethod
    def decode(cls, raw: bytes) -> KeyList:
        """Read JSON lines. CannotJudge when they are none."""
        keys: dict[Verifier, KnownKey] = {}
        try:
            for line in raw.splitlines():
                said = _decode(line)
                verifier = Verifier.parse(said.key)
                if said.since is not None:
                    keys.setdefault(verifier, KnownKey(verifier, recorded_micros(said.since)))
                if said.until is not None:
                    keys[verifier] = _ended(keys[verifier], recorded_micros(said.until), said.why)
        except (ValueError, KeyError) as error:
            message = "danh sách khóa không đọc được / the list of keys cannot be read"
            raise CannotJudge(message) from error
        return cls(tuple(keys.values()))

    @classmethod
    def of(cls, verifiers: Iterable[Verifier]) -> KeyList:
        """Keys that are good whenever."""
        return cls(tuple(KnownKey(each, 0) for each in verifiers))

    def judge(
        self, note: Note, checkpoint: Checkpoint, *, vouched: Collection[bytes] = (), seen: int | None = None
    ) -> None:
        """Return when a key that was good at that time signed it; Contradiction or CannotJudge when none did.

        For a key that may be in other hands its own time counts for nothing: the checkpoint's digest must be among the
        `vouched` (those that a later checkpoint of a good key goes back to), or a witness have `seen` it (µs) before.
        """
        try:
            signers = note.verified([key.verifier for key in self.keys])
        except SignatureWrong as error:
            message = f"chữ ký sai / the signature is wrong: {error}"
            raise Contradiction(message) from error
        known = [key for key in self.keys if key.verifier in signers]
        if not known:
            message = "không biết khóa đã ký / signed by no key that is known here"
            raise CannotJudge(message)
        troubles = [_trouble(key, checkpoint, vouched, seen) for key in known]
        found = [each for each in troubles if each is not None]
        if len(found) == len(troubles):
            raise next((each for each in found if isinstance(each, Contradiction)), found[0])


def _trouble(
    key: KnownKey, checkpoint: Checkpoint, vouched: Collection[bytes], seen: int | None
) -> Contradiction | CannotJudge | None:
    if key.verifier.name != checkpoint.origin:
        return Contradiction(f"khóa của sổ khác / a key of another log: {key.verifier.name}")
    if checkpoint.published < key.since:
        return Contradiction("ký trước khi khóa có hiệu lực / signed before the key began")
    if key.until is None:
        return None
    if checkpoint.published >= key.until:
        return Contradiction("ký sau khi khóa hết hiệu lực / signed after the key had ended")
    if key.why == "rotated" or checkpoint.digest in vouched or (seen is not None and seen < key.until):
        return None
    return CannotJudge("khóa có thể đã lộ, không có ai khác xác nhận / the key may be in other hands, nobody vouches")


def vouched_by(trail: Iterable[Checkpoint]) -> frozenset[bytes]:
    """The digests that a chain of checkpoints goes back to, given from the newest; Contradiction where it breaks.

    The newest is one that has been proved; every older one must be the one that the one after it names.
    """
    digests: list[bytes] = []
    wanted: bytes | None = None
    for checkpoint in trail:
        agree(wanted in {None, checkpoint.digest}, f"đứt chuỗi điểm kiểm / no chain at checkpoint {checkpoint.number}")
        digests.append(checkpoint.digest)
        wanted = checkpoint.previous
    return frozenset(digests)


class Keyring:
    """The keys of one service in a folder of its own: `keys.jsonl`, and each private key in a file of its own."""

    def __init__(self, folder: Path, origin: str, now: int) -> None:
        """Make the folder and the first key where there are none; `now` in microseconds since 1970.

        NoNote when the origin cannot be a key's name; CannotJudge when the list cannot be read.
        """
        self._folder, self._origin = folder, origin
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._list = folder / "keys.jsonl"
        if not self._list.exists():
            self._begin(b"", now)
        self._key, self.signer = self._current()

    @property
    def origin(self) -> str:
        """The origin that its checkpoints have, which is the name of its keys."""
        return self._origin

    @property
    def since(self) -> int:
        """When the key that signs began, in microseconds since 1970."""
        return self._key.since

    @property
    def lines(self) -> bytes:
        """The public list, as it is given away."""
        return self._list.read_bytes()

    def rotate(self, why: Ending, at: int) -> Signer:
        """End the key that signs, at `at`, and begin a new one; the new one signs from now on."""
        ended = KeyLine(key=str(self.signer.verifier), until=recorded_text(at), why=why)
        self._begin(self.lines + _encode(ended) + b"\n", at)
        self._key, self.signer = self._current()
        return self.signer

    def _begin(self, lines: bytes, at: int) -> None:
        """The private key is safe before the list names it; a kill in between leaves a file that nobody names."""
        signer = Signer.new(self._origin)
        keep_new(self._private(signer.verifier), signer.secret.encode())
        keep(self._list, lines + _encode(KeyLine(key=str(signer.verifier), since=recorded_text(at))) + b"\n")

    def _current(self) -> tuple[KnownKey, Signer]:
        (current,) = (key for key in KeyList.decode(self.lines).keys if key.until is None)
        if current.verifier.name != self._origin:
            message = f"the keys in this folder are those of {current.verifier.name}"
            raise NoNote(message)
        return current, Signer.parse(self._private(current.verifier).read_text(encoding="ascii"))

    def _private(self, verifier: Verifier) -> Path:
        return self._folder / f"{verifier.key_id.hex()}.key"


def _ended(key: KnownKey, until: int, why: Ending | None) -> KnownKey:
    """The first end stands, whatever is added later."""
    return key if key.until is not None else KnownKey(key.verifier, key.since, until, why)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(KeyLine).decode
