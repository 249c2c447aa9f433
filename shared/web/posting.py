"""What has been posted? A body becomes lines, each a draft or a problem; pure, without clock or web framework."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final
from uuid import UUID

import msgspec

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content
from shared.contracts.event import Event, contract
from shared.contracts.fields import named
from shared.contracts.personal import PersonalDetails
from shared.eventsourcing.draft import Clear, Draft
from shared.web.attributes import POSTED, known_type, read_attributes
from shared.web.facts import field_path, read_fact
from shared.web.problem import Problem, TurnedAway
from shared.web.strict_json import Malformed, strict_load
from shared.web.values import readable_uuid

MOST_BYTES: Final = 8 * 2**20
"""Of a body."""
MOST_BYTES_IN_LINE: Final = 2**20
MOST_LINES: Final = 5_000
MOST_VALUES: Final = 400_000
"""Commas in a body: they bound the memory that reading can take. A full body of rolls by names has half as many."""

Line = Draft | Problem


class Media(Enum):
    """The three forms of a post."""

    ONE = "application/cloudevents+json"
    BATCH = "application/cloudevents-batch+json"
    LINES = "application/x-ndjson"

    @classmethod
    def of(cls, content_type: str | None) -> Media:
        """The form that a Content-Type header names; any but UTF-8 is refused, like any other type."""
        name, *parameters = (each.strip().lower() for each in (content_type or "").split(";"))
        if any(each.replace('"', "") not in {"charset=utf-8", ""} for each in parameters):
            raise TurnedAway(415, "unknown-media-type", "Content-Type")
        try:
            return cls(name)
        except ValueError:
            raise TurnedAway(415, "unknown-media-type", "Content-Type") from None


class _Data(msgspec.Struct):
    fact: msgspec.Raw
    personal: dict[str, msgspec.Raw] | None = None


class _Slices(msgspec.Struct):
    data: _Data


_ON_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")
"""Between the tokens of JSON a line break says what a space says. As spaces they let an event stand on one line of an
exported log, whose bytes its hash covers."""

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_slice = msgspec.json.Decoder(_Slices).decode
_slice_inner = msgspec.json.Decoder(_Data).decode


def read_post(body: bytes, media: Media, service: str, now: dt.datetime) -> list[Line]:
    """The lines of a post in their order. TurnedAway (400, 413) for what cannot be split into lines at all."""
    if len(body) > MOST_BYTES:
        raise TurnedAway(413, "body-too-large")
    if body.startswith(b"\xef\xbb\xbf"):
        raise TurnedAway(400, "byte-order-mark")
    if body.count(b",") > MOST_VALUES:
        raise TurnedAway(413, "too-many-values")
    lines = _lines(body, media)
    if not lines:
        raise TurnedAway(400, "empty")
    if len(lines) > MOST_LINES:
        raise TurnedAway(413, "too-many-lines")
    return [_read_line(line, service, now) for line in lines]


def _lines(body: bytes, media: Media) -> list[bytes]:
    if not body.strip():
        return []
    if media is Media.ONE:
        return [body]
    if media is Media.LINES:
        return body.removesuffix(b"\n").split(b"\n", MOST_LINES)
    if not body.lstrip(b" \t\r\n").startswith(b"["):
        raise TurnedAway(400, "not-a-list")
    try:
        return [bytes(raw) for raw in _split(body)]
    except RecursionError:
        raise TurnedAway(400, "too-deep") from None
    except msgspec.DecodeError:
        raise TurnedAway(400, "not-json") from None


def _read_line(line: bytes, service: str, now: dt.datetime) -> Line:
    event: dict[str, Any] | None = None
    try:
        event = _event(line)
        return _draft(line, event, service, now)
    except TurnedAway as turned:
        known = None if event is None else readable_uuid(event.get("id"))
        return msgspec.structs.replace(turned.problem, event=known)
    except msgspec.DecodeError:
        # Two parsers that do not agree are one too many.
        return Problem(status=400, code="not-json")


def _event(line: bytes) -> dict[str, Any]:
    """The line as plain values. Null means absent, as CloudEvents has it."""
    if len(line) > MOST_BYTES_IN_LINE:
        raise TurnedAway(413, "line-too-large")
    try:
        event = strict_load(line.decode())
    except UnicodeDecodeError:
        raise TurnedAway(400, "not-utf8") from None
    except Malformed as malformed:
        raise TurnedAway(400, malformed.code, _place(malformed)) from None
    if not isinstance(event, dict):
        raise TurnedAway(400, "not-an-object")
    return {name: value for name, value in event.items() if value is not None}


def _place(malformed: Malformed) -> str | None:
    """The field of an unreadable value, as far as its path is made of our own words."""
    path, event = malformed.path, malformed.value
    if not path or path[0] not in POSTED or not isinstance(event, dict):
        return None
    if path[:2] == ("data", "personal"):
        return field_path(PersonalDetails, path[3:], "data.personal")
    if path[:2] != ("data", "fact"):
        return str(path[0])
    cls = _contract_named(event)
    if cls is not None and issubclass(cls, FactCorrected) and path[2:3] == ("fact",):
        inner = _contract_named(event["data"]["fact"])
        return "data.fact.fact" if inner is None else field_path(inner, path[3:], "data.fact.fact")
    return "data.fact" if cls is None else field_path(cls, path[2:], "data.fact")


def _contract_named(value: dict[str, Any]) -> type[Event] | None:
    name = value.get("type")
    return contract(name) if isinstance(name, str) else None


def _draft(line: bytes, event: dict[str, Any], service: str, now: dt.datetime) -> Draft:
    said = read_attributes(event, service, now)
    data = _data(event)
    posted = data["fact"]
    if data.get("personal") is not None and not (said.contract.personal or issubclass(said.contract, FactCorrected)):
        raise TurnedAway(422, "personal-not-open", "data.personal")
    slices = _slice(line).data
    raw = bytes(slices.fact).translate(_ON_ONE_LINE)
    fact = read_fact(said.contract, raw, posted, "data.fact")
    inner = _inner(fact, raw, posted, service)
    return Draft(
        id=said.id,
        content=Content(
            type=said.contract.name,
            subject=said.subject,
            occurred=said.occurred,
            document=said.document,
            reason=said.reason,
            corrects=said.corrects,
            fact=raw,
        ),
        fact=fact,
        inner=inner,
        clear=_clear(inner or fact, said.subject, data.get("personal"), slices.personal),
        expected=said.expected,
        declared_actor=said.declared_actor,
        causation=said.causation,
        correlation=said.correlation,
        key_id=said.key_id,
        signature=said.signature,
    )


def _data(event: dict[str, Any]) -> dict[str, Any]:
    """Fact and personal part as plain values; nothing else may stand beside them."""
    data = event.get("data")
    if data is None:
        raise TurnedAway(422, "required", "data")
    if not isinstance(data, dict):
        raise TurnedAway(422, "not-an-object", "data")
    if data.keys() - {"fact", "personal"}:
        raise TurnedAway(422, "unknown-field", "data")
    if "fact" not in data:
        raise TurnedAway(422, "required", "data.fact")
    if not isinstance(data.get("personal"), dict | None):
        raise TurnedAway(422, "not-an-object", "data.personal")
    return data


def _clear(
    fact: Event, subject: UUID, posted: dict[str, Any] | None, slices: Mapping[str, msgspec.Raw] | None
) -> Clear | None:
    """What is said of the subject and of persons whom the fact names: each value checked, its bytes as received."""
    if posted is None:
        return None
    if not fact.personal:
        raise TurnedAway(422, "personal-not-open", "data.personal")
    if not posted or slices is None:
        raise TurnedAway(422, "too-short", "data.personal")
    named_here = {subject, *(each for _, kind, each in named(fact) if kind == "person")}
    clear: dict[UUID, bytes] = {}
    for key, value in posted.items():
        person = readable_uuid(key)
        if person not in named_here or person in clear:
            raise TurnedAway(422, "person-not-named", "data.personal")
        clear[person] = bytes(slices[key])
        read_fact(PersonalDetails, clear[person], value, "data.personal")
    return Clear(clear)


def _inner(fact: Event, raw: bytes, posted: object, service: str) -> Event | None:
    """The whole new fact inside a correction, held to the contract that it names."""
    if not isinstance(fact, FactCorrected | FactVoided):
        return None
    cls = known_type(fact.type, "data.fact.type", service)
    if issubclass(cls, FactCorrected | FactVoided):
        raise TurnedAway(422, "correction-of-correction", "data.fact.type")
    if isinstance(fact, FactVoided):
        return None
    new = posted["fact"] if isinstance(posted, dict) else None
    return read_fact(cls, bytes(_slice_inner(raw).fact), new, "data.fact.fact")
