#!/usr/bin/env python3
"""Is an audit pack true? This file answers alone, on Python 3.9 or newer; `audit-pack.md` says what it checks and why.

python verify.py PACK --key KEY …        ends 0 proven, 1 contradiction (and says where), 2 cannot judge
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import json
import mmap
import re
import sys
import zipfile
from collections import defaultdict
from typing import Any, Iterable, Iterator, NamedTuple

MARK, NO_UNIT = b"nennep-audit-pack sha256 ", "00000000-0000-0000-0000-000000000000"
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
MEMBER = re.compile(
    rf"chains/([a-z]+)/({UUID})\.jsonl|checkpoints/[a-z]+\.(?:chains|jsonl)|keys/[a-z]+\.jsonl|rests-on\.txt|"
    r"report\.json|formats/[a-z-]+\.md|verify\.py"
)
CHECKPOINT = re.compile(
    rf"(\S+)\n\d+\n\S+\nnumber (\d+)\npublished ({MOMENT})\nfor [a-z]+\nchains (\d+) (\S+)\nprevious (\S+)\n", re.ASCII
)
ATTRIBUTES = """specversion id source type subject time datacontenttype occurred organisation sequence streamversion
    recorded actor declaredactor reason docnumber docissuer docdate docmedia doclength docsha256 corrects causation
    correlation known keyid signature previoushash hash""".split()
ALWAYS = {*ATTRIBUTES} - {*ATTRIBUTES[13:27], "time"}
CONTENT = "type subject occurred docnumber docissuer docdate docmedia doclength docsha256 reason corrects".split()
TREE = "territory-declared unit-founded unit-renamed unit-moved unit-merged unit-split unit-dissolved".split()
FIGURES = {  # name: the facts it counts, the field with their unit, keys beside month and unit
    "meetings-held": ("meeting-held", "branch", ()),
    "attendance": ("meeting-held", "branch", ()),
    "visits": ("visit-completed", "unit", ("tier", "cadre", "organisation")),
    "sittings-visited": ("visit-completed", "unit", ("tier", "cadre", "organisation")),
    "admissions": ("member-joined", "branch", ("organisation",)),
    "referrals": ("member-referred-to-party", "branch", ("organisation",)),
    "party-admissions": ("member-admitted-to-party", "branch", ("organisation",)),
}
NEEDED = {"organisation-registered", *TREE, *(kind for kind, _, _ in FIGURES.values())}
SERVICES = {"meeting-held": "meetings", "visit-completed": "meetings"}  # of all others: membership


class Contradiction(Exception):
    """Something cannot be true."""


class CannotJudge(Exception):
    """What is needed to judge is not there."""


def agree(holds: object, otherwise: str) -> None:
    if not holds:
        raise Contradiction(otherwise)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves: Iterable[bytes]) -> str:  # of the hash tree of RFC 6962, in base64
    level = [sha(b"\0", leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = (level[place : place + 2] for place in range(0, len(level), 2))
        level = [sha(b"\1", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return base64.b64encode(level[0] if level else sha()).decode()


def fields(*values: str | bytes | None) -> bytes:  # SHA-256 over fields, each behind its length
    raws = [value.encode() if isinstance(value, str) else value for value in values]
    return sha(b"\1", *(b"\xff" * 4 if raw is None else len(raw).to_bytes(4, "big") + raw for raw in raws))


def spelled(value: Any, *, ordered: bool = True) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=ordered, separators=(",", ":"))


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # an object that names no member twice
    agree(len(dict(pairs)) == len(pairs), "a member twice in one object")
    return dict(pairs)


DECODER = json.JSONDecoder(object_pairs_hook=once)


class Pack:
    """The file, of which every byte is accounted for, and what is learned from it; `at` is where one reads."""

    def __init__(self, path: str) -> None:
        self.at = "the file's directory"
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            if raw[:4] + raw[30:43] != b"PK\3\4manifest.json" and raw[-89:-64] != MARK:
                raise CannotJudge("this is no audit pack")
            size, digest = len(raw), hashlib.sha256()
            for place in range(0, size - 64, 2**20):
                digest.update(raw[place : min(place + 2**20, size - 64)])
            self.whole = raw[-89:] == MARK + digest.hexdigest().encode()
        self.zip, place = zipfile.ZipFile(path), 0
        names = self.zip.namelist()
        for info in self.zip.infolist():
            said = (info.flag_bits, info.date_time, info.extra, info.comment, info.header_offset)
            fits = said == (0, (1980, 1, 1, 0, 0, 0), b"", b"", place) and info.compress_type in {0, 8}
            agree(fits, f"byte {place} of the file: not where and how {info.filename!r} must lie")
            place += 30 + len(info.filename) + info.compress_size
        ends = place + sum(46 + len(name) for name in names) + 22 + 89
        agree((self.zip.start_dir, size) == (place, ends), f"byte {place} of the file: bytes that belong to nothing")
        agree(names == ["manifest.json", *sorted({*names} - {"manifest.json"})], "the file's directory: not in order")
        self.manifest = self.canonical("manifest.json", self.zip.read("manifest.json"))
        if (self.manifest["format"], self.manifest["version"]) != ("nennep-audit-pack", 1):
            raise CannotJudge("a format that is newer than this verifier")
        self.members, self.known = self.manifest["members"], self.manifest["known"]
        agree(re.fullmatch(MOMENT, self.known) and names[1:] == sorted(self.members), "manifest.json: not as it must be")
        matches = {name: MEMBER.fullmatch(name) for name in names[1:]}
        agree(all(matches.values()), "the file's directory: a member of no kind")
        self.chains = {(match[1], match[2]): name for name, match in matches.items() if match and match[1]}
        self.texts = {name: b"".join(self.lines(name)) for name in names[1:] if name[:7] != "chains/"}
        self.hashes: dict[tuple[str, str], list[bytes]] = {}
        self.heads: dict[str, dict[str, Any]] = {}
        self.cited: set[tuple[str, str]] = set()
        self.facts = Facts()

    def lines(self, name: str) -> Iterator[bytes]:  # of a member that must in the end be what the manifest says
        digest, length = hashlib.sha256(), 0
        with self.zip.open(name) as member:
            for number, line in enumerate(member, 1):
                self.at = f"{name} line {number}"
                digest.update(line)
                length += len(line)
                yield line
        found = {"length": length, "sha256": digest.hexdigest()}
        agree(found == self.members[name], f"{self.at}: up to its end not as the manifest says")

    def canonical(self, name: str, raw: bytes) -> Any:
        self.at = name
        value = json.loads(raw.decode(), object_pairs_hook=once, parse_float=str, parse_constant=str)
        agree((spelled(value) + "\n").encode() == raw, f"{name}: another spelling")
        return value

    def read_chain(self, service: str, organisation: str) -> None:
        hashes = self.hashes[service, organisation] = []
        before = {"hash": fields(service, organisation).hex(), "recorded": ""}
        for line in self.lines(self.chains[service, organisation]):
            self.at += f", organisation {organisation}, sequence {len(hashes) + 1}"
            must = {"source": f"/{service}/{organisation}", "organisation": organisation}
            must.update(sequence=str(len(hashes) + 1), previoushash=before["hash"])
            before, fact = self.event(line, must, before["recorded"])
            agree(before["type"].split(".")[2] == service, f"{self.at}: an event of another service")
            hashes.append(bytes.fromhex(before["hash"]))
            self.cited |= {tuple(each.split("=")[0].split("/")) for each in before.get("known", "").split(",") if each}
            if before["recorded"] <= self.known:
                head = {"sequence": len(hashes), "hash": before["hash"]}
                self.heads.setdefault(service, {})[organisation] = head
                self.facts.take(before, fact)

    def event(self, line: bytes, must: dict[str, Any], since: str) -> tuple[dict[str, str], Any]:
        head, _, tail = line.decode().partition(',"data":{"fact":')
        event, (fact, end) = json.loads(head + "}", object_pairs_hook=once), DECODER.raw_decode(tail)
        if tail.startswith(',"personal":', end):
            raise CannotJudge(f"{self.at}: an event that is newer than this verifier")
        agree(spelled(event, ordered=False) + tail[end:] == head + "}}}\n", f"{self.at}: another spelling")
        agree(ALWAYS <= {*event} and [*event] == [name for name in ATTRIBUTES if name in event], f"{self.at}: attributes")
        agree({*map(type, event.values())} == {str} and isinstance(fact, dict), f"{self.at}: a value of another type")
        must["time"] = event["occurred"].upper() if len(event["occurred"]) > 10 else None
        for name, value in {**must, "specversion": "1.0", "datacontenttype": "application/json"}.items():
            agree(event.get(name) == value, f"{self.at}: {name}")
        agree(re.fullmatch(MOMENT, event["recorded"]) and event["recorded"] >= since, f"{self.at}: recorded")
        paper = [event.get(name) for name in CONTENT[3:9]]
        agree(None not in paper[:3] or not any(paper), f"{self.at}: docnumber")
        moment = dt.datetime.fromisoformat(event["recorded"][:-1]) - dt.datetime(1970, 1, 1)
        content = fields(*map(event.get, CONTENT), sha(tail[:end].encode()), None)
        place = [event[name] for name in ("id", "organisation", "sequence", "streamversion")]
        by = [event.get(name) for name in ("actor", "declaredactor", "causation", "correlation")]
        proof = [event.get("known", ""), event.get("keyid"), event.get("signature"), content]
        before = bytes.fromhex(event["previoushash"])
        computed = fields(*place, str(moment // dt.timedelta(microseconds=1)), *by, *proof, before)
        agree(computed.hex() == event["hash"], f"{self.at}: hash")
        return event, fact


def ed25519(public: bytes, text: bytes, signature: bytes) -> bool:  # RFC 8032
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, p - 2, p)

    def add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        m, n = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
        s, t = 2 * a[3] * b[3] * d, 2 * a[2] * b[2]
        e, f, g, h = n - m, t - s, t + s, n + m
        return e * f % p, g * h % p, f * g % p, e * h % p

    def times(number: int, point: tuple[int, ...]) -> tuple[int, ...]:
        found: tuple[int, ...] = (0, 1, 1, 0)
        while number:
            found, point, number = add(found, point) if number & 1 else found, add(point, point), number >> 1
        return found

    def point(raw: bytes) -> tuple[int, ...]:
        odd, y = divmod(int.from_bytes(raw, "little"), 2**255)
        square = (y * y - 1) * pow(d * y * y + 1, p - 2, p) % p
        x = pow(square, (p + 3) // 8, p)
        x = x if x * x % p == square else x * pow(2, (p - 1) // 4, p) % p
        if y >= p or x * x % p != square or (odd and not x):
            raise ValueError("no point of the curve")
        x = x if x % 2 == odd else p - x
        return x, y, 1, x * y % p

    s, k = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + public + text).digest()
    base = point((4 * pow(5, p - 2, p) % p).to_bytes(32, "little"))
    a, b = times(s, base), add(point(signature[:32]), times(int.from_bytes(k, "little") % order, point(public)))
    same = (a[0] * b[2] - b[0] * a[2]) % p == 0 == (a[1] * b[2] - b[1] * a[2]) % p
    return same and s < order and len(signature) == 64


class Key(NamedTuple):
    """A key that the reader brings, with its validity where that is known."""

    name: str
    id: bytes
    algorithm: int
    public: bytes
    since: str = ""
    until: str = "~"
    why: str = ""


def read_keys(texts: Iterable[str]) -> list[Key]:  # keys, or files with keys or key lists
    keys: dict[str, Key] = {}
    for text in texts:
        for line in [text] if re.search(r"\+[0-9a-f]{8}\+", text) else open(text, encoding="utf-8").read().split("\n"):
            said = json.loads(line) if line[:1] == "{" else {"key": line}
            match = re.fullmatch(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", said["key"])
            raw = base64.b64decode(match[3]) if match else b""
            if match and sha(match[1].encode(), b"\n", raw)[:4].hex() == match[2] and raw[0] in {1, 4}:
                key = keys.get(line) or Key(match[1], bytes.fromhex(match[2]), raw[0], raw[1:])
                ...
    return [*keys.values()]
