"""What goes into an audit pack? Whole chains up to the checkpoints that cover a moment, a report from just these."""

from __future__ import annotations

import sysconfig
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded, recorded_text
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.progress import Progress
from shared.history.evidence.merkle import Frontier
from shared.history.pack import verify
from shared.history.pack.bundle import write_bundle
from shared.history.pack.covering import Covering
from shared.history.pack.resting import Chain, Resting
from shared.history.replay.report import Asked, Replay, Replayed
from shared.history.replay.scratch import said_type
from shared.history.replay.sources import Exported, Source

INSTALLED: Final = Path("share", "nennep", "formats")
"""Where a package puts them, below the prefix or folder into which it is installed."""


def _pages() -> Path:
    """Where the pages about the formats are: in a checkout, in an image, or with an installed package."""
    beside = Path(__file__).parents[3]
    places = (beside / "docs" / "formats", beside / INSTALLED, Path(sysconfig.get_path("data"), INSTALLED))
    return next((place for place in places if place.is_dir()), places[0])


PAGES: Final = _pages()
"""The pages that describe the formats."""
_TREE: Final = (
    "territory-declared",
    "unit-founded",
    "unit-renamed",
    "place-reclassified",
    "unit-moved",
    "unit-merged",
    "unit-split",
)
_ACCESS: Final = ("credential-issued", "credential-revoked", "mandate-granted", "mandate-withdrawn")
TOPICS: Final[Mapping[str, str]] = {
    **{f"membership.{name}": "tree" for name in (*_TREE, "unit-dissolved")},
    **{f"membership.{name}": "access" for name in (*_ACCESS, "organisation-registered")},
    "ratings.rule-set-adopted": "rules",
}
"""Facts on which others rest, and why."""
Told = Callable[[Progress], None]


class NothingToPack(Exception):
    """The checkpoints cover no chain of these organisations."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be carried away."""

    known: int
    """The moment, in microseconds since 1970."""
    organisations: frozenset[UUID] | None = None
    """Whose complete chains; none: everybody's."""
    report: tuple[Replayed, Asked] | None = None
    """A report, asked as known at that very moment, from these chains alone."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written."""

    manifest: str
    """SHA-256 of the manifest, which names every member's: by this a pack is known."""
    chains: frozenset[Chain]
    events: int
    left_out: Mapping[str, int]
    """Service → how many chains under its checkpoint are not in the pack."""


@dataclass
class Packer:
    """Makes packs of what some services have recorded and signed."""

    coverings: Sequence[Covering]
    sources: Callable[[], Sequence[Source]]
    told: Told = lambda _: None
    deflated: bool = False
    pages: Path = PAGES
    _ends: dict[Chain, tuple[int, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self._ends = {
            (each.service, organisation): (end.size, end.root)
            for each in self.coverings
            for organisation, end in each.ends.items()
        }

    def pack(self, file: Path, wanted: Wanted) -> Packed:
        """Write the pack. NothingToPack, PackTooLarge; ChainBroken where a log is not what it signed."""
        chains = self._chains(wanted.organisations)
        if not chains:
            raise NothingToPack
        with tempfile.TemporaryDirectory(prefix="nennep-pack-") as folder:
            place = Path(folder)
            members, rests, events = self._spooled(place / "chains", chains)
            texts = dict(self._texts(rests))
            if wanted.report is not None:
                texts["report.json"] = _report(members.values(), wanted.report, wanted.known)
            for number, (name, content) in enumerate(sorted(texts.items())):
                members[name] = place / f"{number}"
                members[name].write_bytes(content)
            manifest = write_bundle(file, self._said(wanted), members, deflated=self.deflated)
        missing = Counter(service for service, _ in self._ends.keys() - chains)
        return Packed(manifest, chains, events, {each.service: missing[each.service] for each in self.coverings})

    def _said(self, wanted: Wanted) -> dict[str, object]:
        organisations = {chain[1] for chain in self._ends} if wanted.organisations is None else wanted.organisations
        return {
            "format": "nennep-audit-pack",
            "version": 1,
            "known": recorded_text(wanted.known),
            "organisations": sorted(map(str, organisations)),
        }

    def _chains(self, organisations: frozenset[UUID] | None) -> frozenset[Chain]:
        """Everybody's, or those of these organisations and all on which they rest."""
        if organisations is None:
            return frozenset(self._ends)
        resting = Resting()
        for service, events in self._read():
            resting.take(each for each in events if self._covered(service, each))
        asked = [chain for chain in self._ends if chain[1] in organisations]
        return resting.under(asked) & self._ends.keys() if asked else frozenset()

    def _spooled(self, folder: Path, chains: frozenset[Chain]) -> tuple[dict[str, Path], bytes, int]:
        """A file for each chain, the list of what others rest on, and how many events that is. ChainBroken."""
        trees = dict.fromkeys(chains, Frontier())
        rests: list[tuple[str, str, int, str]] = []
        for service, events in self._read():
            taken = [
                each
                for each in events
                if (service, each.envelope.organisation) in chains and self._covered(service, each)
            ]
            for each in taken:
                chain = (service, each.envelope.organisation)
                if each.envelope.hash() != each.hash:
                    message = f"{service}/{chain[1]} at {each.envelope.sequence}"
                    raise ChainBroken(message)
                trees[chain] = trees[chain].append(each.hash)
                if (topic := _topic(each)) is not None:
                    rests.append((service, str(chain[1]), each.envelope.sequence, topic))
            _append(folder, service, taken)
        for (service, organisation), tree in trees.items():
            if (tree.size, tree.root()) != self._ends[service, organisation]:
                message = f"{service}/{organisation} is not what its checkpoint says"
                raise ChainBroken(message)
        lines = (
            f"{topic} {service}/{organisation}/{sequence}\n" for service, organisation, sequence, topic in sorted(rests)
        )
        members = {f"chains/{service}/{each}.jsonl": _file(folder, service, each) for service, each in chains}
        return members, "".join(lines).encode(), sum(tree.size for tree in trees.values())

    def _texts(self, rests: bytes) -> Iterator[tuple[str, bytes]]:
        yield "rests-on.txt", rests
        yield "verify.py", Path(verify.__file__).read_bytes()
        for covering in self.coverings:
            yield from covering.members()
        for page in sorted(self.pages.glob("*.md")):
            yield f"formats/{page.name}", page.read_bytes()

    def _read(self) -> Iterator[tuple[str, Sequence[Recorded]]]:
        sources = self.sources()
        progress = Progress(total=sum(source.total for source in sources))
        for source in sources:
            for service, events in source.read():
                yield service, events
                progress.done += len(events)
                self.told(progress)

    def _covered(self, service: str, recorded: Recorded) -> bool:
        end = self._ends.get((service, recorded.envelope.organisation))
        return end is not None and recorded.envelope.sequence <= end[0]


def _report(files: Iterable[Path], report: tuple[Replayed, Asked], known: int) -> bytes:
    """The report as the chains in the pack have it, and nothing else."""
    replayed, asked = report
    exported = Exported(files)
    return Replay(replayed, lambda: [exported]).document(replace(asked, known=known)).encode()


def _append(folder: Path, service: str, events: Iterable[Recorded]) -> None:
    lines: dict[UUID, list[bytes]] = {}
    for each in events:
        lines.setdefault(each.envelope.organisation, []).append(to_cloudevent(each) + b"\n")
    for organisation, texts in lines.items():
        path = _file(folder, service, organisation)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as opened:
            opened.writelines(texts)


def _file(folder: Path, service: str, organisation: UUID) -> Path:
    return folder / service / f"{organisation}.jsonl"


def _topic(recorded: Recorded) -> str | None:
    name = said_type(recorded.envelope.content)
    return None if name is None else TOPICS.get(name.removeprefix("vn.nennep.").rpartition(".v")[0])
