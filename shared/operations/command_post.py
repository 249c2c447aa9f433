"""How are facts posted from a file? Put into an outbox first, then sent; `post SERVICE FILE`, `mapping check FILE`.

Lines of events go as they are; Excel, CSV and JSON lines of a foreign export by a mapping. Whatever breaks in between,
the same command goes on where it stopped. Exit codes: 0 all stands, 1 something was refused, 2 something waits still.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from shared.client import AnotherSender, Client, Outbox, OutboxDamaged, Patience, Refused, Sent, Unreachable, send
from shared.client.facts import as_line, service_of
from shared.client.outbox import OtherContent
from shared.contracts.event import VIETNAM
from shared.operations.machine import CannotStart
from shared.operations.mapping.layout import Layout, MappingFault, read_layout
from shared.operations.mapping.remembered import recognised, remember
from shared.operations.mapping.rows import Found, NoSuchTable, mapped
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.sheets.errors import SheetRefused
from shared.sheets.process import read_tables

SHOWN: Final = 20
"""Refused lines that are shown; `--receipts` has them all."""
EVERY: Final = "all"

mapping = typer.Typer(help="Tệp ánh xạ cột của phần mềm khác. · Mappings of foreign exports.", no_args_is_help=True)


@mapping.command(help="Kiểm tra một tệp ánh xạ, nêu từng dòng sai. · Check a mapping file.")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp .toml. · The mapping.")],
    *,
    table: Annotated[Path | None, typer.Option(help="Thử với tệp này. · Try it on this export.")] = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when anything is wrong with the mapping, or with a row of the table."""
    try:
        layout = read_layout(file.read_text(encoding="utf-8"))
        found = None if table is None else mapped(read_tables(table.read_bytes()), layout, _today())
    except (MappingFault, NoSuchTable, SheetRefused, UnicodeDecodeError) as error:
        _refuse(_why(error))
    told: dict[str, Any] = {"mapping": layout.name, "sample": layout.sample}
    lines: list[str] = []
    if found is not None:
        lines = [*map(str, found.wrong), *(f"bỏ qua / passed over: “{each}”" for each in found.strange)]
        told |= {"rows": found.rows, "events": found.events, "says": lines}
    tell(told, "\n".join([f"đúng / well formed: {layout.name}", *lines]), as_json=as_json)
    raise typer.Exit(1 if found is not None and found.wrong else 0)


def post(  # noqa: PLR0913 — one parameter an option
    service: Annotated[str, typer.Argument(help="Tên dịch vụ; all: mỗi sự việc về đúng nơi. · A service, or all.")],
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="Tệp, mỗi dòng một sự việc; -: stdin. · NDJSON, or an export.")
    ],
    *,
    by: Annotated[
        Path | None, typer.Option("--mapping", help="Tệp ánh xạ; lần sau tự nhận ra. · Columns → facts; remembered.")
    ] = None,
    day: Annotated[str | None, typer.Option(help="Ngày của bảng, yyyy-mm-dd. · Day of the export.")] = None,
    outbox: Annotated[
        Path | None, typer.Option(help="Hộp thư đi; mặc định cạnh tệp. · The outbox; else beside the file.")
    ] = None,
    receipts: Annotated[Path | None, typer.Option(help="Ghi biên nhận vào tệp này. · Write receipts here.")] = None,
    at: Annotated[
        list[str] | None, typer.Option(help="meetings=http://… nếu không có thư mục dữ liệu. · Where services answer.")
    ] = None,
    patience: Annotated[
        int, typer.Option(min=0, max=100, help="Số lần hỏi lại khi không có trả lời. · Times to ask again.")
    ] = 8,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Every line for itself; what is refused is named and stays in the outbox, the rest stands."""
    with ExitStack() as stack:
        urls, key = _urls(service, at or [], data, key)
        waits = Patience(times=patience)
        clients = {each: stack.enter_context(Client(url, key, patience=waits)) for each, url in urls.items()}
        name = None if file.name in {"-", "<stdin>"} else Path(file.name)
        beside = Path(stack.enter_context(TemporaryDirectory())) / "outbox" if name is None else _beside(name)
        box = _opened(outbox or beside)
        told, numbers = _put(box, _read(file.read(), box.path, by, day), service, clients)
        stopped = _sent(box, clients, quiet=as_json)
        _end(_Told(box, told, numbers, stopped), receipts, as_json=as_json)


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".outbox")


def _opened(path: Path) -> Outbox:
    try:
        return Outbox(path)
    except OutboxDamaged as error:
        message = f"hộp thư đi hỏng / the outbox is damaged: {error}"
        raise CannotStart(message) from error


def _urls(service: str, at: Sequence[str], data: Path, key: str | None) -> tuple[Mapping[str, str], str]:
    """Where each service answers, and the key to speak with. CannotStart when there is none."""
    urls: Mapping[str, str]
    if at:
        urls = dict(each.split("=", 1) for each in at if "=" in each)
        if not key:
            message = "thiếu khóa / no key: --key, NENNEP_KEY"
            raise CannotStart(message)
    else:
        remote = Remote(data, key)
        urls, key = remote.urls, remote.key
    if service != EVERY and service not in urls:
        message = f"không có dịch vụ / no such service: {service} ({', '.join(sorted(urls))})"
        raise CannotStart(message)
    return urls, key


# ── From the file into the outbox ────────────────────────────────────────────────────────────────────────────────


def _read(body: bytes, outbox: Path, by: Path | None, day: str | None) -> list[str]:
    """The events of a file as lines: its own, or those that a mapping makes of its rows. Ends with 1 when it cannot."""
    try:
        if by is None and (lines := _events(body)) is not None:
            return lines
        return [as_line(each) for each in _mapped(body, outbox, by, day).events]
    except (MappingFault, NoSuchTable, SheetRefused, UnicodeDecodeError, ValueError) as error:
        _refuse(_why(error))


def _events(body: bytes) -> list[str] | None:
    """The lines of a file of events; nothing of a workbook, a CSV file, or lines that are no events."""
    if body[:2] == b"PK":
        return None
    text = body.decode()
    lines = [line for line in text.split("\n") if line.strip()]
    first = lines[0].lstrip() if lines else ""
    return lines if not lines or (first.startswith("{") and '"specversion"' in first) else None


def _mapped(body: bytes, outbox: Path, by: Path | None, day: str | None) -> Found:
    tables = read_tables(body)
    if by is not None:
        text = by.read_text(encoding="utf-8")
        layout = read_layout(text)
        remember(outbox, layout, text)
    else:
        layout = _only(recognised(outbox, tables))
    found = mapped(tables, layout, dt.date.fromisoformat(day) if day else _today())
    for wrong in found.wrong[:SHOWN]:
        print(f"nennep: {wrong}", file=sys.stderr)
    if found.wrong:
        _refuse(f"{len(found.wrong)} ô sai, chưa gửi gì / cells are wrong, nothing was sent")
    return found


def _only(layouts: Sequence[Layout]) -> Layout:
    if len(layouts) != 1:
        names = ", ".join(each.name for each in layouts) or "–"
        message = f"hãy nêu --mapping / name a --mapping ({names})"
        raise MappingFault([message])
    return layouts[0]


def _put(
    box: Outbox, lines: Sequence[str], service: str, clients: Mapping[str, Client]
) -> tuple[dict[str, bool], dict[str, int]]:
    """Put every line into the outbox: id → whether it stood before, and the number of its line."""
    stood: dict[str, bool] = {}
    numbers: dict[str, int] = {}
    before = box.receipts
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            wanted = service_of(event["type"])
            id = str(event["id"]).lower()
        except (KeyError, TypeError, ValueError, AttributeError):
            _refuse(f"dòng / line {number} · not-an-event")
        if wanted not in clients or service not in {wanted, EVERY}:
            _refuse(f"dòng / line {number} · thuộc dịch vụ khác / of another service: {wanted}")
        stood[id], numbers[id] = id in before, number
    try:
        box.put(lines)
    except OtherContent as error:
        _refuse(f"dòng / line {numbers[str(error)]} · id-conflict · mã đã có nội dung khác trong hộp thư đi")
    return stood, numbers


# ── From the outbox to the services ──────────────────────────────────────────────────────────────────────────────


def _sent(box: Outbox, clients: Mapping[str, Client], *, quiet: bool) -> str | None:
    """Send what waits, showing how far it is; why it stopped before the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True
    ) as progress:
        task = progress.add_task("gửi / sending", total=None)

        def told(done: int, all_of_them: int) -> None:
            progress.update(task, completed=done, total=all_of_them)

        try:
            sent: Sent = send(box, clients, told=told)
        except (AnotherSender, Refused, Unreachable) as error:
            return f"{type(error).__name__}: {error}"
    return f"{sent.waiting} còn chờ / waiting" if sent.waiting else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of the lines of one file."""

    box: Outbox
    stood: Mapping[str, bool]
    numbers: Mapping[str, int]
    stopped: str | None

    def summary(self) -> dict[str, Any]:
        receipts = self.box.receipts
        standing = [id for id in self.stood if id in receipts]
        recorded = [id for id in standing if not self.stood[id]]
        told: dict[str, Any] = {"recorded": len(recorded), "already": len(standing) - len(recorded)}
        refused = [id for id in self.stood if id in self.box.refused]
        waiting = len(self.stood) - len(standing) - len(refused)
        return told | ({"refused": len(refused)} if refused else {}) | ({"waiting": waiting} if waiting else {})

    def problems(self) -> list[str]:
        """Each refused line, in the order of the file."""
        held = [(self.numbers[id], problem) for id, (_, problem) in self.box.refused.items() if id in self.numbers]
        return [
            " · ".join(
                str(word)
                for word in (each.status, f"dòng / line {n}", each.code, each.title, each.title_en, each.field)
                if word
            )
            for n, each in sorted(held, key=lambda pair: pair[0])
        ]


def _end(told: _Told, receipts: Path | None, *, as_json: bool) -> None:
    """Write the receipts, say how it went, and end with the code for it."""
    if receipts is not None:
        kept, refused = told.box.receipts, told.box.refused
        with receipts.open("w", encoding="utf-8") as file:
            for id in told.stood:
                said = {"receipt": kept[id].as_json()} if id in kept else {}
                said |= {"problem": refused[id][1].as_json()} if id in refused else {}
                file.write(json.dumps({"id": id, **said}, ensure_ascii=False) + "\n")
    summary, problems = told.summary(), told.problems()
    for problem in problems[:SHOWN]:
        print(f"nennep: {problem}", file=sys.stderr)
    if told.stopped:
        print(f"nennep: {told.stopped}", file=sys.stderr)
    if as_json or not (problems or told.stopped):
        words = f"đã ghi {summary['recorded']}, đã có {summary['already']} · recorded, already there"
        tell(summary, words, as_json=as_json)
    raise typer.Exit(2 if told.stopped else 1 if problems else 0)


def _refuse(why: str) -> NoReturn:
    print(f"nennep: {why}", file=sys.stderr)
    raise typer.Exit(1)


def _why(error: Exception) -> str:
    match error:
        case SheetRefused():
            return f"{error.reason} · {error.vi} · {error.en}"
        case NoSuchTable():
            return f"không bảng nào có các cột của / no table has the columns of: {error}"
        case UnicodeDecodeError():
            return "not-utf8"
        case MappingFault():
            return "; ".join(error.faults)
        case _:
            return f"không đọc được / unreadable: {type(error).__name__}"


def _today() -> dt.date:
    return dt.datetime.now(VIETNAM).date()
