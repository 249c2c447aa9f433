"""Does every organisation's chain come out whole, in order and once, whatever the stream brings?"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Recorded
from shared.eventsourcing.heads import Head
from shared.eventsourcing.sequencer import LARGEST_PART, START, Entry, Gap, LogBehind, Mismatch, Position, Sequencer
from tests.support.couriers import ORGANISATIONS, chain, follow

A, B = ORGANISATIONS[:2]
ONE, TWO, THREE, FOUR, FIVE = chain("membership", A, 5)


def fed(sequencer: Sequencer, *events: Recorded, start: int = 1) -> list[int]:
    """The sequences that came out while these went in, in entries 1-0, 2-0 …"""
    return [
        out.envelope.sequence
        for number, event in enumerate(events, start)
        for out in sequencer.accept(event, Entry(number, 0))
    ]


def forged(event: Recorded) -> Recorded:
    """The same place in the chain, other content, and a hash that verifies."""
    envelope = msgspec.structs.replace(event.envelope, actor="somebody else")
    return Recorded(envelope, envelope.hash())


def test_a_chain_comes_out_as_it_went_in() -> None:
    assert fed(Sequencer("membership", {}), ONE, TWO, THREE) == [1, 2, 3]


def test_it_goes_on_from_a_position() -> None:
    sequencer = Sequencer("membership", {A: Position(2, TWO.hash)})
    assert fed(sequencer, ONE, TWO, THREE) == [3]
    assert sequencer.position(A) == Position(3, THREE.hash)


def test_what_comes_again_is_dropped() -> None:
    assert fed(Sequencer("membership", {}), ONE, ONE, TWO, ONE, TWO) == [1, 2]


def test_what_comes_too_early_is_held_back_until_the_gap_is_filled() -> None:
    sequencer = Sequencer("membership", {})
    assert fed(sequencer, ONE, FOUR, THREE) == [1]
    assert sequencer.gaps() == [Gap(A, 2)]
    assert fed(sequencer, TWO) == [2, 3, 4]
    assert sequencer.gaps() == []


def test_another_organisation_does_not_wait_for_a_gap() -> None:
    sequencer = Sequencer("membership", {})
    assert fed(sequencer, TWO, *chain("membership", B, 3)) == [1, 2, 3]


def test_beyond_the_bound_nothing_is_held_and_the_gap_stays_open() -> None:
    sequencer = Sequencer("membership", {}, held=2)
    assert fed(sequencer, TWO, THREE, FOUR, FIVE, ONE) == [1, 2, 3]
    assert sequencer.gaps() == [Gap(A, 4)]
    assert fed(sequencer, ONE, TWO, THREE, FOUR, FIVE) == [4, 5]


def test_a_previous_hash_that_differs_stops_the_chain() -> None:
    sequencer = Sequencer("membership", {A: Position(1, forged(ONE).hash)})
    assert fed(sequencer, TWO, THREE) == []
    assert sequencer.mismatches() == [Mismatch(A, 2)]


def test_an_event_that_is_not_its_hash_stops_the_chain() -> None:
    sequencer = Sequencer("membership", {})
    assert fed(sequencer, ONE, replace(TWO, envelope=forged(TWO).envelope), TWO) == [1]
    assert sequencer.mismatches() == [Mismatch(A, 2)]


def test_two_different_events_at_the_position_stop_the_chain() -> None:
    sequencer = Sequencer("membership", {})
    assert fed(sequencer, ONE, forged(ONE), TWO) == [1]
    assert sequencer.mismatches() == [Mismatch(A, 1)]


def test_a_stopped_chain_does_not_stop_another() -> None:
    sequencer = Sequencer("membership", {})
    assert fed(sequencer, ONE, forged(ONE), *chain("membership", B, 2)) == [1, 1, 2]


def test_a_chain_of_another_service_does_not_fit() -> None:
    sequencer = Sequencer("meetings", {})
    assert fed(sequencer, ONE) == []
    assert sequencer.mismatches() == [Mismatch(A, 1)]


def test_a_head_of_another_history_is_a_contradiction() -> None:
    sequencer = Sequencer("membership", {A: Position(2, TWO.hash)})
    assert sequencer.contradictions({A: Head(2, forged(TWO).hash)}, {}) == [Mismatch(A, 2)]
    assert sequencer.contradictions({A: Head(2, TWO.hash)}, {A: 2}) == []


def test_a_head_below_an_earlier_position_is_a_contradiction_and_one_below_a_later_is_not() -> None:
    sequencer = Sequencer("membership", {A: Position(3, THREE.hash)})
    behind = {A: Head(2, TWO.hash)}
    assert sequencer.contradictions(behind, {A: 3}) == [LogBehind(A, 3, 2)]
    assert sequencer.contradictions(behind, {A: 2}) == []


def test_a_log_that_lost_an_organisation_is_a_contradiction() -> None:
    sequencer = Sequencer("membership", {A: Position(3, THREE.hash)})
    assert sequencer.contradictions({}, {A: 3}) == [LogBehind(A, 3, 0)]


def test_the_safe_place_lies_before_whatever_still_waits() -> None:
    sequencer = Sequencer("membership", {})
    fed(sequencer, ONE, THREE, FOUR)
    assert sequencer.safe(Entry(3, 0)) == Entry(2, 0).before() == Entry(1, LARGEST_PART)
    fed(sequencer, TWO, start=4)
    assert sequencer.safe(Entry(4, 0)) == Entry(4, 0)


@pytest.mark.parametrize("text", ["1700000000000-3", "0-0", f"5-{LARGEST_PART}"])
def test_an_entry_id_reads_as_it_is_written(text: str) -> None:
    assert str(Entry.parse(text)) == text
    assert Entry.parse(text.encode()) == Entry.parse(text)


def test_nothing_lies_before_the_start() -> None:
    assert Entry.parse("0") == START == START.before()


@given(st.lists(st.integers(0, 11), max_size=40), st.integers(1, 12))
def test_any_disorder_that_ends_with_everything_gives_everything_once_in_order(places: list[int], held: int) -> None:
    events = [*chain("membership", A, 6), *chain("membership", B, 6)]
    sequencer = Sequencer("membership", {}, held=held)
    out: list[Recorded] = []
    for number, place in enumerate([*places, *range(12)], 1):
        out += sequencer.accept(events[place], Entry(number, 0))
    for organisation in (A, B):
        own = [event for event in out if event.envelope.organisation == organisation]
        assert own == [event for event in events if event.envelope.organisation == organisation]
    assert sequencer.gaps() == []


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.data())
def test_a_new_reader_that_begins_at_the_safe_place_misses_nothing(places: list[int], data: st.DataObject) -> None:
    """Whatever the first reader had held back comes again to the second."""
    events = chain("membership", A, 6)
    entries = [(Entry(number, 0), events[place]) for number, place in enumerate([*places, *range(6)], 1)]
    cut = data.draw(st.integers(0, len(entries)))
    first = Sequencer("membership", {})
    taken = [out for entry, event in entries[:cut] for out in first.accept(event, entry)]
    safe = first.safe(entries[cut - 1][0] if cut else START)
    second = Sequencer("membership", {A: first.position(A)})
    taken += [out for entry, event in entries if entry > safe for out in second.accept(event, entry)]
    assert taken == events


def test_a_chain_may_be_continued_by_hand() -> None:
    assert fed(Sequencer("membership", {}), ONE, *follow("membership", A, Position(1, ONE.hash), 2)) == [1, 2, 3]
