"""Is an old version read as what it is now, step by step, while its bytes and its hash stay what they were?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Text, Uuid, select

from shared.contracts import event as events
from shared.contracts import upcasting
from shared.contracts.corrections import FactCorrected, FactVoided, corrections_of
from shared.contracts.envelope import Content, Correction, Recorded
from shared.contracts.event import Event, NameTaken, event
from shared.contracts.fields import Count, UnitId
from shared.contracts.upcasting import current, read, upcast, upcaster
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.stream import Stream, fact_of
from shared.eventsourcing.views import Declaration, Generations
from tests.support.history import Chronicle

A, EAST, SUBJECT = UUID(int=1), UUID(int=11), UUID(int=101)
ORIGINAL = b'{"branch": "00000000-0000-0000-0000-00000000000b", "people":  7}'
"""With two spaces: these very bytes are what was recorded."""


class Toys:
    """Three versions of one fact, in a registry of the test's own."""

    def __init__(self) -> None:
        class TrialHeldOnce(Event):
            """A trial with people (thử)."""

            branch: UnitId
            people: Count

        class TrialHeldTwice(Event):
            """A trial, the people counted apart."""

            branch: UnitId
            present: Count
            absent: Count

        class TrialHeld(Event):
            """A trial with a room."""

            branch: UnitId
            present: Count
            absent: Count
            room: str

        self.one: type[Event] = event("vn.nennep.toys.trial-held.v1", aggregate="trial")(TrialHeldOnce)
        self.two: type[Event] = event("vn.nennep.toys.trial-held.v2", aggregate="trial")(TrialHeldTwice)
        self.three: type[Event] = event("vn.nennep.toys.trial-held.v3", aggregate="trial")(TrialHeld)
        corrected, voided = corrections_of("toys")
        self.corrected: type[FactCorrected] = corrected
        self.voided: type[FactVoided] = voided


def counted_apart(fact: dict[str, Any]) -> dict[str, Any]:
    """From v1 to v2: whoever was counted was there."""
    return {"branch": fact["branch"], "present": fact["people"], "absent": 0}


def with_a_room(fact: dict[str, Any]) -> dict[str, Any]:
    """From v2 to v3: nobody said where."""
    return {**fact, "room": "không rõ"}


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Toys:
    """All three, with a step between each two."""
    monkeypatch.setattr(events, "_registry", dict(events._registry))  # noqa: SLF001 — a registry that ends with the test
    monkeypatch.setattr(upcasting, "_steps", {})
    toys = Toys()
    upcaster(toys.one, toys.two)(counted_apart)
    upcaster(toys.two, toys.three)(with_a_room)
    return toys


def test_what_nothing_has_followed_is_read_byte_for_byte(toys: Toys) -> None:
    raw = b'{ "any":1 }'
    assert upcast(toys.three.name, raw) == (toys.three.name, raw)
    unheard = ("vn.nennep.toys.unheard-of.v1", b"not even JSON")
    assert upcast(*unheard) == unheard


def test_an_old_fact_goes_through_every_step(toys: Toys) -> None:
    assert current(toys.one.name) == current(toys.two.name) == current(toys.three.name) == toys.three.name
    expected = toys.three.model_validate({"branch": EAST, "present": 7, "absent": 0, "room": "không rõ"})
    assert read(toys.one.name, ORIGINAL) == expected
    half = b'{"branch":"00000000-0000-0000-0000-00000000000b","present":7,"absent":0}'
    assert read(toys.two.name, half) == expected
    assert upcasting.steps() == {toys.one.name: toys.two.name, toys.two.name: toys.three.name}


@pytest.mark.parametrize("fact", [b"[]", b"{}", b"\xff", b'{"branch": 1, "people": 7}', b'{"people": 7}', b'"x"'])
def test_what_is_not_a_fact_of_the_old_version_is_a_value_error(toys: Toys, fact: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — msgspec's, pydantic's and our own are all of them
        read(toys.one.name, fact)


def test_a_step_leads_to_the_next_version_of_the_same_fact_and_there_is_one(toys: Toys) -> None:
    for old, new in ((toys.one, toys.three), (toys.two, toys.one), (toys.one, toys.one), (toys.one, toys.voided)):
        with pytest.raises(ValueError, match="not the next version"):
            upcaster(old, new)
    with pytest.raises(NameTaken):
        upcaster(toys.one, toys.two)(counted_apart)


class Rooms(Projection):
    """In which room each trial was held."""

    name = "rooms"

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        self.table = Table("rooms", metadata, Column("trial", Uuid, primary_key=True), Column("room", Text))
        return [self.table]

    def keys(self, _: Views, said: Said) -> Iterable[UUID]:
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        said = views.facts.said(views.connection, self.listens, subjects=keys)
        rows = [{"trial": each.subject, "room": each.fact.model_dump()["room"]} for each in said]
        rewrite(views.connection, self.table, self.table.c.trial, keys, rows)


@pytest.fixture
def runner(toys: Toys, tmp_path: Path) -> Iterator[Runner]:
    """A service that listens to the present version only."""
    rooms = type("RoomsNow", (Rooms,), {"listens": frozenset({toys.three})})
    generations = Generations(Declaration("other", frozenset({toys.three}), (rooms,)), f"sqlite:///{tmp_path}/v.sqlite")
    runner = Runner(generations.serving())
    yield runner
    runner.generation.store.close()
    generations.close()


def old_trial(chronicle: Chronicle, toys: Toys) -> Recorded:
    """A trial as a program of long ago recorded it."""
    content = Content(type=toys.one.name, subject=SUBJECT, occurred="2022-05-31", fact=ORIGINAL)
    return chronicle.append(A, content)


def facts(runner: Runner, toys: Toys) -> list[tuple[int, int, str]]:
    table = runner.facts.tables[toys.three].table
    with runner.generation.store.read() as connection:
        wanted = select(table.c.present, table.c.absent, table.c.room).order_by(table.c.poster_sequence)
        return [tuple(row) for row in connection.execute(wanted)]


def rooms(runner: Runner) -> list[str]:
    with runner.generation.store.read() as connection:
        return list(connection.execute(select(runner.generation.metadata.tables["rooms"].c.room)).scalars())


def test_old_events_their_corrections_and_voidings_count_as_the_present_type(runner: Runner, toys: Toys) -> None:
    chronicle = Chronicle("toys")
    root = old_trial(chronicle, toys)
    runner.take("toys", [root])
    assert (facts(runner, toys), rooms(runner)) == ([(7, 0, "không rõ")], ["không rõ"])
    link = Correction(A, root.envelope.id, root.envelope.id)
    whole = toys.corrected(type=toys.two.name, fact={"branch": str(EAST), "present": 5, "absent": 2})
    better = chronicle.record(A, whole, SUBJECT, corrects=link)
    runner.take("toys", [better])
    assert facts(runner, toys)[1:] == [(5, 2, "không rõ")]
    link = Correction(A, root.envelope.id, better.envelope.id)
    runner.take("toys", [chronicle.record(A, toys.voided(type=toys.one.name), SUBJECT, corrects=link)])
    assert (rooms(runner), runner.parked()) == ([], [])


def test_a_version_beyond_the_last_step_is_still_unknown(runner: Runner, toys: Toys) -> None:
    chronicle = Chronicle("toys")
    name = f"{toys.three.name.rpartition('.')[0]}.v4"
    runner.take("toys", [chronicle.record(A, toys.voided(type=name), SUBJECT, name=name)])
    assert [each.reason for each in runner.parked()] == ["UnknownVersion"]


def test_a_step_that_fails_parks_the_event_and_stops_nothing(
    runner: Runner, toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: dict[str, Any]) -> dict[str, Any]:
        raise AttributeError

    monkeypatch.setitem(upcasting._steps, toys.one.name, (toys.two.name, broken))  # noqa: SLF001 — a faulty release
    runner.take("toys", [old_trial(Chronicle("toys"), toys)])
    assert [each.reason for each in runner.parked()] == ["Unreadable"]


def test_the_log_keeps_the_old_bytes_and_rules_see_the_present_fact(toys: Toys) -> None:
    root = old_trial(Chronicle("toys"), toys)
    stream = Stream.of(SUBJECT, [root])
    (said,) = stream.standing()
    assert isinstance(said.fact, toys.three)
    assert root.envelope.content.fact == ORIGINAL
    assert root.envelope.hash() == root.hash
    assert isinstance(fact_of(root.envelope.content), toys.three)
