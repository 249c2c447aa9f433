"""What does a bad line do to a post? A proxy that forwards bytes and breaks each connection after some of them."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

CHUNK: Final = 2_048
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Close with a reset, as a cable that is pulled looks to whoever writes on."""


class CuttingProxy:
    """Between a client and a service on this machine. `cuts` counts the connections that it broke."""

    def __init__(self, url: str, chance: Random, most: int) -> None:
        """Each connection bears up to `most` bytes, in both directions together."""
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._chance, self._most = chance, most
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.cuts = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._welcome, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _welcome(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            _Pair(self, near, far, self._chance.randint(0, self._most))


class _Pair:
    """One connection through the proxy, with what it may still bear."""

    def __init__(self, proxy: CuttingProxy, near: socket.socket, far: socket.socket, left: int) -> None:
        self._proxy, self._left = proxy, left
        self._ends = (near, far)
        self._turn = threading.Lock()
        self._open = True
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                with self._turn:
                    borne = chunk[: self._left]
                    self._left -= len(borne)
                sink.sendall(borne)
                if len(borne) < len(chunk):
                    self._end(cut=True)
                    return
        self._end(cut=False)

    def _end(self, *, cut: bool) -> None:
        with self._turn:
            if not self._open:
                return
            self._open = False
        self._proxy.cuts += cut
        for end in self._ends:
            with suppress(OSError):
                if cut:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
