"""Which golden samples are there? One posted event for each contract, as committed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.docstrings import modules
from shared.contracts.envelope import Content, Correction, Document, Envelope, Recorded, genesis
from shared.contracts.event import Event, calendar_day, registered
from tests.contracts.verifier import members

FOLDER = Path(__file__).parent / "samples"
POSTER = UUID("0190a1b2-0000-7000-8000-00000000000a")

modules()


@dataclass(frozen=True)
class Sample:
    """A committed sample beside the contract that it shows."""

    contract: type[Event]

    def __str__(self) -> str:
        return self.contract.name

    @property
    def path(self) -> Path:
        """Where it is committed."""
        return FOLDER / f"{self.contract.name}.json"

    @cached_property
    def posted(self) -> Mapping[str, Any]:
        """The posted CloudEvent as JSON values."""
        value: Mapping[str, Any] = json.loads(self.path.read_bytes())
        return value

    @property
    def fact(self) -> dict[str, Any]:
        """The fact as JSON values: a copy that may be spoilt."""
        value: dict[str, Any] = json.loads(self.raw)
        return value

    @cached_property
    def raw(self) -> bytes:
        """The exact bytes of the fact."""
        return members(members(self.path.read_text(encoding="utf-8"))["data"])["fact"].encode()

    def content(self) -> Content:
        """What the poster asserts."""
        posted = self.posted
        document = None
        if "docnumber" in posted:
            length = posted.get("doclength")
            document = Document(
                number=posted["docnumber"],
                issuer=posted["docissuer"],
                date=calendar_day(posted["docdate"]),
                media=posted.get("docmedia"),
                length=None if length is None else int(length),
                sha256=posted.get("docsha256"),
            )
        return Content(
            type=posted["type"],
            subject=UUID(posted["subject"]),
            occurred=posted.get("occurred") or posted["time"],
            document=document,
            reason=posted.get("reason"),
            corrects=Correction.parse(posted["corrects"]) if "corrects" in posted else None,
            fact=self.raw,
        )

    def recorded(self) -> Recorded:
        """The sample as the first event of a log."""
        posted = self.posted
        envelope = Envelope(
            id=UUID(posted["id"]),
            organisation=POSTER,
            sequence=1,
            version=1,
            recorded=1_656_836_400_000_000,
            actor="0190a1b2-0000-7000-8000-0000000000aa",
            declared_actor=posted.get("declaredactor"),
            causation=UUID(posted["causation"]) if "causation" in posted else None,
            correlation=UUID(posted["correlation"]) if "correlation" in posted else None,
            content=self.content(),
            previous=genesis(self.contract.service, POSTER),
        )
        return Recorded(envelope, envelope.hash())


SAMPLES = [Sample(contract) for contract in registered().values()]
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)
