"""Which command puts the reference territory on the book? `territory load`: it posts facts like anybody else.

Their ids are the same at every run, so a load that was cut off is begun again: what stands there already is answered
with its receipt, and nothing is recorded twice.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.progress import Progress

from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Refusal, Remote
from shared.units.reference.facts import SINCE, Telling
from shared.units.reference.territory import Territory, read

LINES: Final = 500
territory = typer.Typer(help="Địa bàn hành chính. · The territory.", no_args_is_help=True)
_encode = msgspec.json.Encoder().encode


@territory.callback()
def _more_than_one() -> None:
    """Without this, `territory` alone would be the command."""


@territory.command(help="Ghi danh mục địa bàn cả nước vào sổ. · Post the reference territory as facts.")
def load(
    *,
    provinces: Annotated[
        list[str] | None,
        typer.Option(help="Chỉ các tỉnh này (mã hiện nay). · Only these provinces, by their codes of today."),
    ] = None,
    since: Annotated[
        dt.datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Địa bàn cũ có từ ngày. · First day of the old places."),
    ] = dt.datetime(SINCE.year, SINCE.month, SINCE.day),  # noqa: DTZ001 — a day
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """In batches of 500, each all or nothing; may be repeated. Exit code 1 when a fact is refused."""
    facts = list(Telling(_wanted(provinces), since.date()).facts())
    remote = Remote(data, key)
    recorded = already = 0
    with Progress(transient=True, disable=as_json) as progress:
        for start in progress.track(range(0, len(facts), LINES), description="địa bàn · territory"):
            body = b"\n".join(map(_encode, facts[start : start + LINES]))
            header = {"Content-Type": "application/x-ndjson"}
            try:
                answer = remote.post("membership", "/v1/events", content=body, headers=header)
            except Refusal as refusal:
                raise refusal.past(start) from None
            statuses = [outcome["status"] for outcome in answer.json()["outcomes"]]
            recorded, already = recorded + statuses.count(201), already + statuses.count(200)
    summary = {"recorded": recorded, "already": already}
    tell(summary, f"đã ghi {recorded}, đã có {already} · recorded, already there", as_json=as_json)


def _wanted(provinces: list[str] | None) -> Territory:
    whole = read()
    if not provinces:
        return whole
    known = {row.code for row in whole.rows if row.level == "province" and row.place not in whole.successors}
    for code in provinces:
        if code not in known:
            message = f"không có tỉnh mang mã / no province of today has the code: {code}"
            raise typer.BadParameter(message, param_hint="--provinces")
    return whole.within(provinces)
