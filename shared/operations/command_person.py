"""Which commands look after what is held of a person? `person forget|hold|release|show|requests|rotate`.

Exit codes: 0 done, 1 refused, or requests are late, 2 wrong use or nothing to ask.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from shared.contracts.event import VIETNAM
from shared.operations.machine import CannotStart
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.personal.master import FILE, new_text, replace

person = typer.Typer(help="Dữ liệu cá nhân. · Personal data.", no_args_is_help=True)
Person = Annotated[UUID, typer.Argument(help="Mã người. · The person's id.")]
Ground = Annotated[str, typer.Option(help="Căn cứ, một từ không dấu: at-own-request … · Why, as a code.")]


@person.command(help="Xóa dữ liệu của một người, không lấy lại được. · Destroy what is held of a person, for good.")
def forget(
    of: Person,
    *,
    ground: Ground,
    requested_on: Annotated[str | None, typer.Option(help="Ngày người ấy yêu cầu. · When the person asked.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """With an organisation's key what it holds itself; with the operator's, what anybody holds."""
    fact = {"ground": ground} | ({} if requested_on is None else {"requested_on": requested_on})
    answer = _post(Remote(data, key), "person-forgotten", of, fact)
    tell(answer, f"đã xóa / erased {of}", as_json=as_json)


@person.command(help="Tạm giữ: chưa được xóa. · Hold: nothing may be destroyed for now.")
def hold(
    of: Person,
    *,
    ground: Ground,
    until: Annotated[str | None, typer.Option(help="Hết giữ từ ngày. · First day without.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Prints the id under which the hold is released."""
    fact = {"ground": ground} | ({} if until is None else {"until": until})
    answer = _post(Remote(data, key), "hold-placed", of, fact)
    tell(answer, f"đang giữ / held {answer['event']}", as_json=as_json)


@person.command(help="Thôi tạm giữ. · Release a hold.")
def release(
    of: Person,
    placed: Annotated[UUID, typer.Argument(metavar="HOLD", help="Mã lần tạm giữ. · The hold's id.")],
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Only whoever placed it."""
    answer = _post(Remote(data, key), "hold-released", of, {"hold": str(placed)})
    tell(answer, f"thôi giữ / released {placed}", as_json=as_json)


@person.command(help="Xem thông tin một người; lần xem được ghi lại. · Read what is held; the reading is recorded.")
def show(
    of: Person,
    *,
    purpose: Annotated[str, typer.Option(help="Mục đích, một từ không dấu. · Why, as a code.")],
    sensitive: Annotated[bool, typer.Option("--sensitive", help="Cả nhạy cảm. · Sensitive fields too.")] = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Needs the key of an organisation; the operator's shows nothing personal."""
    asked = {"purpose": purpose, "sensitive": str(sensitive).lower()}
    answer = Remote(data, key).get("membership", f"/v1/persons/{of}/details", **asked).json()
    if answer["forgotten"]:
        words = answer["mark"]["vi"]
    else:
        words = "\n".join(f"{name}: {value}" for name, value in answer["details"].items()) or "không có · none"
    tell(answer, words, as_json=as_json)


@person.command(help="Yêu cầu của chủ thể dữ liệu, và hạn trả lời. · Requests of persons, and their terms.")
def requests(
    *,
    day: Annotated[str | None, typer.Option(help="Tính đến ngày. · As of this day; else today.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Cả đã trả lời. · Answered ones too.")] = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when one is late."""
    asked = {"all": str(every).lower()} | ({} if day is None else {"day": day})
    answer = Remote(data, key).get("membership", "/v1/person-requests", **asked).json()
    tell(answer, "\n".join(map(_line, answer["requests"])) or "không có · none", as_json=as_json)
    raise typer.Exit(1 if answer["late"] else 0)


@person.command(help="Thay khóa chủ và bọc lại mọi khóa. · Replace the master key and wrap every key anew.")
def rotate(*, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """A new key is put in front in the file, all is wrapped under it, then the old ones go. May be repeated."""
    if os.environ.get("NENNEP_MASTER_KEY"):
        message = (
            "khóa chủ nằm trong NENNEP_MASTER_KEY: đặt khóa mới trước khóa cũ, khởi động lại, bọc lại"
            " / the master key is in NENNEP_MASTER_KEY: put a new one before it, restart, then ask for the rewrap"
        )
        raise CannotStart(message)
    file = Path(os.environ.get("NENNEP_MASTER_KEY_FILE") or data / FILE)
    remote = Remote(data, key)
    try:
        before = file.read_text(encoding="utf-8").split()
    except OSError as error:
        message = f"không đọc được / cannot read: {file} ({error.strerror})"
        raise CannotStart(message) from error
    first = new_text()
    replace(file, [first, *before])
    answer = remote.post("membership", "/v1/person-keys/rewrap").json()
    replace(file, [first])
    remote.post("membership", "/v1/person-keys/rewrap")
    tell(answer, f"{answer['rewrapped']} khóa, khóa chủ / keys, master key {answer['master']}", as_json=as_json)


def _post(remote: Remote, name: str, subject: UUID, fact: dict[str, Any]) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/nennep",
        "type": f"vn.nennep.membership.{name}.v1",
        "subject": str(subject),
        "occurred": dt.datetime.now(VIETNAM).date().isoformat(),
        "data": {"fact": fact},
    }
    answer = remote.post(
        "membership", "/v1/events", json=event, headers={"Content-Type": "application/cloudevents+json"}
    )
    return {**answer.json(), "event": event["id"]}


def _line(each: dict[str, Any]) -> str:
    told = "" if each["acknowledged_on"] else f"  báo nhận trước / acknowledge by {each['acknowledge_by']}"
    if each["unknown_years"]:
        years = ", ".join(map(str, each["unknown_years"]))
        told += f"  lịch nghỉ {years} chưa có / the calendar of {years} is not known"
    return f"{each['state']:<13}  {each['answer_by']}  {each['kind']:<11}  {each['request']}  {each['person']}{told}"
