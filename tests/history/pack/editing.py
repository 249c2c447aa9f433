"""How is a pack tampered with? Its members are taken out, changed, and bound together again as if untouched."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from shared.history.pack import verify
from shared.history.pack.bundle import MANIFEST, write_bundle
from shared.history.replay.canonical import canonical, digest
from tests.history.pack.stranger import Reader, judged


@dataclass
class Members:
    """A pack taken apart: its manifest but for the digests, and the bytes of all other members."""

    said: dict[str, Any]
    content: dict[str, bytes]

    @classmethod
    def of(cls, pack: Path) -> Members:
        """Take a pack apart."""
        with zipfile.ZipFile(pack) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        said = json.loads(content.pop(MANIFEST))
        del said["members"]
        return cls(said, content)

    def copy(self) -> Members:
        """One to change."""
        return Members(json.loads(json.dumps(self.said)), dict(self.content))

    def bind(self, pack: Path) -> Path:
        """Bind it together again, with every digest as it must be: what anybody can do who has no key."""
        with tempfile.TemporaryDirectory() as folder:
            files: dict[str, Path] = {}
            for number, (name, content) in enumerate(self.content.items()):
                files[name] = Path(folder) / f"{number}"
                files[name].write_bytes(content)
            write_bundle(pack, self.said, files)
        return pack

    @property
    def chains(self) -> list[str]:
        """The names of its chains."""
        return [name for name in self.content if name.startswith("chains/")]

    def lines(self, name: str) -> list[bytes]:
        """The lines of a member."""
        return self.content[name].splitlines(keepends=True)

    @property
    def report(self) -> dict[str, Any]:
        """The report."""
        found: dict[str, Any] = json.loads(self.content["report.json"])
        return found

    def say(self, report: Mapping[str, Any]) -> None:
        """Another report, with digests that fit."""
        whole = {
            **report,
            **{f"{part}_digest": digest(report[f"{part}{s}"]) for part, s in (("input", "s"), ("output", ""))},
        }
        self.content["report.json"] = canonical(whole) + b"\n"


@dataclass(frozen=True)
class Verdicts:
    """What both verifiers say: the exit code, and the words of the one that lies in the pack."""

    code: int
    words: str
    stranger: int

    @property
    def agree(self) -> bool:
        """Whether they come to the same."""
        return self.code == self.stranger


def verdicts(pack: Path, *words: str | Path) -> Verdicts:
    """Ask both, with the options of `verify.py`."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify.main([str(pack), *map(str, words)])
    return Verdicts(code, said.getvalue(), judged(pack, _reader(list(map(str, words))))[0])


def _reader(words: list[str]) -> Reader:
    def given(name: str) -> Iterator[str]:
        return (value for option, value in pairwise(words) if option == name)

    def keys(name: str) -> list[str]:
        texts = (Path(each).read_text() if Path(each).is_file() else each for each in given(name))
        return [line for text in texts for line in text.split("\n") if line]

    needed = next(iter(given("--needed")), "0")
    kept = [Path(each) for each in given("--seen")]
    only = "--only-evidence" in words
    return Reader(keys("--key"), keys("--witness"), int(needed), kept, list(given("--receipt")), only)
