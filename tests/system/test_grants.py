"""Does a running reader hold to its grant? Narrowed, given to another, revoked over HTTP, and gone from its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from shared.contracts.meetings import Every, MeetingHeld, MeetingKind, PeriodicitySet, Roll
from shared.operations.office import Office, Registered, office
from tests.support.waiting import until

OF = ["membership", "meetings"]
REFUSED, KNOWN, UNKNOWN = "reading-not-granted", "missed", "not-recorded"
"""What a reader says of meetings: nothing; that one was missed, by the rule that it heard; that it heard no rule."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office"), "duty") as running:
        yield running


@dataclass(frozen=True)
class Body:
    """An organisation whose branch owes a meeting each month, and the id of the one that it held."""

    known: Registered
    meeting: UUID


def registered(here: Office, title: str) -> Body:
    body = here.registers(title)
    rule = PeriodicitySet(unit_kind="branch", every=Every.MONTH, starts=dt.date(2020, 1, 1))
    here.posts(body, "meetings", rule, on="2020-01-01", subject=body.organisation)
    held, meeting = MeetingHeld(branch=body.branch, kind=MeetingKind.REGULAR, roll=Roll(expected=9, present=9)), uuid4()
    here.posts(body, "meetings", held, on="2025-04-04", subject=meeting)
    return Body(body, meeting)


def told(here: Office, *bodies: Body) -> list[str]:
    """What each organisation is told of its own meetings at this moment."""
    return [_told(here, each.known) for each in bodies]


def _told(here: Office, body: Registered) -> str:
    answer = here.asks_once("duty", "/v1/duties", key=body.key, unit=body.root, on="2025-04-10")
    said = answer.json()
    if not answer.is_success:
        return f"{answer.status_code} {said['code']}"
    return str(next(each["state"] for each in said["duties"] if each["kind"] == "meeting"))


def kept(here: Office, *bodies: Body) -> list[bool]:
    """Of whom a file of the reader still holds the meeting, in whatever page."""
    files = [path.read_bytes() for path in (here.folder / "duty").iterdir() if path.is_file()]
    needles = [(each.meeting.bytes, each.meeting.hex.encode(), str(each.meeting).encode()) for each in bodies]
    return [any(spelt in content for content in files for spelt in each) for each in needles]


def test_a_reader_hears_those_it_was_granted_and_what_was_withdrawn_is_in_no_answer_and_no_file(here: Office) -> None:
    east, west = registered(here, "Hội phụ nữ tỉnh Đông"), registered(here, "Hội phụ nữ tỉnh Tây")
    refused = f"503 {REFUSED}"
    until(lambda: told(here, east, west) == [refused, refused])
    assert kept(here, east, west) == [False, False]

    grant = here.grants("duty", of=OF)
    until(lambda: told(here, east, west) == [KNOWN, KNOWN])
    until(lambda: kept(here, east, west) == [True, True])

    here.revokes(grant)
    until(lambda: told(here, east, west) == [refused, refused])
    until(lambda: kept(here, east, west) == [False, False])

    grant = here.grants("duty", of=OF, organisations=[east.known])
    until(lambda: told(here, east, west) == [KNOWN, UNKNOWN])
    until(lambda: kept(here, east, west) == [True, False])

    here.revokes(grant)
    here.grants("duty", of=OF, organisations=[west.known])
    until(lambda: told(here, east, west) == [UNKNOWN, KNOWN])
    until(lambda: kept(here, east, west) == [False, True])
