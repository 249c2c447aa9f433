"""Where does a command find history, how does it show progress, and how does it end where there is no answer?"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from shared.eventsourcing.errors import Answered, ChainBroken, Unreadable
from shared.eventsourcing.log import Log
from shared.eventsourcing.progress import Progress as Done
from shared.history.archive.archive import Archive
from shared.history.archive.depot import open_depot
from shared.history.replay.scratch import CannotJudge
from shared.history.replay.sources import Exported, Kept, Source, open_read_only
from shared.operations.machine import CannotStart

CONTRADICTION, NO_JUDGEMENT = 1, 2
LOG_FILE: Final = "log.sqlite"


class Whence:
    """Where a command finds history: a data folder with its logs and archive, PostgreSQL, or exported files."""

    def __init__(self, data: Path, archive: str | None, database: str | None, files: Sequence[Path]) -> None:
        self._data, self._archive, self._database, self._files = data, archive, database, files

    def sources(self, services: Sequence[str]) -> list[Source]:
        """The history of these services. CannotStart when there is none of one."""
        if self._files:
            try:
                exported = Exported(self._files)
            except OSError as error:
                message = f"không đọc được / cannot read: {error.filename} ({error.strerror})"
                raise CannotStart(message) from error
            return [exported]
        return [self._kept(service) for service in services]

    def _kept(self, service: str) -> Kept:
        place = self._archive or str(self._data / "archive")
        sealed = Archive(open_depot(place), service)
        log = self._log(service)
        if log is None and not sealed.seals():
            message = f"không có lịch sử của / there is no history of: {service} ({self._data})"
            raise CannotStart(message)
        return Kept(service, log, sealed)

    def _log(self, service: str) -> Log | None:
        if self._database is not None:
            return Log(service, open_read_only(self._database.replace("{service}", service)))
        file = self._data / service / LOG_FILE
        return Log(service, open_read_only(f"sqlite:///{file}")) if file.is_file() else None


class Bar:
    """A bar on standard error: how many events were read, how many a second, and how long it will take."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        rate = TextColumn("{task.fields[rate]} sự việc/giây")
        self._progress = Progress(*columns, rate, TimeRemainingColumn(), console=Console(stderr=True))
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, done: Done) -> None:
        """Show how far it has come."""
        if self._task is None:
            self._task = self._progress.add_task("đọc sổ", total=None, rate="")
        total = done.total if done.total >= done.done else None
        self._progress.update(self._task, completed=done.done, total=total, rate=round(done.rate))


@contextmanager
def ending() -> Iterator[None]:
    """Say on one line why there is no answer, and end with the code for it."""
    try:
        yield
    except ChainBroken as error:
        raise _ended(CONTRADICTION, "chuỗi đứt / chain broken", str(error)) from error
    except Answered as error:
        raise _ended(NO_JUDGEMENT, error.code, error.vi, _english(error), *_beside(error)) from error
    except (CannotJudge, Unreadable) as error:
        raise _ended(NO_JUDGEMENT, "không đọc được / cannot judge", str(error)) from error


def _english(refused: Answered) -> str:
    return inspect.cleandoc(type(refused).__doc__ or "").partition("\n")[0]


def _beside(refused: Answered) -> tuple[str, ...]:
    """What may be asked instead, where the refusal says it; else what it is about."""
    return tuple(refused.values.values()) or (refused.field or "",)


def _ended(code: int, *words: str) -> typer.Exit:
    print(f"nennep: {' · '.join(word for word in words if word)}", file=sys.stderr)
    return typer.Exit(code)
