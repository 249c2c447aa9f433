"""How are members imported over HTTP? Template, import with progress, what became of it, and the way back."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.membership.imports.branches import Branches
from services.membership.imports.errors import (
    ImportNotFinished,
    ImportTaken,
    NoOrganisation,
    NotABaseUnit,
    NothingToUndo,
    ResultGone,
    TooManyImports,
    UnknownImport,
)
from services.membership.imports.register import DONE, FAILED, OPEN, RECEIVED, UNDOING, UNDONE, Job, Register
from services.membership.imports.running import Imports
from services.membership.imports.template import template
from shared.contracts.event import FIRST_DAY
from shared.contracts.membership import Body
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Answered
from shared.sheets.errors import SheetRefused
from shared.sheets.process import read_tables, write_book
from shared.units.knowledge import Knowledge
from shared.units.rights import Right
from shared.web.access import Access, Caller, Needs, require_right
from shared.web.body import Budget, drain, read_body
from shared.web.days import plausible_day
from shared.web.personal import Why
from shared.web.problem import TurnedAway
from shared.web.producer import today
from shared.web.rights import MARK
from shared.web.turns import Turns

WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAKEN: Final = frozenset({WORKBOOK, "text/csv", "application/x-ndjson", "application/octet-stream"})
"""What may be sent; which of them it is, the file itself says."""
MOST_WAITING: Final = 5
LISTED: Final = 100
MOST_ROWS: Final = 50_000
RETURNED: Final = Why("import-result", None, sensitive=True)
"""Whoever fetches the returned file reads all that the list said of its people."""
PATIENCE: Final = 20.0
"""Seconds that a file waits to be read while others are."""

_encode = msgspec.json.Encoder().encode
_rows = msgspec.msgpack.Decoder(list[dict[str, Any]]).decode
_pack = msgspec.msgpack.Encoder().encode

Day = Annotated[dt.date | None, Query(description="The day on which the list stands as it is; absent: today")]
Unit = Annotated[UUID | None, Query(description="Only the branches under this unit")]


def imports_router(  # noqa: C901 — one route after the other
    imports: Imports, knowledge: Callable[[], Knowledge], access: Access, budget: Budget
) -> APIRouter:
    """`/v1/imports`."""
    router = APIRouter(prefix="/v1/imports", tags=["imports"])
    behind = [Depends(access), Depends(Needs(Right.POST))]
    shown = [Depends(access), Depends(Needs(Right.PERSONAL))]
    register, reading, writing = imports.register, Turns(1, PATIENCE), Turns(1, PATIENCE)

    @router.get("/template", summary="Tệp mẫu của tổ chức · The organisation's template", dependencies=behind)
    def get_template(poster: Caller, day: Day = None, unit: Unit = None) -> Response:
        day = _day(day)
        kind, title = _organisation(knowledge(), poster)
        branches = _branches(knowledge(), poster, day, unit)
        with writing:
            return _file(write_book(template(kind, title, branches)), "mau-danh-sach.xlsx")

    @router.post("", status_code=202, summary="Nhập danh sách · Import a list of members", openapi_extra=_BODY)
    async def begin(
        request: Request,
        day: Day = None,
        unit: Unit = None,
        dry_run: Annotated[bool, Query(description="Judge only, record nothing")] = False,  # noqa: FBT002 — a query parameter
        id: Annotated[UUID | None, Query(description="The import's id; sent again it is not done again")] = None,
    ) -> Response:
        try:
            poster = await access(request)
            require_right(poster, Right.POST)
            _media(request)
            job = _job(knowledge(), poster, _day(day), unit, id or uuid4(), dry_run=dry_run)
            if await asyncio.to_thread(register.job, job.id, poster.organisation) is None:
                await asyncio.to_thread(_require_room, register, poster)
        except (Answered, TurnedAway):
            await drain(request)
            raise
        with budget.reserve() as reservation:
            data = await read_body(request, reservation)
            job = await asyncio.to_thread(_begin, register, reading, job, data)
        imports.wake()
        return _json(_told(job), 202)

    @router.get("", summary="Các lần nhập gần đây · The last imports", dependencies=behind)
    def listed(poster: Caller) -> Response:
        return _json({"imports": [_told(job) for job in register.jobs(poster.organisation, LISTED)]})

    @router.get("/{id}", summary="Tiến độ một lần nhập · How far an import is", dependencies=behind)
    def one(id: UUID, poster: Caller) -> Response:
        return _json(_told(_known(register, id, poster)))

    @router.get("/{id}/rows", summary="Từng dòng · What became of each row", dependencies=behind)
    def rows(
        id: UUID,
        poster: Caller,
        action: Annotated[str | None, Query(pattern="^(add|change|same|refuse)$")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1_000,
        offset: Annotated[int, Query(ge=0, le=MOST_ROWS)] = 0,
    ) -> Response:
        job = _known(register, id, poster)
        found = [row for row in _rows(_finished(register, job, "rows")) if action in {None, row["action"]}]
        return _json({"rows": found[offset : offset + limit], "total": len(found)})

    @router.get("/{id}/result.xlsx", summary="Tệp trả lại có cột Lỗi · The file with its errors", dependencies=shown)
    def result(id: UUID, poster: Caller) -> Response:
        job = _known(register, id, poster)
        content = _finished(register, job, "result")
        imports.custody.readings.record(RETURNED.reading(poster, "import", str(id), job.told.get("rows", 0)))
        return _file(content, f"ket-qua-{job.id}.xlsx")

    @router.post(
        "/{id}/undo", status_code=202, summary="Hoàn tác một lần nhập · Take an import back", dependencies=behind
    )
    def undo(id: UUID, poster: Caller) -> Response:
        job = _known(register, id, poster)
        if job.state in OPEN:
            raise ImportNotFinished
        if job.dry_run or not register.move(job.id, UNDOING, job.told, since=(DONE, FAILED)):
            raise NothingToUndo
        imports.wake()
        return _json(_told(_known(register, id, poster)), 202)

    @router.get("/{id}/kept", summary="Phần không hoàn tác được · What could not be taken back", dependencies=behind)
    def kept(id: UUID, poster: Caller) -> Response:
        job = _known(register, id, poster)
        if job.state != UNDONE:
            raise ImportNotFinished
        return _json({"rows": _rows(register.kept(job.id, "kept") or _pack([]))})

    return router


_BODY: Final = {
    MARK: Right.POST.value,
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in sorted(TAKEN)},
    },
}


def _media(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise TurnedAway(415, "encoded", "Content-Encoding")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in TAKEN:
        raise TurnedAway(415, "no-list-of-members", "Content-Type")


def _job(knowledge: Knowledge, poster: Poster, day: dt.date, unit: UUID | None, id: UUID, *, dry_run: bool) -> Job:
    kind, _ = _organisation(knowledge, poster)
    _branches(knowledge, poster, day, unit)
    return Job(id, poster, kind, day, unit, dry_run, RECEIVED, int(time.time()), {})


def _require_room(register: Register, poster: Poster) -> None:
    if register.waiting(poster.organisation) >= MOST_WAITING:
        raise TooManyImports


def _begin(register: Register, reading: Turns, job: Job, data: bytes) -> Job:
    """Read the file and keep its sheets; an import of that id that is there already is answered as it is."""
    digest = register.marks.hashed(job.poster.organisation, "file", data.hex()).hex()
    before = register.job(job.id, job.poster.organisation)
    if before is not None:
        if before.told.get("file") != digest:
            raise ImportTaken("id")
        return before
    try:
        with reading:
            tables = read_tables(data)
    except SheetRefused as refused:
        raise TurnedAway(422, f"sheet-{refused.reason}") from None
    job = Job(job.id, job.poster, job.kind, job.day, job.unit, job.dry_run, RECEIVED, job.created, {"file": digest})
    if not register.begin(job, _pack(tables)):
        raise ImportTaken("id")
    return job


def _organisation(knowledge: Knowledge, poster: Poster) -> tuple[str, str]:
    registered = knowledge.directory.organisation(poster.organisation)
    if registered is None or registered.body is not Body.ORGANISATION:
        raise NoOrganisation
    return registered.kind, registered.title


def _branches(knowledge: Knowledge, poster: Poster, day: dt.date, unit: UUID | None) -> Branches:
    """The branches that the caller may name: those of his subtrees, or of one unit within them."""
    tree = knowledge.tree
    if unit is None:
        return Branches(tree, poster.organisation, poster.roots, day)
    inside = not poster.roots or any(tree.under(unit, root, day) for root in poster.roots)
    if not inside or tree.owner(unit, day) != poster.organisation or tree.is_place(unit) or not tree.alive(unit, day):
        raise NotABaseUnit("unit")
    return Branches(tree, poster.organisation, (unit,), day)


def _day(day: dt.date | None) -> dt.date:
    day = plausible_day(day or today(), "day")
    if day > today():
        raise TurnedAway(422, "occurred-in-future", "day")
    return max(day, FIRST_DAY)


def _known(register: Register, id: UUID, poster: Poster) -> Job:
    job = register.job(id, poster.organisation)
    if job is None or (poster.roots and job.poster.credential != poster.credential):
        raise UnknownImport
    return job


def _finished(register: Register, job: Job, name: str) -> bytes:
    if job.state in OPEN and job.state != UNDOING:
        raise ImportNotFinished
    kept = register.kept(job.id, name)
    if kept is None:
        raise ResultGone
    return kept


def _told(job: Job) -> dict[str, Any]:
    told = {name: value for name, value in job.told.items() if name != "file"}
    return {
        "id": str(job.id),
        "state": job.state,
        "dry_run": job.dry_run,
        "day": job.day.isoformat(),
        "unit": None if job.unit is None else str(job.unit),
        **told,
    }


def _file(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=WORKBOOK, headers=headers)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
