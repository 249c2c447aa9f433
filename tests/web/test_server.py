"""How does the real server meet bad HTTP? On a socket, byte by byte."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn

from shared.operations.serving import bound
from shared.web.posting import MOST_BYTES
from shared.web.server import MOST_HEADER_BYTES, PatientProtocol, server_settings
from tests.support.waiting import PATIENCE, until_async
from tests.web.door import Door

SHORT = 8 * 2**10


@asynccontextmanager
async def running(door: Door, *listeners: socket.socket) -> AsyncIterator[uvicorn.Server]:
    """The door behind the real server, on a free port unless it is given where to listen."""
    server = uvicorn.Server(server_settings(door.app(), "127.0.0.1", 0))
    task = asyncio.create_task(server.serve(list(listeners) or None))
    await until_async(lambda: server.started)
    try:
        yield server
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def serving(door: Door) -> AsyncIterator[int]:
    """Where the door listens behind the real server."""
    async with running(door) as server:
        yield server.servers[0].sockets[0].getsockname()[1]


async def spoken(port: int, *parts: bytes, hang_up: bool = True) -> bytes:
    """Everything that the server answers to these bytes before it closes, or before it has nothing more to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
        if hang_up:
            writer.write_eof()
    heard = b""
    with suppress(ConnectionError, TimeoutError):
        heard = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    return heard


def head(door: Door, *lines: str) -> bytes:
    more = (f"Authorization: Bearer {door.keys['recorder']}", "Content-Type: application/cloudevents+json", *lines)
    return ("POST /v1/events HTTP/1.1\r\nHost: s\r\n" + "".join(f"{line}\r\n" for line in more) + "\r\n").encode()


BAD = {
    "no HTTP": (b"hello\r\n\r\n",),
    "only NUL": (b"\x00" * 100,),
    "two lengths": (b"POST /v1/events HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",),
    "length and chunks": (
        b"POST /v1/events HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "length below zero": (b"POST /v1/events HTTP/1.1\r\nHost: s\r\nContent-Length: -1\r\n\r\n",),
    "length in words": (b"POST /v1/events HTTP/1.1\r\nHost: s\r\nContent-Length: two\r\n\r\n{}",),
    "bad chunk size": (
        b"POST /v1/events HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ),
    "endless chunk size": (
        b"POST /v1/events HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n",
    ),
    "other transfer encoding": (b"POST /v1/events HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: gzip\r\n\r\n{}",),
    "space in a header's name": (b"GET /livez HTTP/1.1\r\nHost: s\r\nX : y\r\n\r\n",),
    "folded header": (b"GET /livez HTTP/1.1\r\nHost: s\r\nX: y\r\n z\r\n  q: \x01\r\n\r\n",),
    "two hosts": (b"GET /livez HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n",),
    "no host": (b"GET /livez HTTP/1.1\r\n\r\n",),
    "huge header": (b"GET /livez HTTP/1.1\r\nHost: s\r\nX: " + b"a" * (2 * MOST_HEADER_BYTES), b"\r\n\r\n"),
    "huge address": (b"GET /" + b"a" * (2 * MOST_HEADER_BYTES) + b" HTTP/1.1\r\nHost: s\r\n\r\n",),
    "bytes in the address": (b"GET /\xff\xfe HTTP/1.1\r\nHost: s\r\n\r\n",),
    "unknown version": (b"GET /livez HTTP/9.9\r\nHost: s\r\n\r\n",),
}


async def test_bad_http_is_refused_in_few_words_and_the_server_goes_on() -> None:
    door = Door()
    async with serving(door) as port:
        for name, parts in BAD.items():
            heard = await spoken(port, *parts)
            assert len(heard) <= SHORT, name
            assert heard.split(b" ")[1:2] in ([], [b"200"], [b"400"], [b"401"], [b"404"]), name
            assert b"aaaa" not in heard
        assert b"200 OK" in await spoken(port, b"GET /livez HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")


async def test_a_head_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "seconds", 0.1)
    async with serving(Door()) as port:
        for parts in ((), (b"GET /livez HTTP/1.1\r\nHo",)):
            heard = await spoken(port, *parts, hang_up=False)
            assert heard.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        # The first head must have come before its time is over, however slow this machine is now.
        monkeypatch.setattr(PatientProtocol, "seconds", 2.0)
        second = await spoken(port, b"GET /livez HTTP/1.1\r\nHost: s\r\n\r\nGET /livez HTTP/1.1\r\nHo", hang_up=False)
        assert second.startswith(b"HTTP/1.1 200 OK")
        assert b"HTTP/1.1 408" in second


async def test_a_connection_that_rests_between_two_requests_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(Door()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET /livez HTTP/1.1\r\nHost: s\r\n\r\n")
            answer = await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
            assert answer.startswith(b"HTTP/1.1 200")
            monkeypatch.setattr(PatientProtocol, "seconds", 0.05)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.2)
        writer.close()


async def test_a_body_past_the_cap_is_cut_with_413() -> None:
    door = Door()
    async with serving(door) as port:
        announced = await spoken(port, head(door, f"Content-Length: {200 * 2**20}"), b"{" * 2**20, hang_up=False)
        assert announced.startswith(b"HTTP/1.1 413")
        assert b"connection: close" in announced.lower()
        chunk = b"100000\r\n" + b" " * 2**20 + b"\r\n"
        endless = await spoken(
            port, head(door, "Transfer-Encoding: chunked"), *[chunk] * (2 * MOST_BYTES // 2**20), hang_up=False
        )
        assert endless.startswith(b"HTTP/1.1 413")
        assert b"body-too-large" in endless


async def test_who_is_refused_reads_why_also_when_his_body_comes_after_its_head() -> None:
    door = Door()
    async with serving(door) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            for part in (b"POST /v1/nothing HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\n", b"{}"):
                writer.write(part)
                await writer.drain()
            heard = await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
            assert heard.startswith(b"HTTP/1.1 404")
            assert b"connection: close" not in heard.lower(), "the line is kept, for nothing was left unread"
        writer.close()


async def test_an_answer_s_body_does_not_wait_until_its_head_is_acknowledged() -> None:
    """40 ms each on a line that is kept; on a service's own listening socket, which is not one of asyncio's making."""
    async with running(Door(), bound("127.0.0.1", 0)) as server:
        port = server.servers[0].sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        (line,) = await until_async(lambda: server.server_state.connections)
        assert isinstance(line, PatientProtocol)
        kept: socket.socket = line.transport.get_extra_info("socket")
        assert kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()


async def test_many_slow_senders_do_not_stand_in_the_way_of_others() -> None:
    door = Door()
    async with serving(door) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        for number, (_, writer) in enumerate(slow):
            writer.write(head(door, "Content-Length: 100")[: -2 if number % 2 else None] + b"{")
        async with door.client() as client:
            assert (await client.get("/livez")).status_code == 200
        heard = await spoken(port, b"GET /livez HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
        assert heard.startswith(b"HTTP/1.1 200")
        for _, writer in slow:
            writer.close()
