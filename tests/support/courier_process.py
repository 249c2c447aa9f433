"""Which process may a kill test kill? One relay, or one subscription, of the service `membership`, until SIGTERM.

`python -m tests.support.courier_process relay|subscription <folder> <redis address>`; prints `ready` once it works.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from shared.eventsourcing.courier import Stream
from shared.eventsourcing.lease import FileLease
from shared.eventsourcing.log import Log
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.store import open_store
from shared.eventsourcing.subscription import Subscription
from tests.support.couriers import RowsSink

SERVICE = "membership"
BATCH = 20
"""Small, so that a kill finds a batch half way."""


def open_log(folder: Path) -> Log:
    """The log that the relay process reads."""
    return Log(SERVICE, open_store(f"sqlite:///{folder / 'log.sqlite'}"))


def open_sink(folder: Path) -> RowsSink:
    """The sink that the subscription process fills."""
    return RowsSink(open_store(f"sqlite:///{folder / 'views.sqlite'}", durability="NORMAL"))


def part(what: str, folder: Path, url: str) -> Relay | Subscription:
    """What this process runs."""
    if what == "relay":
        return Relay(open_log(folder), url, FileLease(folder / "log.sqlite"), batch=BATCH)
    return Subscription(url, "ratings", [Stream(SERVICE)], open_sink(folder), FileLease(folder / "views.sqlite"))


async def main(what: str, folder: str, url: str) -> None:
    """Run it until SIGTERM."""
    runs = part(what, Path(folder), url)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runs.stop)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await runs.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
