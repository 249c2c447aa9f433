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
        intake.submit(poster(organisation), [draft(met(9), SUBJECT, EVENT)]).result(90)
    undone = voiding(MeetingsFactVoided, MeetingHeld.name, SUBJECT, named("voided"), Correction(OTHER, EVENT, EVENT))
    intake.submit(poster(OTHER), [undone]).result(90)
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


async def test_the_events_of_another_organisation_are_for_auditors_of_the_whole_only(log: Log) -> None:
    path = f"/v1/events/{EVENT}?organisation={OTHER}"
    assert (await asked(log, path))[0] == 404
    status, found = await asked(log, path, "inspector")
    assert status == 200
    assert [each["sequence"] for each in found["versions"]] == [1, 2]


@pytest.mark.parametrize("path", ["causes", "state"])
async def test_what_lies_around_an_event_is_for_those_who_may_read_it(log: Log, path: str) -> None:
    assert (await asked(log, f"/v1/events/{EVENT}/{path}?organisation={OTHER}"))[0] == 404
    assert (await asked(log, f"/v1/events/{named('nothing')}/{path}"))[0] == 404
    status, found = await asked(log, f"/v1/events/{EVENT}/{path}?organisation={OTHER}", "inspector")
    assert (status, found["event"]["organisation"]) == (200, str(OTHER))


async def test_the_state_is_told_before_and_after_an_event(log: Log) -> None:
    _, found = await asked(log, f"/v1/events/{named('voided')}/state?organisation={OTHER}", "inspector")
    assert [each["organisation"] for each in found["before"]] == [str(ORGANISATION), str(OTHER)]
    assert [each["organisation"] for each in found["after"]] == [str(ORGANISATION)]
    assert found["after"][0]["vi"].startswith("…")


async def test_a_timeline_tells_ones_own_book_and_every_book_to_an_auditor(log: Log) -> None:
    status, own = await asked(log, f"/v1/timeline/{SUBJECT}")
    assert (status, own["of"], [line["organisation"] for line in own["lines"]]) == (200, 1, [str(ORGANISATION)])
    _, every = await asked(log, f"/v1/timeline/{SUBJECT}?limit=2&skip=1", "inspector")
    assert (every["of"], [line["sequence"] for line in every["lines"]]) == (3, [1, 2])
    assert (
        every["lines"][0]["vi"]
        .partition(" (đã hủy ngày ")[0]
        .endswith("có mặt 9/9, vắng có phép 0, không phép 0, khách 0.")
    )


async def test_events_are_found_in_a_book_that_may_be_read_page_by_page(log: Log) -> None:
    status, found = await asked(log, f"/v1/log/{ORGANISATION}/events?subject={SUBJECT}&occurred_to=2022-05-31")
    assert (status, [each["event"] for each in found["events"]], found["next"]) == (200, [str(EVENT)], None)
    assert (await asked(log, f"/v1/log/{OTHER}/events"))[0] == 404
    _, first = await asked(log, f"/v1/log/{OTHER}/events?limit=1", "inspector")
    _, second = await asked(log, f"/v1/log/{OTHER}/events?limit=1&after={first['next']}", "inspector")
    assert [each["sequence"] for each in (*first["events"], *second["events"])] == [1, 2]


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("type=vn.nennep.meetings.no-such.v1", "type"),
        ("recorded_from=2022-02-30", "recorded_from"),
        ("recorded_to=2022-05-31T00:00:00", "recorded_to"),
        ("occurred_from=1929-12-31", "occurred_from"),
        ("occurred_to=9999-12-31", "occurred_to"),
        ("subject=x", "subject"),
        ("causation=1", "causation"),
        ("reason=", "reason"),
        ("limit=0", "limit"),
        ("after=-1", "after"),
    ],
)
async def test_a_condition_that_cannot_be_read_is_refused_by_its_name(log: Log, parameter: str, field: str) -> None:
    status, problem = await asked(log, f"/v1/log/{ORGANISATION}/events?{parameter}")
    assert (status, problem["field"]) == (422, field)
