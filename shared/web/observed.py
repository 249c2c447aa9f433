"""What happens to every request, whatever it asks? It is timed, counted, guarded, and never ends without an answer."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.metrics import Metrics
from shared.web.problem import Problem
from shared.web.problems import answer

_log = structlog.get_logger(__name__)

_GUARDS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Headers of every answer that does not set its own."""
LITTLE: Final = 64 * 2**10
"""Bytes: so much of a body that nobody asked for is read on, so that its sender gets to read the answer."""
READ_ON_SECONDS: Final = 1.0
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ObservedRequests:
    """Middleware around everything else. An unexpected fault is logged with an id and answered 500 without text."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        start = time.perf_counter()
        self._metrics.started()
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            # The last place at which a fault can be answered; half an answer cannot be mended.
            if not await exchange.failed():
                raise
        finally:
            seconds = time.perf_counter() - start
            self._metrics.ended(exchange.method, exchange.route, exchange.status, seconds)
            _log.debug("request", route=exchange.route, status=exchange.status, seconds=round(seconds, 6))


class _Exchange:
    """One request and its answer, as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self.status = 0
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        self._body_left = b"transfer-encoding" in headers or length != b"0"
        announced = b"transfer-encoding" not in headers and length.isdigit() and len(length) <= len(str(LITTLE))
        self._little = announced and int(length) <= LITTLE

    @property
    def method(self) -> str:
        """The method, if it is one of HTTP's: any other is the sender's own text."""
        method = str(self._scope["method"])
        return method if method in _METHODS else "other"

    @property
    def route(self) -> str:
        """The path as declared, with its parameters' names."""
        route: BaseRoute | None = self._scope.get("route")
        return str(getattr(route, "path", "none"))

    async def receive(self) -> Message:
        """Pass a part of the request on, and note when it was the last."""
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._body_left = False
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, its head with the guards."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _GUARDS.items():
                headers.setdefault(name, value)
            if self._body_left and self._little:
                await self._read_on()
            if self._body_left:
                # What the sender still writes will not be read: the connection ends with the answer.
                headers["Connection"] = "close"
        await self._send(message)

    async def _read_on(self) -> None:
        """Read the rest of a small body: bytes that arrive at a closed line reset it, and the answer would be lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_ON_SECONDS):
                while self._body_left:
                    await self.receive()

    async def failed(self) -> bool:
        """Log the fault at hand and answer it; false when an answer had begun."""
        incident = uuid4()
        _log.exception("request failed", incident=str(incident), route=self.route, method=self.method)
        if self.status:
            return False
        problem = Problem(status=500, code="fault", values={"instance": f"urn:uuid:{incident}"})
        await answer(problem)(self._scope, self.receive, self.send)
        return True
