"""Which fixtures has every test? The real servers."""

from __future__ import annotations

from tests.support.servers import own_redis, postgres, postgres_url, redis_server, shared_redis, sqlite_url, store

__all__ = ["own_redis", "postgres", "postgres_url", "redis_server", "shared_redis", "sqlite_url", "store"]
