"""Is a line the event that follows the one above it? Section 4."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.history.pack.stranger.spelling import demand, listed, sha, text_of

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


@dataclass(frozen=True)
class Event:
    """One line."""

    attributes: Mapping[str, str]
    fact: Mapping[str, Any]
    hash: bytes


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
