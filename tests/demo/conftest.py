"""What do the demo's tests share? The declared file, its history, and an independent recount of it, made once."""

from __future__ import annotations

import asyncio
import hashlib
from typing import NamedTuple

import pytest

from shared.contracts.corrections import FactCorrected
from shared.contracts.event import contract
from shared.operations.demo.calibration import Calibration, load
from shared.operations.demo.history import history
from shared.operations.demo.ids import Ids
from shared.operations.demo.posting import Posting
from shared.operations.demo.scribe import Posted, encode
from shared.operations.demo.table import Line, compare
from tests.demo.recounted import Recounted


@pytest.fixture(scope="session")
def calibration() -> Calibration:
    """The declared file."""
    return load()


@pytest.fixture(scope="session")
def postings(calibration: Calibration) -> list[Posting]:
    """Everything that the demo posts."""
    return history(calibration)


class Said(NamedTuple):
    """What the tests ask of a posted fact, small enough to keep all of them."""

    posting: Posting
    id: str
    type: str
    subject: str
    occurred: str
    corrects: str
    kind: str
    title: str
    data: bytes
    """Digest of the whole content."""

    @property
    def name(self) -> str:
        """`meeting-held`."""
        return self.type.split(".")[3]


@pytest.fixture(scope="session")
def said(postings: list[Posting]) -> list[Said]:
    """Every posted fact in short, each held to its contract on the way."""
    return [_short(posting, event) for posting in postings for event in posting.events()]


def _short(posting: Posting, event: Posted) -> Said:
    fact = event["data"]["fact"]
    cls = contract(event["type"])
    assert cls is not None
    assert cls.service == posting.service
    read = cls.model_validate_json(encode(fact))
    if isinstance(read, FactCorrected):
        inner = contract(read.type)
        assert inner is not None
        inner.model_validate_json(encode(fact["fact"]))
    return Said(
        posting,
        event["id"],
        event["type"],
        event["subject"],
        event["occurred"],
        event.get("corrects", ""),
        str(fact.get("kind", "")),
        str(fact.get("title", "")),
        hashlib.sha256(encode(fact)).digest(),
    )


@pytest.fixture(scope="session")
def recounted(calibration: Calibration, postings: list[Posting]) -> Recounted:
    """The history as the independent recount reads it."""
    return Recounted(postings, Ids(calibration.seed))


@pytest.fixture(scope="session")
def recounted_lines(calibration: Calibration, recounted: Recounted) -> dict[str, Line]:
    """The lines of the table by their id, as recounted."""
    table = asyncio.run(compare(calibration, recounted))
    return {line.row.id: line for line in table.lines}
