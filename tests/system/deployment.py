"""How does a test run the whole product? Started by its supervisor, killed at will, at named points too."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.eventsourcing.faults import VARIABLE
from shared.operations.supervisor import Supervisor, service_command
from tests.support.waiting import until
from tests.system.reached import PATIENCE, SERVICES, Reached


class Deployment(Reached):
    """The three services and their courier in one data folder, under a supervisor of the test's own."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._faults: dict[str, list[str]] = {}
        self.supervisor = Supervisor(data, services=SERVICES, command=self._command)

    def __enter__(self) -> Self:
        """Start, and wait until every service has heard of the others."""
        self.supervisor.start()
        self.settle()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop politely."""
        self.close()
        self.supervisor.stop()

    def arm(self, service: str, *faults: str) -> None:
        """Let the service's next processes die at a named point each; the one after them lives."""
        self._faults.setdefault(service, []).extend(faults)

    def kill(self, service: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Kill a service as a power cut would, or with another signal; gives the number of its next start."""
        child = self.supervisor.services[service].child
        pid = until(lambda: child.pid, PATIENCE)
        number = child.starts + 1
        os.kill(pid or 0, how)
        return number

    def await_start(self, service: str, number: int) -> None:
        """Wait until the service has been started so often, and is ready."""
        child = self.supervisor.services[service].child
        until(lambda: child.starts >= number and child.pid is not None and self.is_ready(service), PATIENCE)

    def _command(self, service: str) -> Sequence[str]:
        faults, env, command = self._faults.get(service), shutil.which("env"), service_command(service)
        return (env, f"{VARIABLE}={faults.pop(0)}", *command) if faults and env else command
