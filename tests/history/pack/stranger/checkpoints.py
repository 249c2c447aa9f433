"""What was signed, by whom, and when? Keys and checkpoints: section 5."""
# ruff: noqa: EM102, TRY003 — what is wrong is said where it is found

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.history.pack.stranger.spelling import Unsure, Wrong, b64, demand, sha, tree


@dataclass
class Key:
    """A key that was brought."""

    name: str
    id: bytes
    algorithm: int
    public: Ed25519PublicKey
    since: str | None = None
    until: str | None = None
    why: str | None = None

    @classmethod
    def of(cls, text: str) -> Key:
        try:
            name, number, encoded = text.split("+", 2)
            octets = base64.b64decode(encoded)
            public = Ed25519PublicKey.from_public_bytes(octets[1:])
        except ValueError as error:
            raise Unsure(text) from error
        if sha(f"{name}\n".encode() + octets)[:4].hex() != number:
            raise Unsure(text)
        return cls(name, bytes.fromhex(number), octets[0], public)


def keys_of(texts: Iterable[str]) -> list[Key]:
    """Keys, or lines of a list of keys."""
    keys: dict[str, Key] = {}
    for text in texts:
        line = json.loads(text) if text.startswith("{") else {"key": text}
        key = keys.setdefault(line["key"], Key.of(line["key"]))
        key.since = key.since or line.get("since")
        if key.until is None:
            key.until, key.why = line.get("until"), line.get("why")
    return list(keys.values())


@dataclass
class Note:
    """A signed checkpoint with its chain list."""

    raw: str
    list: str
    text: str = ""
    origin: str = ""
    number: int = 0
    published: str = ""
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = self.raw[: self.raw.rindex("\n\n") + 1]
        lines = self.text.split("\n")
        self.origin = lines[0]
        words = dict(line.split(" ", 1) for line in lines[3:8])
        self.number, self.published = int(words["number"]), words["published"]
        many, root = words["chains"].split(" ")
        rows = [line.split(" ") for line in self.list.splitlines()]
        leaves = [f"{self.origin}/{name}\n{size}\n{end}\n".encode() for name, size, end in rows]
        demand("chain list", holds=(str(len(rows)), b64(tree(leaves))) == (many, root))
        demand("chain list's end", holds=self.list == "".join(f"{line}\n" for line in self.list.splitlines()))
        self.chains = {name: (int(size), end) for name, size, end in rows}

    def signed(self, keys: Iterable[Key]) -> Iterator[tuple[Key, int]]:
        """Which of the keys have signed, and when."""
        for line in self.raw[len(self.text) + 1 :].splitlines():
            _, name, encoded = line.split(" ")
            octets = base64.b64decode(encoded)
            for key in keys:
                if (key.name, key.id) == (name, octets[:4]):
                    yield key, self._checked(key, octets[4:])

    def _checked(self, key: Key, octets: bytes) -> int:
        seconds, signature, signed = 0, octets, self.text
        if key.algorithm == 4:
            seconds, signature = int.from_bytes(octets[:8], "big"), octets[8:]
            signed = f"cosignature/v1\ntime {seconds}\n{self.text}"
        try:
            key.public.verify(signature, signed.encode())
        except InvalidSignature as error:
            raise Wrong(f"signature of {key.name}") from error
        return seconds

    def judged(self, keys: Sequence[Key], witnesses: Sequence[Key], needed: int) -> None:
        """Wrong, or Unsure."""
        mine = {id(key): key for key, _ in self.signed([k for k in keys if k.algorithm == 1 and k.name == self.origin])}
        times = {id(key): when for key, when in self.signed([k for k in witnesses if k.algorithm == 4])}
        if not mine:
            raise Unsure(f"no key for {self.origin}")
        for key in mine.values():
            demand("too early", holds=key.since is None or key.since <= self.published)
            demand("too late", holds=key.until is None or self.published < key.until)
            if key.until is not None and key.why in ("lost", "stolen"):
                end = datetime.strptime(key.until, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
                if sum(datetime.fromtimestamp(when, UTC) < end for when in times.values()) < max(1, needed):
                    raise Unsure("stolen or lost")
        if len(times) < needed:
            raise Unsure("unwitnessed")
