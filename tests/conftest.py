"""What has every test? The real servers, the same examples in every run, its turn, and a heap searched seldom."""

from __future__ import annotations

import gc
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.longest import LONGEST_FIRST
from tests.support.servers import own_redis, postgres, postgres_url, redis_server, shared_redis, sqlite_url, store
from tests.support.sources import ROOT

__all__ = ["own_redis", "postgres", "postgres_url", "redis_server", "shared_redis", "sqlite_url", "store"]


settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
"""In every run the same examples, however long one takes on a busy machine; the battery draws fresh ones."""
settings.register_profile("battery", parent=settings.get_profile("gate"), derandomize=False)
COLLECT = (50_000, 10, 10)
"""When Python looks for garbage in circles, as seldom as a service may; with its own thresholds every few rows."""


def pytest_configure(config: pytest.Config) -> None:
    """Programs that tests stop by SIGINT must hear it, also where the run itself was started deaf to it (`&`)."""
    settings.load_profile("battery" if config.option.markexpr == "battery" else "gate")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Between workers the longest files are dealt out first; else one works at its last alone while the others rest."""
    if hasattr(config, "workerinput"):
        turn = {ROOT / name: number for number, name in enumerate(LONGEST_FIRST)}
        items.sort(key=lambda item: turn.get(item.path, len(turn)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Half a million objects, the tests and all that they import, stay to the end: nobody looks for garbage among them.

    Else the looking is half of the processor's time of a run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        gc.enable()


def pytest_unconfigure() -> None:
    """What was kept may go; some libraries say at the end what was not given back."""
    gc.unfreeze()
