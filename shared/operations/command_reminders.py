"""Which command writes reminders for cron? `reminders`: of each unit the week's letter and its calendar, as files.

Exit codes: 0 written, 1 refused, 2 nothing runs. A file is there whole or not at all; a later day's letter never
takes the place of an earlier one, the calendar keeps its name, so that programs can subscribe to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from shared.contracts.event import VIETNAM
from shared.operations.command_replay import day
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

SERVICE: Final = "duty"
PATH: Final = "/v1/duties"
RECORDED: Final = frozenset({"due", "missed"})
"""Of these a unit below is reminded; what nobody records is said to the asked unit alone."""


def reminders(  # noqa: PLR0913 — one parameter an option
    *,
    unit: Annotated[list[UUID], typer.Option(help="Đơn vị; có thể nêu nhiều lần. · A unit; may be said again.")],
    out: Annotated[Path, typer.Option(help="Thư mục nhận tệp. · The folder to write to.")],
    below: Annotated[
        bool, typer.Option("--below", help="Cả các đơn vị có việc ở dưới. · Units below that owe something, too.")
    ] = False,
    on: Annotated[str | None, typer.Option(help="Ngày; mặc định: hôm nay. · The day; else today.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Asks the service `duty`, which must run and may read; nothing is sent, a line of cron does that."""
    moment = dt.datetime.now(VIETNAM).date() if on is None else day("on", on)
    remote = Remote(data, key)
    units = list(dict.fromkeys(str(each) for each in unit))
    if below:
        units = list(dict.fromkeys([*units, *_owing(remote, units, moment)]))
    out.mkdir(parents=True, exist_ok=True)
    files = [written for each in units for written in _written(remote, each, moment, out)]
    tell({"files": [str(each) for each in files]}, "\n".join(map(str, files)), as_json=as_json)


def _owing(remote: Remote, units: Iterable[str], on: dt.date) -> list[str]:
    """The units at and under these of which something is due or missed."""
    answers = (remote.get(SERVICE, PATH, unit=each, on=on.isoformat()).json()["duties"] for each in units)
    return [duty["unit"] for duties in answers for duty in duties if duty["state"] in RECORDED]


def _written(remote: Remote, unit: str, on: dt.date, out: Path) -> list[Path]:
    names = {"txt": f"{on.isoformat()}-{unit}.txt", "ics": f"{unit}.ics"}
    for form, name in names.items():
        content = remote.get(SERVICE, PATH, unit=unit, on=on.isoformat(), **{"as": form}).content
        beside = out / f".{name}.new"
        beside.write_bytes(content)
        beside.replace(out / name)
    return [out / name for name in names.values()]
