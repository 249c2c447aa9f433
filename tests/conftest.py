"""Which fixtures has every test? The real servers."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.support.servers import own_redis, postgres, postgres_url, redis_server, shared_redis, sqlite_url, store

__all__ = ["own_redis", "postgres", "postgres_url", "redis_server", "shared_redis", "sqlite_url", "store"]


settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
"""In every run the same examples, however long one takes on a busy machine; the battery draws fresh ones."""
settings.register_profile("battery", parent=settings.get_profile("gate"), derandomize=False)


def pytest_configure(config: pytest.Config) -> None:
    """Programs that tests stop by SIGINT must hear it, also where the run itself was started deaf to it (`&`)."""
    settings.load_profile("battery" if config.option.markexpr == "battery" else "gate")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
