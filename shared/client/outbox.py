"""What is still to be sent? An outbox on disk: facts go in at once, offline too; receipts come back into it.

One file, only appended to, each record synced before anyone is told of it: what `put` has taken survives a crash and a
power cut. Many processes may put; one sends. Facts that stand are compacted to id, digest and receipt, which are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.client.answers import Posted, Problem, Receipt
from shared.client.facts import as_line, service_of
from shared.client.records import Busy, OutboxDamaged, Record, append, locked, read, replace

__all__ = ["AnotherSender", "OtherContent", "Outbox", "OutboxDamaged", "Waiting"]
FORMAT: Final = 1
COMPACT_FROM: Final = 2**20
"""Bytes below which a file is not worth compacting."""


class AnotherSender(Exception):
    """Another process is sending from this outbox."""


class OtherContent(Exception):
    """An id that is in the outbox comes again with other content; its message is the id."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fact that is to be sent."""

    id: str
    service: str
    line: str
    """The event as it was put in, on one line."""

    @property
    def digest(self) -> str:
        """SHA-256 of the line."""
        return hashlib.sha256(self.line.encode()).hexdigest()


class Outbox:
    """An outbox in a file; the folder must exist. Any number of objects and processes may share the file."""

    def __init__(self, path: Path | str) -> None:
        """OutboxDamaged when something else has written into the file."""
        self.path = Path(path)
        self._writing = self.path.with_name(self.path.name + ".lock")
        self._sending = self.path.with_name(self.path.name + ".sender")
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._receipts: dict[str, Receipt] = {}
        self._refused: dict[str, tuple[Waiting, Problem]] = {}
        self._digests: dict[str, str] = {}
        self._end = 0
        self._generation = -1

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Read what others have written since."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            self._forget()
            return
        # One file from its first record to its last: meanwhile another one may be put in its place.
        with file:
            first = next(read(file), None)
            if first is None or first[0].get("generation") != self._generation:
                self._forget()
            for record, end in read(file, self._end):
                self._apply(record)
                self._end = end

    def _apply(self, record: Record) -> None:
        match record:
            case {"put": id, "service": service, "event": line}:
                fact = Waiting(id, service, line)
                self._waiting[id] = fact
                self._digests[id] = fact.digest
                self._refused.pop(id, None)
            case {"stands": id, "receipt": receipt, "digest": digest}:
                self._waiting.pop(id, None)
                self._digests[id] = digest
                self._receipts[id] = Receipt.of(receipt)
            case {"refused": id, "problem": problem}:
                if id in self._waiting:
                    self._refused[id] = (self._waiting.pop(id), Problem.of(problem, 0))
            case {"again": id}:
                if id in self._refused:
                    self._waiting[id] = self._refused.pop(id)[0]
            case {"dropped": id}:
                self._refused.pop(id, None)
                self._digests.pop(id, None)
            case {"format": 1, "generation": int(generation)}:
                self._generation = generation
            case _:
                message = f"{self.path}: a record of a later version"
                raise OutboxDamaged(message)

    @property
    def waiting(self) -> Sequence[Waiting]:
        """What is to be sent, in the order in which it was put in."""
        return list(self._waiting.values())

    @property
    def receipts(self) -> Mapping[str, Receipt]:
        """Id → receipt, of every fact that stands."""
        return dict(self._receipts)

    @property
    def refused(self) -> Mapping[str, tuple[Waiting, Problem]]:
        """Id → what was refused, and why. It stays until it is put in again, asked for again, or dropped."""
        return dict(self._refused)

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, events: Iterable[Mapping[str, Any] | str]) -> int:
        """Take facts; how many were new. When this returns they survive a power cut.

        What is in there already with the same content is passed over, so repeating is harmless. OtherContent for an id
        that is there with another; of a refused fact the new content takes the place. ValueError for what is no event.
        """
        lines = [_waiting(each) for each in events]
        with self._written():
            fresh: dict[str, Waiting] = {}
            for fact in lines:
                known = fresh[fact.id].digest if fact.id in fresh else self._digests.get(fact.id)
                if known == fact.digest and fact.id not in self._refused:
                    continue
                if known is not None and fact.id not in self._refused:
                    raise OtherContent(fact.id)
                fresh[fact.id] = fact
            self._write([{"put": fact.id, "service": fact.service, "event": fact.line} for fact in fresh.values()])
        return len(fresh)

    def settle(self, outcomes: Iterable[tuple[Waiting, Posted | Problem]]) -> None:
        """Write down what became of facts; one that may come again unchanged stays as it is."""
        records = [
            {"stands": fact.id, "receipt": found.receipt.as_json(), "digest": fact.digest}
            if isinstance(found, Posted)
            else {"refused": fact.id, "problem": found.as_json()}
            for fact, found in outcomes
            if isinstance(found, Posted) or not found.passes
        ]
        with self._written():
            self._write(records)

    def again(self, ids: Iterable[str]) -> int:
        """Send refused facts again as they are, e.g. after the unit they name was founded; how many."""
        with self._written():
            wanted = [id for id in ids if id in self._refused]
            self._write([{"again": id} for id in wanted])
        return len(wanted)

    def drop(self, ids: Iterable[str]) -> int:
        """Give refused facts up; how many."""
        with self._written():
            wanted = [id for id in ids if id in self._refused]
            self._write([{"dropped": id} for id in wanted])
        return len(wanted)

    def compact(self, *, least: int = COMPACT_FROM) -> bool:
        """Write the file anew without the text of facts that stand, once it has `least` bytes; whether it was done."""
        with self._written():
            if self._end < least:
                return False
            replace(self.path, list(self._content()))
            self._forget()
            self.refresh()
        return True

    def _content(self) -> Iterator[Record]:
        yield {"format": FORMAT, "generation": self._generation + 1}
        for id, receipt in self._receipts.items():
            yield {"stands": id, "receipt": receipt.as_json(), "digest": self._digests[id]}
        for fact, problem in self._refused.values():
            yield {"put": fact.id, "service": fact.service, "event": fact.line}
            yield {"refused": fact.id, "problem": problem.as_json()}
        for fact in self._waiting.values():
            yield {"put": fact.id, "service": fact.service, "event": fact.line}

    def _write(self, records: Sequence[Record]) -> None:
        if not records:
            return
        if self._end == 0:
            records = [{"format": FORMAT, "generation": 0}, *records]
        self._end = append(self.path, records, self._end)
        for record in records:
            self._apply(record)

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Alone with the file, knowing all that stands in it."""
        with locked(self._writing, wait=True):
            self.refresh()
            yield

    @contextmanager
    def sender(self) -> Iterator[None]:
        """Be the one who sends. AnotherSender when somebody else is."""
        try:
            with locked(self._sending, wait=False):
                self.refresh()
                yield
        except Busy:
            raise AnotherSender(self.path) from None


def _waiting(posted: Mapping[str, Any] | str) -> Waiting:
    line = as_line(posted)
    said = json.loads(line)
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in ("id", "type")):
        message = "no event: `id` and `type` are missing"
        raise ValueError(message)
    return Waiting(said["id"].lower(), service_of(said["type"]), line)
