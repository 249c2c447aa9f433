"""Does a log on SQLite refuse to be edited by its own program?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from tests.support.grounds import OpenGround, draft, poster

A = UUID(int=1)
FORBIDDEN = (
    "UPDATE event SET fact = x'7b7d'",
    "DELETE FROM event",
    "DELETE FROM chain",
    "UPDATE chain SET sequence = sequence - 1",
    "UPDATE chain SET hash = x'00'",
    "UPDATE chain SET organisation = x'00', sequence = 9",
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    store = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    log = Log("meetings", store)
    intake = Intake(log, OpenGround(), after_commit=lambda: None)
    intake.start()
    fact = MeetingHeld(branch=UUID(int=9), kind=MeetingKind.REGULAR, roll=Roll(expected=0, present=0))
    for _ in range(2):
        intake.submit(poster(A), [draft(fact, uuid4(), uuid4())]).result(90)
    intake.stop()
    yield log
    store.close()


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_nothing_recorded_is_edited(log: Log, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|only moves on|never ends"), log.store.write() as connection:
        connection.execute(text(statement))
    assert [each.envelope.sequence for each in log.slice(A, 0, 10)] == [1, 2]


def test_the_wall_stands_after_the_log_was_opened_again(log: Log) -> None:
    again = Log("meetings", log.store)
    with pytest.raises(DBAPIError, match="append-only"), again.store.write() as connection:
        connection.execute(text(FORBIDDEN[0]))
