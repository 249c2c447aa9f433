"""What was said? Events as they were posted, or as a log recorded and relayed them, in one spelling of their ids."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from uuid import UUID

VIETNAM = dt.timezone(dt.timedelta(hours=7))

EFFECT = {
    "territory-declared": "effective",
    "unit-founded": "effective",
    "unit-renamed": "effective",
    "unit-moved": "effective",
    "unit-merged": "effective",
    "unit-split": "effective",
    "unit-dissolved": "effective",
    "credential-issued": "valid_from",
    "mandate-granted": "valid_from",
    "mandate-withdrawn": "effective",
    "people-counted": "counted_on",
    "member-rules-adopted": "effective",
    "periodicity-set": "starts",
    "visit-duty-set": "starts",
    "cadre-assigned": "starts",
    "cadre-relieved": "ends",
    "rule-set-adopted": "effective_from",
    "log-closed": "effective",
    "directive-issued": "issued",
    "register-kept": "starts",
    "reporting-set": "starts",
}
"""The field that holds a fact's effect date; every other fact counts on the day on which it occurred."""

CORRECTED, VOIDED, CLOSED = "fact-corrected", "fact-voided", "log-closed"
DOCUMENT = ("docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256")


class Log(NamedTuple):
    """One organisation's log at one service."""

    service: str
    organisation: str


class Corrects(NamedTuple):
    """What a correction or voiding names."""

    organisation: str
    root: str
    replaces: str


@dataclass(frozen=True)
class Event:
    """One event as read; `sequence` 0 until a posted one has been given its place."""

    log: Log
    type: str
    id: str
    sequence: int
    subject: str
    occurred: str
    corrects: Corrects | None
    fact: Mapping[str, Any]
    content: str

    @property
    def name(self) -> str:
        """`meeting-held` of `vn.nennep.meetings.meeting-held.v1`."""
        return self.type.split(".")[3]


def posted(organisation: str, events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Events as they are posted, under the organisation that the credential would give them."""
    return [{**event, "organisation": organisation} for event in events]


def read(raw: Mapping[str, Any]) -> Event:
    """One posted or recorded event."""
    kind, fact = raw["type"], raw["data"]["fact"]
    occurred = raw.get("occurred") or raw["time"]
    subject = str(_canonical(raw["subject"]))
    corrects = raw.get("corrects")
    link = Corrects(*(str(_canonical(part)) for part in corrects.split("/"))) if corrects else None
    said = (kind, subject, occurred, *(raw.get(field) for field in DOCUMENT), raw.get("reason"), link, fact)
    return Event(
        log=Log(kind.split(".")[2], str(_canonical(raw["organisation"]))),
        type=kind,
        id=str(_canonical(raw["id"])),
        sequence=int(raw.get("sequence") or 0),
        subject=subject,
        occurred=occurred,
        corrects=link,
        fact=cast("Mapping[str, Any]", _canonical(fact)),
        # Key order and spelling are kept as they came, because "the bytes of `fact`" are the content.
        content=json.dumps(said, ensure_ascii=False),
    )


def _canonical(value: object) -> object:
    """The value with every UUID in its one canonical spelling."""
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    if isinstance(value, str) and len(value) >= len(UUID(int=0).hex):
        try:
            return str(UUID(value))
        except ValueError:
            return value
    return value


def day_of(name: str, body: Mapping[str, Any], occurred: str) -> dt.date:
    """The day on which a fact counts."""
    # «day» "local date (UTC+7) of `effect`, else of `occurred`"
    if name in EFFECT:
        return dt.date.fromisoformat(body[EFFECT[name]])
    if len(occurred) == len("2022-05-31"):
        return dt.date.fromisoformat(occurred)
    return dt.datetime.fromisoformat(occurred.upper()).astimezone(VIETNAM).date()
