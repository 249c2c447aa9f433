"""How does an organisation head and order its report? Read from `layouts.toml`, by the kind of the organisation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

DEFAULT: Final = "default"


class Letterhead(NamedTuple):
    """What stands above and below the report."""

    national: bool
    """Whether the national title and motto are printed."""
    banner: str
    """What is printed in their place."""
    mark: str
    number: str
    signer: str
    post: str
    words: Mapping[str, str]
    source: str
    """Which document says so."""

    def said(self, title: str) -> str:
        """A title with this organisation's words in it; {Member} begins with a capital."""
        capital = {word.capitalize(): text[:1].upper() + text[1:] for word, text in self.words.items()}
        return title.format(**self.words, **capital)


class Line(NamedTuple):
    """A figure and how it is called on paper."""

    figure: str
    label: str
    by: tuple[str, ...] = ()
    rate: bool = False
    """Whether it says so many out of so many."""


class Section(NamedTuple):
    """One numbered part of the report: figures by name, or what else it holds."""

    title: str
    figures: Sequence[Line]
    write: int
    """Lines that people fill in."""
    grades: bool
    reported: bool
    sources: bool


def letterhead(kind: str) -> Letterhead:
    """Of a kind of organisation; of one that no source describes, a plain one."""
    kinds = _read()["letterhead"]
    plain = {"national": False, "banner": ""}
    return Letterhead(**(plain | kinds.get(kind, kinds[DEFAULT])))


def sections() -> Sequence[Section]:
    """The parts of the report, in order."""
    nothing = {"write": 0, "grades": False, "reported": False, "sources": False}
    return [
        Section(**(nothing | each | {"figures": [_line(said) for said in each.get("figures", ())]}))
        for each in _read()["section"]
    ]


def _line(said: Mapping[str, Any]) -> Line:
    return Line(**{**said, "by": tuple(said.get("by", ()))})


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("layouts.toml").read_text(encoding="utf-8"))
