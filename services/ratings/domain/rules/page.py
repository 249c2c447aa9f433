"""How is a rule set written down? YAML or JSON, read into plain values with the line of each; nothing is constructed.

Only what JSON also has is taken: objects, lists, texts, whole numbers, true, false, null. Anchors, aliases, tags,
merge keys and second documents are refused while the text is read, so that nothing in it can grow. A word such as
`no` or `2025-08-30` is a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml

from services.ratings.domain.rules.findings import Finding, Path

LARGEST: Final = 256 * 1024
"""Bytes of one rule set."""
DEEPEST: Final = 12
MOST_VALUES: Final = 20_000
"""Keys, texts and numbers in one page; the largest that the contract takes has fewer."""
LONGEST_NUMBER: Final = 12
"""Digits; no field of a rule set takes more."""
IN_HUNDREDTHS: Final = frozenset({"points", "at_least", "most", "total", "full_at", "share", "exception"})
"""Fields that may be written as people write them: `30 điểm`, `12,5 points`, `85 %`."""
_WRITTEN: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))? ?(?:%|điểm|points)")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")


class Page(NamedTuple):
    """What was read: a value as JSON has it, and the line on which each part of it begins."""

    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest part around it that is there."""
        return next((self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 1)


class Unreadable(Exception):
    """No page can be made of it; the finding's path is empty, and `line` says where."""

    def __init__(self, code: str, line: int = 1) -> None:
        super().__init__(code, line)
        self.finding, self.line = Finding(code, ()), line


def read_page(content: bytes) -> Page:
    """The page that YAML or JSON says. Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable("too-large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not-utf8", content.count(b"\n", 0, error.start) + 1) from None
    # JSON may be indented by tabs, which YAML does not take; within its texts no raw tab may stand.
    plain = text.replace("\t", " ") if text.lstrip().startswith("{") else text
    lines: dict[Path, int] = {}
    try:
        value = _Reading(yaml.parse(plain, Loader=yaml.SafeLoader), lines).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable("unreadable", 1 if mark is None else mark.line + 1) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # A character that no YAML may hold, or an escape beyond Unicode.
        raise Unreadable("unreadable") from None
    return Page(value, lines)


class _Reading:
    """Events of the parser into values, as they come: what is refused is refused before more of it is read."""

    def __init__(self, events: Iterator[yaml.Event], lines: dict[Path, int]) -> None:
        self._events, self._lines, self._left = events, lines, MOST_VALUES

    def document(self) -> Any:  # noqa: ANN401 — whatever JSON can hold
        value, documents = None, 0
        for event in self._events:
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1 or event.tags:
                        raise Unreadable("alias" if event.tags else "unreadable", _line(event))
                case yaml.NodeEvent():
                    value = self._value(event, ())
                case _:
                    continue
        if not documents:
            raise Unreadable("unreadable")
        return value

    def _value(self, event: yaml.Event, path: Path) -> Any:  # noqa: ANN401 — as above
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise Unreadable("alias", _line(event))
        if len(path) > DEEPEST:
            raise Unreadable("too-deep", _line(event))
        self._left -= 1
        if not self._left:
            raise Unreadable("too-large", _line(event))
        self._lines.setdefault(path, _line(event))
        match event:
            case yaml.ScalarEvent():
                return _scalar(event, path)
            case yaml.SequenceStartEvent():
                return self._list(path)
            case _:
                return self._object(path)

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _object(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None or getattr(event, "anchor", None) or getattr(event, "tag", None):
                raise Unreadable("not-a-text", _line(event))
            if key in found:
                raise Unreadable("duplicate-key", _line(event))
            self._lines[*path, key] = _line(event)
            found[key] = self._value(next(self._events), (*path, key))
        return found


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else int(mark.line) + 1


def _scalar(event: yaml.ScalarEvent, path: Path) -> str | int | bool | None:
    """A quoted text is a text; of the others only whole numbers, true, false and null are not."""
    text: str = event.value
    field = path[-1] if path else None
    if field in IN_HUNDREDTHS and (written := _WRITTEN.fullmatch(text)) is not None:
        return int(written[1]) * 100 + int((written[2] or "").ljust(2, "0"))
    if not event.implicit[0]:
        return text
    if _NUMBER.fullmatch(text) is not None:
        if len(text) > LONGEST_NUMBER:
            raise Unreadable("not-a-fact", _line(event))
        return int(text)
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(text, text)
