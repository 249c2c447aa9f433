"""Which commands look through the logs of running services? `timeline`, `log find`, `log causes`, `log state`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from shared.contracts.docstrings import modules
from shared.contracts.event import registered
from shared.operations.command_log import Organisation, Service, log
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

PAGE: Final = 1_000
Event = Annotated[UUID, typer.Argument(help="Sự việc. · Event's id.")]


def timeline(
    subject: Annotated[UUID, typer.Argument(help="Đơn vị, người, cuộc họp … · A unit, person, meeting …")],
    *,
    service: Annotated[str | None, typer.Option(help="Chỉ một dịch vụ. · One service only.")] = None,
    english: Annotated[bool, typer.Option("--english", help="Bằng tiếng Anh. · In English.")] = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """What has happened to a thing, as every service that may be asked tells it."""
    remote = Remote(data, key)
    services = sorted(remote.urls.keys() & _with_logs()) if service is None else [service]
    found = [line | {"service": each} for each in services for line in _lines(remote, each, subject)]
    found.sort(key=lambda line: (line["day"], line["recorded"], line["service"], line["sequence"]))
    language = "en" if english else "vi"
    words = [f"{_day(line['day'])}  {line[language]}" for line in found]
    tell({"subject": str(subject), "lines": found}, "\n".join(words) or "không có · none", as_json=as_json)


def _with_logs() -> frozenset[str]:
    """The services that record events of their own; those that only read have no log to look through."""
    modules()
    return frozenset(cls.service for cls in registered().values())


def _lines(remote: Remote, service: str, subject: UUID) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    while True:
        answer = remote.get(service, f"/v1/timeline/{subject}", skip=len(lines), limit=PAGE).json()
        lines += answer["lines"]
        if len(lines) >= answer["of"] or not answer["lines"]:
            return lines


def _day(text: str) -> str:
    return "/".join(reversed(text.split("-")))


@log.command(help="Tìm sự việc theo tình tiết. · Find events by their circumstances.")
def find(  # noqa: PLR0913 — one parameter an option
    service: Service,
    organisation: Organisation,
    *,
    subject: Annotated[UUID | None, typer.Option(help="Về đối tượng nào. · What it is about.")] = None,
    type: Annotated[str | None, typer.Option(help="Loại sự việc. · Type of event.")] = None,
    causation: Annotated[UUID | None, typer.Option(help="Do sự việc nào. · Caused by.")] = None,
    correlation: Annotated[UUID | None, typer.Option(help="Cùng việc nào. · Of which correlation.")] = None,
    reason: Annotated[str | None, typer.Option(help="Mã lý do. · Reason code.")] = None,
    document: Annotated[str | None, typer.Option(help="Số văn bản. · Document number.")] = None,
    recorded_from: Annotated[str | None, typer.Option(help="Ghi từ. · Recorded from: a day, or an instant.")] = None,
    recorded_to: Annotated[str | None, typer.Option(help="Ghi đến. · Recorded until: a day, or an instant.")] = None,
    occurred_from: Annotated[str | None, typer.Option(help="Xảy ra từ ngày. · Occurred from the day.")] = None,
    occurred_to: Annotated[str | None, typer.Option(help="Xảy ra đến ngày. · Occurred until the day.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Every event for which all given conditions hold, in sequence."""
    asked = {
        "subject": subject,
        "type": type,
        "causation": causation,
        "correlation": correlation,
        "reason": reason,
        "document": document,
        "recorded_from": recorded_from,
        "recorded_to": recorded_to,
        "occurred_from": occurred_from,
        "occurred_to": occurred_to,
    }
    given = {name: str(value) for name, value in asked.items() if value is not None}
    remote, found = Remote(data, key), list[dict[str, Any]]()
    after: int | None = 0
    while after is not None:
        page = remote.get(service, f"/v1/log/{organisation}/events", **given, after=after, limit=PAGE).json()
        found += page["events"]
        after = page["next"]
    tell({"events": found}, "\n".join(map(_line, found)) or "không có · none", as_json=as_json)


@log.command(help="Nguyên nhân và hệ quả của một sự việc. · What an event came from, and what came of it.")
def causes(
    service: Service,
    organisation: Organisation,
    event: Event,
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Before it what it came from, after it what came of it and what belongs to the same correlation."""
    answer = Remote(data, key).get(service, f"/v1/events/{event}/causes", organisation=str(organisation)).json()
    words = [f"  {_line(each)}" for each in answer["ancestors"]]
    words += [f"  ? {each}" for each in answer["elsewhere"]]
    words += [f"→ {_line(answer['event'])}"]
    words += [f"  {_line(each)}" for each in (*answer["descendants"], *answer["correlated"])]
    tell(answer, "\n".join(words), as_json=as_json)


@log.command(help="Trước và sau một sự việc. · What stood before an event, and after it.")
def state(
    service: Service,
    organisation: Organisation,
    event: Event,
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The standing facts about the same thing; − what stood no longer, + what came to stand."""
    answer = Remote(data, key).get(service, f"/v1/events/{event}/state", organisation=str(organisation)).json()
    before, after = ([f"{_day(each['day'])}  {each['vi']}" for each in answer[name]] for name in ("before", "after"))
    words = [f"{' ' if each in after else '−'} {each}" for each in before]
    words += [f"+ {each}" for each in after if each not in before]
    tell(answer, "\n".join(words), as_json=as_json)


def _line(event: dict[str, Any]) -> str:
    kind = ".".join(event["type"].split(".")[2:4])
    return f"{event['sequence']:>9}  {event['recorded']}  {kind}  {event['subject']}  {event['event']}"
