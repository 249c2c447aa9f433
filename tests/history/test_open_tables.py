"""Can a plain driver read what stands, under names that never move, and nothing that it may not?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import make_url, text

from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, VisitCompleted
from shared.contracts.membership import DisciplineDecided, MemberEntered
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration, Generations
from shared.history.open_tables import LINK, SCHEMA, OpenTables
from tests.support.history import Chronicle, meeting
from tests.support.releases import Held

A, EAST = UUID(int=1), UUID(int=11)
VIEWS = "SELECT table_name FROM information_schema.views WHERE table_schema = 'nennep_read'"
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'nennep_read'"
COUNT = "SELECT count(*) FROM nennep_read.meetings_meeting_held"
LISTENS: frozenset[type[Event]] = frozenset({MeetingHeld, VisitCompleted, MemberEntered, DisciplineDecided})


class House:
    """Views over a few meetings, one put right and one voided, opened to other tools."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.generations = Generations(Declaration("ratings", LISTENS, (Held,)), url)
        self.runner = Runner(self.generations.serving())
        self.chronicle = Chronicle("meetings")
        roots = [self.chronicle.meet(A, EAST, UUID(int=100 + n), n, 20) for n in range(5)]
        self.chronicle.correct(roots[1], roots[1], meeting(EAST, 17))
        self.chronicle.void(roots[2], roots[2])
        self.runner.take("meetings", self.chronicle.events())
        self.opened = OpenTables("ratings", lambda: self.runner.generation, folder, lambda: True)
        self.opened.look()

    def asked(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query, by the plain driver of the store."""
        if self.url.startswith("sqlite"):
            with sqlite3.connect(f"file:{self.folder / LINK}?mode=ro", uri=True) as connection:
                return connection.execute(query.replace(f"{SCHEMA}.", f"{SCHEMA}_")).fetchall()
        url = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            return connection.execute(query.encode()).fetchall()

    def close(self) -> None:
        self.runner.generation.store.close()
        self.generations.close()


@pytest.fixture
def house(store: str, tmp_path: Path) -> Iterator[House]:
    house = House(f"sqlite:///{tmp_path}/views.sqlite" if store.startswith("sqlite") else store, tmp_path)
    yield house
    house.close()


def test_what_stands_is_read_with_its_fields_and_nothing_that_was_replaced(house: House) -> None:
    rows = house.asked("SELECT subject, roll_present, kind, day FROM nennep_read.meetings_meeting_held ORDER BY 1")
    assert [(str(subject), present, kind, str(day)) for subject, present, kind, day in rows] == [
        (str(UUID(int=100 + n)), present, "regular", "2022-05-31") for n, present in ((0, 0), (1, 17), (3, 3), (4, 4))
    ]
    (columns,) = house.asked("SELECT min(recorded_at), count(*) FROM nennep_read.meetings_meeting_held")
    assert (str(columns[0])[:10], columns[1]) == ("1970-01-01", 4)


def test_sensitive_facts_and_exact_bytes_are_not_among_them(house: House) -> None:
    if house.url.startswith("sqlite"):
        names = [str(row[0]) for row in house.asked("SELECT name FROM sqlite_master WHERE type = 'view'")]
        shown = [str(row[1]) for name in names for row in house.asked(f"PRAGMA table_info({name})")]
    else:
        names = [str(row[0]) for row in house.asked(VIEWS)]
        shown = [str(row[0]) for row in house.asked(COLUMNS)]
    assert any("member_entered" in name for name in names)
    assert not [name for name in names if "discipline" in name]
    assert "fact" not in shown
    assert {"organisation", "event_id", "subject", "day", "recorded_at", "branch"} <= set(shown)


def test_the_names_follow_a_switch_to_other_views(house: House) -> None:
    shadow = house.generations.shadow()
    other = Runner(shadow)
    other.take("meetings", house.chronicle.events()[:1])
    house.generations.switch(shadow.number, lambda _: None)
    before = house.asked(COUNT)
    house.opened._serving = lambda: shadow  # noqa: SLF001 — what the service's runner gives from then on
    house.opened.look()
    assert (before, house.asked(COUNT)) == ([(4,)], [(1,)])
    shadow.store.close()


def test_a_role_that_only_reads_sees_the_views_and_no_table(house: House) -> None:
    if house.url.startswith("sqlite"):
        with pytest.raises(sqlite3.OperationalError):
            house.asked(f"CREATE TABLE {SCHEMA}.x (y)")
        return
    role = "ratings_reader"
    with house.generations.control.write() as connection:
        if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role}).first() is None:
            connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
    house.opened._made = None  # noqa: SLF001 — as after a restart
    house.opened.look()
    url = make_url(house.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}".encode())
        assert connection.execute(COUNT.encode()).fetchall() == [(4,)]
        table = f"views_{house.runner.generation.number}.fact_meetings_meeting_held"
        for refused in ("TABLE " + table, "DELETE FROM nennep_read.meetings_meeting_held"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.encode())
