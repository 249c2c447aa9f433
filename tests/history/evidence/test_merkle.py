"""Does the hash tree say what RFC 6962 says? Against its definition, published vectors, and forged proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.history.evidence.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proves_consistency,
    proves_inclusion,
    ranges_in,
    root_of,
)

PUBLISHED = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
PUBLISHED.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The leaves and roots with which certificate transparency tests its logs."""
PATHS = {
    (0, 8): ["96a296d2", "5f083f0a", "6b47aaf2"],
    (5, 8): ["bc1a0643", "ca854ea1", "d37ee418"],
    (2, 3): ["fac54203"],
    (1, 5): ["6e340b9c", "5f083f0a", "bc1a0643"],
}
"""(leaf from 0, size) → the first four bytes of each hash of its path."""
GROWTHS = {
    (1, 8): ["96a296d2", "5f083f0a", "6b47aaf2"],
    (6, 8): ["0ebc5d34", "ca854ea1", "d37ee418"],
    (2, 5): ["5f083f0a", "bc1a0643"],
}
MOST = 64


def defined(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:k]) + defined(leaves[k:])).digest()


def defined_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m < k:
        return [*defined_path(m, leaves[:k]), defined(leaves[k:])]
    return [*defined_path(m - k, leaves[k:]), defined(leaves[:k])]


def defined_growth(m: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [defined(leaves)]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m <= k:
        return [*defined_growth(m, leaves[:k], whole=whole), defined(leaves[k:])]
    return [*defined_growth(m - k, leaves[k:], whole=False), defined(leaves[:k])]


def leaves(size: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(size)]


def hashed(datas: Sequence[bytes]) -> list[bytes]:
    return [leaf_hash(each) for each in datas]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert root_of(PUBLISHED[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_audit_paths_are_the_published_ones(index: int, size: int) -> None:
    path = inclusion_proof(index, size, ranges_in(hashed(PUBLISHED[:size])))
    assert [each.hex()[:8] for each in path] == PATHS[index, size]


@pytest.mark.parametrize(("old", "new"), GROWTHS)
def test_the_consistency_proofs_are_the_published_ones(old: int, new: int) -> None:
    proof = consistency_proof(old, new, ranges_in(hashed(PUBLISHED[:new])))
    assert [each.hex()[:8] for each in proof] == GROWTHS[old, new]


def test_a_frontier_grown_in_any_portions_has_the_root_of_the_list() -> None:
    datas = leaves(MOST)
    for size in range(MOST + 1):
        one_by_one = Frontier()
        for data in datas[:size]:
            one_by_one = one_by_one.append(data)
        at_once = Frontier.decode(Frontier().extend(datas[: size // 3]).encode()).extend(datas[size // 3 : size])
        assert one_by_one == at_once
        assert at_once.root() == defined(datas[:size])
    assert Frontier().root() == EMPTY == defined([])


@pytest.mark.parametrize("spoilt", [b"", b"\x00" * 7, (1).to_bytes(8), (0).to_bytes(8) + bytes(32), bytes(41)])
def test_bytes_that_are_no_frontier_are_refused(spoilt: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.decode(spoilt)
    with pytest.raises(ValueError, match="peaks"):
        Frontier(3, (bytes(32),))


def test_every_leaf_of_every_size_is_proved_as_the_definition_proves_it() -> None:
    datas = leaves(MOST)
    for size in range(1, MOST + 1):
        ranges, root = ranges_in(hashed(datas[:size])), defined(datas[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, ranges)
            assert proof == defined_path(index, datas[:size])
            assert proves_inclusion(datas[index], index, size, root, proof)
            assert not proves_inclusion(b"other", index, size, root, proof)


def test_a_path_of_another_length_proves_nothing_of_a_tree_of_another_size() -> None:
    datas = leaves(MOST)
    for size in range(1, MOST // 2 + 1):
        proof = inclusion_proof(0, size, ranges_in(hashed(datas[:size])))
        for claimed in (2 * size, 2 * size + 1, (size + 1) // 2):
            if claimed != size:
                assert not proves_inclusion(datas[0], 0, claimed, defined(datas[:size]), proof)


def test_every_size_is_proved_to_continue_every_smaller_one() -> None:
    datas = leaves(MOST)
    roots = [defined(datas[:size]) for size in range(MOST + 1)]
    for new in range(MOST + 1):
        ranges = ranges_in(hashed(datas[:new]))
        for old in range(new + 1):
            proof = consistency_proof(old, new, ranges)
            assert proof == (defined_growth(old, datas[:new]) if old else [])
            assert proves_consistency(old, new, roots[old], roots[new], proof)


@given(data=st.data())
def test_no_consistency_is_proved_to_a_list_that_begins_otherwise(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, MOST))
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    before = leaves(new)
    after = [*before[:changed], b"rewritten", *before[changed + 1 :]]
    for honest in (before, after):
        proof = consistency_proof(old, new, ranges_in(hashed(honest)))
        assert not proves_consistency(old, new, defined(before[:old]), defined(after), proof)


@given(data=st.data())
def test_a_proof_with_anything_changed_proves_nothing(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, MOST))
    datas = leaves(new)
    index, old = data.draw(st.integers(0, new - 1)), data.draw(st.integers(1, new - 1))
    ranges = ranges_in(hashed(datas))
    path, growth = inclusion_proof(index, new, ranges), consistency_proof(old, new, ranges)
    spoilt_path, spoilt_growth = spoil(data, path), spoil(data, growth)
    assert not proves_inclusion(datas[index], index, new, defined(datas), spoilt_path)
    assert not proves_consistency(old, new, defined(datas[:old]), defined(datas), spoilt_growth)
    elsewhere = data.draw(st.integers(-1, new).filter(lambda place: place != index))
    assert not proves_inclusion(datas[index], elsewhere, new, defined(datas), path)


def spoil(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    """One hash left out, doubled, altered, shortened, added, or two of them swapped."""
    place = data.draw(st.integers(0, len(proof) - 1))
    other = bytes([proof[place][0] ^ 1]) + proof[place][1:]
    ways = [
        proof[:place] + proof[place + 1 :],
        [*proof[: place + 1], *proof[place:]],
        [*proof[:place], other, *proof[place + 1 :]],
        [*proof[:place], proof[place][:-1], *proof[place + 1 :]],
        [*proof, other],
        [other, *proof],
        proof[::-1] if len(proof) > 1 else [],
    ]
    return data.draw(st.sampled_from(ways))


def test_what_cannot_be_proved_is_not_asked_for() -> None:
    ranges = ranges_in(hashed(leaves(4)))
    for index, size in ((4, 4), (-1, 4), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, ranges)
    for old, new in ((5, 4), (-1, 4)):
        with pytest.raises(ValueError, match="no tree"):
            consistency_proof(old, new, ranges)
        assert not proves_consistency(old, new, EMPTY, EMPTY, [])
    with pytest.raises(LookupError, match="not all there"):
        ranges(2, 5)


def test_nodes_and_leaves_never_hash_alike() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
