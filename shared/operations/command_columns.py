"""Is the cache of a whole history true? `columns check` proves and unfolds every event again, and compares each row.

It reads sealed archive and files of columns, needs nothing that runs, and changes nothing. Exit codes: 0 every row
agrees, 1 rows differ or a chain does not verify, 2 an event cannot be read, or there are no columns.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from shared.history.archive.archive import Archive
from shared.history.archive.depot import open_depot
from shared.history.columns.manifest import Folder, Manifest
from shared.history.columns.proven import Difference, proven
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.writer import folder_of
from shared.history.replay.asked import Replayed
from shared.operations.command_replay import ArchivePlace, declaring
from shared.operations.machine import CannotStart
from shared.operations.offline import ending
from shared.operations.options import Data, Json, tell

columns = typer.Typer(help="Cột số liệu của cả lịch sử. · The columns of a whole history.", no_args_is_help=True)


@columns.command(help="Đối chiếu từng dòng với sổ đã niêm phong. · Hold every row against the sealed events.")
def check(
    place: Annotated[
        Path | None, typer.Option("--columns", help="Thư mục cột; mặc định: trong thư mục dữ liệu. · Their folder.")
    ] = None,
    *,
    data: Data = Path("var"),
    archive: ArchivePlace = None,
    as_json: Json = False,
) -> None:
    """Chains are hashed again, facts decoded again, corrections resolved again, with nothing of the cache."""
    replayed = declaring(())
    folder, manifest = _files(place or data / replayed.declaration.service / "columns", replayed)
    depot = open_depot(archive or str(data / "archive"))
    begun = time.monotonic()
    archives = [Archive(depot, service) for service in replayed.services]
    with ending(), proven(replayed.declaration, archives, manifest) as found:
        differences = list(found.differences(folder, manifest))
        events = found.events
    rate = round(events / max(time.monotonic() - begun, 1e-9))
    words = [f"{events} sự việc đã đối chiếu · events held against the columns ({rate}/s)", *map(_line, differences)]
    answer = {
        "events": events,
        "rate": rate,
        "unread": len(manifest.unread),
        "differences": {
            each.table: {
                "only_cached": each.only_cached,
                "only_proven": each.only_proven,
                "examples": list(each.examples),
            }
            for each in differences
        },
    }
    tell(answer, "\n".join(words), as_json=as_json)
    raise typer.Exit(1 if differences else 0)


def _files(place: Path, replayed: Replayed) -> tuple[Folder, Manifest]:
    """What is cached under this declaration. CannotStart: nothing."""
    declaration = replayed.declaration
    folder = folder_of(place, ColumnFacts(declaration.listens, declaration.kept))
    manifest = folder.manifest()
    if manifest is None:
        message = f"chưa có cột nào / there are no columns: {folder.path}"
        raise CannotStart(message)
    return folder, manifest


def _line(difference: Difference) -> str:
    where = ", ".join(difference.examples)
    only = f"chỉ trong cột / only cached {difference.only_cached}, chỉ trong sổ / only proven {difference.only_proven}"
    return f"{difference.table}: {only}: {where}"
