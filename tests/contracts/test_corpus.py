"""Does every version that was ever released still say what it said? And what befalls what is not as it should be?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from shared.contracts import upcasting
from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Recorded, genesis
from shared.contracts.event import contract, registered
from shared.eventsourcing.completeness import Completeness
from shared.eventsourcing.feed import verify
from shared.eventsourcing.parking import UNREAD
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration, Generations
from tests.contracts.corpus import FOLDER, lines, read_now, stored
from tests.contracts.golden import POSTER

LISTENS = frozenset(cls for cls in registered().values() if not issubclass(cls, FactCorrected | FactVoided))
every_event = pytest.mark.parametrize("recorded", stored(), ids=lambda each: str(each.envelope.content.type))


def chains() -> Iterator[tuple[str, list[Recorded]]]:
    """The corpus, a chain a service."""
    for service in sorted({each.envelope.service for each in stored()}):
        yield service, [each for each in stored() if each.envelope.service == service]


def told_otherwise(recorded: Recorded, fact: Any, *, name: str | None = None) -> Recorded:
    """The event as a faulty or newer producer might have recorded it: alone in a chain of its own."""
    content = recorded.envelope.content
    changed = msgspec.structs.replace(content, type=name or content.type, fact=json.dumps(fact).encode())
    service = changed.type.split(".")[2]
    place = {"sequence": 1, "previous": genesis(service, POSTER), "content": changed}
    envelope = msgspec.structs.replace(recorded.envelope, **place)
    return replace(recorded, envelope=envelope, hash=envelope.hash())


def test_each_released_version_has_one_stored_event() -> None:
    assert sorted(each.envelope.content.type for each in stored()) == sorted(registered())


def test_the_corpus_verifies_as_the_chains_that_it_is() -> None:
    for service, events in chains():
        verify(service, {}, events)
        raw = (FOLDER / f"{service}.ndjson").read_bytes()
        assert b"".join(to_cloudevent(each) + b"\n" for each in events) == raw, "byte for byte what a relay sends"


@every_event
def test_an_old_event_is_read_as_it_was_read_when_it_was_released(recorded: Recorded) -> None:
    now = read_now(recorded)
    then = {line for line in lines() if (line.hash, line.read_as) == (now.hash, now.read_as)}
    assert then == {now}, "python -m tests.contracts.corpus adds what is new; what is there must stay true"


def test_lines_are_of_events_that_are_there() -> None:
    hashes = {each.hash.hex(): each.envelope.content.type for each in stored()}
    assert all(hashes.get(line.hash) == line.type for line in lines())
    assert len({(line.hash, line.read_as) for line in lines()}) == len(lines())


@every_event
def test_a_field_that_a_newer_producer_added_changes_nothing(recorded: Recorded) -> None:
    fact = json.loads(recorded.envelope.content.fact)
    inner = fact.get("fact", fact)
    newer = {**fact, "fact": {**inner, "added_later": 1}} if "fact" in fact else {**fact, "added_later": 1}
    before, after = read_now(recorded), read_now(told_otherwise(recorded, newer))
    assert (after.read_as, after.digest) == (before.read_as, before.digest)


@every_event
def test_a_required_field_that_is_missing_is_never_guessed(recorded: Recorded) -> None:
    content = recorded.envelope.content
    cls = contract(content.type)
    assert cls is not None
    fact = json.loads(content.fact)
    for name in [name for name, info in cls.model_fields.items() if info.is_required()]:
        spoilt = told_otherwise(recorded, {key: value for key, value in fact.items() if key != name})
        with pytest.raises(Exception) as raised:  # noqa: PT011 — either of the two that park
            read_now(spoilt)
        assert isinstance(raised.value, ValueError) or type(raised.value).__name__ == "Unreadable"


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Listener:
    """A service that listens to every contract but those that it is told not to."""

    def __init__(self, folder: Path, *deaf: str) -> None:
        listens = frozenset(cls for cls in LISTENS if cls.name not in deaf)
        self.generations = Generations(Declaration("toy", listens, ()), f"sqlite:///{folder}/views.sqlite")
        self.runner = Runner(self.generations.serving())

    def passed(self) -> dict[str, int]:
        """How often which types passed."""
        with self.runner.generation.store.read() as connection:
            rows = connection.execute(select(self.runner.generation.ledger.passed)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    def whole(self) -> bool:
        """Whether each event is accounted for."""
        return Completeness(self.runner, None, lambda _: {}).recount().whole

    def close(self) -> None:
        """Give the stores back."""
        self.runner.generation.store.close()
        self.generations.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    """One that listens to all."""
    listener = Listener(tmp_path)
    yield listener
    listener.close()


def test_the_whole_corpus_is_taken_live_and_nothing_is_parked_or_passed(listener: Listener) -> None:
    for service, events in chains():
        listener.runner.take(service, events)
    assert (listener.runner.parked(), listener.passed()) == ([], {})
    assert listener.whole()
    assert sum(listener.runner.count(service) for service, _ in chains()) == len(stored())


def test_a_type_not_listened_to_passes_and_is_counted(tmp_path: Path) -> None:
    deaf = Listener(tmp_path, "vn.nennep.meetings.cadre-assigned.v1")
    for service, events in chains():
        deaf.runner.take(service, events)
    assert (deaf.runner.parked(), deaf.passed()) == ([], {"vn.nennep.meetings.cadre-assigned.v1": 1})
    assert deaf.whole()
    deaf.close()


def test_an_unknown_future_type_passes_and_is_counted(listener: Listener) -> None:
    name = "vn.nennep.meetings.minutes-approved.v1"
    future = told_otherwise(stored()[0], {"anything": [1, {"a": None}]}, name=name)
    listener.runner.take("meetings", [from_cloudevent(to_cloudevent(future))])
    assert (listener.runner.parked(), listener.passed()) == ([], {name: 1})
    assert listener.whole()


def newer_version(events: list[Recorded]) -> list[Recorded]:
    """A chain as a much newer program would have recorded it."""
    chain: list[Recorded] = []
    for recorded in events:
        content = recorded.envelope.content
        name = f"{content.type.rpartition('.v')[0]}.v99"
        changed = msgspec.structs.replace(content, type=name, fact=b'{"new": true}')
        previous = chain[-1].hash if chain else recorded.envelope.previous
        envelope = msgspec.structs.replace(recorded.envelope, content=changed, previous=previous)
        chain.append(replace(recorded, envelope=envelope, hash=envelope.hash()))
    return chain


def test_an_unknown_version_of_any_type_listened_to_is_parked_a_corrections_too(listener: Listener) -> None:
    for service, events in chains():
        listener.runner.take(service, newer_version(events))
    assert listener.passed() == {}
    parked = listener.runner.parked()
    assert len(parked) == len(stored())
    assert {(each.projection, each.reason) for each in parked} == {(UNREAD, "UnknownVersion")}
    assert listener.whole()


def test_an_unknown_version_of_what_nobody_listens_to_passes(tmp_path: Path) -> None:
    elsewhere = [cls.name for cls in LISTENS if cls.service != "ratings"]
    deaf = Listener(tmp_path, *elsewhere)
    for service, events in chains():
        deaf.runner.take(service, newer_version(events))
    assert {each.service for each in deaf.runner.parked()} == {"ratings"}
    assert sum(deaf.passed().values()) == len(elsewhere) + 4, "with membership's and meetings' corrections and voidings"
    deaf.close()


def test_what_does_not_decode_is_parked_with_its_bytes_and_accounted_for(listener: Listener) -> None:
    spoilt = told_otherwise(stored()[0], {})
    listener.runner.take("meetings", [spoilt])
    (parked,) = listener.runner.parked()
    assert (parked.projection, parked.reason) == (UNREAD, "Unreadable")
    assert listener.runner.recorded(parked.spot) == spoilt
    assert listener.whole()


# ── Upcasters ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_step_has_a_stored_event_and_what_it_is_read_as() -> None:
    read = {(line.type, line.read_as) for line in lines()}
    assert {(old, upcasting.current(old)) for old in upcasting.steps()} <= read


def test_a_line_says_all_that_it_must() -> None:
    assert all(len(line.digest) == len(line.hash) == 64 for line in lines())


@pytest.mark.battery
def test_all_of_the_corpus_is_read_as_ever(record_property: Callable[[str, object], None]) -> None:
    then = set(lines())
    wrong = [each.hash.hex() for each in stored() if read_now(each) not in then]
    record_property("battery", ["R-15", int(not wrong), len(wrong), ""])
    assert wrong == []
