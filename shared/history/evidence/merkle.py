"""How do 32 bytes stand for a whole list? The hash tree of RFC 6962, grown leaf by leaf, with the proofs of RFC 9162.

Nothing of ours is imported: the same arithmetic is used by the log, by witnesses and by verifiers of strangers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

HASH: Final = 32
"""Bytes of a hash."""
EMPTY: Final = hashlib.sha256().digest()
"""The root of no leaves at all."""
_SIZE: Final = 8


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf: SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree that can grow: its size and the roots of its perfect subtrees, the largest first. ValueError: unfit."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count() or any(len(each) != HASH for each in self.peaks):
            message = "these peaks do not belong to a tree of this size"
            raise ValueError(message)

    def append(self, data: bytes) -> Frontier:
        """The tree with one leaf more."""
        return self.extend((data,))

    def extend(self, datas: Iterable[bytes]) -> Frontier:
        """The tree with these leaves more."""
        return self.extend_hashed(leaf_hash(data) for data in datas)

    def extend_hashed(self, leaves: Iterable[bytes]) -> Frontier:
        """The tree with more leaves of which the leaf hashes are known."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            size += 1
            carried = leaf
            for _ in range((size & -size).bit_length() - 1):
                carried = node_hash(peaks.pop(), carried)
            peaks.append(carried)
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """The root; of no leaves SHA-256 of nothing."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def encode(self) -> bytes:
        """As bytes: the size in eight (big endian), then the peaks."""
        return self.size.to_bytes(_SIZE) + b"".join(self.peaks)

    @classmethod
    def decode(cls, encoded: bytes) -> Frontier:
        """Back from bytes. ValueError when they are none."""
        size, rest = int.from_bytes(encoded[:_SIZE]), encoded[_SIZE:]
        if len(encoded) < _SIZE or len(rest) != size.bit_count() * HASH:
            message = "these bytes are no frontier"
            raise ValueError(message)
        return cls(size, tuple(rest[start : start + HASH] for start in range(0, len(rest), HASH)))


def root_of(datas: Iterable[bytes]) -> bytes:
    """The root of a list."""
    return Frontier().extend(datas).root()


# ── Proofs: computed from the roots of the perfect subtrees that they are made of ────────────────────────────────────

Ranges = Callable[[int, int], bytes]
"""The root over leaves start (counted from 0) to end (not included), where end - start ≥ 1."""


def ranges_over(leaves: Callable[[int, int], Iterable[bytes]]) -> Ranges:
    """Roots over ranges, streamed from a provider of leaf hashes start to end: no tree is held in memory."""

    def root(start: int, end: int) -> bytes:
        grown = Frontier().extend_hashed(leaves(start, end))
        if grown.size != end - start:
            message = f"leaves {start} to {end} are not all there"
            raise LookupError(message)
        return grown.root()

    return root


def ranges_in(leaves: Sequence[bytes]) -> Ranges:
    """Roots over ranges of a list of leaf hashes."""
    return ranges_over(lambda start, end: leaves[start:end])


def inclusion_proof(index: int, size: int, ranges: Ranges) -> list[bytes]:
    """The audit path of a leaf (counted from 0) in the tree of a size: siblings, the lowest first. ValueError: none."""
    if not 0 <= index < size:
        message = f"no leaf {index} in a tree of {size}"
        raise ValueError(message)
    return [ranges(start, end) for start, end in _path(index, 0, size)][::-1]


def consistency_proof(old: int, new: int, ranges: Ranges) -> list[bytes]:
    """That the tree of the old size is the beginning of that of the new one. Empty for equal sizes and from nothing."""
    if not 0 <= old <= new:
        message = f"no tree of {new} continues one of {old}"
        raise ValueError(message)
    if old in {0, new}:
        return []
    return [ranges(start, end) for start, end in _subproof(old, 0, new, whole=True)][::-1]


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _path(index: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges of the siblings from the root down to the leaf."""
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield start, middle
            start = middle


def _subproof(old: int, start: int, end: int, *, whole: bool) -> Iterator[tuple[int, int]]:
    """SUBPROOF of RFC 6962, section 2.1.2, from the root down; `whole`: the old tree is known to the verifier."""
    while old != end - start:
        middle = _split(end - start)
        if old <= middle:
            yield start + middle, end
            end = start + middle
        else:
            yield start, start + middle
            start, old, whole = start + middle, old - middle, False
    if not whole:
        yield start, end


# ── Verification: the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2 ───────────────────────────────────────────


def proves_inclusion(data: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof leads from this leaf, at this index counted from 0, to the root of the tree of this size."""
    if not 0 <= index < size:
        return False
    place, last, grown = index, size - 1, leaf_hash(data)
    for sibling in proof:
        if last == 0 or len(sibling) != HASH:
            return False
        if place & 1 or place == last:
            grown = node_hash(sibling, grown)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            grown = node_hash(grown, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and grown == root


def proves_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the old tree is the beginning of the new one."""
    if not 0 <= old <= new or any(len(each) != HASH for each in proof):
        return False
    if old == 0:
        return not proof and old_root == EMPTY
    if old == new:
        return not proof and old_root == new_root
    return _grows(old, new, old_root, new_root, [old_root, *proof] if old.bit_count() == 1 else list(proof))


def _grows(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
