"""How are views made anew without anybody noticing? A shadow is filled from history, compared, and switched to.

The shadow never runs ahead of the views that serve. When it is nearly there, these stand still for a moment, the shadow
is brought to exactly their position, and from then on both are compared as they stood there while the one that serves
goes on. At last the shadow catches up and one row of the control store says that it serves. A rebuild that was
interrupted goes on where it was; only the process that leads makes one, and a process that lost its lease stops.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from shared.eventsourcing.comparing import Difference, Named
from shared.eventsourcing.errors import ChainBroken, Conflict
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.progress import Progress
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.shadow import Feed, HistoryContradicts, Making, Source
from shared.eventsourcing.views import Generation, Generations


class RebuildRunning(Conflict):
    """One rebuild of a service's views at a time."""

    vi = "Đang dựng lại bảng tổng hợp; mỗi lúc chỉ một lần."


class NotLeading(Conflict):
    """Another replica leads: it alone rebuilds and switches. Ask it, or ask again."""

    vi = "Bản chạy song song khác đang giữ quyền; hãy hỏi bản đó."


class NothingToRollBack(Conflict):
    """There is no previous generation."""

    vi = "Không còn bản trước để dùng lại."


class Interrupted(Exception):
    """The process is asked to stop; the rebuild goes on when it is started again."""


Told = Callable[[Progress], None]


def _allowed(_: Connection) -> None:
    """Where there is one process, it may."""


class Rebuild:
    """Rebuilds the views of one service."""

    def __init__(
        self,
        generations: Generations,
        runner: Runner,
        sources: Callable[[], Sequence[Source]],
        *,
        check: Callable[[Connection], object] = _allowed,
    ) -> None:
        """`check` raises LeaseLost where this process does not lead."""
        self._generations = generations
        self._runner = runner
        self._sources = sources
        self._check = check
        self._one = threading.Lock()
        self._stopping = threading.Event()
        self.progress: Progress | None = None
        self.named: Named | None = None
        """Which answers read a row, and for what; a service that has answers sets it."""
        self.longest_pause = 0.0
        """Seconds for which the serving views stood still at most, in the last rebuild."""

    def run(self, *, switch: bool = True, told: Told = lambda _: None) -> Difference:
        """Fill, compare and (unless told otherwise) switch; without a switch the shadow is given up again.

        RebuildRunning when one is under way, NotLeading, HistoryIncomplete, HistoryContradicts; Interrupted by `stop`.
        """
        if not self._one.acquire(blocking=False):
            raise RebuildRunning
        try:
            self.require_leading()
            return self._run(switch=switch, told=told)
        except LeaseLost:
            raise NotLeading from None
        finally:
            self.progress = None
            self._one.release()

    def stop(self) -> None:
        """Make a rebuild that runs end soon, and let none begin. From any thread."""
        self._stopping.set()

    @property
    def running(self) -> bool:
        """Whether one is under way in this process."""
        return self._one.locked()

    def require_leading(self) -> None:
        """NotLeading when another process leads."""
        try:
            with self._generations.control.write() as connection:
                self._check(connection)
        except LeaseLost:
            raise NotLeading from None

    def roll_back(self) -> int:
        """Let the previous views serve again; they catch up by themselves. The generation's number."""
        if not self._one.acquire(blocking=False):
            raise RebuildRunning
        try:
            with self._runner.paused():
                number = self._generations.roll_back(self._check)
                if number is None:
                    raise NothingToRollBack
                self._runner.adopt(self._generations.serving())
        except LeaseLost:
            raise NotLeading from None
        finally:
            self._one.release()
        return number

    def _run(self, *, switch: bool, told: Told) -> Difference:
        shadow = self._generations.shadow()
        filling = self._runner.beside(shadow)
        filling.guard(self._check)
        progress = self.progress = Progress()

        def step() -> None:
            if self._stopping.is_set():
                raise Interrupted
            told(progress)

        feeds = [Feed(source, filling) for source in self._sources()]
        making = Making(self._runner, filling, feeds, progress, step, self.named)
        try:
            difference = making.compared()
            if switch:
                making.switch(lambda: self._serve(shadow))
        except BaseException as error:
            if shadow is not self._runner.generation:
                self._leave(shadow, keep=not isinstance(error, ChainBroken | HistoryContradicts))
            raise
        finally:
            self.longest_pause = making.longest_pause
        if not switch:
            self._leave(shadow, keep=False)
        return difference

    def _leave(self, shadow: Generation, *, keep: bool) -> None:
        """End work on a shadow; one that was made from another history is no good to go on with."""
        shadow.store.close()
        if not keep:
            self._generations.discard(shadow.number)

    def _serve(self, shadow: Generation) -> None:
        self._generations.switch(shadow.number, self._check)
        self._runner.adopt(shadow)
