"""Which commands ask history again? `replay`, `compare`, `timeline`, `log find`, `log causes`.

`replay` and `compare` read sealed archive and logs, or exported files; they need no running service, no network, and
change nothing. Exit codes: 0 answered, 1 a chain contradicts, 2 cannot judge, or cannot be asked that way.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console

from shared.contracts.event import calendar_day, plausible
from shared.history.replay.compare import differences
from shared.history.replay.moments import moment
from shared.history.replay.report import Replay, Replayed
from shared.history.replay.wording import difference_lines, lines
from shared.operations.discovery import discovered
from shared.operations.machine import CannotStart
from shared.operations.offline import Bar, Whence, ending
from shared.operations.options import Data, Json, tell

Names = Annotated[
    list[str],
    typer.Argument(
        help="Số liệu, hoặc một báo cáo; tên lạ: sẽ liệt kê. · Figures, or one report; an unknown name lists them."
    ),
]
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
    """Who declares these figures or this report; whoever declares anything, where nobody does. CannotStart: nobody."""
    found: list[Replayed] = []
    for service in discovered():
        name = f"services.{service}.projections.replay"
        with suppress(ModuleNotFoundError):
            found.append(importlib.import_module(name).REPLAYED)
    if not found:
        message = f"dịch vụ ở đây không có số liệu / no figures here: {', '.join(discovered())}"
        raise CannotStart(message)
    return next(
        (each for each in found if set(names) <= {*each.figures, *each.reports}),
        found[0],
    )


__all__ = [
    "ArchivePlace",
    "Bar",
    "By",
    "Database",
    "Known",
    "Threshold",
    "Tree",
    "Whence",
    "compare",
    "day",
    "declaring",
    "ending",
    "instant_of",
    "replay",
]
