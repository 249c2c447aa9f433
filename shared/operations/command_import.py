"""Which commands move members in bulk? `import FILE`, `import template`, `import undo`, `import list`.

With the operator's key and `--organisation`, a recorder's key of that organisation is issued for this command, used,
and revoked at its end; both stand in the log.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer.core import TyperGroup

from shared.operations.command_access import revoking
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

LOOK: Final = 0.3
"""Seconds between two looks at how far an import is."""
ENDED: Final = frozenset({"done", "failed", "undone"})
_SERVICE: Final = "membership"
_MEDIA: Final = {".csv": "text/csv", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"}
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Organisation = Annotated[
    UUID | None,
    typer.Option(help="Nhập thay tổ chức này bằng khóa vận hành. · For this organisation, by the operator."),
]
Day = Annotated[str | None, typer.Option(help="Ngày của danh sách, yyyy-mm-dd; mặc định hôm nay. · Day of the list.")]
Unit = Annotated[UUID | None, typer.Option(help="Chỉ các chi đoàn, chi hội thuộc đơn vị này. · Only under this unit.")]


class FileFirst(TyperGroup):
    """A group whose first word may be a file: `import danh-sach.xlsx` is `import file danh-sach.xlsx`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 — the type is private to typer
        """Put the word in where it was left out."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["file", *args]
        return super().parse_args(ctx, args)


imports = typer.Typer(
    help="Nhập danh sách đoàn viên, hội viên. · Members in bulk.", no_args_is_help=True, cls=FileFirst
)


@imports.command(help="Tải tệp mẫu của tổ chức. · The organisation's template.")
def template(  # noqa: PLR0913 — one parameter an option
    file: Annotated[Path, typer.Argument(help="Tệp sẽ ghi. · File to write.")],
    *,
    organisation: Organisation = None,
    day: Day = None,
    unit: Unit = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Writes the workbook that is to be filled in."""
    with _speaking(data, key, organisation) as remote:
        answer = remote.get(_SERVICE, "/v1/imports/template", **_given(day=day, unit=unit))
    file.write_bytes(answer.content)
    tell({"file": str(file), "bytes": len(answer.content)}, f"đã ghi / written: {file}", as_json=as_json)


@imports.command(
    name="file", help="Nhập một tệp; có thể bỏ chữ `file`. · Import a file; the word `file` may be left out."
)
def import_file(  # noqa: PLR0913 — one parameter an option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp .xlsx, .csv, .ndjson. · The list.")],
    *,
    organisation: Organisation = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ thử, không ghi. · Judge only.")] = False,
    day: Day = None,
    unit: Unit = None,
    result: Annotated[
        Path | None, typer.Option(help="Ghi tệp trả lại vào đây. · Where to write the file back.")
    ] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when any row was refused; the returned file says why."""
    with _speaking(data, key, organisation) as remote:
        parameters = _given(day=day, unit=unit, id=uuid4(), dry_run="true" if dry_run else "false")
        media = _MEDIA.get(file.suffix.lower(), _WORKBOOK)
        begun = remote.post(
            _SERVICE, "/v1/imports", content=file.read_bytes(), params=parameters, headers={"Content-Type": media}
        )
        told = _followed(remote, begun.json()["id"], quiet=as_json)
        if result is not None and told["state"] == "done":
            result.write_bytes(remote.get(_SERVICE, f"/v1/imports/{told['id']}/result.xlsx").content)
    tell(told, _words(told), as_json=as_json)
    raise typer.Exit(1 if told["state"] == "failed" or told.get("refuse") else 0)


@imports.command(help="Hoàn tác một lần nhập. · Take an import back by compensating facts.")
def undo(
    id: Annotated[UUID, typer.Argument(help="Mã lần nhập. · The import's id.")],
    *,
    organisation: Organisation = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when something stays because other facts rest on it; it is listed."""
    with _speaking(data, key, organisation) as remote:
        remote.post(_SERVICE, f"/v1/imports/{id}/undo")
        told = _followed(remote, str(id), quiet=as_json)
        told["rows_kept"] = remote.get(_SERVICE, f"/v1/imports/{id}/kept").json()["rows"]
    stays = "".join(f"\n  dòng / row {each['row']}: {each['reason']}" for each in told["rows_kept"])
    words = f"đã hoàn tác / taken back {told['undone']}, còn giữ / stays {told['kept']}{stays}"
    tell(told, words, as_json=as_json)
    raise typer.Exit(1 if told["kept"] else 0)


@imports.command(name="list", help="Các lần nhập gần đây. · The last imports.")
def list_imports(
    *, organisation: Organisation = None, data: Data = Path("var"), key: Key = None, as_json: Json = False
) -> None:
    """Newest first."""
    with _speaking(data, key, organisation) as remote:
        told = remote.get(_SERVICE, "/v1/imports").json()
    tell(told, "\n".join(f"{each['id']}  {each['day']}  {_words(each)}" for each in told["imports"]), as_json=as_json)


@contextmanager
def _speaking(data: Path, key: str | None, organisation: UUID | None) -> Iterator[Remote]:
    """With the key that was given, else as a recorder of the organisation for as long as this lasts."""
    remote = Remote(data, key)
    if organisation is None:
        yield remote
        return
    wanted = {"organisation": str(organisation), "role": "recorder", "roots": []}
    issued = remote.post(_SERVICE, "/v1/credentials", json=wanted).json()
    try:
        yield Remote(data, issued["key"])
    finally:
        revoking(remote, UUID(issued["credential"]))


def _followed(remote: Remote, id: str, *, quiet: bool) -> dict[str, Any]:
    """Wait for the end of an import, and show how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
        task = progress.add_task("received", total=None)
        while True:
            told: dict[str, Any] = remote.get(_SERVICE, f"/v1/imports/{id}").json()
            progress.update(task, description=told["state"], total=told.get("lines"), completed=told.get("posted", 0))
            if told["state"] in ENDED:
                return told
            time.sleep(LOOK)


def _words(told: dict[str, Any]) -> str:
    if told["state"] == "failed":
        return f"không nhập được / failed: {told['problem']['title']} · {told['problem']['title_en']}"
    if "add" not in told:
        return str(told["state"])
    trial = "thử / trial: " if told["dry_run"] else ""
    return (
        f"{trial}thêm / add {told['add']}, sửa / change {told['change']}, "
        f"không đổi / same {told['same']}, từ chối / refuse {told['refuse']}"
    )


def _given(**parameters: object) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value is not None}
