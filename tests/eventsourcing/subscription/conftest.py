"""What do the tests of a subscription share? A log, a sink that remembers, and a client of the courier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from shared.eventsourcing.courier import make_client
from shared.eventsourcing.log import Log
from shared.operations.redis_server import RedisServer
from tests.support.courier_process import open_log, open_sink
from tests.support.couriers import RowsSink


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = open_log(tmp_path)
    yield log
    log.store.close()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[RowsSink]:
    sink = open_sink(tmp_path)
    yield sink
    sink.store.close()


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with make_client(redis_server.url) as client:
        yield client
