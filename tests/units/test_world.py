"""Is each id of a list looked at once? A list of thousands is judged while everybody else's facts wait."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.units.world import NamedTwice, each_once


class Counted(UUID):
    """An id that counts how often it was compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return super().__eq__(other)

    __hash__ = UUID.__hash__


def test_a_list_of_thousands_is_compared_no_more_often_than_it_is_long() -> None:
    ids = [Counted(int=number) for number in range(1, 5_001)]
    assert [path for path, _ in each_once("members", ids)][-1] == "members.4999"
    assert Counted.compared <= len(ids)


def test_an_id_that_stands_twice_is_refused_at_its_second_place() -> None:
    with pytest.raises(NamedTwice) as refused:
        list(each_once("members", [UUID(int=1), UUID(int=2), UUID(int=1)]))
    assert refused.value.field == "members.2"
