"""Who reads what of a log? One's own organisation's events and what became of them, and nothing of another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.envelope import Correction
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, MeetingKind, MeetingsFactVoided, Roll
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.reading import log_router
from tests.support.grounds import OpenGround, draft, poster, voiding
from tests.web.door import ORGANISATION, OTHER, Door, named

DOOR = Door()
SUBJECT, EVENT = named("subject"), named("event")


def met(present: int) -> Event:
    """A meeting with so many people."""
    return MeetingHeld(branch=named("branch"), kind=MeetingKind.REGULAR, roll=Roll(expected=9, present=present))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """Two organisations have given the same id to what they say of the same meeting; the other has voided its own."""
    store = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    log = Log("meetings", store)
    intake = Intake(log, OpenGround(), after_commit=lambda: None)
    intake.start()
    for organisation in (ORGANISATION, OTHER):
        intake.submit(poster(organisation), [draft(met(9), SUBJECT, EVENT)]).result(30)
    undone = voiding(MeetingsFactVoided, MeetingHeld.name, SUBJECT, named("voided"), Correction(OTHER, EVENT, EVENT))
    intake.submit(poster(OTHER), [undone]).result(30)
    intake.stop()
    yield log
    store.close()


async def asked(log: Log, path: str, key: str = "recorder") -> tuple[int, Any]:
    """Status and body of a question."""
    app = create_app(
        About("meetings", "Sinh hoạt", "1.0"), Parts(routers=(log_router(log, DOOR.access, DOOR.after, OpenGround()),))
    )
    async with DOOR.client(app) as client:
        answer = await client.get(path, headers={"Authorization": f"Bearer {DOOR.keys[key]}"})
    return answer.status_code, answer.json()


async def test_an_event_is_shown_with_its_own_chain_though_another_organisation_gave_the_same_id(log: Log) -> None:
    status, found = await asked(log, f"/v1/events/{EVENT}")
    assert status == 200
    assert [(UUID(each["organisation"]), each["sequence"]) for each in found["versions"]] == [(ORGANISATION, 1)]


async def test_the_events_of_another_organisation_are_for_auditors_only(log: Log) -> None:
    path = f"/v1/events/{EVENT}?organisation={OTHER}"
    assert (await asked(log, path))[0] == 404
    status, found = await asked(log, path, "auditor")
    assert status == 200
    assert [each["sequence"] for each in found["versions"]] == [1, 2]
