"""Which commands say what a service may hear? `reader grant|revoke|list`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from shared.contracts.event import VIETNAM
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

reader = typer.Typer(help="Quyền đọc của dịch vụ báo cáo. · What services may read.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Tên dịch vụ. · Name of the service.")]


@reader.command(help="Cấp quyền đọc; không kể dữ liệu cá nhân. · Let a service read; nothing personal.")
def grant(  # noqa: PLR0913 — one parameter an option
    name: Name,
    *,
    of: Annotated[list[str], typer.Option(help="Đọc của dịch vụ này. · Reads what this one recorded.")],
    organisation: Annotated[list[UUID] | None, typer.Option(help="Chỉ của tổ chức này. · Only this one's.")] = None,
    sensitive: Annotated[bool, typer.Option("--sensitive", help="Cả kỷ luật, Đảng. · Discipline, Party too.")] = False,
    until: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Đến trước ngày. · Before.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Recorded in membership's log by the operator; every service knows it within seconds."""
    fact: dict[str, Any] = {
        "reader": name,
        "producers": of,
        "organisations": [str(each) for each in organisation or ()],
        "sensitive": sensitive,
        "valid_from": _today().isoformat(),
        **({} if until is None else {"valid_to": until.date().isoformat()}),
    }
    grant_id = uuid4()
    answer = _say(Remote(data, key), "reader-granted", grant_id, fact)
    tell({"grant": str(grant_id), "receipt": answer}, f"id {grant_id}", as_json=as_json)


@reader.command(help="Thu hồi quyền đọc. · Let it read no more.")
def revoke(name: Name, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Every grant of the service that counts, or will; what it heard is dropped by itself."""
    remote = Remote(data, key)
    standing = [each["id"] for each in _listed(remote) if each["service"] == name and not each["revoked"]]
    for grant_id in standing:
        _say(remote, "reader-revoked", UUID(grant_id), {})
    tell({"revoked": standing}, f"đã thu hồi / revoked: {len(standing)}", as_json=as_json)


@reader.command(name="list", help="Dịch vụ nào được đọc gì. · Which service may read what.")
def listed(*, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Every grant that ever was."""
    readers = _listed(Remote(data, key))
    tell({"readers": readers}, "\n".join(map(_line, readers)), as_json=as_json)


def _listed(remote: Remote) -> list[dict[str, Any]]:
    readers: list[dict[str, Any]] = remote.get("membership", "/v1/readers").json()["readers"]
    return readers


def _line(reader: dict[str, Any]) -> str:
    mark = "✓" if reader["counts"] else "✗"
    whose = ", ".join(reader["organisations"]) or "mọi tổ chức / everybody's"
    return f"{mark} {reader['service']}: {', '.join(reader['producers'])} · {whose} · {reader['id']}"


def _say(remote: Remote, what: str, grant_id: UUID, fact: dict[str, Any]) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/nennep",
        "type": f"vn.nennep.membership.{what}.v1",
        "subject": str(grant_id),
        "occurred": _today().isoformat(),
        "data": {"fact": fact},
    }
    headers = {"Content-Type": "application/cloudevents+json"}
    receipt: dict[str, Any] = remote.post("membership", "/v1/events", json=event, headers=headers).json()
    return receipt


def _today() -> dt.date:
    return dt.datetime.now(VIETNAM).date()
