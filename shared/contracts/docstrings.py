"""What do the contracts say of themselves? Their docstrings, types and Vietnamese terms, read from their source."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import shared.contracts
from shared.contracts.event import Part

_TERM = re.compile(r"(?:(?P<word>[a-z-]+) )?\((?P<term>[^()]*[À-ỹ][^()]*)\)")
"""Vietnamese in brackets, and the word before it."""


def modules() -> list[ModuleType]:
    """Every module of the published language; importing them registers their events."""
    package = shared.contracts
    names = sorted(module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
    return [importlib.import_module(name) for name in names]


def documented(module: ModuleType) -> dict[str, str]:
    """The docstring of each class, field, member and alias of a module, by `Name` or `Class.name`, in order."""
    return dict(_documented(ast.parse(inspect.getsource(module)).body, ""))


def _documented(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    for node, following in zip(body, [*body[1:], ast.Pass()], strict=True):
        match node, following:
            case ast.ClassDef(name=name), _:
                yield name, _flat(ast.get_docstring(node) or "")
                yield from _documented(node.body, f"{name}.")
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield prefix + name, _flat(text)


def _flat(text: str) -> str:
    return " ".join(text.split())


def sentence(text: str) -> str:
    """The first sentence of a docstring."""
    return re.split(r"(?<=\.) ", text, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Term:
    """A Vietnamese term, the word of an open list that it explains, and the sentence around it without the term."""

    vietnamese: str
    word: str
    meaning: str


def terms(text: str) -> Iterator[Term]:
    """The Vietnamese terms in a docstring."""
    listed = text.startswith("Open list")
    for match in _TERM.finditer(text):
        meaning = "" if listed else _TERM.sub(lambda found: found["word"] or "", sentence(text))
        yield Term(match["term"], match["word"] or "" if listed else "", re.sub(r" ([.;,:])", r"\1", meaning))


def annotation(cls: type[Part], field: str) -> str:
    """The type of a field as its contract writes it."""
    return next(str(owner.__annotations__[field]) for owner in cls.__mro__ if field in owner.__annotations__)


def readable(node: ast.expr) -> str:
    """A type expression in words: list of `UnitId`, 1 to 200."""
    match node:
        case ast.BinOp(left=inner, right=ast.Constant(value=None)):
            return readable(inner)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *marks])):
            limits = [str(ast.literal_eval(limit.value)) for mark in marks for limit in getattr(mark, "keywords", ())]
            return (
                f"{readable(inner)}{', ' if len(limits) > 1 else ', at most ' if limits else ''}{' to '.join(limits)}"
            )
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[inner, *_])):
            return f"list of {readable(inner)}"
        case ast.Subscript():
            return "object"
    return f"`{ast.unparse(node)}`"
