"""Which commands carry evidence away? `audit pack` writes a file that proves itself, `audit verify` believes nothing.

Packing reads archive and logs, and asks running services to publish first. Exit codes: 0 written or proven, 1 a
contradiction or a refused question, 2 cannot judge, or not covered by any checkpoint.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.log import Log
from shared.history.evidence.ledger import NotCovered
from shared.history.pack import verify as verifier
from shared.history.pack.bundle import PackTooLarge
from shared.history.pack.covering import Covering, covering, latest
from shared.history.pack.packer import NothingToPack, Packer, Wanted
from shared.history.replay.report import Asked, Replayed
from shared.history.replay.sources import Kept
from shared.operations.command_replay import (
    ArchivePlace,
    Bar,
    By,
    Database,
    Known,
    Threshold,
    Tree,
    Whence,
    day,
    declaring,
    ending,
    instant_of,
)
from shared.operations.machine import CannotStart
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Refusal, Remote

audit = typer.Typer(help="Hồ sơ kiểm tra mang đi được. · Evidence to carry away.", no_args_is_help=True)
NOTHING_YET: Final = 404
"""What a service answers that has recorded nothing."""
_WHERE: Final = "--unit --start --end"
RESULTS: Final = ("proven", "contradiction", "cannot-judge")

File = Annotated[Path, typer.Argument(help="Tệp hồ sơ. · The pack's file.")]
Names = Annotated[
    list[str] | None, typer.Argument(help="Số liệu, hoặc một báo cáo; có thể không. · Figures, one report, or none.")
]
Unit = Annotated[UUID | None, typer.Option(help="Đơn vị hoặc địa bàn của báo cáo. · The report's unit or place.")]
Start = Annotated[str | None, typer.Option(help="Ngày đầu kỳ. · First day, yyyy-mm-dd.")]
End = Annotated[str | None, typer.Option(help="Ngày sau kỳ. · The day after the last one.")]
Organisations = Annotated[
    list[UUID] | None,
    typer.Option("--organisation", help="Sổ của tổ chức nào; mặc định: tất cả. · Whose chains; else everybody's."),
]


@audit.command(help="Đóng hồ sơ kiểm tra. · Write an audit pack.")
def pack(  # noqa: PLR0913 — what can be typed
    file: File,
    names: Names = None,
    *,
    unit: Unit = None,
    start: Start = None,
    end: End = None,
    by: By = "",
    threshold: Threshold = None,
    known: Known = None,
    tree: Tree = None,
    organisation: Organisations = None,
    deflate: Annotated[bool, typer.Option("--deflate", help="Nén lại. · Compress.")] = False,
    data: Data = Path("var"),
    archive: ArchivePlace = None,
    database: Database = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Whole chains with the checkpoints that cover the moment, and a report computed from these chains alone."""
    replayed = declaring(names or [])
    with ending(), _packing(), Bar() as bar:
        asked = _asked(replayed, names or [], (unit, start, end), by, threshold, tree)
        _publish(data, key, replayed.services)
        kept = Whence(data, archive, database, ()).sources(replayed.services)
        logs = [each.log for each in kept if isinstance(each, Kept) and each.log is not None]
        signed = [log for log in logs if latest(log) is not None]
        moment = _moment(signed) if known is None else instant_of("known", known)
        coverings = [Covering(covering(log, moment), _keys(data, log.service)) for log in signed]
        packer = Packer(coverings, lambda: kept, bar.told, deflated=deflate)
        scope = None if organisation is None else frozenset(organisation)
        packed = packer.pack(file, Wanted(moment, scope, None if asked is None else (replayed, asked)))
    answer = {
        "file": str(file),
        "manifest": packed.manifest,
        "known": recorded_text(moment),
        "events": packed.events,
        "chains": sorted(f"{service}/{each}" for service, each in packed.chains),
        "left_out": dict(packed.left_out),
    }
    words = (
        f"{file}: {packed.events} sự việc, {len(packed.chains)} sổ · events, chains\n"
        f"{recorded_text(moment)} · ngoài hồ sơ / left out: {sum(packed.left_out.values())}\n{packed.manifest}"
    )
    tell(answer, words, as_json=as_json)


@audit.command(help="Kiểm tra hồ sơ, không cần mạng. · Check a pack, offline.")
def verify(  # noqa: PLR0913 — what can be typed
    file: File,
    trusted: Annotated[
        list[str] | None, typer.Option("--key", help="Khóa của sổ, hoặc tệp. · A log's key, or a file of keys.")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option("--witness", help="Khóa của bên chứng kiến. · A witness's key, or a file.")
    ] = None,
    needed: Annotated[int, typer.Option(min=0, help="Cần mấy bên chứng kiến. · How many must have cosigned.")] = 0,
    seen: Annotated[
        list[str] | None, typer.Option(help="Điểm kiểm đã giữ. · A checkpoint as a witness keeps it.")
    ] = None,
    receipt: Annotated[
        list[str] | None, typer.Option(help="Biên nhận đã giữ. · service/organisation/sequence/hash.")
    ] = None,
    *,
    only_evidence: Annotated[
        bool, typer.Option("--only-evidence", help="Bỏ qua số liệu không tính lại được. · Whatever the figures.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Runs the very file that lies in every pack."""
    words = [str(file), "--needed", str(needed), *(["--only-evidence"] if only_evidence else [])]
    for name, values in (("--key", trusted), ("--witness", witness), ("--seen", seen), ("--receipt", receipt)):
        words += [word for value in values or () for word in (name, value)]
    said = io.StringIO()
    with redirect_stdout(said):
        code = verifier.main(words)
    tell({"result": RESULTS[code], "said": said.getvalue().splitlines()}, said.getvalue().rstrip("\n"), as_json=as_json)
    raise typer.Exit(code)


def _asked(
    replayed: Replayed,
    names: Sequence[str],
    where: tuple[UUID | None, str | None, str | None],
    by: str,
    threshold: int | None,
    tree: str | None,
) -> Asked | None:
    """The report, if one is asked for. BadParameter: without its unit and period."""
    unit, start, end = where
    if not names:
        return None
    if unit is None or start is None or end is None:
        raise typer.BadParameter(_WHERE)
    return replayed.asked(
        names,
        unit,
        day("start", start),
        day("end", end),
        by=tuple(key for key in by.split(",") if key),
        parameters={} if threshold is None else {"threshold": threshold},
        tree=None if tree is None else day("tree", tree),
    )


def _publish(data: Path, key: str | None, services: Iterable[str]) -> None:
    """Ask the services to sign what is new; where none runs, what was signed before must do."""
    with suppress(CannotStart):
        remote = Remote(data, key)
        for service in services:
            try:
                remote.post(service, "/v1/checkpoints")
            except Refusal as refusal:
                if refusal.status != NOTHING_YET:
                    raise


def _moment(logs: Iterable[Log]) -> int:
    """The last moment that every log's latest checkpoint covers. NotCovered: there is none."""
    published = [each.checkpoint.published for each in map(latest, logs) if each is not None]
    if not published:
        raise NotCovered("-")
    return min(published)


def _keys(data: Path, service: str) -> bytes:
    file = data / service / "keys" / "keys.jsonl"
    return file.read_bytes() if file.is_file() else b""


@contextmanager
def _packing() -> Iterator[None]:
    """Say on one line why there is no pack."""
    try:
        yield
    except NotCovered as error:
        message = f"chưa có điểm kiểm cho thời điểm này / no checkpoint covers that moment yet: {error}"
        raise CannotStart(message) from error
    except NothingToPack as error:
        message = "không có sổ nào của các tổ chức này / no chain of these organisations"
        raise CannotStart(message) from error
    except PackTooLarge as error:
        message = f"không đóng được / cannot be packed: {type(error).__name__} {error}"
        raise CannotStart(message) from error
