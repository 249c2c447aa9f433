"""Where does a rebuild read from? A stream as it lies there: in sequence, verified, from where it last stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import redis

from shared.contracts.cloudevent import to_cloudevent
from shared.eventsourcing.courier import Stream
from shared.eventsourcing.delivery import RawEntry
from shared.eventsourcing.mending import pages
from shared.eventsourcing.sources import SharedSource
from shared.operations.redis_server import RedisServer
from tests.support.history import Chronicle

A, BRANCH = UUID(int=1), UUID(int=11)
STREAM = Stream("meetings", 0)


def test_a_stream_is_read_in_sequence_without_its_repetitions_and_goes_on_where_it_stopped(
    redis_server: RedisServer,
) -> None:
    chronicle = Chronicle()
    events = [chronicle.meet(A, BRANCH, UUID(int=100 + number), 3) for number in range(2_500)]
    source = SharedSource(redis_server.url, STREAM)
    with redis.Redis.from_url(redis_server.url) as client:
        pipeline = client.pipeline()
        for event in [*events[:2_200], events[0]]:
            pipeline.xadd(str(STREAM), {"event": to_cloudevent(event)})
        pipeline.xadd(str(STREAM), {"event": b"no event"})
        pipeline.execute()
        first = [event for batch in source.read() for event in batch]
        assert [event.envelope.sequence for event in first] == list(range(1, 2_201))
        for event in events[2_200:]:
            client.xadd(str(STREAM), {"event": to_cloudevent(event)})
    assert [event for batch in source.read() for event in batch] == events[2_200:]


def test_who_has_enough_of_a_stream_does_not_read_it_from_its_start_again(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chronicle, looked_at = Chronicle(), list[int]()
    events = [chronicle.meet(A, BRANCH, UUID(int=100 + number), 3) for number in range(300)]
    source = SharedSource(redis_server.url, STREAM)

    def counted(*asked: Any, **how: Any) -> Iterator[list[RawEntry]]:
        for page in pages(*asked, **how):
            looked_at.append(len(page))
            yield page

    monkeypatch.setattr("shared.eventsourcing.sources.BATCH", 50)
    monkeypatch.setattr("shared.eventsourcing.sources.pages", counted)
    with redis.Redis.from_url(redis_server.url) as client:
        for event in events:
            client.xadd(str(STREAM), {"event": to_cloudevent(event)})
    found = [event for _ in range(6) for event in next(source.read())]
    assert found == events
    assert sum(looked_at) == len(events)
