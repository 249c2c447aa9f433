"""Which facts stand, in which order? Section 6."""
# ruff: noqa: TRY003 — what is wrong is said where it is found

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.history.pack.stranger.chains import Event
from tests.history.pack.stranger.spelling import Unsure


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
