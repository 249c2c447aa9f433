"""Is an audit pack true? This file answers alone, on Python 3.9 or newer; `audit-pack.md` says what it checks and why.

python verify.py PACK --key KEY …        ends 0 proven, 1 contradiction (and says where), 2 cannot judge
"""

# ruff: noqa: ANN401, B905, BLE001, D101, D102, D103, DTZ001, FURB162, PLR2004, PYI024, SIM905, T201, UP035
from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from collections import defaultdict, namedtuple
from functools import partial
from pathlib import Path
from typing import Any, Iterable, Iterator

MARK, FORMAT, ZONE = b"nennep-audit-pack sha256 ", ("nennep-audit-pack", 1), dt.timezone(dt.timedelta(hours=7))
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
NOTE = re.compile(rf"(\S+/(\S+))\n.*\n.*\nnumber (\d+)\npublished ({MOMENT})\n.*\nchains (\d+) (\S+)\nprevious .*\n")
ATTRIBUTES = """specversion id source type subject time datacontenttype occurred organisation sequence streamversion
    recorded actor declaredactor reason docnumber docissuer docdate docmedia doclength docsha256 corrects causation
    correlation known keyid signature previoushash hash""".split()
ALWAYS = {*ATTRIBUTES} - {*ATTRIBUTES[13:27], "time"}
CONTENT = "type subject occurred docnumber docissuer docdate docmedia doclength docsha256 reason corrects".split()
PLACE = ["id", *ATTRIBUTES[8:14], *ATTRIBUTES[22:27]]
PERSONAL = re.compile(r'(,"personal":\{X(,X)*\})?\}\}\n'.replace("X", r'"[0-9a-f-]{36}":"[A-Za-z0-9+/]+={0,2}"'))
TREE = ("territory-declared", "unit-founded", "unit-moved", "unit-merged", "unit-split", "unit-dissolved")
HELD, VISITED = ("meeting-held", "branch", ()), ("visit-completed", "unit", ("tier", "cadre", "organisation"))
FIGURES = {"meetings-held": HELD, "attendance": HELD, "visits": VISITED, "sittings-visited": VISITED}
SERVICES = {**dict.fromkeys(TREE, "membership"), HELD[0]: "meetings", VISITED[0]: "meetings"}
NOWHERE, UNSOUND = "00000000-0000-0000-0000-000000000000", "facts about units contradict each other"
spelled = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
Key = namedtuple("Key", "name id raw since until why", defaults=("", "~", ""))  # raw: an octet for the kind, the key
Fact = namedtuple("Fact", "kind organisation root id sequence day subject body")  # root: the first event's id


class CannotJudge(Exception): ...  # what is needed to judge is not there


def agree(holds: object, otherwise: str, error: type[Exception] = AssertionError) -> None:  # or it is a contradiction
    if not holds:
        raise error(otherwise)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def fields(*values: str | bytes | None) -> bytes:  # SHA-256 over fields, each behind its length
    raws = [value.encode() if isinstance(value, str) else value for value in values]
    return sha(b"\1", *(b"\xff" * 4 if raw is None else len(raw).to_bytes(4, "big") + raw for raw in raws))


def root(leaves: Iterable[bytes]) -> str:  # of their hash tree (RFC 6962), in base64
    level = [sha(b"\0", leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = (level[place : place + 2] for place in range(0, len(level), 2))
        level = [sha(b"\1", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return base64.b64encode(level[0] if level else sha()).decode()


def ed25519(public: bytes, text: bytes, signature: bytes) -> bool:  # RFC 8032, section 5.1.7
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        x, y, k = a[0] * b[1] + a[1] * b[0], a[1] * b[1] + a[0] * b[0], d * a[0] * b[0] % p * a[1] * b[1]
        return x * pow(1 + k, -1, p) % p, y * pow(1 - k, -1, p) % p

    def point(raw: bytes) -> tuple[int, int]:
        odd, y = divmod(int.from_bytes(raw, "little"), 2**255)
        square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        x = x if x * x % p == square else x * pow(2, (p - 1) // 4, p) % p
        agree(y < p and x * x % p == square and (x or not odd), "no point of the curve")
        return x if x % 2 == odd else p - x, y

    s, hashed = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + public + text).digest()
    k, (x, y), base = int.from_bytes(hashed, "little") % order, point(public), 4 * pow(5, -1, p) % p
    sums = [(0, 1), point(base.to_bytes(32, "little")), (p - x, y)]
    sums, total = [*sums, add(sums[1], sums[2])], sums[0]
    for bit in range(252, -1, -1):  # s times the base less k times the key
        total = add(add(total, total), sums[(s >> bit & 1) + 2 * (k >> bit & 1)])
    return len(signature) == 64 and s < order and total == point(signature[:32])


def keys_in(texts: Iterable[str], kind: int) -> list[Key]:  # each a key, or a file with a key or a list of keys a line
    keys: dict[str, Key] = {}
    files = (text if re.search(r"\+[0-9a-f]{8}\+", text) else Path(text).read_text(encoding="utf-8") for text in texts)
    for line in "\n".join(files).split():
        said = json.loads(line) if line[0] == "{" else {"key": line}
        name, id, raw = said["key"].split("+", 2)
        key = keys.get(said["key"]) or Key(name, id, base64.b64decode(raw))
        agree(sha(name.encode(), b"\n", key.raw)[:4].hex() == id, f"this is no key: {line}", CannotJudge)
        key = key._replace(until=said["until"], why=said["why"]) if "until" in said and not key.why else key
        keys[said["key"]] = key._replace(since=said.get("since", key.since))
    return [key for key in keys.values() if key.raw[0] == kind]


class Checkpoint:  # as it was signed, and beside it the ends of all chains; nothing of it is believed yet
    def __init__(self, at: str, checkpoint: str, chains: str) -> None:
        self.text, _, lines = (part + "\n" for part in checkpoint.rpartition("\n\n"))
        match, self.at = NOTE.fullmatch(self.text), at
        self.origin, self.service, number, self.published, many, listed = match.groups() if match else ("",) * 6
        self.number, self.signatures = int(number or 0), [line[2:].split(" ") for line in lines.split("\n") if line]
        rows = [line.split(" ") for line in chains.split("\n")[:-1]]
        self.ends = {name: (int(size), end) for name, size, end in rows}
        whole = root(f"{self.origin}/{name}\n{size}\n{end}\n".encode() for name, size, end in rows) == listed
        agree(match and whole and str(len(rows)) == many, f"{at}: no checkpoint, or not of these chains")

    def judge(self, keys: list[Key], witnesses: list[Key], needed: int) -> tuple[bool, str]:
        found: dict[Key, int] = {}  # who signed, and when, if that is said
        given = [*(key for key in keys if key.name == self.origin), *witnesses]
        for name, line in self.signatures:
            raw = base64.b64decode(line)
            for key in (key for key in given if (key.name, key.id) == (name, raw[:4].hex())):
                start = 12 if key.raw[0] == 4 else 4
                found[key] = int.from_bytes(raw[4:start], "big")
                text = f"cosignature/v1\ntime {found[key]}\n{self.text}" if start == 12 else self.text
                agree(ed25519(key.raw[1:], text.encode(), raw[start:]), f"{self.at}: the signature of {name} is wrong")
        signers, seen = ([key for key in found if key.raw[0] == kind] for kind in (1, 4))
        for key in signers:
            agree(key.since <= self.published < key.until, f"{self.at}: signed when the key did not count")
            if key.why in {"lost", "stolen"}:
                until = dt.datetime.fromisoformat(key.until.replace("Z", "+00:00")).timestamp()
                if len([key for key in seen if found[key] < until]) < max(needed, 1):
                    return False, f"{self.at}: the key may be in other hands, and no witness saw it before"
        words = f"{self.origin} number {self.number}: {'witnessed by' if seen else 'unwitnessed,'} {len(seen)}"
        return (len(seen) >= needed, words) if signers else (False, f"{self.at}: signed by no key that was given")


class Pack:  # the file, and what is learned from it
    at, whole = "the file's directory", True  # which place is read, and whether the file's own digest is right

    def open(self, path: str) -> None:
        self.hashes: dict[tuple[str, ...], list[bytes]] = {}
        self.heads, self.versions = defaultdict[str, dict[str, Any]](dict), defaultdict[str, list[Fact]](list)
        self.newer, self.cited, self.replaced = set[str](), set[tuple[str, ...]](), set[tuple[str, ...]]()
        self.raw = raw = Path(path).read_bytes()
        agree(raw[:4] + raw[30:43] == b"PK\3\4manifest.json" or raw[-89:-64] == MARK, "no audit pack", CannotJudge)
        self.whole = raw[-89:] == MARK + hashlib.sha256(memoryview(raw)[:-64]).hexdigest().encode()
        self.zip, self.at = zipfile.ZipFile(path), "manifest.json"
        self.manifest = self.canonical(self.at, self.zip.read(self.at))
        agree((self.manifest["format"], self.manifest["version"]) == FORMAT, "a newer format", CannotJudge)
        self.members, self.known = self.manifest["members"], self.manifest["known"]
        agree(self.zip.namelist() == ["manifest.json", *sorted(self.members)], "the file's directory: other members")
        self.texts = {name: b"".join(self.lines(name)) for name in self.members if name[:7] != "chains/"}

    def lines(self, name: str) -> Iterator[bytes]:  # of a member that must be what the manifest says
        self.at, info = name, self.zip.getinfo(name)
        packed = self.raw[(start := info.header_offset + 30 + len(name)) : start + info.compress_size]
        content = zlib.decompress(packed, -15) if info.compress_type else packed
        for number, line in enumerate(io.BytesIO(content), 1):
            self.at = f"{name} line {number}"
            yield line
        agree(self.members[name] == {"length": len(content), "sha256": sha(content).hex()}, f"{self.at}: not as it was")

    def canonical(self, name: str, raw: bytes) -> Any:
        value = json.loads(raw, parse_float=str, parse_constant=str)
        agree((spelled(value, sort_keys=True) + "\n").encode() == raw, f"{name}: another spelling")
        return value

    def read_chain(self, service: str, organisation: str) -> list[bytes]:
        hashes = self.hashes[service, organisation] = list[bytes]()
        before, since = fields(service, organisation).hex(), ""
        for line in self.lines(f"chains/{service}/{organisation}.jsonl"):
            self.at = at = f"{self.at} (organisation {organisation}, sequence {len(hashes) + 1})"
            head, _, tail = line.decode().partition(',"data":{"fact":')
            event, (fact, end) = json.loads(head + "}"), json.JSONDecoder().raw_decode(tail)
            rest, sealed = tail[end:], tail[end + 12 : -3].encode()
            must = {**event, "specversion": "1.0", "source": f"/{service}/{organisation}", "organisation": organisation}
            must.update(datacontenttype="application/json", sequence=str(len(hashes) + 1), previoushash=before)
            must["time"] = event["occurred"].upper() if len(event["occurred"]) > 10 else None
            must = {name: must[name] for name in ATTRIBUTES if name in ALWAYS or must.get(name) is not None}
            fits = spelled(must) == head + "}" and {*map(type, event.values()), type(fact)} == {str, dict}
            agree(fits and PERSONAL.fullmatch(rest), f"{at}: the attributes, or their spelling")
            agree(event["type"].split(".")[2] == service, f"{at}: type")
            agree(re.fullmatch(MOMENT, event["recorded"]) and event["recorded"] >= since, f"{at}: recorded")
            moment = dt.datetime.fromisoformat(event["recorded"][:-1]) - dt.datetime(1970, 1, 1)
            content = fields(*map(event.get, CONTENT), sha(tail[:end].encode()), sha(sealed) if sealed else None)
            said = {"known": "", **event, "recorded": str(moment // dt.timedelta(microseconds=1))}
            hashes.append(fields(*map(said.get, PLACE), content, bytes.fromhex(before)))
            agree(hashes[-1].hex() == event["hash"], f"{at}: hash")
            before, since = event["hash"], event["recorded"]
            self.cited |= {tuple(each.split("=")[0].split("/")) for each in event.get("known", "").split(",") if each}
            if since <= self.known:
                self.heads[service][organisation] = {"sequence": len(hashes), "hash": before}
                self.take(event, fact)
        return hashes

    def take(self, event: dict[str, str], body: Any) -> None:  # what it says, and what it replaces
        name, organisation, root = event["type"], event["organisation"], event["id"]
        if name.split(".")[3] in {"fact-corrected", "fact-voided"}:
            (organisation, root, old), name, body = event["corrects"].split("/"), body["type"], body.get("fact")
            self.replaced.add((name.split(".")[3], organisation, root, old))
        _, _, service, kind, version = name.split(".")
        if service == SERVICES.get(kind):
            self.newer |= {kind} if version != "v1" else set()
            if body is not None:
                day = re.sub(r"\.[0-9]+", "", event["occurred"].upper()).replace("Z", "+00:00")
                day = day if len(day) == 10 else str(dt.datetime.fromisoformat(day).astimezone(ZONE).date())
                what = (int(event["sequence"]), body.get("effective", day), event["subject"], body)
                self.versions[kind].append(Fact(kind, organisation, root, event["id"], *what))

    def standing(self, *kinds: str) -> list[Fact]:  # in the order of the fold
        versions = [fact for kind in kinds for fact in self.versions[kind]]
        places = {fact[:3]: (fact.organisation, fact.sequence) for fact in versions if fact.id == fact.root}
        facts = [fact for fact in versions if fact[:4] not in self.replaced]
        complete = not self.newer & {*kinds} and all(fact[:3] in places for fact in facts)
        agree(complete, "facts of a newer version, or whose root is not in the pack", CannotJudge)
        return sorted(facts, key=lambda fact: (fact.day, places[fact[:3]]))


def shared(ways: list[tuple[str, ...]]) -> tuple[str, ...]:  # what stands in all of them
    return tuple(each for each in ways[0] if all(each in way for way in ways)) if ways else ()


class Tree:  # of units and places, as section 8 has it
    def __init__(self, facts: list[Fact]) -> None:
        self.founding, self.end = dict[str, Fact](), dict[str, tuple[str, list[str]]]()  # its day, and what goes on
        self.said = defaultdict[str, list[tuple[str, Any, Any]]](list)
        self.gained = defaultdict[str, list[tuple[str, str]]](list)  # what it took over, and when
        self.found: dict[tuple[str, str], tuple[str, ...]] = {}
        for fact in facts:
            day, unit, body = fact.day, fact.subject, fact.body
            said = [(side["child"], side["part"], None) for side in body.get("sides", ())]
            if fact.kind == "unit-moved" or ("title" in body and self.founding.setdefault(unit, fact) is fact):
                said.append((unit, body.get("parent"), body.get("territory")))
            merged = {*body.get("sources", ())} - {unit}
            end = (day, [unit] if merged else [*dict.fromkeys(body.get("parts", ()))])
            for each in merged or {unit}:
                if merged or body.get("whole") or fact.kind == "unit-dissolved":
                    self.end.setdefault(each, end)
                for into in {*end[1]} - {each} if self.end.get(each, end) is end else ():
                    self.gained[into].append((each, day))
            for each, parent, territory in (one for one in said if one[0] not in self.end):
                self.said[each].append((day, parent, territory))
        self.is_place = {unit: fact.kind == "territory-declared" for unit, fact in self.founding.items()}.get

    def stated(self, unit: str, day: str) -> list[tuple[str, Any, Any]]:  # newest first
        return [each for each in reversed(self.said[unit]) if each[0] <= day] or self.said[unit][:1]

    def upto(self, unit: str, day: str, path: tuple[str, ...] = ()) -> tuple[str, ...]:  # the unit, and all above it
        sound = unit not in path and (unit in self.founding or not (self.said.get(unit) or unit in self.end))
        agree(sound, UNSOUND, CannotJudge)
        if unit not in self.founding or (unit, day) in self.found:
            return self.found.get((unit, day), ())
        (ended, onto), dimension, path = self.end.get(unit, ("~", [])), self.is_place(unit), (*path, unit)
        if ended <= day and {*map(self.is_place, onto)} == {dimension}:
            return self.found.setdefault((unit, day), shared([self.upto(each, day, path) for each in onto]))
        parents = [each for _, each, _ in self.stated(unit, day) if self.is_place(each) in {None, dimension}]
        alive = (unit,) * (self.founding[unit].day <= day < ended)
        return self.found.setdefault((unit, day), alive + (self.upto(parents[0], day, path) if parents else ()))

    def ground(self, line: tuple[str, ...], day: str) -> tuple[str, ...]:  # where these work
        named = (each for one in line for _, parent, place in self.stated(one, day) for each in (place, parent))
        return self.upto(next(filter(self.is_place, named), ""), day)

    def carried(self, unit: str, day: str, seen: str, *, ground: bool) -> tuple[str, ...]:  # above all it came out of
        ways, ahead = [], [(unit, seen)]
        for each, by in ahead:  # which grows
            new = [(source, on) for source, on in self.gained.get(each, ()) if day < on <= by]
            agree({self.is_place(source) for source, _ in new} <= {self.is_place(each)}, UNSOUND, CannotJudge)
            founding = self.founding.get(each)
            if not founding or founding.day <= day:
                way = self.upto(each, day)
                ways.append(self.ground(way, day) if ground and not self.is_place(each) else way)
            elif all(on > founding.day for _, on in new):
                named = [founding.body.get(name) for name in ("territory", "parent")]
                named = [one for one in named if one and (ground or not self.is_place(one))]
                new.append((max(named, key=lambda one: bool(self.is_place(one)), default=""), founding.day))
            ahead += [one for one in new if one not in ahead]
        return shared(ways)

    def above(self, unit: str, day: str, seen: str) -> set[str]:  # where it counts: its line, its places, or nowhere
        if unit not in self.founding or max(day, seen) < self.founding[unit].day:
            return {NOWHERE}
        places = self.carried(unit, day, seen, ground=True)
        line = places if self.is_place(unit) else self.carried(unit, day, seen, ground=False)
        return {*(line or [NOWHERE]), *(places or self.ground(line, day))}


def recomputed(pack: Pack, tree: Tree, name: str, asked: dict[str, Any]) -> dict[str, Any]:  # section 9
    kind, field, more = FIGURES.get(name, ("", "", ()))
    by, behind, rows = [*dict.fromkeys(asked["by"])], set(), []
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {} if by else {(): []}
    agree(kind and {*by} <= {"month", "unit", *more}, "this verifier does not know the figure, or a key", CannotJudge)
    for fact in (each for each in pack.standing(kind) if each.body.get("kind", "regular") == "regular"):
        values = {**fact.body, "month": fact.day[:7], "unit": fact.body[field], "organisation": fact.organisation}
        above = tree.above(values["unit"], asked["tree"] or fact.day, fact.day)
        if asked["start"] <= fact.day < asked["end"] and asked["unit"] in above:
            groups.setdefault(tuple(values[key] for key in by), []).append(values)
            behind.add(f"{fact.organisation}/{fact.root}\n")
    for keys, facts in sorted(groups.items()):
        numerator, denominator = len(facts), None
        if name == "attendance" and facts:
            numerator, denominator = (sum(each["roll"][part] for each in facts) for part in ("present", "expected"))
        elif name == "sittings-visited":
            numerator = len({spelled(each["meeting"], sort_keys=True) for each in facts})
        rows.append({"keys": dict(zip(by, keys)), "numerator": numerator, "denominator": denominator})
    return {"rows": rows, "events": {"count": len(behind), "digest": sha("".join(sorted(behind)).encode()).hex()}}


def check_report(pack: Pack) -> list[str]:  # section 7; what of it was not recomputed
    pack.at, tree = "report.json", None
    report = pack.canonical(pack.at, pack.texts[pack.at])
    asked, output, left = report["inputs"]["asked"], report["output"], list[str]()
    digests = [sha(spelled(report[part], sort_keys=True).encode()).hex() for part in ("inputs", "output")]
    agree([report["input_digest"], report["output_digest"]] == digests, "report.json: digests")
    basis = (asked["known"], report["inputs"]["heads"], [figure["figure"] for figure in output["figures"]])
    agree(basis == (pack.known, pack.heads, asked["figures"]), "report.json: known, heads or figures")
    for figure in output["figures"]:
        try:
            tree = tree or Tree(pack.standing(*TREE))
            found = recomputed(pack, tree, figure["figure"], asked)
            said, comes = (spelled({part: each[part] for part in found}, sort_keys=True) for each in (figure, found))
            agree(said == comes, f"report.json: {figure['figure']} says {said:.200} and comes to {comes:.200}")
        except CannotJudge as error:
            left.append(f"{figure['figure']} ({error})")
    return left + ["proposals"] * bool(output["proposals"])


def compare(pack: Pack, logs: dict[str, Checkpoint], options: argparse.Namespace, doubts: list[str]) -> None:
    points, good = list[tuple[str, str, int, bool]](), defaultdict[tuple[str, str], int](int)
    for path in options.seen:
        kept = Checkpoint(path, **json.loads(Path(path).read_text(encoding="utf-8")))
        if kept.number > max((log.number for log in logs.values() if log.origin == kept.origin), default=0):
            doubts.append(f"{path}: of another log, or later than the pack")
            continue
        for organisation, (size, end) in kept.ends.items():
            if hashes := pack.hashes.get((kept.service, organisation)):
                points.append((kept.service, organisation, size, root(hashes[:size]) == end))
    for service, organisation, number, digest in (receipt.split("/") for receipt in options.receipt):
        hashes, size = pack.hashes.get((service, organisation), []), int(number)
        if 0 < size <= len(hashes):
            points.append((service, organisation, size, hashes[size - 1].hex() == digest))
        else:
            doubts.append(f"{service}/{organisation}/{number}: not in the pack")
    for service, organisation, size, holds in sorted(points):
        where = f"{service}, organisation {organisation}: changed after sequence {good[service, organisation]}"
        agree(holds, f"this is not the history that was kept: {where}, and not after {size}")
        good[service, organisation] = size


def examine(pack: Pack, options: argparse.Namespace) -> tuple[list[str], list[str]]:  # what is said, what is in doubt
    pack.open(options.pack)
    logs: dict[str, Checkpoint] = {}
    for service in (name[12:-5] for name in pack.texts if name.endswith(".note")):
        texts = (pack.texts[f"checkpoints/{service}.{each}"].decode() for each in ("note", "chains"))
        logs[service] = log = Checkpoint(f"checkpoints/{service}.note", *texts)
        agree(log.service == service and log.published >= pack.known, f"{log.at}: not of this service, or too old")
    for _, service, organisation in (name[:-6].split("/") for name in pack.members if name[:7] == "chains/"):
        hashes, signed = pack.read_chain(service, organisation), logs[service].ends[organisation]
        agree((len(hashes), root(hashes)) == signed, f"{pack.at}, the last: but {signed[0]} other events were signed")
    wanted = {(service, organisation) for service in logs for organisation in pack.manifest["organisations"]}
    for service, organisation in sorted((wanted | pack.cited) - {*pack.hashes}):
        agree(service not in logs or organisation not in logs[service].ends, f"{service}: no chain of {organisation}")
    agree(pack.whole and pack.hashes, "the file, between its members: not as it was made")
    said, doubts, pack.at = list[str](), list[str](), "what was given"
    keys, witnesses = keys_in(options.key, 1), keys_in(options.witness, 4)
    compare(pack, logs, options, doubts)
    for service, log in logs.items():
        pack.at = log.at
        good, words = log.judge(keys, witnesses, options.needed)
        said.append(f"{service}: {sum((service, each) in pack.hashes for each in log.ends)} of {len(log.ends)} chains")
        (said if good else doubts).append(words)
    left = [f"not recomputed: {each}" for each in (check_report(pack) if "report.json" in pack.texts else ())]
    return (said + left, doubts) if options.only_evidence else (said, doubts + left)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack")
    for name, what in (("key", "a log's"), ("witness", "a witness's key"), ("seen", "a file"), ("receipt", "as kept")):
        parser.add_argument(f"--{name}", action="append", default=[], help=what)
    parser.add_argument("--needed", type=int, default=0, help="how many witnesses must have cosigned")
    parser.add_argument("--only-evidence", action="store_true", help="what is not recomputed does not matter")
    options, pack = parser.parse_args(arguments), Pack()
    try:
        said, doubts = examine(pack, options)
        code = 2 if doubts else 0
    except Exception as error:
        unknown, said = not isinstance(error, (AssertionError, CannotJudge, OSError)), []
        doubts = [f"{pack.at}: cannot be read ({type(error).__name__})" if unknown else str(error)]
        judged = isinstance(error, AssertionError) or (unknown and pack.at != "what was given")
        code = 1 if judged or not pack.whole else 2
    verdict = ("đã chứng minh · proven", "mâu thuẫn · contradiction", "không kết luận được · cannot judge")[code]
    print("\n".join([*said, *(f"{verdict}: {each}" for each in doubts or [options.pack])]))
    return code


if __name__ == "__main__":
    sys.exit(main())
