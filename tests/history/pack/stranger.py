"""Does a stranger come to the same judgement? A second verifier, written from `docs/formats/audit-pack.md` alone."""
# ruff: noqa: EM102, TRY003 — what is wrong is said where it is found

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
import zlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASHED = ("id", "organisation", "sequence", "streamversion", "recorded", "actor", "declaredactor", "causation")
PROOF = ("correlation", "known", "keyid", "signature")
DOCUMENT = ("docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256")
SAID = ("type", "subject", "occurred", *DOCUMENT, "reason", "corrects")
TABLE = (
    *("specversion", "id", "source", "type", "subject", "time?", "datacontenttype", "occurred", "organisation"),
    *(
        "sequence",
        "streamversion",
        "recorded",
        "actor",
        "declaredactor?",
        "reason?",
        *(f"{name}?" for name in DOCUMENT),
    ),
    *("corrects?", "causation?", "correlation?", "known?", "keyid?", "signature?", "previoushash", "hash"),
)
PLAIN_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
NOBODY = "00000000-0000-0000-0000-000000000000"


class Wrong(Exception):
    """A contradiction."""


class Unsure(Exception):
    """Cannot judge."""


def demand(what: str, *, holds: bool) -> None:
    """Stop at the first thing that does not hold."""
    if not holds:
        raise Wrong(what)


def sha(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


# ── Section 3: one spelling of JSON ──────────────────────────────────────────────────────────────────────────────────


def text_of(value: Any) -> str:
    """Canonical JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return '"' + "".join(map(_escaped, value)) + '"'
        case list():
            return "[" + ",".join(map(text_of, value)) + "]"
        case dict():
            return "{" + ",".join(f"{text_of(name)}:{text_of(value[name])}" for name in sorted(value)) + "}"
        case _:
            raise Wrong("no whole number")


def _escaped(character: str) -> str:
    if character in PLAIN_ESCAPES:
        return PLAIN_ESCAPES[character]
    return f"\\u{ord(character):04x}" if character < " " else character


def value_of(where: str, octets: bytes) -> Any:
    """The value of a member in canonical JSON."""
    value = json.loads(octets.decode("utf-8"))
    demand(where, holds=octets == text_of(value).encode() + b"\n")
    return value


# ── Section 4: chains ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Event:
    """One line."""

    attributes: Mapping[str, str]
    fact: Mapping[str, Any]
    hash: bytes


def listed(*fields: str | bytes | None) -> bytes:
    out = bytearray(b"\x01")
    for value in fields:
        octets = value.encode() if isinstance(value, str) else value
        out += b"\xff\xff\xff\xff" if octets is None else len(octets).to_bytes(4, "big") + octets
    return bytes(out)


def read_line(line: bytes, service: str, organisation: str, number: int, before: Event | None) -> Event:
    """An event that follows another. Wrong, Unsure, or whatever reading raises."""
    demand("line feed", holds=line.endswith(b"\n") and line.count(b"\n") == 1)
    text = line[:-1].decode("utf-8")
    begin = text.index(',"data":{"fact":')
    attributes, end = _strings(text, begin)
    start = begin + len(',"data":{"fact":')
    fact, size = json.JSONDecoder().raw_decode(text[start:])
    personal = _personal(text[start + size :])
    rest = text[start + size :] if personal is None else text[start + size + len(',"personal":' + personal) :]
    demand("the end", holds=end == begin and rest == "}}" and isinstance(fact, dict))
    wanted = [name.rstrip("?") for name in TABLE if not name.endswith("?") or name.rstrip("?") in attributes]
    demand("attributes", holds=list(attributes) == wanted)
    occurred, recorded = attributes["occurred"], attributes["recorded"]
    moment = datetime.strptime(recorded, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    demand("recorded", holds=moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27) == recorded)
    demand("recorded before", holds=before is None or before.attributes["recorded"] <= recorded)
    previous = sha(listed(service, organisation)) if before is None else before.hash
    for name, value in {
        "specversion": "1.0",
        "source": f"/{service}/{organisation}",
        "datacontenttype": "application/json",
        "organisation": organisation,
        "sequence": str(number),
        "previoushash": previous.hex(),
    }.items():
        demand(name, holds=attributes[name] == value)
    demand("type", holds=attributes["type"].split(".")[2] == service)
    demand("time", holds=attributes.get("time") == (None if len(occurred) == 10 else occurred.upper()))
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    hashed = {"known": "", **attributes, "recorded": str(micros)}
    digests = sha(text[start : start + size].encode()), None if personal is None else sha(personal.encode())
    said = sha(listed(*(attributes.get(name) for name in SAID), *digests))
    found = sha(listed(*(hashed.get(name) for name in (*HASHED, *PROOF)), said, previous))
    demand("hash", holds=found.hex() == attributes["hash"])
    return Event(attributes, fact, found)


def _personal(rest: str) -> str | None:
    """The encrypted part behind a fact, as its bytes stand there; none: there is none."""
    lead = ',"personal":'
    if not rest.startswith(lead):
        return None
    value, end = json.JSONDecoder().raw_decode(rest, len(lead))
    demand("personal", holds=isinstance(value, dict) and bool(value))
    pairs = json.loads(rest[len(lead) : end], object_pairs_hook=list)
    for person, sealed in pairs:
        demand("person", holds=len(person) == 36 and set(person) <= set("0123456789abcdef-"))
        stem = sealed.rstrip("=")
        demand(
            "sealed",
            holds=bool(stem) and len(sealed) - len(stem) <= 2 and stem.replace("+", "0").replace("/", "0").isalnum(),
        )
    demand("spelling of personal", holds=json.dumps(dict(pairs), separators=(",", ":")) == rest[len(lead) : end])
    return rest[len(lead) : end]


def _strings(text: str, upto: int) -> tuple[dict[str, str], int]:
    """The attributes, read one by one in their one spelling, and where they end."""
    found: dict[str, str] = {}
    at, decoder = 1, json.JSONDecoder()
    demand("{", holds=text[0] == "{")
    while at < upto:
        name, middle = decoder.raw_decode(text, at)
        value, end = decoder.raw_decode(text, middle + 1)
        demand("a string", holds=isinstance(name, str) and isinstance(value, str) and name not in found)
        demand("spelling", holds=text[at:end] == f"{text_of(name)}:{text_of(value)}")
        found[name] = value
        if end == upto:
            return found, end
        demand("comma", holds=text[end] == ",")
        at = end + 1
    return found, at


# ── Section 5: checkpoints ───────────────────────────────────────────────────────────────────────────────────────────


def tree(leaves: Sequence[bytes]) -> bytes:
    """As RFC 6962 defines it, from above."""
    if len(leaves) < 2:
        return sha(b"\x00" + leaves[0]) if leaves else sha(b"")
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha(b"\x01" + tree(leaves[:half]) + tree(leaves[half:]))


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


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


# ── Section 6: what stands ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Fact:
    """A standing fact."""

    kind: str
    organisation: str
    root: str
    sequence: int
    subject: str
    day: str
    body: Mapping[str, Any]


class Said:
    """All that was said by the moment, by service and kind."""

    def __init__(self, events: Iterable[Event]) -> None:
        versions, replaced = [], set()
        self.roots: dict[tuple[str, str, str, str], int] = {}
        self.others: set[tuple[str, str]] = set()
        for event in events:
            service, kind, version = self._name(event.attributes["type"])
            if kind not in ("fact-corrected", "fact-voided"):
                root = (service, kind, event.attributes["organisation"], event.attributes["id"])
                self.roots[root] = int(event.attributes["sequence"])
                versions.append((root, event, event.fact))
            else:
                service, about, version = self._name(event.fact["type"])
                organisation, first, last = event.attributes["corrects"].split("/")
                root = (service, about, organisation, first)
                replaced.add((root, last))
                if kind == "fact-corrected":
                    versions.append((root, event, event.fact["fact"]))
                kind = about
            if version != "v1":
                self.others.add((service, kind))
        self.standing = [v for v in versions if (v[0], v[1].attributes["id"]) not in replaced]

    @staticmethod
    def _name(name: str) -> tuple[str, str, str]:
        _, _, service, kind, version = name.split(".")
        return service, kind, version

    def facts(self, service: str, *kinds: str) -> list[Fact]:
        """In the order of their places. Unsure: what is needed is newer, or has no root."""
        found = []
        for root, event, body in self.standing:
            if root[0] == service and root[1] in kinds:
                if root not in self.roots:
                    raise Unsure("no root")
                day = body.get("effective") or local_day(event.attributes["occurred"])
                found.append(Fact(root[1], root[2], root[3], self.roots[root], event.attributes["subject"], day, body))
        if any((service, kind) in self.others for kind in kinds):
            raise Unsure("newer")
        return sorted(found, key=lambda fact: (fact.day, fact.organisation, fact.sequence))


def local_day(occurred: str) -> str:
    if len(occurred) == 10:
        return occurred
    clock, rest = occurred[:19], occurred[19:].lstrip(".0123456789").upper()
    hours, minutes = (0, 0) if rest == "Z" else map(int, rest[1:].split(":"))
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if rest.startswith("-") else 1)
    moment = datetime.fromisoformat(clock).replace(tzinfo=timezone(offset))
    return moment.astimezone(timezone(timedelta(hours=7))).strftime("%Y-%m-%d")


# ── Section 8: units ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Unit:
    """What is known of one unit."""

    founding: Fact | None = None
    end: Fact | None = None
    said: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    @property
    def place(self) -> bool:
        return self.founding is not None and self.founding.kind == "territory-declared"

    def ended(self, day: str) -> bool:
        return self.end is not None and self.end.day <= day

    def newest(self, day: str) -> list[tuple[str, str | None, str | None]]:
        upto = bisect_left([since > day for since, _, _ in self.said], x=True)
        return self.said[:upto][::-1] if upto else self.said[:1]


class Country:
    """Every unit and place."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self.units: dict[str, Unit] = defaultdict(Unit)
        for fact in facts:
            for each in (fact.subject, *(side["child"] for side in fact.body.get("sides", []))):
                self.units[each].said = []
            if fact.kind in ("unit-founded", "territory-declared") and self.units[fact.subject].founding is None:
                self.units[fact.subject].founding = fact
            for each in self._ended(fact):
                self.units[each].end = self.units[each].end or fact
        for name, unit in self.units.items():
            before = facts if unit.end is None else facts[: facts.index(unit.end)]
            unit.said = [each for fact in before for each in self._stated(name, unit, fact)]

    @staticmethod
    def _ended(fact: Fact) -> list[str]:
        match fact.kind, fact.body:
            case ("unit-dissolved", _) | ("unit-split", {"whole": True}):
                return [fact.subject]
            case "unit-merged", {"sources": sources}:
                return [each for each in sources if each != fact.subject]
            case _:
                return []

    @staticmethod
    def _stated(name: str, unit: Unit, fact: Fact) -> Iterator[tuple[str, str | None, str | None]]:
        if fact.kind == "unit-split":
            yield from ((fact.day, side["part"], None) for side in fact.body.get("sides", []) if side["child"] == name)
        elif fact.subject == name and (fact is unit.founding or fact.kind == "unit-moved"):
            yield fact.day, fact.body.get("parent"), fact.body.get("territory")

    def upto(self, name: str | None, day: str, asking: frozenset[str] = frozenset()) -> list[str]:
        if name is None or name not in self.units:
            return []
        nothing_said = self.units[name].end is None and not self.units[name].said
        if self.units[name].founding is None and nothing_said:
            return []
        if name in asking or self.units[name].founding is None:
            raise Unsure("units contradict each other")
        unit, asking = self.units[name], asking | {name}
        if unit.ended(day) and (onto := self._onto(unit)):
            ways = [self.upto(each, day, asking) for each in onto]
            if len(ways) == 1:
                return ways[0]
            shared = [each for each in ways[0] if all(each in way for way in ways[1:])]
            return self.upto(shared[0], day, asking) if shared else []
        own = [name] if unit.founding is not None and unit.founding.day <= day and not unit.ended(day) else []
        for _, parent, _ in unit.newest(day):
            above = self.units.get(parent or "")
            if above is None or above.founding is None or above.place == unit.place:
                return own + self.upto(parent, day, asking)
        return own

    def _onto(self, unit: Unit) -> list[str]:
        if unit.end is None or unit.end.kind == "unit-dissolved":
            return []
        merged = unit.end.kind == "unit-merged"
        names = [unit.end.subject] if merged else list(dict.fromkeys(unit.end.body["parts"]))
        others = [self.units.get(name) for name in names]
        fit = all(other is not None and other.founding is not None and other.place == unit.place for other in others)
        return names if fit else []

    def above(self, name: str, day: str, seen: str) -> list[str]:
        """Where it counts; NOBODY among it where that is nowhere."""
        unit = self.units.get(name)
        if unit is None or unit.founding is None or max(day, seen) < unit.founding.day:
            return [NOBODY]
        over = []
        for origin in self._origins(name, day, seen, ground=True):
            chain = self.upto(origin, day)
            placed = origin in self.units and self.units[origin].place
            over.append(chain if placed else self.upto(self._ground(chain, day), day))
        places = _in_all(over)
        if unit.place:
            return places or [NOBODY]
        line = _in_all([self.upto(origin, day) for origin in self._origins(name, day, seen, ground=False)])
        return (line or [NOBODY]) + (places or self.upto(self._ground(line, day), day))

    def _gains(self, name: str) -> Iterator[tuple[str, str]]:
        """What it took over, and when."""
        for fact in self.facts:
            if fact.kind == "unit-merged" and fact.subject == name:
                ended = [each for each in fact.body["sources"] if self.units[each].end is fact]
                yield from ((each, fact.day) for each in ended)
            elif fact.kind == "unit-split" and name in fact.body["parts"] and name != fact.subject:
                end = self.units[fact.subject].end
                beside = not fact.body["whole"] and (end is None or self.facts.index(fact) < self.facts.index(end))
                if end is fact or beside:
                    yield fact.subject, fact.day

    def _place(self, name: str) -> bool | None:
        known = name in self.units and self.units[name].founding is not None
        return self.units[name].place if known else None

    def _origins(self, name: str, day: str, seen: str, *, ground: bool) -> set[str]:
        found, met, ahead = set[str](), set[tuple[str, str]](), [(name, seen)]
        while ahead:
            name, seen = each = ahead.pop()
            if each in met:
                continue
            met.add(each)
            gains = [(source, on) for source, on in self._gains(name) if day < on <= seen]
            if any(self._place(source) is not self._place(name) for source, _ in gains):
                raise Unsure("units contradict each other")
            ahead += gains
            founding = self.units[name].founding if name in self.units else None
            if founding is None or founding.day <= day:
                found.add(name)
            elif not any(on <= founding.day for _, on in gains):
                named = [one for one in (founding.body.get("territory"), founding.body.get("parent")) if one]
                places = [one for one in named if self._place(one)] if ground else []
                others = [one for one in named if not self._place(one)]
                ahead.append(((places or others or [""])[0], founding.day))
        return found

    def _ground(self, line: Iterable[str], day: str) -> str | None:
        for each in line:
            for _, parent, territory in self.units[each].newest(day):
                for named in (territory, parent):
                    if named in self.units and self.units[named].place:
                        return named
        return None


def _in_all(chains: Sequence[Sequence[str]]) -> list[str]:
    return [each for each in chains[0] if all(each in chain for chain in chains)] if chains else []


# ── Section 9: figures ───────────────────────────────────────────────────────────────────────────────────────────────

Item = tuple[Fact, str, Mapping[str, str]]


def _meetings(said: Said) -> Iterator[Item]:
    for fact in said.facts("meetings", "meeting-held"):
        if fact.body["kind"] == "regular":
            yield fact, fact.body["branch"], {}


def _visits(said: Said) -> Iterator[Item]:
    for fact in said.facts("meetings", "visit-completed"):
        keys = {"tier": fact.body["tier"], "cadre": fact.body["cadre"], "organisation": fact.organisation}
        yield fact, fact.body["unit"], keys


Numbers = Callable[[Sequence[Fact]], tuple[int, int | None]]


def _how_many(facts: Sequence[Fact]) -> tuple[int, int | None]:
    return len(facts), None


def _present(facts: Sequence[Fact]) -> tuple[int, int | None]:
    rolls = Counter[str]()
    for fact in facts:
        rolls.update({"present": fact.body["roll"]["present"], "expected": fact.body["roll"]["expected"]})
    return rolls["present"], rolls["expected"] if facts else None


def _sittings(facts: Sequence[Fact]) -> tuple[int, int | None]:
    return len({(fact.body["meeting"]["organisation"], fact.body["meeting"]["meeting"]) for fact in facts}), None


FIGURES: Mapping[str, tuple[Callable[[Said], Iterator[Item]], Numbers, tuple[str, ...]]] = {
    "meetings-held": (_meetings, _how_many, ()),
    "attendance": (_meetings, _present, ()),
    "visits": (_visits, _how_many, ("tier", "cadre", "organisation")),
    "sittings-visited": (_visits, _sittings, ("tier", "cadre", "organisation")),
}


def recounted(said: Said, country: Country, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and events of a figure."""
    if name not in FIGURES:
        raise Unsure(name)
    items, numbers, more = FIGURES[name]
    by = list(dict.fromkeys(asked["by"]))
    if any(key not in ("month", "unit", *more) for key in by):
        raise Unsure("key")
    counted = []
    for fact, unit, keys in items(said):
        above = country.above(unit, asked["tree"] or fact.day, fact.day)
        if asked["start"] <= fact.day < asked["end"] and asked["unit"] in above:
            values = {"month": fact.day[:7], "unit": unit, **keys}
            counted.append(([values[key] for key in by], fact))
    counted.sort(key=lambda each: each[0])
    groups = [(keys, [fact for _, fact in group]) for keys, group in groupby(counted, key=lambda each: each[0])]
    rows = []
    for values, facts in groups if by or groups else [([], [])]:
        numerator, denominator = numbers(facts)
        keys = dict(zip(by, values, strict=True))
        rows.append({"keys": keys, "numerator": numerator, "denominator": denominator})
    behind = sorted({f"{fact.organisation}/{fact.root}\n" for _, fact in counted})
    return {"rows": rows, "events": {"count": len(behind), "digest": sha("".join(behind).encode()).hex()}}


# ── Sections 1, 2, 5, 7: the whole ───────────────────────────────────────────────────────────────────────────────────


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
