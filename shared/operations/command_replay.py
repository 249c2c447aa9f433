"""Which commands ask history again? `replay`, `compare`, `timeline`, `log find`, `log causes`.

`replay` and `compare` read sealed archive and logs, or exported files; they need no running service, no network, and
change nothing. Exit codes: 0 answered, 1 a chain contradicts or a question is refused, 2 cannot judge.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from shared.contracts.event import calendar_day, plausible
from shared.eventsourcing.errors import Answered, ChainBroken
from shared.eventsourcing.log import Log
from shared.eventsourcing.rebuild import Progress as Done
from shared.history.archive.archive import Archive
from shared.history.archive.depot import open_depot
from shared.history.replay.compare import differences
from shared.history.replay.moments import moment
from shared.history.replay.report import Replay, Replayed
from shared.history.replay.scratch import CannotJudge
from shared.history.replay.sources import Exported, Kept, Source, open_read_only
from shared.history.replay.wording import difference_lines, lines
from shared.operations.machine import CannotStart
from shared.operations.options import Data, Json, tell
from shared.operations.serving import discovered

CONTRADICTION, NO_JUDGEMENT = 1, 2
LOG_FILE: Final = "log.sqlite"

Names = Annotated[list[str], typer.Argument(help="Số liệu, hoặc một báo cáo. · Figures, or one report.")]
Unit = Annotated[UUID, typer.Option(help="Đơn vị hoặc địa bàn. · A unit or place.")]
Start = Annotated[str, typer.Option(help="Ngày đầu kỳ. · First day, yyyy-mm-dd.")]
End = Annotated[str, typer.Option(help="Ngày sau kỳ. · The day after the last one.")]
Known = Annotated[
    str | None, typer.Option(help="Như đã biết đến hết ngày, hoặc thời điểm. · As known at the end of a day, or then.")
]
Tree = Annotated[str | None, typer.Option(help="Theo cơ cấu của ngày. · Under the tree of a day.")]
Rules = Annotated[str | None, typer.Option(help="Bộ tiêu chí hiệu lực ngày. · Rules in force on a day.")]
By = Annotated[str, typer.Option(help="Chia theo, cách bằng dấu phẩy. · Keys to split by, with commas.")]
Threshold = Annotated[int | None, typer.Option(min=0, max=100, help="Ngưỡng, phần trăm. · Threshold in per cent.")]
From = Annotated[
    list[Path] | None, typer.Option("--from", help="Tệp đã xuất, hoặc thư mục. · Exported files, or a folder of them.")
]
ArchivePlace = Annotated[
    str | None, typer.Option("--archive", envvar="NENNEP_ARCHIVE", help="Kho lưu trữ. · The sealed archive.")
]
Database = Annotated[
    str | None, typer.Option("--database", envvar="NENNEP_DATABASE", help="PostgreSQL của sổ. · The logs' PostgreSQL.")
]
ScratchPlace = Annotated[
    str | None, typer.Option("--scratch", help="PostgreSQL làm nháp; mặc định tệp tạm. · PostgreSQL to work in.")
]
Out = Annotated[Path | None, typer.Option(help="Ghi kết quả ra tệp. · Write the document to a file.")]


def replay(  # noqa: PLR0913 — one parameter an option
    names: Names,
    *,
    unit: Unit,
    start: Start,
    end: End,
    by: By = "",
    threshold: Threshold = None,
    known: Known = None,
    tree: Tree = None,
    rules: Rules = None,
    source: From = None,
    data: Data = Path("var"),
    archive: ArchivePlace = None,
    database: Database = None,
    scratch: ScratchPlace = None,
    standing: Annotated[
        bool, typer.Option("--standing", help="Đã có gì thay đổi từ đó? · Has it been superseded?")
    ] = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """A report as known on one day, under the tree of another, by the rules of a third; computed from history alone."""
    replayed = declaring(names)
    with ending():
        asked = replayed.asked(
            names,
            unit,
            day("start", start),
            day("end", end),
            by=_keys(by),
            parameters=_parameters(threshold),
            known=None if known is None else instant_of("known", known),
            tree=None if tree is None else day("tree", tree),
            rules=None if rules is None else day("rules", rules),
        )
        with Bar() as bar:
            place = Whence(data, archive, database, tuple(source or ()))
            work = Replay(replayed, lambda: place.sources(replayed.services), bar.told, scratch)
            if standing:
                found = work.standing(asked)
                document, said = found.document, found.told()
            else:
                document, said = work.document(asked), None
    content = document.encode()
    if out is not None:
        out.write_bytes(content)
    if said is not None and as_json:
        print(json.dumps(said, ensure_ascii=False, sort_keys=True))
    elif as_json:
        sys.stdout.buffer.write(content)
    else:
        words = [*lines(document.told()), *([_superseded(said["superseded"])] if said is not None else [])]
        Console().print("\n".join(words), markup=False, highlight=False, soft_wrap=True)


def compare(  # noqa: PLR0913 — as above
    names: Names,
    *,
    unit: Unit,
    start: Start,
    end: End,
    known: Annotated[str, typer.Option(help="Thời điểm trước. · The earlier moment.")],
    later: Annotated[str | None, typer.Option("--and", help="Thời điểm sau; mặc định: nay. · The later; now.")] = None,
    by: By = "",
    threshold: Threshold = None,
    tree: Tree = None,
    source: From = None,
    data: Data = Path("var"),
    archive: ArchivePlace = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """What differs between two moments, and which facts did it. Exit code 0 either way."""
    before = instant_of("known", known)
    replayed = declaring(names)
    asked = partial(
        replayed.asked,
        names,
        unit,
        day("start", start),
        day("end", end),
        by=_keys(by),
        parameters=_parameters(threshold),
        known=None if later is None else instant_of("and", later),
        tree=None if tree is None else day("tree", tree),
    )
    with ending(), Bar() as bar:
        place = Whence(data, archive, database, tuple(source or ()))
        found = differences(Replay(replayed, lambda: place.sources(replayed.services), bar.told), asked(), before)
    tell(found, "\n".join(difference_lines(found)), as_json=as_json)


def _keys(by: str) -> tuple[str, ...]:
    return tuple(key for key in by.split(",") if key)


def _parameters(threshold: int | None) -> dict[str, int]:
    return {} if threshold is None else {"threshold": threshold}


def _superseded(superseded: bool) -> str:  # noqa: FBT001 — the only thing said
    if superseded:
        return "đã bị thay thế bởi sự việc ghi sau · superseded by facts recorded since"
    return "vẫn đúng với mọi sự việc đã ghi · still what history says"


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
        raise _ended(CONTRADICTION, error.code, error.vi, error.field or "") from error
    except CannotJudge as error:
        raise _ended(NO_JUDGEMENT, "không đọc được / cannot judge", str(error)) from error


def _ended(code: int, *words: str) -> typer.Exit:
    print(f"nennep: {' · '.join(word for word in words if word)}", file=sys.stderr)
    return typer.Exit(code)


def day(name: str, text: str) -> dt.date:
    """A day. BadParameter names the option."""
    try:
        return plausible(calendar_day(text))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{name}") from error


def instant_of(name: str, text: str) -> int:
    """A moment: the end of a day, or an instant. BadParameter names the option."""
    try:
        return moment(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{name}") from error


def declaring(names: Sequence[str]) -> Replayed:
    """Who declares these figures or this report; whoever declares anything, where nobody does."""
    found: list[Replayed] = []
    for service in discovered():
        name = f"services.{service}.projections.replay"
        with suppress(ModuleNotFoundError):
            found.append(importlib.import_module(name).REPLAYED)
    return next(
        (each for each in found if set(names) <= {*each.figures, *each.reports}),
        found[0],
    )
