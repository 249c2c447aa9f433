"""What does a condition say? Its words read into a tree, by a grammar of a dozen lines; nothing of it is ever run.

`docs/formats/rule-set.md` explains the language to those who write conditions. Every text has an end, no text has a
loop or a call, and reading one takes time in proportion to its length.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

DEEPEST: Final = 20
"""Brackets inside each other, and negations in all."""
_NEGATION: Final = re.compile(r"\b(not|không)\b")

GRAMMAR: Final = r"""
?start: either
?either: both (_OR both)*
?both: single (_AND single)*
?single: _NOT single                 -> opposite
       | "(" either ")"
       | NAME OPERATOR NUMBER PER_CENT? -> comparison
       | NAME _IS _RANK RANK BETTER?    -> graded
       | NAME                           -> fulfilled

_OR.2:   /(or|hoặc)(?![\w.-])/
_AND.2:  /(and|và)(?![\w.-])/
_NOT.2:  /(not|không)(?![\w.-])/
_IS.2:   /(is|đạt)(?![\w.-])/
_RANK.2: /(rank|hạng)(?![\w.-])/
BETTER.3: /(or +better|trở +lên)(?![\w.-])/
OPERATOR: ">=" | "<=" | "!=" | ">" | "<" | "="
NAME: /(?!(or|and|not|is|rank)(?![\w.-]))[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)?(?![\w.-])/
NUMBER: /[0-9]{1,9}([.,][0-9]{1,2})?(?![\w.,])/
RANK: /[0-9]{1,9}(?![\w.,])/
PER_CENT: "%"
%ignore / +/
"""


class NotUnderstood(Exception):
    """A condition that the language does not have; `column` counts from 1."""

    def __init__(self, column: int) -> None:
        super().__init__(column)
        self.column = column


class Compare(NamedTuple):
    """`tasks-late <= 20 %`, `disciplines = 0`."""

    name: str
    column: int
    operator: str
    amount: int
    """In hundredths: of a per cent, of one, or of a point."""
    per_cent: bool


class Graded(NamedTuple):
    """`mark.tasks is rank 2 or better`."""

    name: str
    column: int
    rank: int
    or_better: bool


class Fulfilled(NamedTuple):
    """`met.plan-registered`."""

    name: str
    column: int


class Opposite(NamedTuple):
    """`not …`."""

    part: Tree


class All(NamedTuple):
    """`… and …`."""

    parts: tuple[Tree, ...]


class Either(NamedTuple):
    """`… or …`."""

    parts: tuple[Tree, ...]


Leaf: TypeAlias = Compare | Graded | Fulfilled
Tree: TypeAlias = Leaf | Opposite | All | Either


@lru_cache(maxsize=4_096)
def read(text: str) -> Tree:
    """The tree of a condition. NotUnderstood."""
    _require_shallow(text)
    try:
        tree: Tree = _parser().parse(unicodedata.normalize("NFC", text))  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise NotUnderstood(max(1, error.column)) from None
    return tree


def leaves(tree: Tree) -> tuple[Leaf, ...]:
    """Every comparison of a condition, from left to right."""
    match tree:
        case Opposite(part):
            return leaves(part)
        case All(parts) | Either(parts):
            return tuple(leaf for part in parts for leaf in leaves(part))
        case _:
            return (tree,)


def _require_shallow(text: str) -> None:
    """Brackets and negations are counted before anything is read. NotUnderstood."""
    deep = 0
    for column, char in enumerate(text, start=1):
        deep += {"(": 1, ")": -1}.get(char, 0)
        if deep > DEEPEST:
            raise NotUnderstood(column)
    if len(_NEGATION.findall(text)) > DEEPEST:
        raise NotUnderstood(1)


def hundredths(number: str) -> int:
    """`12`, `12,5` or `12.50` in hundredths."""
    whole, _, part = number.replace(",", ".").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0")) if part else int(whole) * 100


@v_args(inline=True)
class _Trees(Transformer[Token, Any]):
    """Nodes of the grammar into trees, while they are read."""

    def either(self, *parts: Tree) -> Tree:
        return Either(parts)

    def both(self, *parts: Tree) -> Tree:
        return All(parts)

    def opposite(self, part: Tree) -> Tree:
        return Opposite(part)

    def comparison(self, name: Token, operator: Token, number: Token, per_cent: Token | None = None) -> Tree:
        return Compare(str(name), name.column or 1, str(operator), hundredths(number), per_cent is not None)

    def graded(self, name: Token, rank: Token, better: Token | None = None) -> Tree:
        return Graded(str(name), name.column or 1, int(rank), better is not None)

    def fulfilled(self, name: Token) -> Tree:
        return Fulfilled(str(name), name.column or 1)


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=_Trees())
