"""What does a mapping file say? Columns by their headings, and the facts that a row of them makes. TOML.

`docs/formats/mapping.md` explains it with its JSON Schema, `docs/examples/mappings` shows one.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from shared.contracts.docstrings import modules
from shared.contracts.event import Event, contract
from shared.contracts.personal import PersonalDetails
from shared.sheets.cells import folded

NAME: Final = r"^[a-z][a-z0-9_]{0,40}$"
GAP: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
Name = Annotated[str, msgspec.Meta(pattern=NAME)]
Title = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
Heading = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column: the headings under which it may stand, and what its cells are."""

    headings: Annotated[list[Heading], msgspec.Meta(min_length=1)]
    kind: Literal["text", "day", "year", "integer", "id"] = "text"
    """`day` is a whole date, `year` a year alone or that of a date; `id` a UUID, given or by `words`."""
    words: dict[str, str] = {}
    """What a cell says → what is meant; compared without accents and case. Any other cell is an error."""
    required: bool = False
    default: str | None = None
    """What an empty cell means."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fact of a row. In every text `{name}` stands for a column, an id, or the `day` of the export."""

    type: str
    subject: str
    occurred: str = "{day}"
    given: list[Name] = []
    """Columns without which the row does not make this fact."""
    missing: list[Name] = []
    """Columns with which it does not."""
    fact: dict[str, Any]
    """A field whose text is nothing but one gap is left out where the cell is empty."""
    personal: dict[str, Any] = {}
    """Details of the subject: encrypted at the service, under the person's own key."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole mapping."""

    name: Title
    says: str = ""
    """Whose export this is, for people."""
    sample: bool = False
    """Whether it only shows the form: the real columns are not public."""
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    namespace: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    """The organisation's own: ids of rows are made from it, the same ones every time."""
    sheet: str | None = None
    ids: dict[Name, Annotated[list[Name], msgspec.Meta(min_length=1)]] = {}
    """An id by the columns that it is made from."""
    columns: Annotated[dict[Name, Column], msgspec.Meta(min_length=1)]
    facts: Annotated[list[Said], msgspec.Meta(min_length=1)]


class MappingFault(Exception):
    """A mapping file is not right; each fault is `line n: what`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    return msgspec.json.schema(Layout)


def read_layout(text: str) -> Layout:
    """The mapping that a file holds. MappingFault with every line that is not right."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise MappingFault([f"line {line[1] if line else '?'}: not TOML"]) from None
    columns = found.get("columns")
    for name, column in columns.items() if isinstance(columns, dict) else ():
        converted(column, Column, text, ("columns", name))
    layout = converted(found, Layout, text, ())
    faults = [f"line {line_of(text, path)}: {what}" for path, what in _faults(layout)]
    if faults:
        raise MappingFault(faults)
    return layout


Path = tuple[str | int, ...]
S = TypeVar("S", bound=msgspec.Struct)


def converted(value: object, into: type[S], text: str, at: Path) -> S:
    """The value as what it must be; MappingFault with the line of the first thing that is of another form."""
    try:
        return msgspec.convert(value, into, strict=True)
    except msgspec.ValidationError as error:
        raise _fault(str(error), text, at) from None


def _fault(said: str, text: str, at: Path) -> MappingFault:
    what, _, where = said.partition(" - at ")
    steps = (*at, *_steps(where), *re.findall(r"unknown field `(.+?)`", what))
    return MappingFault([f"line {line_of(text, steps)}: {what}"])


def _faults(layout: Layout) -> Iterator[tuple[Path, str]]:
    """What a schema cannot say: names that lead nowhere, headings given twice, facts that no contract takes."""
    modules()
    seen: dict[str, str] = {}
    for name, column in layout.columns.items():
        for heading in column.headings:
            other = seen.setdefault(folded(heading), name)
            if other != name:
                yield ("columns", name, "headings"), f"the heading {heading!r} already means {other!r}"
    for name, parts in layout.ids.items():
        if name in layout.columns or name == "day":
            yield ("ids", name), f"{name!r} is a column"
        yield from ((("ids", name), f"no column {each!r}") for each in parts if each not in layout.columns)
    known = {*layout.columns, *layout.ids, "day"}
    for number, said in enumerate(layout.facts):
        yield from ((("facts", number, *path), what) for path, what in _said_faults(said, known))


def _said_faults(said: Said, known: set[str]) -> Iterator[tuple[Path, str]]:
    for path, text in _texts({"subject": said.subject, "occurred": said.occurred, "fact": said.fact}):
        yield from ((path, f"no column or id {gap!r}") for gap in GAP.findall(text) if gap not in known)
    for path, text in _texts({"personal": said.personal}):
        yield from ((path, f"no column or id {gap!r}") for gap in GAP.findall(text) if gap not in known)
    for word in ("given", "missing"):
        yield from (((word,), f"no column {each!r}") for each in getattr(said, word) if each not in known)
    cls = contract(said.type)
    if cls is None:
        yield ("type",), f"no event is called {said.type!r}"
        return
    yield from _contract_faults(cls, said)


def _contract_faults(cls: type[Event], said: Said) -> Iterator[tuple[Path, str]]:
    for name in said.fact:
        if name not in cls.model_fields:
            yield ("fact", name), f"{cls.name} has no field {name!r}"
    for name, info in cls.model_fields.items():
        if info.is_required() and name not in said.fact:
            yield ("fact",), f"{cls.name} needs the field {name!r}"
    if said.personal and not cls.personal:
        yield ("personal",), f"{cls.name} takes no personal details"
    for name in said.personal:
        if name not in PersonalDetails.model_fields:
            yield ("personal", name), f"no personal detail is called {name!r}"


def _texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _texts(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, (*path, number))


def _steps(path: str) -> Path:
    """`$.facts[0].type` as steps; keys of a table, which msgspec writes as `[...]`, are left out."""
    found = re.findall(r"\.([a-z_]+)|\[(\d+)\]", path.strip("`"))
    return tuple(int(number) if number else name for name, number in found)


def line_of(text: str, path: Path) -> int:
    """The line on which a path is said, or the nearest one above it that is."""
    lines = text.splitlines()
    tables = list(_tables(lines))
    for length in range(len(path), 0, -1):
        wanted = path[:length]
        for number, table in tables:
            if table == wanted:
                return number
            if table == wanted[:-1] and isinstance(wanted[-1], str):
                end = next((start for start, _ in tables if start > number), len(lines) + 1)
                key = re.compile(rf'\s*"?{re.escape(wanted[-1])}"?\s*[=.]')
                if found := next((n for n in range(number, end - 1) if key.match(lines[n])), None):
                    return found + 1
    return 1


def _tables(lines: list[str]) -> Iterator[tuple[int, Path]]:
    """Each table of the file: the line of its header and its path; first the file itself."""
    yield 0, ()
    counts: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if match := re.match(r"\s*\[\[\s*(\w+)\s*\]\]", line):
            counts[match[1]] = counts.get(match[1], -1) + 1
            yield number, (match[1], counts[match[1]])
        elif match := re.match(r"\s*\[([^\[\]]+)\]", line):
            first, *rest = [each.strip().strip('"') for each in match[1].split(".")]
            yield number, (first, counts[first], *rest) if first in counts else (first, *rest)


def schema_text() -> str:
    """The JSON Schema as it is committed (`docs/formats/mapping.schema.json`)."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
