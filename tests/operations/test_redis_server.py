"""Is the embedded courier a real server, kept alive, and gone when its parent is gone?"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.operations.machine import CannotStart, check_free, lock, make_writable
from shared.operations.redis_server import HOST, RedisServer
from tests.support.waiting import until

PARENT = """
import sys, threading
from pathlib import Path
from shared.operations.redis_server import RedisServer
server = RedisServer(Path(sys.argv[1]))
server.start()
print(server.pid, server.url, flush=True)
threading.Event().wait()
"""


def connected(server: RedisServer) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_speaks_streams_and_consumer_groups(redis_server: RedisServer) -> None:
    with connected(redis_server) as client:
        entry = client.xadd("stream", {"event": "{}"})
        client.xgroup_create("stream", "group", "0")
        assert client.xreadgroup("group", "one", {"stream": ">"}) == [["stream", [(entry, {"event": "{}"})]]]


def test_each_test_finds_it_empty(redis_server: RedisServer) -> None:
    with connected(redis_server) as client:
        assert client.dbsize() == 0


def test_it_answers_nobody_without_the_password(redis_server: RedisServer) -> None:
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(host=HOST, port=redis_server.port, retry=once) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_its_password_lies_where_only_the_owner_reads(own_redis: RedisServer) -> None:
    assert (own_redis.folder / "valkey.conf").stat().st_mode & 0o077 == 0


def test_killed_it_comes_back_at_the_same_address_with_what_it_had(own_redis: RedisServer) -> None:
    with connected(own_redis) as client:
        client.set("kept", "yes")
    killed, address = own_redis.pid, own_redis.url
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: own_redis.pid not in (None, killed) and own_redis.answers())
    assert own_redis.url == address
    with connected(own_redis) as client:
        assert client.get("kept") == "yes"


def test_stopped_and_started_it_keeps_what_it_had(own_redis: RedisServer) -> None:
    with connected(own_redis) as client:
        client.set("kept", "yes")
    own_redis.stop()
    assert own_redis.pid is None
    own_redis.start()
    with connected(own_redis) as client:
        assert client.get("kept") == "yes"


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline().split()[0])
        assert alive(pid)
        parent.kill()
    until(lambda: not alive(pid))


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as owner:
        port = owner.getsockname()[1]
        with pytest.raises(CannotStart) as told:
            RedisServer(tmp_path, port=port).start()
    assert str(port) in str(told.value)
    assert "\n" not in str(told.value)
    check_free(HOST, port)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart) as told:
        make_writable(tmp_path / "file" / "folder")
    assert "\n" not in str(told.value)


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.operations.machine.LOCK_PATIENCE", 0)
    first = lock(tmp_path / "lock")
    with pytest.raises(CannotStart):
        lock(tmp_path / "lock")
    os.close(first)
    os.close(lock(tmp_path / "lock"))


def test_the_server_that_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("a file where a folder must be")
    with pytest.raises(CannotStart) as told:
        RedisServer(tmp_path).start()
    assert "\n" not in str(told.value)
