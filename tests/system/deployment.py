"""How does a test run the whole product? Started by its supervisor, killed at will, at named points too."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from shared.eventsourcing.faults import VARIABLE
from shared.operations.supervisor import Supervisor, service_command
from tests.support.waiting import until
from tests.system.reached import PATIENCE, SERVICES, Reached


class Deployment(Reached):
    """The three services, or some, and their courier in one data folder, under a supervisor of the test's own."""

    def __init__(
        self, data: Path, *, services: Sequence[str] = SERVICES, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """With `settings` that stand in the environment of the services alone."""
        super().__init__(data, services)
        self._faults: dict[str, list[str]] = {}
        self._settings = settings
        self.supervisor = Supervisor(data, services=services, command=self._command)

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
        """Wait until the service has been started so often and is ready; for each start as long as one may take."""
        child = self.supervisor.services[service].child
        while child.starts < number:
            before = child.starts
            until(lambda before=before: child.starts > before, PATIENCE)  # type: ignore[misc]
        until(lambda: child.starts >= number and child.pid is not None and self.is_ready(service), PATIENCE)

    def _command(self, service: str) -> Sequence[str]:
        told, faults = dict(self._settings), self._faults.get(service)
        if faults:
            told[VARIABLE] = faults.pop(0)
        env, command = shutil.which("env"), service_command(service)
        return (env, *(f"{name}={value}" for name, value in told.items()), *command) if told and env else command
