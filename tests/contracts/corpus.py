"""Which events of which released versions must be readable for ever? One stored event a version, as a log relayed it.

`corpus/<service>.ndjson` is one chain a service. `corpus/READ` says what each was read as: for each line its hash, the
version as which it was read, and the digest of what came out. Both only grow: `python -m tests.contracts.corpus` adds
what a new contract or a new upcaster asks for; a line that is there is never written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.docstrings import modules
from shared.contracts.envelope import Recorded, genesis
from shared.contracts.event import Event, contract, registered
from shared.eventsourcing.errors import Unreadable
from shared.eventsourcing.stream import fact_of, is_voiding, type_of

FOLDER: Final = Path(__file__).parent / "corpus"
READ: Final = FOLDER / "READ"
APART: Final = 60_000_000
"""Microseconds between two events of a chain."""

ON_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")
"""As intake stores what is posted."""

modules()


class Line(NamedTuple):
    """What an event was read as by some release."""

    hash: str
    type: str
    read_as: str
    digest: str

    def __str__(self) -> str:
        return "  ".join(self)


@cache
def stored() -> tuple[Recorded, ...]:
    """Every event of the corpus, chain by chain."""
    files = sorted(FOLDER.glob("*.ndjson"))
    return tuple(from_cloudevent(line) for file in files for line in file.read_bytes().splitlines())


def lines() -> list[Line]:
    """What the events were read as, by all releases."""
    return [Line(*line.split("  ")) for line in READ.read_text(encoding="utf-8").splitlines()]


def read_now(recorded: Recorded) -> Line:
    """What this program reads an event as. Unreadable, or ValueError, when it cannot."""
    content = recorded.envelope.content
    if is_voiding(content.type):
        cls: type[Event] | None = contract(content.type)
        fact: Event | None = None if cls is None else cls.model_validate_json(content.fact, extra="ignore")
    else:
        cls, fact = type_of(content), fact_of(content)
    if cls is None or fact is None:
        raise Unreadable(content.type)
    return Line(recorded.hash.hex(), content.type, cls.name, digest_of(recorded, fact))


def digest_of(recorded: Recorded, fact: Event) -> str:
    """SHA-256 over what a fact says: its subject, the day that counts, and every field that is not left at its default.

    A field that a later release adds with a default changes nothing.
    """
    content = recorded.envelope.content
    said = fact.model_dump(mode="json", exclude_defaults=True)
    whole = [str(content.subject), fact.effect_day(content.occurred).isoformat(), said]
    return hashlib.sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()


def grow() -> None:
    """Add an event for each contract that has none, and a line for each new way to read one."""
    from tests.contracts.golden import POSTER, Sample  # noqa: PLC0415 — it is asked for only when the corpus grows

    FOLDER.mkdir(exist_ok=True)
    chains: dict[str, list[Recorded]] = {}
    for event in stored():
        chains.setdefault(event.envelope.service, []).append(event)
    there = {event.envelope.content.type for event in stored()}
    for cls in (cls for name, cls in registered().items() if name not in there):
        chain, sample = chains.setdefault(cls.service, []), Sample(cls).recorded()
        content = sample.envelope.content
        place = {
            "content": msgspec.structs.replace(content, fact=content.fact.translate(ON_ONE_LINE)),
            "sequence": len(chain) + 1,
            "recorded": sample.envelope.recorded + APART * len(chain),
            "previous": chain[-1].hash if chain else genesis(cls.service, POSTER),
        }
        envelope = msgspec.structs.replace(sample.envelope, **place)
        chain.append(replace(sample, envelope=envelope, hash=envelope.hash()))
        with (FOLDER / f"{cls.service}.ndjson").open("ab") as file:
            file.write(to_cloudevent(chain[-1]) + b"\n")
    stored.cache_clear()
    known = {(line.hash, line.read_as) for line in lines()} if READ.exists() else set()
    with READ.open("a", encoding="utf-8") as file:
        for line in _new(known):
            file.write(f"{line}\n")


def _new(known: set[tuple[str, str]]) -> Iterator[Line]:
    return (line for line in map(read_now, stored()) if (line.hash, line.read_as) not in known)


if __name__ == "__main__":
    grow()
