"""How are many facts decoded at once? Into plain structs made from the contract, without judging them again.

What stands in a log was judged when it was accepted. Where a struct cannot say what the contract says, or does not
decode, the contract itself decodes: so both ways give the same values, and the same refusals of what is not JSON.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic.fields import FieldInfo

from shared.contracts.event import Event, Part, decode, local_day
from shared.eventsourcing.fact_table import FactTable
from shared.eventsourcing.fields import Field

_PLAIN: Final = frozenset({UUID, str, int, bool, dt.date})
_local_day = lru_cache(maxsize=65_536)(local_day)


class NotLean(Exception):
    """A struct cannot say what this contract says."""


class Lean:
    """Decodes the facts of one type into the values of its table's own columns, and of its lists."""

    def __init__(self, table: FactTable) -> None:
        self._cls = table.cls
        self._columns = tuple(_getter(field) for field in table.fields if not field.child)
        self._lists = tuple(field.value for field in table.fields if field.child)
        self.lists = tuple(field.column for field in table.fields if field.child)
        """The columns of the lists of ids, in the order of `said`'s last part."""
        try:
            struct = lean_struct(table.cls)
        except NotLean:
            self._decode: Callable[[bytes], Any] = self._by_contract
        else:
            self._decode = msgspec.json.Decoder(struct).decode

    def said(self, raw: bytes, occurred: str) -> tuple[dt.date, tuple[Any, ...], tuple[tuple[UUID, ...], ...]]:
        """The day that counts, the values of the columns, and the lists. ValueError where the fact does not decode."""
        try:
            fact = self._decode(raw)
        except msgspec.DecodeError:
            fact = self._by_contract(raw)
        effect = None if self._cls.effect is None else getattr(fact, self._cls.effect)
        day = effect if isinstance(effect, dt.date) else _local_day(occurred)
        return day, tuple([_bare(get(fact)) for get in self._columns]), tuple([get(fact) for get in self._lists])

    def _by_contract(self, raw: bytes) -> Event:
        return decode(self._cls, raw)


def lean_struct(cls: type[Part]) -> type[msgspec.Struct]:
    """A struct with the fields of a contract. NotLean where a list holds anything but ids."""
    fields = [_field(name, info) for name, info in cls.model_fields.items()]
    return msgspec.defstruct(cls.__name__, fields, gc=False, kw_only=True)


def _field(name: str, info: FieldInfo) -> Any:  # noqa: ANN401 — a field with or without a default
    kind = _kind(info.annotation)
    if info.is_required():
        return name, kind
    default = _bare(info.get_default(call_default_factory=False))
    if default is not None and not isinstance(default, (str, int, bool, tuple)):
        raise NotLean(name)
    return name, kind, default


def _kind(annotation: Any) -> Any:  # noqa: ANN401 — a type expression has no better type
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {typing.Union, types.UnionType}:
        return typing.Union[tuple(each if each is type(None) else _kind(each) for each in arguments)]  # noqa: UP007 — made from a tuple
    if origin is tuple:
        if _kind(arguments[0]) is not UUID:
            raise NotLean(annotation)
        return tuple[UUID, ...]
    if origin is typing.Literal:
        return type(arguments[0])
    if annotation in _PLAIN:
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return str
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return lean_struct(annotation)
    raise NotLean(annotation)


def _getter(field: Field) -> Callable[[Any], Any]:
    return attrgetter(field.path[0]) if len(field.path) == 1 and field.kind is not None else field.value


def _bare(value: object) -> object:
    return value.value if isinstance(value, Enum) else value
