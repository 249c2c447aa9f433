"""Is what is dealt out first still there?"""

from __future__ import annotations

import pytest

from tests.support.longest import LONGEST_FIRST
from tests.support.sources import ROOT


def test_each_is_named_once() -> None:
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)


@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_it_is_a_file_of_tests(name: str) -> None:
    assert (ROOT / name).is_file()
