"""How is a kept receipt proved years later? By a file: from the event's hash to its chain, from there to a checkpoint.

Nothing in the file is believed: every hash is computed again, and who signed is judged by keys that the reader brings.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from shared.history.evidence.checkpoint import ChainEnd, Checkpoint, NoCheckpoint, read_note
from shared.history.evidence.keys import KeyList
from shared.history.evidence.merkle import proves_consistency, proves_inclusion
from shared.history.evidence.note import Note, SignatureWrong, Verifier
from shared.history.evidence.verdict import CannotJudge, Contradiction, agree

FORMAT: Final = 1
LARGEST: Final = 256 * 1024
"""Bytes of a proof's file."""
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def octets(text: str) -> bytes:
    """A hash in its one spelling as hex. ValueError when it is none."""
    if _HASH.fullmatch(text) is None:
        message = "no hash"
        raise ValueError(message)
    return bytes.fromhex(text)


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was answered when a fact was accepted. The hash is hex."""

    service: str
    organisation: UUID
    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.service}/{self.organisation}/{self.sequence}/{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """Read `service/organisation/sequence/hash`. CannotJudge when it is not that."""
        try:
            service, organisation, sequence, digest = text.strip().split("/")
            receipt = cls(service, UUID(organisation), int(sequence), octets(digest).hex())
        except ValueError as error:
            message = "biên nhận không đọc được / the receipt cannot be read"
            raise CannotJudge(message) from error
        return receipt


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a leaf stands in a tree: the tree's size and root (hex), the leaf's index from 0, its audit path (hex)."""

    size: int
    root: str
    index: int
    path: list[str]

    def proves(self, data: bytes) -> bool:
        """Whether this leaf stands there."""
        path = [octets(each) for each in self.path]
        return proves_inclusion(data, self.index, self.size, octets(self.root), path)


class ReceiptProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: `docs/formats/checkpoint.md` is its format."""

    format: int = FORMAT
    receipt: Receipt
    event: Place
    """The event in the tree of its chain."""
    chain: Place
    """The chain's end in the tree over all chains."""
    checkpoint: str
    """The signed note."""

    def encode(self) -> bytes:
        """As the file's bytes."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @classmethod
    def decode(cls, raw: bytes) -> ReceiptProof:
        """Read the file. CannotJudge when it is none."""
        try:
            proof = msgspec.json.decode(raw, type=cls)
        except (ValueError, RecursionError) as error:
            message = "không phải tệp chứng minh / this is no file with a proof"
            raise CannotJudge(message) from error
        if proof.format == FORMAT and proof.encode() != raw:
            message = "tệp đã bị viết lại / the file was rewritten: it is not as it was given out"
            raise CannotJudge(message)
        if proof.format != FORMAT:
            message = "định dạng lạ / a format that this program does not know"
            raise CannotJudge(message)
        return proof

    def check(self) -> tuple[Note, Checkpoint]:
        """The checkpoint that the receipt is proved under, if its signature is believed. Contradiction: it is not."""
        receipt = self.receipt
        try:
            note, checkpoint = read_note(self.checkpoint)
            end = ChainEnd(receipt.organisation, self.event.size, octets(self.event.root))
            agree(self.event.index == receipt.sequence - 1, "số thứ tự khác / another sequence is proved")
            agree(
                self.event.proves(octets(receipt.hash)),
                f"sự việc không thuộc chuỗi / the event is not in the chain at {receipt.sequence}",
            )
            agree(
                self.chain.proves(end.leaf(checkpoint.origin)),
                f"chuỗi không thuộc điểm kiểm / the chain of {receipt.organisation} is not in the checkpoint",
            )
        except NoCheckpoint as error:
            message = "điểm kiểm không đọc được / the checkpoint cannot be read"
            raise CannotJudge(message) from error
        except ValueError as error:
            message = "mã băm không đọc được / a hash cannot be read"
            raise Contradiction(message) from error
        agree(receipt.service == checkpoint.service, "điểm kiểm của dịch vụ khác / a checkpoint of another service")
        agree(
            (self.chain.size, self.chain.root) == (checkpoint.chains, checkpoint.chains_root.hex()),
            "điểm kiểm nói khác / the checkpoint says otherwise of the chains",
        )
        return note, checkpoint


@dataclass(frozen=True, slots=True)
class Policy:
    """How many of which witnesses must have cosigned before a checkpoint counts as witnessed."""

    witnesses: tuple[Verifier, ...] = ()
    needed: int = 0

    def seen_by(self, note: Note) -> dict[str, int]:
        """Witness → the second since 1970 at which it cosigned. Contradiction where a cosignature is wrong."""
        try:
            times = note.verified(self.witnesses)
        except SignatureWrong as error:
            message = f"chữ ký của bên chứng kiến sai / the cosignature is wrong: {error}"
            raise Contradiction(message) from error
        return {verifier.name: time for verifier, time in times.items() if time is not None}

    def is_met(self, names: Collection[str]) -> bool:
        """Whether so many of the witnesses have cosigned; nobody's word is no witness."""
        return 0 < self.needed <= len(set(names) & {each.name for each in self.witnesses})

    def moment(self, seen: dict[str, int]) -> int | None:
        """When enough of them had seen it, in microseconds; None while they have not."""
        if not self.is_met(seen):
            return None
        return sorted(seen.values())[self.needed - 1] * 1_000_000


@dataclass(frozen=True, slots=True)
class Proven:
    """What holds: the receipt's event stood in the log when this checkpoint was published."""

    checkpoint: Checkpoint
    witnesses: dict[str, int]


def check_receipt(
    proof: ReceiptProof, keys: KeyList | None, policy: Policy = Policy(), kept: Receipt | None = None
) -> Proven:
    """Check a proof offline. Contradiction, or CannotJudge: no key was given, or too few witnesses have cosigned.

    `kept` is the receipt as its owner kept it; without it the file's own is believed to be that.
    """
    note, checkpoint = proof.check()
    agree(kept is None or kept == proof.receipt, "khác với biên nhận đã giữ / not the receipt that was kept")
    seen = policy.seen_by(note)
    if keys is None or not keys.keys:
        message = "chưa có khóa để kiểm chữ ký / no key was given to judge the signature by"
        raise CannotJudge(message)
    keys.judge(note, checkpoint, seen=policy.moment(seen))
    if policy.needed and not policy.is_met(seen):
        message = f"chưa đủ bên chứng kiến / unwitnessed: {len(seen)} of {policy.needed}"
        raise CannotJudge(message)
    return Proven(checkpoint, seen)


class Growth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a tree at one size is the beginning of itself at another: both roots and the proof, in hex."""

    old: int
    old_root: str
    new: int
    new_root: str
    proof: list[str]

    def proves(self) -> bool:
        """Whether it does."""
        try:
            old, new, *proof = (octets(each) for each in (self.old_root, self.new_root, *self.proof))
        except ValueError:
            return False
        return proves_consistency(self.old, self.new, old, new, proof)


class Continuation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a checkpoint continues an earlier one: in the tree of sealing records, and in every chain it covered."""

    old: str | None
    """Digest (hex) of the earlier checkpoint's text; none: there is no earlier one."""
    seals: list[str]
    """Consistency proof of the tree of sealing records, in hex."""
    chains: dict[str, list[str]]
    """Organisation → consistency proof of its chain."""
