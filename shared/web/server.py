"""How does the HTTP server behave towards senders who are slow, endless or many? Its settings, in one place."""

from __future__ import annotations

import asyncio
import socket
from http import HTTPStatus
from typing import ClassVar, Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.web.logs import configure_logging

MOST_HEADER_BYTES: Final = 16 * 2**10
MOST_CONNECTIONS: Final = 800
"""Held at once; one more is answered 503. Below the usual limit of 1,024 open files."""
KEEP_ALIVE_SECONDS: Final = 15
STOP_SECONDS: Final = 8
"""For requests under way when the service is asked to stop."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with two things added: a head must arrive within `seconds`, and an answer leaves at once.

    An answer's head and its body are two writes. Without TCP_NODELAY the second waits until the sender has acknowledged
    the first, which on a line that is kept he puts off for 40 ms. asyncio sets it only where the listening socket names
    its protocol, and `socket.create_server` makes one that does not.
    """

    seconds: ClassVar[float] = 10.0
    _deadline: asyncio.TimerHandle | None = None
    _fresh = True
    """No head has arrived yet. Later, between two requests, the keep-alive time counts."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A sender has connected; its first head is awaited."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: perhaps the end of a head, perhaps the beginning of the next."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """An answer has left: perhaps the beginning of the next head is here already."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        idle = self.conn.their_state is h11.IDLE
        self._fresh = self._fresh and idle
        begun = idle and (self._fresh or bool(self.conn.trailing_data[0]))
        if not begun or self.transport.is_closing():
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._cut)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            phrase = HTTPStatus.REQUEST_TIMEOUT.phrase
            self.transport.write(f"HTTP/1.1 408 {phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
            self.transport.close()


def server_settings(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """The settings of the server in front of a service; port 0 takes a free one. The process logs JSON lines."""
    configure_logging()
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
