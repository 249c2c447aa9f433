"""Which commands are about the sealed archive? `archive list|seal|verify`; verifying needs nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from shared.history.archive.archive import Archive
from shared.history.archive.depot import open_depot
from shared.history.archive.seal import Seal
from shared.history.archive.segment import SegmentBroken
from shared.history.evidence.merkle import Frontier
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

archive = typer.Typer(help="Kho sổ đã niêm phong. · The sealed archive.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="Tên dịch vụ. · Name of a service.")]
Place = Annotated[
    str,
    typer.Option(
        "--archive",
        envvar="NENNEP_ARCHIVE",
        help="Thư mục hoặc địa chỉ kho; mặc định: `archive` trong thư mục dữ liệu. · Folder or fsspec URL.",
    ),
]


@archive.command("list", help="Các đoạn đã niêm phong. · Sealed segments.")
def listed(service: Service, *, data: Data = Path("var"), place: Place = "", as_json: Json = False) -> None:
    """One line a segment: number, organisation, first and last sequence."""
    seals = _archive(data, place, service).seals()
    words = (
        f"{each.number:>6}  {each.organisation}  {each.first:>9} – {each.last:>9}  {each.sealed}" for each in seals
    )
    tell([{"number": each.number, "segment": each.segment} for each in seals], "\n".join(words), as_json=as_json)


@archive.command(help="Niêm phong ngay tất cả. · Seal now all that is recorded.")
def seal(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Asks the running service, for only it may write."""
    answer = Remote(data, key).post(service, "/v1/archive/seal").json()
    tell(answer, f"{answer['segments']} đoạn · segments", as_json=as_json)


@archive.command(help="Kiểm tra từng byte của kho. · Verify every byte of the archive.")
def verify(service: Service, *, data: Data = Path("var"), place: Place = "", as_json: Json = False) -> None:
    """Exit code 0 when everything is as it was sealed, 1 with the first that is not, 2 when nothing is sealed."""
    found = _archive(data, place, service)
    events = 0
    try:
        seals = found.seals()
        with Progress(disable=as_json, console=Console(stderr=True)) as progress:
            task = progress.add_task(service, total=sum(each.last - each.first + 1 for each in seals))
            for events in _verified(found, seals):
                progress.update(task, completed=events)
    except SegmentBroken as error:
        tell({"events": events, "first_wrong": str(error)}, f"không khớp · wrong: {error}", as_json=as_json)
        raise typer.Exit(1) from error
    answer = {"events": events, "segments": len(seals), "first_wrong": None}
    tell(answer, f"{events} sự việc trong {len(seals)} đoạn, nguyên vẹn · events, whole", as_json=as_json)
    raise typer.Exit(0 if seals else 2)


def _archive(data: Path, place: str, service: str) -> Archive:
    return Archive(open_depot(place or str(data / "archive")), service)


def _verified(archive: Archive, seals: list[Seal]) -> Iterator[int]:
    """How many events were verified so far, segment after segment, each with its chain's root. SegmentBroken: not."""
    trees: dict[UUID, Frontier] = {}
    events = 0
    for seal, segment in zip(seals, islice(archive.read({}), len(seals)), strict=True):
        tree = trees.get(seal.organisation, Frontier()).extend(each.hash for each in segment)
        if tree.root().hex() != seal.root:
            raise SegmentBroken(seal.service, seal.number)
        trees[seal.organisation] = tree
        events += len(segment)
        yield events
