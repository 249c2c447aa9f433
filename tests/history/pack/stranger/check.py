"""Is the whole pack proven? The file, coverage, what was kept, and the report: sections 1, 2, 5 and 7."""
# ruff: noqa: EM102, TRY003 — what is wrong is said where it is found

from __future__ import annotations

import json
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.history.pack.stranger.chains import Event, read_line
from tests.history.pack.stranger.checkpoints import Note, keys_of
from tests.history.pack.stranger.facts import Said
from tests.history.pack.stranger.figures import recounted
from tests.history.pack.stranger.spelling import Unsure, Wrong, b64, demand, sha, text_of, tree, value_of
from tests.history.pack.stranger.units import Country


@dataclass
class Reader:
    """What the reader brings."""

    keys: Sequence[str] = ()
    witnesses: Sequence[str] = ()
    needed: int = 0
    kept: Sequence[Path] = ()
    receipts: Sequence[str] = ()
    evidence_only: bool = False


def judged(path: Path, reader: Reader) -> tuple[int, str]:
    """The exit code, and why."""
    raw = path.read_bytes()
    ours = (raw[:4] == b"PK\x03\x04" and raw[30:43] == b"manifest.json", raw[-89:-64] == b"nennep-audit-pack sha256 ")
    if not any(ours):
        return 2, "no pack"
    damaged = not ours[1] or raw[-64:].decode("latin-1") != sha(raw[:-64]).hex()
    check = Check(raw, reader)
    try:
        check.run(path)
        doubts = check.doubts
    except Wrong as error:
        return 1, f"{check.where}: {error}"
    except Unsure as error:
        doubts = [str(error)]
    except Exception as error:  # noqa: BLE001 — what cannot be read contradicts the page
        return 1, f"{check.where}: {type(error).__name__}"
    if damaged:
        return 1, "damaged"
    return (2, "; ".join(doubts)) if doubts else (0, "proven")


class Check:
    """One check, step by step."""

    def __init__(self, raw: bytes, reader: Reader) -> None:
        self.raw, self.reader, self.where = raw, reader, "zip"
        self.doubts: list[str] = []
        self.events: dict[tuple[str, str], list[Event]] = {}
        self.notes: dict[str, Note] = {}

    def run(self, path: Path) -> None:
        members = self._members(path)
        manifest = self._manifest(members)
        for name, content in members.items():
            if name.endswith(".note"):
                self._note(name, content, members, manifest["known"])
        for name, content in members.items():
            if name.startswith("chains/"):
                self._chain(name, content)
        for name, content in members.items():
            self.where = name
            said = manifest["members"].get(name, {"length": len(content), "sha256": sha(content).hex()})
            demand("not as said", holds=said == {"length": len(content), "sha256": sha(content).hex()})
        self._coverage(manifest["organisations"])
        try:
            self._kept()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unsure("what was given cannot be read") from error
        keys, witnesses = keys_of(self.reader.keys), keys_of(self.reader.witnesses)
        for service, note in self.notes.items():
            self.where = service
            try:
                note.judged(keys, witnesses, self.reader.needed)
            except Unsure as error:
                self.doubts.append(str(error))
        if "report.json" in members:
            self._report(members["report.json"], manifest["known"])

    def _members(self, path: Path) -> dict[str, bytes]:
        found = {}
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            demand("order", holds=names == ["manifest.json", *sorted(set(names) - {"manifest.json"})])
            for info in archive.infolist():
                self.where = info.filename
                begin = info.header_offset + 30 + len(info.filename)
                packed = self.raw[begin : begin + info.compress_size]
                found[info.filename] = packed if info.compress_type == 0 else zlib.decompress(packed, wbits=-15)
        return found

    def _manifest(self, members: Mapping[str, bytes]) -> Any:
        self.where = "manifest.json"
        manifest = value_of("manifest", members["manifest.json"])
        if (manifest["format"], manifest["version"]) != ("nennep-audit-pack", 1):
            raise Unsure("format")
        demand("members", holds=set(manifest["members"]) | {"manifest.json"} == set(members))
        return manifest

    def _note(self, name: str, content: bytes, members: Mapping[str, bytes], known: str) -> None:
        self.where, service = name, name.removeprefix("checkpoints/").removesuffix(".note")
        note = Note(content.decode(), members[f"checkpoints/{service}.chains"].decode())
        demand("origin", holds=note.origin.rsplit("/", 1)[-1] == service)
        demand("published", holds=note.published >= known)
        self.notes[service] = note

    def _chain(self, name: str, content: bytes) -> None:
        self.where = name
        _, service, last = name.split("/")
        organisation = last.removesuffix(".jsonl")
        events = self.events[service, organisation] = list[Event]()
        for line in content.split(b"\n")[:-1] if content.endswith(b"\n") else [content]:
            self.where = f"{name} line {len(events) + 1} sequence {len(events) + 1}"
            before = events[-1] if events else None
            events.append(read_line(line + b"\n", service, organisation, len(events) + 1, before))
        root = b64(tree([event.hash for event in events]))
        demand("not what was signed", holds=self.notes[service].chains[organisation] == (len(events), root))

    def _coverage(self, organisations: Iterable[str]) -> None:
        self.where = "coverage"
        cited = (event.attributes.get("known", "") for events in self.events.values() for event in events)
        logs = (each.partition("=")[0].split("/") for known in cited for each in known.split(",") if each)
        wanted = {(service, organisation) for service, organisation in logs}
        wanted |= {(service, organisation) for service in self.notes for organisation in organisations}
        listed = {(service, organisation) for service, note in self.notes.items() for organisation in note.chains}
        demand("a chain is missing", holds=wanted & listed <= set(self.events) and bool(self.events))

    def _kept(self) -> None:
        agrees: dict[tuple[str, str], dict[int, bool]] = defaultdict(dict)
        for path in self.reader.kept:
            self.where = str(path)
            held = json.loads(path.read_text())
            kept = Note(held["checkpoint"], held["chains"])
            service = kept.origin.rsplit("/", 1)[-1]
            if (
                service not in self.notes
                or self.notes[service].origin != kept.origin
                or self.notes[service].number < kept.number
            ):
                self.doubts.append("another log, or later")
                continue
            for organisation, (size, root) in kept.chains.items():
                if (service, organisation) in self.events:
                    hashes = [event.hash for event in self.events[service, organisation]]
                    agrees[service, organisation][size] = len(hashes) >= size and b64(tree(hashes[:size])) == root
        for receipt in self.reader.receipts:
            service, organisation, sequence, digest = receipt.split("/")
            events, place = self.events.get((service, organisation), []), int(sequence)
            if not 1 <= place <= len(events):
                self.doubts.append("no such event")
                continue
            good = events[place - 1].hash.hex() == digest
            agrees[service, organisation][place] = agrees[service, organisation].get(place, True) and good
        for (service, organisation), points in sorted(agrees.items()):
            if wrong := sorted(place for place, good in points.items() if not good):
                right = max((place for place, good in points.items() if good and place < wrong[0]), default=0)
                raise Wrong(f"{service} {organisation}: after {right}, not after {wrong[0]}")

    def _report(self, content: bytes, known: str) -> None:
        self.where = "report.json"
        report = value_of("report", content)
        inputs, output = report["inputs"], report["output"]
        demand("input digest", holds=sha(text_of(inputs).encode()).hex() == report["input_digest"])
        demand("output digest", holds=sha(text_of(output).encode()).hex() == report["output_digest"])
        counted = {
            chain: [event for event in events if event.attributes["recorded"] <= known]
            for chain, events in self.events.items()
        }
        heads: dict[str, dict[str, Any]] = defaultdict(dict)
        for (service, organisation), events in counted.items():
            if events:
                heads[service][organisation] = {"sequence": len(events), "hash": events[-1].attributes["hash"]}
        demand("heads", holds=(inputs["asked"]["known"], inputs["heads"]) == (known, heads))
        demand("figures", holds=[each["figure"] for each in output["figures"]] == inputs["asked"]["figures"])
        said = Said(event for events in counted.values() for event in events)
        unsure = ["proposals"] if output["proposals"] else []
        for figure in output["figures"]:
            try:
                self._figure(said, figure, inputs["asked"])
            except Unsure as error:
                unsure.append(f"{figure['figure']}: {error}")
        self.doubts += [] if self.reader.evidence_only else unsure

    def _figure(self, said: Said, figure: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        tree_facts = ("territory-declared", "unit-founded", "unit-moved", "unit-merged", "unit-split", "unit-dissolved")
        found = recounted(said, Country(said.facts("membership", *tree_facts)), figure["figure"], asked)
        told = {"rows": figure["rows"], "events": figure["events"]}
        demand(figure["figure"], holds=text_of(told) == text_of(found))
