"""What does a service sign? A checkpoint: the root of its sealing records, and a root over the ends of all its chains.

It is a C2SP tlog-checkpoint; the lines after the third are ours. `docs/formats/checkpoint.md` is enough to check one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.envelope import recorded_micros, recorded_text
from shared.history.evidence.merkle import Frontier, inclusion_proof, leaf_hash, ranges_in
from shared.history.evidence.note import NoNote, Note

SEALED: Final = "sealed"
DAILY: Final = "daily"
PERIOD: Final = "period"
ASKED: Final = "asked"
"""Why a checkpoint was published: something was sealed, a day or a month had ended, or the operator asked."""

_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_HASH = r"[A-Za-z0-9+/]{43}="
_FORM: Final = re.compile(
    rf"(?P<origin>[^\n]+)\n(?P<size>{_NUMBER})\n(?P<root>{_HASH})\n"
    rf"number (?P<number>{_NUMBER})\npublished (?P<published>[0-9TZ:.-]+)\nfor (?P<why>sealed|daily|period|asked)\n"
    rf"chains (?P<chains>{_NUMBER}) (?P<chains_root>{_HASH})\nprevious (?P<previous>{_HASH})\n",
    re.ASCII,
)
_CHAIN: Final = re.compile(
    rf"(?P<organisation>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}) (?P<size>{_NUMBER}) (?P<root>{_HASH})",
    re.ASCII,
)


class NoCheckpoint(ValueError):
    """A text that is no checkpoint of ours, or a list that is none of chain ends."""


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The tree of one organisation's chain at a moment: how many events, and their root."""

    organisation: UUID
    size: int
    root: bytes

    def leaf(self, origin: str) -> bytes:
        """What the tree over all chains has as its leaf: the first three lines of a checkpoint of this chain alone."""
        return f"{origin}/{self.organisation}\n{self.size}\n{_text(self.root)}\n".encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head of a service's log, to be signed. `root` is over `size` sealing records; `chains_root` over chain ends."""

    origin: str
    size: int
    root: bytes
    number: int
    """Dense within the origin, from 1."""
    published: int
    """Microseconds since 1970; rises with the number."""
    why: str
    chains: int
    chains_root: bytes
    previous: bytes
    """SHA-256 of the text of the checkpoint before; of nothing for the first."""

    @property
    def service(self) -> str:
        """The service whose log it is."""
        return self.origin.rpartition("/")[2]

    @property
    def text(self) -> str:
        """The text that is signed."""
        return (
            f"{self.origin}\n{self.size}\n{_text(self.root)}\n"
            f"number {self.number}\npublished {recorded_text(self.published)}\nfor {self.why}\n"
            f"chains {self.chains} {_text(self.chains_root)}\nprevious {_text(self.previous)}\n"
        )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text; the next checkpoint names it."""
        return hashlib.sha256(self.text.encode()).digest()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a text in its one spelling. NoCheckpoint when it is none."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise NoCheckpoint
        try:
            checkpoint = cls(
                match["origin"],
                int(match["size"]),
                _bytes(match["root"]),
                int(match["number"]),
                recorded_micros(match["published"]),
                match["why"],
                int(match["chains"]),
                _bytes(match["chains_root"]),
                _bytes(match["previous"]),
            )
        except ValueError as error:
            raise NoCheckpoint from error
        if checkpoint.text != text:
            raise NoCheckpoint
        return checkpoint


def read_note(raw: bytes | str) -> tuple[Note, Checkpoint]:
    """A signed checkpoint, whose signatures are not believed yet. NoCheckpoint when it is none."""
    try:
        note = Note.parse(raw)
    except NoNote as error:
        raise NoCheckpoint from error
    return note, Checkpoint.parse(note.text)


# ── The ends of all chains, beside the note ──────────────────────────────────────────────────────────────────────────


def in_order(ends: Iterable[ChainEnd]) -> tuple[ChainEnd, ...]:
    """The order in which a checkpoint covers them: by organisation."""
    return tuple(sorted(ends, key=lambda end: str(end.organisation)))


def root_over(origin: str, ends: Sequence[ChainEnd]) -> bytes:
    """The root over chain ends that are in order."""
    return Frontier().extend(end.leaf(origin) for end in ends).root()


def path_to(origin: str, ends: Sequence[ChainEnd], organisation: UUID) -> tuple[int, list[bytes]]:
    """The index, from 0, of an organisation's chain among these, and its audit path. LookupError: not among them."""
    leaves = [leaf_hash(end.leaf(origin)) for end in ends]
    index = next((n for n, end in enumerate(ends) if end.organisation == organisation), None)
    if index is None:
        raise LookupError(str(organisation))
    return index, inclusion_proof(index, len(leaves), ranges_in(leaves))


def encode_ends(ends: Sequence[ChainEnd]) -> str:
    """The list as text: a line a chain, `<organisation> <size> <root>`."""
    return "".join(f"{end.organisation} {end.size} {_text(end.root)}\n" for end in ends)


def decode_ends(text: str) -> tuple[ChainEnd, ...]:
    """Read such a list. NoCheckpoint when it is none, or not in order, or names a chain twice."""
    ends = tuple(_end(line) for line in text.split("\n")[:-1])
    if encode_ends(ends) != text or len({end.organisation for end in ends}) != len(ends) or in_order(ends) != ends:
        raise NoCheckpoint
    return ends


def _end(line: str) -> ChainEnd:
    match = _CHAIN.fullmatch(line)
    if match is None:
        raise NoCheckpoint
    return ChainEnd(UUID(match["organisation"]), int(match["size"]), _bytes(match["root"]))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NoCheckpoint from error
