"""Do heads travel unchanged, and does nobody take them for younger than they are?"""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.eventsourcing.heads import NEVER, Head, HeadsWatch, as_fields, from_fields
from tests.support.couriers import ORGANISATIONS

A, B = ORGANISATIONS[:2]
HEAD = Head(3, b"\x01" * 32, 2)


def encoded(heads: dict[UUID, Head], beat: int = 1) -> dict[bytes, bytes]:
    """The fields as Redis gives them back."""
    return {str(name).encode(): str(value).encode() for name, value in as_fields(heads, beat).items()}


@given(
    st.dictionaries(
        st.uuids(),
        st.builds(Head, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.integers(0, 2**63 - 1)),
    )
)
def test_heads_read_as_they_were_written(heads: dict[UUID, Head]) -> None:
    assert from_fields(encoded(heads)) == heads


def test_the_form_is_sequence_hash_and_what_is_sealed() -> None:
    assert encoded({A: HEAD}, 7) == {str(A).encode(): b"3/" + b"01" * 32 + b"/2", b"beat": b"7"}


@pytest.mark.parametrize("value", [b"", b"3", b"3/xx/0", b"x/00/0", b"3/00/0/0", b"\xff/00/0"])
def test_what_is_no_head_is_passed_over(value: bytes) -> None:
    assert from_fields({**encoded({A: HEAD}), str(B).encode(): value, b"\xff": b"3/00/0"}) == {A: HEAD}


def test_the_age_is_unknown_until_a_second_beat_is_seen() -> None:
    watch = HeadsWatch()
    assert watch.age == NEVER
    watch.looked()
    watch.see({A: HEAD}, b"1", {})
    watch.looked()
    assert watch.age == NEVER
    watch.see({A: HEAD}, b"2", {})
    assert watch.age < 1


def test_a_beat_is_news_once() -> None:
    watch = HeadsWatch()
    assert not watch.news(None)
    assert watch.news(b"1")
    watch.see({}, b"1", {})
    assert not watch.news(b"1")
    assert watch.news(b"2")


def test_positions_count_as_earlier_only_two_beats_later() -> None:
    """A head is older than its beat: what is reached meanwhile may rightly lie beyond it."""
    watch = HeadsWatch()
    for beat, reached in ((b"1", 5), (b"2", 6)):
        watch.see({}, beat, {A: reached})
        assert watch.earlier_positions() == {}
    watch.see({}, b"3", {A: 7})
    assert watch.earlier_positions() == {A: 5}
    watch.see({}, b"4", {A: 8})
    assert watch.earlier_positions() == {A: 6}
