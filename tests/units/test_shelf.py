"""Is a changed table another one, and the one before as it was, however many changes there were?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.units.shelf import LATELY, Shelf

KEYS = st.integers(0, 2 * LATELY)
CHANGES = st.dictionaries(KEYS, st.one_of(st.none(), st.text(max_size=2)), max_size=40)


def contents(shelf: Shelf[int, str]) -> dict[int, str]:
    """By asking for every key there may be."""
    return {key: value for key in range(2 * LATELY + 1) if (value := shelf.get(key)) is not None}


@given(st.lists(CHANGES, max_size=30), st.sampled_from([0, LATELY + 1]))
def test_after_any_changes_it_holds_what_a_plain_table_holds(changes: list[dict[int, str | None]], begun: int) -> None:
    plain = dict.fromkeys(range(begun), "cũ")
    shelf = Shelf[int, str]().changed(plain)
    for change in changes:
        before, was = shelf, dict(plain)
        shelf = shelf.changed(change)
        plain = {key: value for key, value in (plain | change).items() if value is not None}
        assert contents(before) == was
    assert contents(shelf) == plain
    assert sorted(shelf.values()) == sorted(plain.values())


def test_one_by_one_more_changes_than_stand_beside_the_table() -> None:
    shelves = [Shelf[int, str]()]
    for number in range(2 * LATELY):
        shelves.append(shelves[-1].changed({number: str(number), number - LATELY: None}))
    assert contents(shelves[LATELY]) == {number: str(number) for number in range(LATELY)}
    assert contents(shelves[-1]) == {number: str(number) for number in range(LATELY, 2 * LATELY)}
