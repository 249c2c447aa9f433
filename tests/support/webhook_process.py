"""Which process may a kill test kill while it sends? One that sends the events of a log to its webhooks, until SIGTERM.

`python -m tests.support.webhook_process <folder>`: the log and the webhooks lie in SQLite files there.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from shared.eventsourcing.lease import FileLease
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.units.knowledge import Knowledge
from shared.web.webhooks.registry import Registry
from shared.web.webhooks.sending import Webhooks
from tests.web.door import PEPPER, TODAY, Door


def sender(folder: Path) -> Webhooks:
    """The part of a service, for as long as the test's keys count."""
    knowledge = Knowledge().told(Door().facts)
    return Webhooks(
        Log("meetings", open_store(f"sqlite:///{folder / 'log.sqlite'}")),
        Registry(open_store(f"sqlite:///{folder / 'webhooks.sqlite'}")),
        FileLease(folder / "hooks"),
        knowledge=lambda: knowledge,
        pepper=PEPPER,
        allowed={"127.0.0.1"},
        today=lambda: TODAY,
    )


async def main(folder: str) -> None:
    """Send until SIGTERM."""
    webhooks = sender(Path(folder))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, webhooks.stop)
    await webhooks.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
