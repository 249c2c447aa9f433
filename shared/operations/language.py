"""Does a change break the published language, and whom? Today's contracts beside those that were published before.

`python -m shared.operations.language [--against REF|FOLDER]` compares every event's schema, and reads every golden
sample, of `main` where this branch left it (on main itself: of the last commits) with the contracts of this tree. It
ends with 1 when anything breaks, names each event, field and change, and the services that would break: its owner,
which judges and keeps it, and all that listen to it by their committed AsyncAPI documents.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.contracts.catalogue import Catalogue
from shared.contracts.compatibility import breaks, renamed
from shared.contracts.event import NAME, contract, decode
from shared.contracts.upcasting import steps
from shared.operations.specs import SAMPLES, committed, listeners

SCHEMAS: Final = "docs/schemas"
TRUNK: Final = ("main", "origin/main")
Schemas = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Published:
    """What was published before: schemas and golden samples, by the name of their event."""

    said: str
    """Where it was found."""
    schemas: Schemas
    samples: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Break:
    """One breaking change of one event, and the services that it breaks."""

    event: str
    what: str
    services: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.event}: {self.what} → breaks {', '.join(self.services)}"


# ── What was there ───────────────────────────────────────────────────────────────────────────────────────────────


def in_folder(root: Path) -> Published:
    """What an unpacked tree published."""
    paths = [path for folder in (SCHEMAS, SAMPLES) for path in (root / folder).glob("*.json")]
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    return _published(str(root), files)


def in_git(root: Path, ref: str) -> Published | None:
    """What a commit published; none where git does not know it."""
    packed = _git(root, "archive", "--format=tar", ref, SCHEMAS, SAMPLES)
    if packed is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [each for each in archive.getmembers() if each.isfile() and each.name.endswith(".json")]
        files = {each.name: file.read() for each in members if (file := archive.extractfile(each)) is not None}
    return _published(ref, files)


def _published(said: str, files: Mapping[str, bytes]) -> Published:
    def below(folder: str) -> Iterator[tuple[str, bytes]]:
        return ((Path(name).stem, raw) for name, raw in files.items() if name.startswith(f"{folder}/"))

    return Published(said, {name: json.loads(raw) for name, raw in below(SCHEMAS)}, dict(below(SAMPLES)))


def before(root: Path) -> list[Published]:
    """What stood on the trunk where this branch left it; on the trunk itself, the last commit and the one before."""
    left = next((commit for ref in TRUNK if (commit := _git(root, "merge-base", "HEAD", ref))), None)
    here = _git(root, "rev-parse", "HEAD")
    refs = ("HEAD", "HEAD^") if left is None or left == here else (left.decode().strip(),)
    return [found for ref in refs if (found := in_git(root, ref)) is not None] or [in_folder(root)]


def _git(root: Path, *words: str) -> bytes | None:
    """What git answers; nothing where it is missing or says no."""
    git = shutil.which("git")
    if git is None:
        return None
    answer = subprocess.run([git, "-C", str(root), *words], check=False, capture_output=True)
    return None if answer.returncode else answer.stdout


# ── What breaks ──────────────────────────────────────────────────────────────────────────────────────────────────


def broken(published: Published, now: Schemas, heard: Mapping[str, Collection[str]]) -> list[Break]:
    """Every breaking change since then."""
    found: list[Break] = []
    for name, schema in published.schemas.items():
        said = breaks(schema, now[name]) if name in now else [_gone(schema, published, now)]
        match = NAME.fullmatch(name)
        owner = {match["service"]} if match else set()
        whom = tuple(sorted(owner.union(heard.get(name, ()))))
        sample = published.samples.get(name)
        if not said and sample is not None and not _reads(name, sample):
            said = ["its golden sample is no longer read"]
        found += [Break(name, what, whom) for what in said]
    return found


def _gone(schema: Mapping[str, Any], published: Published, now: Schemas) -> str:
    fresh = {each: now[each] for each in now.keys() - published.schemas.keys()}
    to = renamed(schema, fresh)
    return "event removed" if to is None else f"event renamed to {to}; a name is permanent"


def _reads(name: str, sample: bytes) -> bool:
    """Whether the contract of today takes the sample as it was posted."""
    cls = contract(name)
    try:
        fact = json.loads(sample)["data"]["fact"]
        return cls is not None and decode(cls, json.dumps(fact).encode()) is not None
    except ValueError:
        return False


def without_a_step(now: Schemas) -> list[str]:
    """Events in a second or later version whose version before has no upcaster to it."""
    names = [match for name in now if (match := NAME.fullmatch(name)) is not None]
    found = []
    for match in names:
        number = int(match["version"])
        old = f"vn.nennep.{match['service']}.{match['fact']}.v{number - 1}"
        if number > 1 and steps().get(old) != match[0]:
            found.append(f"{match[0]}: no upcaster from v{number - 1}")
    return found


def main(words: list[str], root: Path = Path()) -> int:
    """Compare, and say what breaks."""
    contracts = Catalogue()
    now = {name: contracts.schema(cls) for name, cls in contracts.events.items()}
    if words[:1] == ["--against"] and len(words) == 2:  # noqa: PLR2004 — the option and its value
        folder = Path(words[1])
        given = in_folder(folder) if folder.is_dir() else in_git(root, words[1])
        if given is None:
            sys.stderr.write(f"no such commit or folder: {words[1]}\n")
            return 2
        known = [given]
    elif words:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    else:
        known = before(root)
    heard = listeners(committed(root))
    found = list(dict.fromkeys(str(each) for published in known for each in broken(published, now, heard)))
    found += without_a_step(now)
    sys.stderr.writelines(f"breaking: {each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
