"""How is an old event read today? Version by version: each upcaster turns a fact into the next version's, purely.

The log keeps the old bytes and their hash for ever. Whoever reads a fact asks for its present shape: the members of the
old one go through every upcaster that there is, and the last version's contract decodes what comes out. A step knows
nothing but the fact: no clock, no store, no other event. Each is published with a stored event of the old version and
the digest of what that is read as (`tests/contracts/corpus`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from shared.contracts.event import NAME, Event, NameTaken, contract, decode

Members = dict[str, Any]
"""A fact as JSON values, by the names of its fields."""
Step = Callable[[Members], Members]
F = TypeVar("F", bound=Step)

_steps: dict[str, tuple[str, Step]] = {}
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Members).decode


def upcaster(old: type[Event], new: type[Event]) -> Callable[[F], F]:
    """Register the one step from a version to the next: from the members of the old fact to those of the new one.

    ValueError unless `new` is the next version of the same fact; NameTaken when there is a step already.
    """
    before, after = NAME.fullmatch(old.name), NAME.fullmatch(new.name)
    if before is None or after is None or not _follows(before.groupdict(), after.groupdict()):
        message = f"{new.name} is not the next version of {old.name}"
        raise ValueError(message)

    def register(step: F) -> F:
        if old.name in _steps:
            raise NameTaken(old.name)
        _steps[old.name] = (new.name, step)
        return step

    return register


def _follows(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    same = all(before[part] == after[part] for part in ("service", "fact"))
    return same and int(after["version"]) == int(before["version"]) + 1


def current(name: str) -> str:
    """The version as which facts of this name are read now: itself where nothing has followed it."""
    while name in _steps:
        name, _ = _steps[name]
    return name


def upcast(name: str, fact: bytes) -> tuple[str, bytes]:
    """The present name and shape of a stored fact; the very same bytes where nothing has followed its version.

    ValueError when the stored bytes are not an object, or when a step finds in it what its version never had.
    """
    if name not in _steps:
        return name, fact
    members = _decode(fact)
    while name in _steps:
        name, step = _steps[name]
        try:
            members = step(members)
        except Exception as error:  # whatever a step does wrong, the fact is one that cannot be read
            message = f"not the fact of an older {name}"
            raise ValueError(message) from error
    return name, _encode(members)


def read(name: str, fact: bytes) -> Event | None:
    """Decode a stored fact as what it is now; nothing for a name that this program does not know. ValueError if bad."""
    present, shape = upcast(name, fact)
    cls = contract(present)
    return None if cls is None else decode(cls, shape)


def steps() -> Mapping[str, str]:
    """Every old version that has a step, and the version to which it leads."""
    return {old: new for old, (new, _) in sorted(_steps.items())}
