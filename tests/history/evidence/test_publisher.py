"""When is a checkpoint published by itself? After a sealing, and when a day or a month is over in Viet Nam."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import delete

from shared.contracts.event import VIETNAM
from shared.eventsourcing.log_rows import event_table
from shared.history.evidence.publisher import Publisher, Publishing
from tests.history.evidence.house import DAY, NOON, A, House
from tests.support.spoiling import spoil
from tests.support.waiting import PATIENCE, until_async


def publisher_of(house: House, *, leading: bool = True, sweep: float = 60) -> Publisher:
    return Publisher(house.checkpoints, house.witnesses(), leading=lambda: leading, sweep=sweep, now=lambda: house.now)


def whys(house: House) -> list[str]:
    return [each.checkpoint.why for each in house.checkpoints.all()]


def test_a_day_that_is_over_and_a_month_that_is_over_are_covered_once(house: House) -> None:
    publisher = publisher_of(house)
    assert publisher.publish_due() is None
    house.grow(A, 1)
    publisher.publish_due()
    house.grow(A, 1)
    assert publisher.publish_due() is None
    assert whys(house) == ["daily"]
    for day in (NOON + DAY, NOON + DAY, NOON + 31 * DAY, NOON + 31 * DAY):
        house.now = day
        publisher.publish_due()
        house.grow(A, 1)
    assert whys(house) == ["daily", "daily", "period"]
    house.now = NOON + 32 * DAY
    publisher_of(house).publish_due()
    assert whys(house)[3:] == ["daily"]
    assert publisher_of(house).publish_due() is None


def test_the_day_ends_at_midnight_in_viet_nam(house: House) -> None:
    house.now = dt.datetime(2026, 3, 1, 16, 59, 59, tzinfo=dt.UTC)
    publisher = publisher_of(house)
    house.grow(A, 1)
    publisher.publish_due()
    house.grow(A, 1)
    assert publisher.publish_due() is None
    house.now += dt.timedelta(seconds=1)
    assert house.now.astimezone(VIETNAM).day == 2
    assert publisher.publish_due() is not None


def test_a_day_on_which_nothing_is_new_has_no_checkpoint(house: House) -> None:
    publisher = publisher_of(house)
    house.grow(A, 1)
    publisher.publish_due()
    for _ in range(3):
        house.now += DAY
        publisher.publish_due()
    assert whys(house) == ["daily"]


async def test_sealing_wakes_it_and_stopping_ends_it(house: House) -> None:
    publisher = publisher_of(house)
    house.sealer.on_sealed(publisher.wake)
    task = asyncio.create_task(publisher.run())
    house.grow(A, 12)
    await asyncio.to_thread(house.sealer.seal_all)
    await until_async(lambda: "sealed" in whys(house))
    latest = house.checkpoints.latest()
    assert latest is not None
    assert latest.checkpoint.size == 2
    publisher.stop()
    await asyncio.wait_for(task, PATIENCE)
    assert publisher.problem is None


async def test_what_was_sealed_before_it_ran_is_covered_when_it_runs(house: House) -> None:
    publisher = publisher_of(house)
    house.published(a=12)
    house.sealer.seal_all()
    publisher.wake()
    task = asyncio.create_task(publisher.run())
    await until_async(lambda: whys(house) == ["asked", "sealed"])
    publisher.stop()
    await asyncio.wait_for(task, PATIENCE)


async def test_who_does_not_lead_publishes_nothing_and_still_stops(house: House) -> None:
    house.grow(A, 1)
    publisher = publisher_of(house, leading=False)
    task = asyncio.create_task(publisher.run())
    publisher.wake()
    publisher.stop()
    await asyncio.wait_for(task, PATIENCE)
    assert whys(house) == []


async def test_a_log_that_is_not_whole_is_told_and_tried_again(house: House) -> None:
    house.published(a=3)
    house.grow(A, 3)
    with house.store.write() as connection:
        kept = connection.execute(event_table.select().where(event_table.c.sequence == 5)).one()._asdict()
        spoil(connection, delete(event_table).where(event_table.c.sequence == 5))
    publisher = publisher_of(house, sweep=0.02)
    publisher.wake()
    task = asyncio.create_task(publisher.run())
    await until_async(lambda: publisher.problem is not None and "lacks events" in publisher.problem)
    assert whys(house) == ["asked"]
    with house.store.write() as connection:
        connection.execute(event_table.insert().values(**kept))
    await until_async(lambda: whys(house) == ["asked", "sealed"])
    await until_async(lambda: publisher.problem is None)
    publisher.stop()
    await asyncio.wait_for(task, PATIENCE)


@pytest.mark.parametrize("early", [True, False])
async def test_stopping_before_or_after_the_start_ends_it(house: House, *, early: bool) -> None:
    house.grow(A, 1)
    publisher = publisher_of(house)
    if early:
        publisher.stop()
    task = asyncio.create_task(publisher.run())
    if not early:
        await until_async(lambda: bool(whys(house)))
        publisher.stop()
    await asyncio.wait_for(task, PATIENCE)


def test_a_service_publishes_from_its_settings_with_the_same_key_after_every_start(
    house: House, tmp_path: Path
) -> None:
    house.grow(A, 1)
    settings = Publishing(tmp_path / "own" / "keys", "lam-dong")
    first = settings.publisher(house.log, house.lease, lambda: True)
    published = first.publish_due()
    assert published is not None
    assert published.checkpoint.origin == "nennep/lam-dong/meetings"
    again = settings.publisher(house.log, house.lease, lambda: True)
    assert again.checkpoints.latest() == published
    assert again.publish_due() is None
    for wrong in (
        Publishing(tmp_path / "own" / "keys", "other"),
        Publishing(tmp_path / "new", "lam dong"),
        Publishing(tmp_path / "third", "lam-dong", (), 1),
    ):
        with pytest.raises(ValueError, match=r"key|witnesses"):
            wrong.publisher(house.log, house.lease, lambda: True)
