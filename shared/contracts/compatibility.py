"""Would those who know yesterday's events still understand today's? Two JSON Schemas of one event, and what breaks.

Facts of yesterday must be read by the program of today, and facts of today by whoever was written for yesterday's. So
a field never goes, narrows, widens to another kind, or becomes required; what always stood there always stands there.
Harmless: an optional field, a wider limit, one more value in a list, other words of description.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]
LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT: Final = ("pattern", "format", "multipleOf", "uniqueItems")
_DEEP: Final = 24
"""Beyond this depth parts hold each other; all of them have been compared by then."""


def breaks(old: Schema, new: Schema) -> list[str]:
    """Each breaking change between two versions of a schema, as `path: what`; none when there is none."""
    return list(_Comparison(old, new).compared(old, new, "", 0))


def renamed(gone: Schema, there: Mapping[str, Schema]) -> str | None:
    """The name under which a schema that is gone now stands, if its fields are all there under one."""
    wanted = gone.get("properties", {}).keys()
    return next((name for name, each in there.items() if each.get("properties", {}).keys() == wanted), None)


class _Comparison:
    """Two documents, each with the parts that it refers to."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old.get("$defs", {}), new.get("$defs", {})

    def compared(self, old: Schema, new: Schema, path: str, depth: int) -> Iterator[str]:
        """What breaks from here on down."""
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if depth > _DEEP:
            return
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, path, depth)
            return
        if old.get("type") != new.get("type"):
            yield f"{path}: type {_kind(old)} has become {_kind(new)}"
            return
        yield from _values(old, new, path)
        yield from _limits(old, new, path)
        yield from self._inside(old, new, path, depth)

    def _alternatives(self, old: Schema, new: Schema, path: str, depth: int) -> Iterator[str]:
        """Each old alternative must be among the new ones, unbroken, and each new one of a kind that was there."""
        before, now = _options(old, self._old), _options(new, self._new)
        for option in before:
            tries = [list(self.compared(option, each, path, depth + 1)) for each in now]
            if [] not in tries:
                near = [found for found, each in zip(tries, now, strict=True) if _kind(each) == _kind(option)]
                yield from near[0] if near else [f"{path}: {_kind(option)} is no longer taken"]
        for option in now:
            if _kind(option) not in {_kind(each) for each in before}:
                yield f"{path}: may now be {_kind(option)}"

    def _inside(self, old: Schema, new: Schema, path: str, depth: int) -> Iterator[str]:
        if "items" in old and "items" in new:
            yield from self.compared(old["items"], new["items"], f"{path}[]", depth + 1)
        before, now = old.get("properties", {}), new.get("properties", {})
        needed_before, needed = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            at = f"{path}.{name}".removeprefix(".")
            if name not in now:
                yield f"{at}: field removed"
                continue
            if name in needed and name not in needed_before:
                yield f"{at}: has become required"
            if name in needed_before and name not in needed:
                yield f"{at}: no longer always there"
            if before[name].get("default") != now[name].get("default") and name not in needed | needed_before:
                yield f"{at}: another value is meant where it is left out"
            yield from self.compared(before[name], now[name], at, depth + 1)
        for name in sorted((now.keys() - before.keys()) & needed):
            yield f"{path}.{name}".removeprefix(".") + ": a new field that is required"
        extra = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if all(isinstance(each, Mapping) for each in extra):
            yield from self.compared(*extra, f"{path}.*", depth + 1)
        elif extra[1] is False and extra[0] is not False:
            yield f"{path}: other fields are no longer taken"


def _resolved(schema: Schema, parts: Mapping[str, Schema]) -> Schema:
    while "$ref" in schema:
        schema = parts[str(schema["$ref"]).rpartition("/")[2]]
    return schema


def _options(schema: Schema, parts: Mapping[str, Schema]) -> list[Schema]:
    return [_resolved(each, parts) for each in schema.get("anyOf", [schema])]


def _kind(schema: Schema) -> str:
    kind = str(schema.get("type", "anything"))
    return f"{kind} ({schema['title']})" if kind == "object" and "title" in schema else kind


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, now = _listed(old), _listed(new)
    if before is not None and now is not None:
        gone = [each for each in before if each not in now]
        yield from (f"{path}: value {each!r} removed" for each in gone)
    elif before is not None:
        yield f"{path}: may now hold other values than those listed"
    elif now is not None:
        yield f"{path}: only some values are taken now"


def _listed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _limits(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in LOWER:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{path}: {name} narrowed from {old.get(name, 'none')} to {new[name]}"
    for name in UPPER:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{path}: {name} narrowed from {old.get(name, 'none')} to {new[name]}"
    for name in EXACT:
        if old.get(name) != new.get(name) and not (name == "pattern" and name not in new):
            yield f"{path}: {name} changed"
