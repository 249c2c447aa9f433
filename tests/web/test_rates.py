"""Who is made to wait? Whoever knocks too often, and nobody else."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.eventsourcing.draft import Poster
from shared.web.access import Access
from shared.web.problem import TurnedAway
from shared.web.rates import BURST, Rates
from tests.web.door import Door, meeting

A, B = UUID(int=1), UUID(int=2)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def poster(key: int, organisation: UUID = A) -> Poster:
    return Poster(organisation=organisation, credential=UUID(int=key), role="recorder")


def taken(rates: Rates, who: Poster, times: int) -> int:
    """How many of so many requests are let in."""
    let_in = 0
    for _ in range(times):
        try:
            rates.take(who)
        except TurnedAway:
            continue
        let_in += 1
    return let_in


def test_a_key_has_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    rates = Rates(key=10, organisation=0, clock=clock)
    assert taken(rates, poster(1), 1_000) == 10 * BURST
    clock.now = 1.0
    assert taken(rates, poster(1), 1_000) == 10
    clock.now = 10_000.0
    assert taken(rates, poster(1), 1_000) == 10 * BURST


def test_one_organisations_flood_leaves_others_alone() -> None:
    """Twenty times its rate by one organisation, over many keys; the other stays below its own."""
    clock = Clock()
    rates = Rates(key=0, organisation=10, clock=clock)
    flooded, steady = 0, 0
    for second in range(600):
        clock.now = float(second)
        flooded += taken(rates, poster(1 + second % 7), 200)
        steady += taken(rates, poster(100, B), 10)
    assert steady == 6_000
    assert flooded <= 10 * (600 + BURST)


def test_one_key_does_not_use_up_what_its_organisations_other_keys_need() -> None:
    rates = Rates(key=5, organisation=10, clock=Clock())
    assert taken(rates, poster(1), 1_000) == 5 * BURST
    assert taken(rates, poster(2), 10) == 10


def test_nought_is_no_limit() -> None:
    assert taken(Rates(0, 0, Clock()), poster(1), 20_000) == 20_000


def test_who_is_turned_away_is_told_how_long_to_wait() -> None:
    rates = Rates(key=0.1, organisation=0, clock=Clock())
    taken(rates, poster(1), 2)
    with pytest.raises(TurnedAway) as away:
        rates.take(poster(1))
    assert (away.value.problem.status, away.value.problem.code) == (429, "too-many-requests")
    assert away.value.headers == {"Retry-After": "10"}


async def test_the_door_answers_429_and_lets_others_in(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()
    access, rates = door.access, Rates(key=0.05, organisation=0.1, clock=Clock())
    monkeypatch.setattr(access, "_rates", rates)
    monkeypatch.setattr(Door, "access", property(lambda _: access))
    assert isinstance(access, Access)
    assert (await door.post(meeting())).status_code == 201
    answer = await door.post(meeting())
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        429,
        "too-many-requests",
        "20",
    )
    assert (await door.post(meeting(), key="other")).status_code == 201
    assert len(door.posted) == 2
