"""How is one child process kept alive? One thread starts it, waits for its end, and starts it again with back-off."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from shared.operations.leash import leashed
from shared.operations.machine import CannotStart

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
STEADY: Final = 10.0
"""Seconds of life after which the next death counts as the first again."""
LARGEST_LOG: Final = 16 * 1024 * 1024
"""Bytes beyond which a log is put aside as `.old` at the next start."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: the words, the environment, and open files that the child shares."""

    command: Sequence[str]
    environment: Mapping[str, str]
    shared_files: tuple[int, ...] = ()


def _nobody_listens(_line: str) -> None:
    """Most children say nothing that their parent must know."""


def _nobody_waits() -> None:
    """Most parents need not know of each new life."""


@dataclass
class Child:
    """A process that dies with this one and is started again whenever it ends by itself.

    `launch` is asked before and `started` called after each start; `heard` gets each line of standard output; all
    output goes to `log`.
    """

    name: str
    launch: Callable[[], Launch]
    log: Path
    heard: Callable[[str], None] = _nobody_listens
    started: Callable[[], None] = _nobody_waits
    starts: int = field(default=0, init=False)
    """How often it has been started; more than one: it has died."""
    _process: subprocess.Popen[str] | None = field(default=None, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _keeper: threading.Thread | None = field(default=None, init=False)
    _failure: CannotStart | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The process id, or nothing between two lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Begin to keep the process alive; returns at once."""
        self._stopping.clear()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {self.name}", daemon=True)
        self._keeper.start()

    def ask_to_stop(self) -> None:
        """Send SIGTERM and start it no more; returns at once."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()

    def stop(self, grace: float = 10) -> None:
        """Ask it to stop, and kill it when it has not ended after `grace` seconds."""
        keeper = self._keeper
        if keeper is None:
            return
        self.ask_to_stop()
        keeper.join(grace)
        process = self._process
        if keeper.is_alive() and process is not None:
            process.kill()
            keeper.join()
        self._keeper = None

    def check(self) -> None:
        """CannotStart when it could not even be launched."""
        if self._failure is not None:
            raise self._failure

    def last_words(self) -> str:
        """The last line of its log, for a message about its end."""
        try:
            lines = self.log.read_text(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line for line in reversed(lines) if line.strip()), "")

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            born = time.monotonic()
            try:
                self._live()
            except (OSError, CannotStart) as error:
                self._failure = CannotStart(f"{self.name}: {error}")
            if time.monotonic() - born > STEADY:
                pause = FIRST_PAUSE
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _live(self) -> None:
        """One life: from the start to the end of the process."""
        launch = self.launch()
        with _opened(self.log) as errors:
            process = subprocess.Popen(
                leashed(list(launch.command)),
                env=dict(launch.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=launch.shared_files,
                start_new_session=True,
                text=True,
                errors="replace",
            )
        self._process, self._failure = process, None
        self.starts += 1
        self.started()
        listener = threading.Thread(target=self._listen, args=(process.stdout,), daemon=True)
        listener.start()
        if self._stopping.is_set():
            process.terminate()
        process.wait()
        listener.join(1)

    def _listen(self, output: IO[str]) -> None:
        with output, _opened(self.log) as log:
            for line in output:
                log.write(line)
                self.heard(line)


def _opened(log: Path) -> IO[str]:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old"))
    return log.open("a", buffering=1, encoding="utf-8", errors="replace")
