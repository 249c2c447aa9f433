"""How does a poster write a fact down? As a posted CloudEvent with an id that is the same at every run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import msgspec

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingsFactCorrected, MeetingsFactVoided
from shared.contracts.membership import MembershipFactCorrected, MembershipFactVoided
from shared.contracts.ratings import RatingsFactCorrected, RatingsFactVoided
from shared.operations.demo.ids import Ids

Posted = dict[str, Any]
"""A CloudEvent as a poster sends it; dates stand in it as dates until it is encoded."""

encode = msgspec.json.Encoder().encode

_CORRECTED: Final[dict[str, type[FactCorrected]]] = {
    cls.service: cls for cls in (MembershipFactCorrected, MeetingsFactCorrected, RatingsFactCorrected)
}
_VOIDED: Final[dict[str, type[FactVoided]]] = {
    cls.service: cls for cls in (MembershipFactVoided, MeetingsFactVoided, RatingsFactVoided)
}


@dataclass(frozen=True, slots=True)
class Paper:
    """The document behind a fact: number, issuer, day."""

    number: str
    issuer: str
    day: dt.date


class Scribe:
    """Writes the facts of one organisation."""

    def __init__(self, ids: Ids, organisation: str) -> None:
        self._ids = ids
        self.organisation = organisation
        self.id = ids(f"organisation:{organisation}")
        self._source = f"/demo/{organisation}"

    def says(
        self,
        contract: type[Event],
        subject: str,
        day: dt.date,
        fact: dict[str, Any],
        *,
        again: int = 0,
        paper: Paper | None = None,
    ) -> Posted:
        """A new fact. `again` tells apart two facts of one type about one subject on one day."""
        name, on = contract.name, day.isoformat()
        posted: Posted = {
            "specversion": "1.0",
            "id": self._ids(f"event:{self.organisation}/{name}/{subject}/{on}/{again}"),
            "source": self._source,
            "type": name,
            "subject": subject,
            "occurred": on,
            "datacontenttype": "application/json",
            "data": {"fact": fact},
        }
        if paper is not None:
            posted |= {"docnumber": paper.number, "docissuer": paper.issuer, "docdate": paper.day}
        return posted

    def corrects(self, root: Posted, latest: Posted, fact: dict[str, Any], reason: str) -> Posted:
        """The whole new fact in the place of `latest`, which is the root itself or its last correction."""
        service = root["type"].split(".")[2]
        return self._replaces(_CORRECTED[service].name, root, latest, {"type": root["type"], "fact": fact}, reason)

    def voids(self, root: Posted, latest: Posted, reason: str) -> Posted:
        """The fact no longer counts."""
        service = root["type"].split(".")[2]
        return self._replaces(_VOIDED[service].name, root, latest, {"type": root["type"]}, reason)

    def _replaces(self, name: str, root: Posted, latest: Posted, fact: dict[str, Any], reason: str) -> Posted:
        return {
            "specversion": "1.0",
            "id": self._ids(f"event:{self.organisation}/{name}/{latest['id']}"),
            "source": self._source,
            "type": name,
            "subject": root["subject"],
            "occurred": root["occurred"],
            "reason": reason,
            "corrects": f"{self.id}/{root['id']}/{latest['id']}",
            "datacontenttype": "application/json",
            "data": {"fact": fact},
        }


def day_between(chance: Random, first: dt.date, last: dt.date) -> dt.date:
    """A day from the first to the last, both possible."""
    return first + dt.timedelta(days=chance.randint(0, (last - first).days))


def year_of(year: int) -> dict[str, dt.date]:
    """The calendar year as a period."""
    return {"start": dt.date(year, 1, 1), "end": dt.date(year + 1, 1, 1)}
