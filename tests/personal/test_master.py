"""Does a master key protect anything, and does what it wrapped open for nothing else?"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from shared.personal.master import (
    MasterKey,
    MasterKeyMissing,
    MasterKeyRefused,
    MasterKeys,
    make_file,
    new_text,
)

GOOD = "Zr8mQ1vTq0yLxW5nK3cF7dHs9bJp2gUe"


@pytest.mark.parametrize(
    "text",
    ["", "short", "a" * 64, "abab" * 10, "changeme-" + GOOD, "MASTER" + GOOD, GOOD[:31], "0123456789" * 4],
)
def test_what_nobody_chose_at_random_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(MasterKeyRefused) as refused:
        MasterKey(text)
    assert not text or text not in str(refused.value)


def test_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyRefused, match="missing"):
        MasterKeys(())
    with pytest.raises(MasterKeyRefused):
        MasterKeys.read(tmp_path / "none")


def test_a_key_opens_under_its_own_master_for_its_own_thing_only() -> None:
    mine, other = MasterKey(GOOD), MasterKey(new_text())
    wrapped = mine.wrap(b"k" * 64, b"lan")
    assert MasterKey(GOOD).unwrap(wrapped, b"lan") == b"k" * 64
    assert b"k" * 8 not in wrapped
    for key, bound, text in ((other, b"lan", wrapped), (mine, b"hoa", wrapped), (mine, b"lan", wrapped[:-1])):
        with pytest.raises(MasterKeyMissing):
            key.unwrap(text, bound)


def test_it_never_stands_in_its_own_description() -> None:
    keys = MasterKeys([GOOD])
    assert GOOD not in f"{keys!r} {keys.first!r} {keys.first.id}"
    assert MasterKey(GOOD).id == keys.first.id != MasterKey(new_text()).id


def test_a_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "master.key"
    make_file(file)
    first = file.read_text()
    make_file(file)
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert MasterKeys.read(file).first.id == MasterKey(first.strip()).id


def test_the_first_of_several_wraps_and_all_open(tmp_path: Path) -> None:
    older, newer = new_text(), new_text()
    file = tmp_path / "master.key"
    file.write_text(f"{newer}\n{older}\n")
    keys = MasterKeys.read(file)
    assert keys.first.id == MasterKey(newer).id
    assert keys.ids == {MasterKey(newer).id, MasterKey(older).id}
    with pytest.raises(MasterKeyMissing):
        keys.of(MasterKey(new_text()).id)
