"""Which fixtures has every test? The real servers."""

from __future__ import annotations

import signal

from tests.support.servers import own_redis, postgres, postgres_url, redis_server, shared_redis, sqlite_url, store

__all__ = ["own_redis", "postgres", "postgres_url", "redis_server", "shared_redis", "sqlite_url", "store"]


def pytest_configure() -> None:
    """Programs that tests stop by SIGINT must hear it, also where the run itself was started deaf to it (`&`)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
