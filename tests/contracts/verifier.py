"""Does a stranger come to the same hashes? A verifier written from `docs/formats/hash.md` alone, nothing of ours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

DOCUMENT = ("docnumber", "docissuer", "docdate")
SCAN = ("docmedia", "doclength", "docsha256")
ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NUMBER = "0|[1-9][0-9]*"
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
FORMS = {
    **dict.fromkeys(("id", "subject", "organisation", "causation", "correlation"), ID),
    **dict.fromkeys(("sequence", "streamversion", "doclength"), NUMBER),
    **dict.fromkeys(("hash", "previoushash", "docsha256"), "[0-9a-f]{64}"),
    "docdate": DAY,
    "corrects": f"{ID}/{ID}/{ID}",
    "recorded": rf"{DAY}T{CLOCK}\.[0-9]{{6}}Z",
    "occurred": rf"{DAY}([Tt]{CLOCK}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}}))?",
}


class Wrong(Exception):
    """The line proves nothing, or the contrary; the attribute that says so."""


def require(name: str, *, holds: bool) -> None:
    """Stop at the first attribute that does not fit."""
    if not holds:
        raise Wrong(name)


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each value as the text that stands there."""
    found: dict[str, str] = {}
    at = _skip(text, text.index("{") + 1)
    while text[at] == '"':
        key, at = json.JSONDecoder().raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, at = json.JSONDecoder().raw_decode(text, start)
        require(key, holds=key not in found)
        found[key] = text[start:at]
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at
    require(text[at:], holds=text[at:].strip(" \t\r\n") == "}")
    return found


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def layout(*fields: str | bytes | None) -> bytes:
    """Section 2."""
    parts = [b"\x01"]
    for field in fields:
        octets = field.encode() if isinstance(field, str) else field
        parts.append(b"\xff" * 4 if octets is None else len(octets).to_bytes(4, "big") + octets)
    return b"".join(parts)


def sha(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def genesis(service: str, organisation: str) -> bytes:
    """Section 6."""
    return sha(layout(service, organisation))


class Line:
    """One exported event: its attributes, the bytes of its fact, and what is computed from them."""

    def __init__(self, text: str) -> None:
        raw = members(text)
        data = members(raw.pop("data"))
        self.personal = data["personal"].encode() if "personal" in data else None
        self.fact = data["fact"].encode()
        self.attributes: dict[str, Any] = {key: json.loads(value) for key, value in raw.items()}

    def content(self) -> bytes:
        """Section 4, the bytes under the content digest."""
        get = self.attributes.get
        head = (get("type"), get("subject"), get("occurred"), *map(get, DOCUMENT), *map(get, SCAN))
        return layout(
            *head, get("reason"), get("corrects"), sha(self.fact), None if self.personal is None else sha(self.personal)
        )

    def event(self) -> bytes:
        """Section 5, the bytes under the hash."""
        get = self.attributes.get
        moment = datetime.strptime(get("recorded") or "", "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        who = (get("actor"), get("declaredactor"), get("causation"), get("correlation"))
        where = (get("id"), get("organisation"), get("sequence"), get("streamversion"), str(micros))
        proof = (get("known", ""), get("keyid"), get("signature"), sha(self.content()))
        return layout(*where, *who, *proof, bytes.fromhex(get("previoushash") or ""))

    def check(self) -> None:
        """Sections 3 and 7, and the hash."""
        attributes = self.attributes
        for name, form in FORMS.items():
            require(name, holds=name not in attributes or re.fullmatch(form, attributes[name]) is not None)
        occurred, service = attributes["occurred"], attributes["type"].split(".")[2]
        same = {
            "specversion": "1.0",
            "datacontenttype": "application/json",
            "source": f"/{service}/{attributes['organisation']}",
            "time": occurred.upper() if "T" in occurred.upper() else None,
        }
        for name, value in same.items():
            require(name, holds=attributes.get(name) == value)
        there = attributes.keys()
        require("docnumber", holds=there.isdisjoint((*DOCUMENT, *SCAN)) or there >= set(DOCUMENT))
        require("hash", holds=sha(self.event()).hex() == attributes["hash"])


def verify(lines: Iterable[str], service: str, organisation: str) -> tuple[int, str]:
    """Section 8: the head that the lines lead to. Raises Wrong at the first line that does not fit."""
    sequence, previous, recorded = 0, genesis(service, organisation).hex(), ""
    for line in map(Line, lines):
        line.check()
        at = line.attributes
        require("organisation", holds=(at["type"].split(".")[2], at["organisation"]) == (service, organisation))
        require("sequence", holds=(at["sequence"], at["previoushash"]) == (str(sequence + 1), previous))
        require("recorded", holds=at["recorded"] >= recorded)
        sequence, previous, recorded = sequence + 1, at["hash"], at["recorded"]
    return sequence, previous
