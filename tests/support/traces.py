"""In which files does a text or a key still lie, however it is written there?"""

from __future__ import annotations

import base64
import os
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

MANY = 100
"""From so many needles on, a file is looked through once for the beginnings of all, not once for each."""
BEGINNING = 8
"""Bytes of a needle that are looked for first: a machine word."""


def spelled(text: str) -> set[bytes]:
    """Every way in which a text may lie in a file."""
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text.replace(" ", "")}
    escaped = {form.encode("ascii", "backslashreplace") for form in forms}
    coded = {base64.b64encode(form.encode()).rstrip(b"=")[:-1] for form in forms}
    return {each for form in forms for each in (form.encode(), form.encode("utf-16-le"))} | escaped | coded


def secret_forms(secret: bytes) -> set[bytes]:
    """Every way in which a key may lie in a file."""
    return {secret, base64.b64encode(secret).rstrip(b"=")[:-1], secret.hex().encode(), secret.hex().upper().encode()}


def files_with(folder: Path, needles: Iterable[bytes]) -> dict[str, bytes]:
    """Which files of a running system hold one of these."""
    found, looking = dict[str, bytes](), Needles(needles)
    for where, _, names in os.walk(folder):
        for path in (Path(where, name) for name in sorted(names)):
            # What runs takes files away at any time, its own journals among them.
            with suppress(FileNotFoundError):
                content = path.read_bytes() if path.is_file() else b""
                found |= {str(path.relative_to(folder)): needle for needle in looking.found_in(content)[:1]}
    return found


class Needles:
    """What is looked for, a few needles or thousands."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._every = list(needles)
        self._by_beginning: dict[int, list[bytes]] = defaultdict(list)
        self._short = [each for each in self._every if len(each) < BEGINNING]
        for each in self._every:
            if len(each) >= BEGINNING:
                self._by_beginning[int.from_bytes(each[:BEGINNING], sys.byteorder)].append(each)

    def found_in(self, content: bytes) -> list[bytes]:
        """Those that stand in there, wherever they begin."""
        return [needle for needle in self._possible(content) if needle in content]

    def _possible(self, content: bytes) -> Sequence[bytes]:
        """Those whose beginning stands in there; all, where that would take longer to find out."""
        if len(self._every) < MANY:
            return self._every
        beginnings, view = self._by_beginning.keys(), memoryview(content)
        words = (view[start : len(view) - (len(view) - start) % BEGINNING] for start in range(BEGINNING))
        there = set[int]().union(*(set(beginnings).intersection(each.cast("Q")) for each in words))
        return [*self._short, *(needle for each in there for needle in self._by_beginning[each])]
