"""Where does each field of a contract go? Into a column, a child table of ids, or JSON text: derived from its type."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic.fields import FieldInfo
from sqlalchemy import BigInteger, Boolean, Date, Text, Uuid
from sqlalchemy.types import TypeEngine

from shared.contracts.event import Event, Part

SCALARS: dict[type, type[TypeEngine[Any]]] = {
    bool: Boolean,
    int: BigInteger,
    str: Text,
    UUID: Uuid,
    dt.date: Date,
}
COMMON: Final = frozenset(
    {
        *("poster", "poster_sequence", "event_id", "organisation", "root_id", "sequence"),
        *("recorded", "occurred", "day", "subject", "fact"),
    }
)
"""The columns that every fact table has; a contract's field of such a name stands under `fact_<name>`."""
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Field:
    """Where a contract's field goes: a column, a child table of ids, or JSON text."""

    path: tuple[str, ...]
    column: str
    kind: type[TypeEngine[Any]] | None
    child: bool = False

    def values(self, facts: Sequence[Event]) -> list[Any]:
        """What the column holds for each of these facts."""
        if self.child or self.kind is None:
            return [self.value(fact) for fact in facts]
        found: list[Any] = list(facts)
        for step in self.path:
            found = [None if each is None else getattr(each, step) for each in found]
        return [each.value if isinstance(each, Enum) else each for each in found] if self.kind is Text else found

    def value(self, fact: Event) -> Any:  # noqa: ANN401 — whatever the column holds
        """What the column holds for a fact, or for anything with the same fields."""
        found: Any = fact
        for step in self.path:
            found = None if found is None else getattr(found, step)
        if self.child:
            return found or ()
        if self.kind is None:
            return None if found is None else _json([_plain(item) for item in found]).decode()
        return found.value if isinstance(found, Enum) else found


def _plain(item: object) -> object:
    return item.model_dump(mode="json") if isinstance(item, Part) else item


def fields_of(cls: type[Part], path: tuple[str, ...] = ()) -> Iterator[Field]:
    """Every field of a contract, those of its parts by their way there."""
    for name, info in cls.model_fields.items():
        yield from _field(info, (*path, name))


def _field(info: FieldInfo, path: tuple[str, ...]) -> Iterator[Field]:
    annotation = _without_none(info.annotation)
    column = "_".join(path)
    column = f"fact_{column}" if column in COMMON else column
    if typing.get_origin(annotation) is tuple:
        inner = _bare(typing.get_args(annotation)[0])
        yield Field(path, column, None, child=inner is UUID)
    elif isinstance(annotation, type) and issubclass(annotation, Part):
        yield from fields_of(annotation, path)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield Field(path, column, Text)
    else:
        origin = typing.get_origin(annotation)
        literal = type(typing.get_args(annotation)[0]) if origin is typing.Literal else annotation
        yield Field(path, column, SCALARS[literal])


def _without_none(annotation: Any) -> Any:  # noqa: ANN401 — a type expression has no better type
    annotation = _bare(annotation)
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        inner = [each for each in typing.get_args(annotation) if each is not type(None)]
        return _bare(inner[0])
    return annotation


def _bare(annotation: Any) -> Any:  # noqa: ANN401 — a type expression has no better type
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return annotation
