"""Does an event travel as plain CloudEvents JSON, byte for byte, under settings that lose and double nothing?"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any
from uuid import UUID

import pytest
import redis
from faststream.redis import RedisBroker, StreamSub, TestRedisBroker
from faststream.redis.message import RedisStreamMessage
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.cloudevent import as_mapping, from_cloudevent, to_cloudevent
from shared.eventsourcing.courier import (
    BLOCK,
    SOCKET_TIMEOUT,
    CourierMisconfigured,
    PlainCloudEvents,
    Stream,
    checked,
    make_broker,
    make_client,
    shard_of,
)
from shared.operations.redis_server import RedisServer
from tests.support.couriers import ORGANISATIONS, chain
from tests.support.waiting import PATIENCE

STREAM = Stream("membership")
(EVENT,) = chain("membership", ORGANISATIONS[0], 1)
BODY = to_cloudevent(EVENT)


def test_names_keep_a_shard_on_one_node() -> None:
    stream = Stream("membership", 3)
    assert str(stream) == "nennep:{membership.3}"
    assert stream.heads == "nennep:{membership.3}:heads"
    assert stream.wanted == "nennep:{membership.3}:wanted"


def test_the_shard_is_fixed_for_ever() -> None:
    organisation = UUID("00000000-0000-0000-0000-000000000001")
    first_eight = hashlib.sha256(b"00000000-0000-0000-0000-000000000001").digest()[:8]
    assert shard_of(organisation, 16) == int.from_bytes(first_eight, "big") % 16
    assert [shard_of(UUID(int=number), 4) for number in range(8)] == [0, 1, 2, 2, 3, 0, 0, 2]


@given(st.uuids(), st.integers(1, 64))
def test_every_organisation_has_one_of_the_shards(organisation: UUID, shards: int) -> None:
    assert 0 <= shard_of(organisation, shards) < shards


async def test_an_entry_has_one_field_with_the_events_own_bytes(redis_server: RedisServer) -> None:
    broker = make_broker(redis_server.url)
    async with broker:
        client = await broker.connect()
        await broker.publish(BODY, stream=str(STREAM))
        pipeline = client.pipeline(transaction=True)
        await broker.publish(BODY, stream=str(STREAM), pipeline=pipeline)
        await pipeline.execute()
        entries: Any = await client.xrange(str(STREAM))
    assert [fields for _, fields in entries] == [{b"event": BODY}] * 2
    assert from_cloudevent(BODY) == EVENT
    assert as_mapping(BODY)["specversion"] == "1.0"


@pytest.mark.parametrize("batch", [False, True])
async def test_any_faststream_program_reads_the_streams_with_the_message_format(
    redis_server: RedisServer, *, batch: bool
) -> None:
    """Without anything else of the kit: FastStream hands the entry to the format in a shape of its own each time."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    reader = RedisBroker(redis_server.url, message_format=PlainCloudEvents, apply_types=False)

    async def handle(body: Any) -> None:
        await arrived.put(body)

    reader.subscriber(stream=StreamSub(str(STREAM), last_id="0", batch=batch, max_records=10))(handle)
    with make_client(redis_server.url) as client:
        client.xadd(str(STREAM), {"event": BODY})
    async with reader:
        await reader.start()
        body = await asyncio.wait_for(arrived.get(), PATIENCE)
    assert body == ([as_mapping(BODY)] if batch else as_mapping(BODY))


async def test_the_correlation_id_is_given_back() -> None:
    correlation = "0b4af0de-2cb4-4c53-8d0e-0b7d8a3f4a5c"
    _, headers = PlainCloudEvents.parse(BODY)
    assert headers["correlation_id"] == headers["message_id"] == str(EVENT.envelope.id)
    _, headers = PlainCloudEvents.parse(BODY.replace(b'"actor"', b'"correlation":"%s","actor"' % correlation.encode()))
    assert headers["correlation_id"] == correlation
    assert all(str(value).isascii() for value in headers.values())


async def test_faststreams_own_test_broker_understands_the_format() -> None:
    broker = RedisBroker(message_format=PlainCloudEvents, apply_types=False)
    arrived: list[str] = []

    async def handle(message: RedisStreamMessage) -> None:
        arrived.append(str(message))

    broker.subscriber(stream="any")(handle)
    async with TestRedisBroker(broker) as tested:
        await tested.publish(BODY, stream="any", correlation_id=str(EVENT.envelope.id))
    assert len(arrived) == 1


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"[]", b'{"id":7}', b"{}"])
def test_what_is_no_event_is_parsed_without_an_error(garbage: bytes) -> None:
    assert PlainCloudEvents.parse(garbage)[0] == garbage


async def test_only_bytes_are_published() -> None:
    with pytest.raises(TypeError):
        await PlainCloudEvents.encode(message={"id": "1"})


@pytest.mark.parametrize(
    "query", ["protocol=3", "decode_responses=true", "decode_responses=1", "db=2&decode_responses=yes", "protocol="]
)
def test_an_address_under_which_nothing_would_arrive_is_refused(query: str) -> None:
    with pytest.raises(CourierMisconfigured) as told:
        make_broker(f"redis://:secret@host:1/0?{query}")
    assert "secret" not in str(told.value)


def test_the_protocol_is_pinned_and_the_rest_of_the_address_kept() -> None:
    assert checked("redis://:p%40ss@host:7000/3?health_check_interval=3") == (
        "redis://:p%40ss@host:7000/3?health_check_interval=3&protocol=2"
    )
    assert checked("unix:///run/redis.sock") == "unix:///run/redis.sock?protocol=2"
    assert checked("redis://host?protocol=2&decode_responses=false").endswith("host?protocol=2&decode_responses=false")


async def test_nothing_is_sent_twice_by_the_client_and_quiet_seconds_are_no_error(redis_server: RedisServer) -> None:
    broker = make_broker(redis_server.url)
    async with broker:
        client = await broker.connect()
        settings = client.connection_pool.connection_kwargs
    assert settings["retry"].get_retries() == 0
    assert not settings["retry_on_timeout"]
    assert settings["protocol"] == 2
    assert BLOCK / 1000 < settings["socket_timeout"] == SOCKET_TIMEOUT
    with make_client(redis_server.url) as plain:
        assert plain.connection_pool.connection_kwargs["protocol"] == 2
        assert plain.connection_pool.connection_kwargs["retry"].get_retries() == 0


def test_a_client_that_finds_no_server_says_so() -> None:
    with make_client("redis://127.0.0.1:1/0") as client, pytest.raises(redis.ConnectionError):
        client.ping()
