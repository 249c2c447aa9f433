"""Who may do what at the courier? Only a service's own relay adds to its streams; asked of a real server."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.operations.leash import leashed
from shared.operations.redis_server import valkey_binary
from tests.support.deployment import compose, filled, variables
from tests.support.waiting import until

Login = Callable[[str], redis.Redis]

OWN, FOREIGN = "nennep:{meetings.0}", "nennep:{membership.0}"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Its path is short enough for that of a socket, wherever pytest keeps its own; nobody else can take it."""
    with tempfile.TemporaryDirectory(prefix="nennep-courier-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def login(folder: Path) -> Iterator[Login]:
    users = folder / "users.acl"
    users.write_text(filled(compose()["configs"]["courier-users"]["content"], dict.fromkeys(variables(), "secret")))
    socket = str(folder / "socket")
    words = ["--port", "0", "--unixsocket", socket, "--dir", str(folder), "--save", "", "--aclfile", str(users)]
    clients: list[redis.Redis] = []

    def connect(user: str) -> redis.Redis:
        once = Retry(NoBackoff(), 0)
        clients.append(redis.Redis(unix_socket_path=socket, username=user, password="secret", retry=once))
        return clients[-1]

    def answers() -> bool:
        try:
            return bool(connect("health").ping())
        except redis.ConnectionError:
            return False

    with subprocess.Popen(leashed([str(valkey_binary()), *words]), stdout=subprocess.DEVNULL) as server:
        until(answers)
        yield connect
        for client in clients:
            client.close()
        server.terminate()


def refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except (redis.exceptions.NoPermissionError, redis.AuthenticationError):
        return True
    return False


def test_a_relay_writes_its_streams_and_heads_and_reads_what_is_wanted(login: Login) -> None:
    client = login("meetings")
    entry: Any = client.xadd(OWN, {"event": "{}"})
    assert client.xdel(OWN, entry) == 1
    with client.pipeline(transaction=True) as pipeline:
        pipeline.delete(f"{OWN}:heads")
        pipeline.hset(f"{OWN}:heads", mapping={"organisation": "1/ab/0", "beat": "1"})
        pipeline.execute()
    assert client.hgetall(f"{OWN}:wanted") == {}
    client.hdel(f"{OWN}:wanted", "ratings/organisation")
    with client.pipeline(transaction=True) as pipeline:
        pipeline.xadd(OWN, {"event": "{}"})
        pipeline.xlen(OWN)
        assert pipeline.execute()[1] > 0


def test_a_consumer_keeps_its_place_in_the_streams_of_others_and_asks_for_more(login: Login) -> None:
    login("membership").xadd(FOREIGN, {"event": "{}"})
    client = login("meetings")
    client.xgroup_create(FOREIGN, "meetings", "0", mkstream=True)
    answer: Any = client.xreadgroup("meetings", "one", {FOREIGN: ">"}, count=10)
    (_, entries), *_ = answer
    assert client.xack(FOREIGN, "meetings", *(entry for entry, _ in entries))
    assert client.xinfo_stream(FOREIGN)
    assert client.hgetall(f"{FOREIGN}:heads") == {}
    client.hset(f"{FOREIGN}:wanted", "meetings/organisation", "1")


def test_nobody_adds_to_or_empties_the_stream_of_another(login: Login) -> None:
    client = login("meetings")
    assert refused(lambda: client.xadd(FOREIGN, {"event": "{}"}))
    assert refused(lambda: client.xtrim(FOREIGN, maxlen=0))
    assert refused(lambda: client.xdel(FOREIGN, "1-1"))
    assert refused(lambda: client.xadd(FOREIGN, {"event": "{}"}, maxlen=1))
    assert refused(lambda: client.delete(FOREIGN))
    assert refused(lambda: client.hset(f"{FOREIGN}:heads", "organisation", "9/ab/0"))


def test_a_reader_hears_every_stream_and_adds_to_none(login: Login) -> None:
    login("membership").xadd(FOREIGN, {"event": "{}"})
    client = login("reader")
    client.xgroup_create(FOREIGN, "duty", "0", mkstream=True)
    assert client.xreadgroup("duty", "one", {FOREIGN: ">"}, count=10)
    client.hset(f"{FOREIGN}:wanted", "duty/organisation", "1")
    for stream in (OWN, FOREIGN, "nennep:{duty.0}"):
        assert refused(lambda stream=stream: client.xadd(stream, {"event": "{}"}))  # type: ignore[misc]
        assert refused(lambda stream=stream: client.hset(f"{stream}:heads", "x", "9/ab/0"))  # type: ignore[misc]


def test_nobody_empties_the_server_runs_scripts_or_reads_other_keys(login: Login) -> None:
    client = login("meetings")
    assert refused(client.flushall)
    assert refused(lambda: client.eval("return 1", 0))
    assert refused(lambda: client.get("anything"))
    assert refused(client.config_get)
    assert refused(lambda: client.client_kill_filter(user="ratings"))


def test_who_has_no_name_does_nothing(login: Login) -> None:
    assert refused(login("default").ping)
    assert refused(lambda: login("health").get("anything"))
