"""How many ids does one question name? So many that every store takes them; the rest is asked in the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
CHUNK: Final = 400


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in runs of at most CHUNK."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
