"""Is a trace found wherever it lies in a file, among thousands that are looked for? As by looking for each."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.support.traces import MANY, Needles, files_with

CHANCE = Random(8)
NEEDLES = [CHANCE.randbytes(CHANCE.randint(1, 40)) for _ in range(2 * MANY)]
LONG = [each for each in NEEDLES if len(each) >= 8]


@pytest.mark.parametrize("start", range(17))
@pytest.mark.parametrize("after", range(3))
def test_each_is_found_at_any_place_and_nothing_else(start: int, after: int) -> None:
    for needle in LONG:
        content = bytes(start) + needle + bytes(after)
        assert set(Needles(NEEDLES).found_in(content)) == {each for each in NEEDLES if each in content}


@pytest.mark.parametrize("length", [*range(20), 4_095, 4_096])
def test_what_lacks_its_last_byte_is_not_found(length: int) -> None:
    cut = LONG[0][:-1]
    assert LONG[0] not in Needles(NEEDLES).found_in(CHANCE.randbytes(length) + cut)


@pytest.mark.parametrize("needles", [LONG[:1], NEEDLES], ids=["one", "many"])
def test_files_that_hold_one_are_named_with_it(tmp_path: Path, needles: list[bytes]) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "holds").write_bytes(b"abc" + LONG[0])
    (tmp_path / "holds not").write_bytes(bytes(5))
    (tmp_path / "empty").touch()
    found = files_with(tmp_path, [each for each in needles if len(each) >= 8])
    assert found == {"below/holds": LONG[0]}
