"""Are hostile and silly rule documents refused, with line and reason? None hangs, runs anything, or is a fault."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ratings.domain.rules import Evidence, evaluate
from services.ratings.domain.rules.language import NotUnderstood, read
from services.ratings.domain.rules.sheet import Sheet, read_sheet
from tests.support.hostile import bombs, scratched, spoilt
from tests.support.rated import EXAMPLES

SAMPLE, WHOLE = 240, 5_000
LONGEST = 1.5
"""Seconds of processor time for one document of any kind; the largest page that is sound takes a tenth of it."""
SUSPECT = ("exec", "compile", "import", "os.", "subprocess.", "socket.", "open", "shutil.", "ctypes.", "pickle.")

_heard: list[str] = []
_listening: list[int] = []
"""The thread whose doings are heard: what others have running beside it is not the page's."""


def _hear(event: str, _arguments: object) -> None:
    if threading.get_ident() in _listening and event.startswith(SUSPECT):
        _heard.append(event)


sys.addaudithook(_hear)


@contextmanager
def nothing_happens() -> Iterator[None]:
    """Nothing is executed, compiled, imported, opened or sent meanwhile: the interpreter itself says so."""
    _heard.clear()
    _listening.append(threading.get_ident())
    try:
        yield
    finally:
        _listening.clear()
    assert _heard == []


@pytest.fixture(autouse=True, scope="module")
def read_once() -> None:
    """The grammar and the contract are built by the first page that is read."""
    for file in EXAMPLES:
        sheet = read_sheet(file.read_bytes())
        assert sheet.fact is not None
        evaluate(sheet.fact.rules, Evidence())


def looked_at(content: bytes) -> Sheet:
    """The findings, in time, with nothing run."""
    began = time.process_time()
    with nothing_happens():
        sheet = read_sheet(content)
    assert time.process_time() - began < LONGEST, content[:200]
    lines = content.count(b"\n") + 1
    for found in sheet.findings:
        assert 1 <= found.line <= lines + 1
        assert found.code
        assert found.vi
        assert found.en
    return sheet


def test_the_ear_hears_what_runs(tmp_path: Path) -> None:
    for act in (lambda: eval("1"), lambda: (tmp_path / "x").write_text("x")):  # noqa: S307 — to be heard
        with pytest.raises(AssertionError), nothing_happens():
            act()


def test_bombs_are_refused_at_once(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for content in bombs(str(canary)):
        sheet = looked_at(content)
        assert not sheet.sound, content[:100]
        assert sheet.findings[0].grave
    assert not canary.exists()


@pytest.mark.parametrize("count", [SAMPLE, pytest.param(WHOLE, marks=pytest.mark.battery)])
def test_every_spoilt_page_is_refused_with_line_and_reason(count: int, tmp_path: Path) -> None:
    canary, codes = tmp_path / "canary", set[str]()
    for seed in range(count):
        content = spoilt(random.Random(seed), str(canary))
        sheet = looked_at(content)
        assert not sheet.sound, (seed, content.decode("utf-8", "replace"))
        grave = [found for found in sheet.findings if found.grave]
        assert grave, seed
        codes |= {found.code for found in grave}
    assert not canary.exists()
    assert len(codes) >= 15, "not one and the same reason"


@pytest.mark.parametrize("count", [SAMPLE, pytest.param(WHOLE, marks=pytest.mark.battery)])
def test_scratched_pages_are_read_to_an_end_and_what_is_sound_can_be_evaluated(count: int) -> None:
    sound = 0
    for seed in range(count):
        sheet = looked_at(scratched(random.Random(seed)))
        assert sheet.sound or any(found.grave for found in sheet.findings)
        if sheet.fact is not None and sheet.sound:
            sound += 1
            evaluate(sheet.fact.rules, Evidence())
    assert 0 < sound < count


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=500))
def test_any_text_is_a_condition_or_is_not_understood_from_a_column_on(text: str) -> None:
    with nothing_happens():
        column = 1
        try:
            read(text)
        except NotUnderstood as error:
            column = error.column
    # In the text as Unicode composes it, which may be a little longer.
    assert 1 <= column <= len(text) * 4 + 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_page_or_are_refused(content: bytes) -> None:
    assert not looked_at(content).sound
