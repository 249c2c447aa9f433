"""Which commands look after parked events? `parked list|show|retry|discard|acts`.

Exit codes: 0 done, 1 some still wait or the service refused, 2 wrong use or nothing to ask.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

parked = typer.Typer(help="Sự việc để riêng. · Parked events.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="Tên dịch vụ. · Name of a service.")]
Projection = Annotated[str | None, typer.Option("--projection", help="Bảng tổng hợp. · Projection.")]
Type = Annotated[str | None, typer.Option("--type", help="Loại sự việc. · Type of event.")]
Organisation = Annotated[str | None, typer.Option("--organisation", help="Tổ chức đã ghi. · Who posted it.")]
Blocking = Annotated[str | None, typer.Option("--blocks", help="Mã bị chặn. · A key that it blocks.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ tính thử. · Compute, change nothing.")]
Poster = Annotated[str, typer.Argument(help="Tổ chức đã ghi. · Organisation that posted it.")]
Event = Annotated[str, typer.Argument(help="Mã sự việc. · Id of the event.")]


@parked.command("list", help="Sự việc nào, vì sao, chặn những gì. · Which, why, and what waits behind each.")
def listed(  # noqa: PLR0913 — each is an option to be typed
    service: Service,
    *,
    projection: Projection = None,
    type: Type = None,
    organisation: Organisation = None,
    blocks: Blocking = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """One line an event."""
    wanted = _given(projection=projection, type=type, organisation=organisation, key=blocks)
    answer = Remote(data, key).get(service, "/v1/parked", **wanted).json()
    tell(answer, "\n".join(map(_line, answer["parked"])) or "không có · none", as_json=as_json)


@parked.command(help="Xem trọn một sự việc. · One event, whole, and where it is parked.")
def show(
    service: Service,
    organisation: Poster,
    event: Event,
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when it is not parked."""
    answer = Remote(data, key).get(service, f"/v1/parked/{organisation}/{event}").json()
    whole = json.dumps(answer["event"], ensure_ascii=False, indent=2)
    tell(answer, "\n".join([*map(_line, answer["parked"]), whole]), as_json=as_json)


@parked.command(help="Thử lại một, hoặc những sự việc được chọn. · Try again one, or those that fit.")
def retry(  # noqa: PLR0913 — each is an option to be typed
    service: Service,
    name: Annotated[
        str | None, typer.Argument(help="Bảng tổng hợp; không nêu: tất cả. · Projection; else all.")
    ] = None,
    *,
    type: Type = None,
    organisation: Organisation = None,
    event: Annotated[str | None, typer.Option(help="Mã sự việc. · Id of one event.")] = None,
    blocks: Blocking = None,
    reason: Annotated[str, typer.Option(help="Vì sao, không nêu tên ai. · Why; nothing personal.")] = "",
    dry_run: DryRun = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when some still wait. An event that was discarded comes back when it is named by its id."""
    wanted = _given(projection=name, type=type, organisation=organisation, event=event, key=blocks, reason=reason)
    parameters = {**wanted, "dry_run": str(dry_run).lower()}
    answer = Remote(data, key).post(service, "/v1/parked/retry", params=parameters).json()
    _tell_tried(answer, as_json=as_json)


@parked.command(help="Bỏ hẳn một sự việc khỏi một bảng. · Leave an event out of a projection for good.")
def discard(  # noqa: PLR0913 — each is an option to be typed
    service: Service,
    projection: Annotated[str, typer.Argument(help="Bảng tổng hợp. · Projection.")],
    organisation: Poster,
    event: Event,
    *,
    reason: Annotated[str, typer.Option(help="Vì sao, không nêu tên ai. · Why; nothing personal.")],
    dry_run: DryRun = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when it is refused, or when something behind it fails by itself."""
    place = {"projection": projection, "organisation": organisation, "event": event}
    body = {**place, "reason": reason, "dry_run": dry_run}
    _tell_tried(Remote(data, key).post(service, "/v1/parked/discard", json=body).json(), as_json=as_json)


@parked.command(help="Ai đã làm gì, khi nào, vì sao. · Who did what, when and why.")
def acts(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Newest first."""
    answer = Remote(data, key).get(service, "/v1/acts").json()
    lines = (
        f"{each['at']}  {each['act']:<10}  {each['credential']}  {each['reason']}  {json.dumps(each['what'])}"
        for each in answer["acts"]
    )
    tell(answer, "\n".join(lines) or "không có · none", as_json=as_json)


def _given(**words: str | None) -> dict[str, str]:
    return {name: word for name, word in words.items() if word}


def _line(each: dict[str, Any]) -> str:
    behind = f"  chặn · blocks {len(each['behind'])}" if each["behind"] else ""
    discarded = "  đã bỏ · discarded" if each["discarded"] else ""
    where = f"{each['projection']}  {each['organisation']}/{each['event']}  {each['type']}"
    return f"{where}  {each['reason']}{behind}{discarded}"


def _tell_tried(answer: dict[str, Any], *, as_json: bool) -> None:
    lines = [
        f"{'✓' if each['freed'] else '✗'} {each['projection']}  {each['organisation']}/{each['event']}  {why}"
        for each in answer["events"]
        for why in [each["reason"]]
    ]
    meant = "sẽ xong, sẽ còn · would be freed, left" if answer["dry_run"] else "xong, còn · freed, left"
    tell(answer, "\n".join([*lines, f"{answer['freed']}, {answer['left']}: {meant}"]), as_json=as_json)
    raise typer.Exit(1 if answer["left"] else 0)
