"""Which commands look after views? `projection list|rebuild|rollback|wait`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import Progress

from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

LOOK: Final = 0.2
STEPS: Final = {
    "filling": "dựng lại · filling",
    "comparing": "so sánh · comparing",
    "switching": "chuyển bản · switching",
}
projection = typer.Typer(help="Bảng tổng hợp. · The views.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="Tên dịch vụ. · Name of a service.")]


@projection.command("list", help="Vị trí, độ trễ, các bản. · Positions, lag, generations.")
def standing(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """How a service's views stand."""
    answer = _standing(Remote(data, key), service)
    words = [f"{each['number']:>4}  {each['state']:<9} {each['digest'][:12]}" for each in answer["generations"]]
    words += ["bản cũ, đứng yên · old views, standing still"] if answer["stands_still"] else []
    words += [f"lag {name} {behind}" for name, behind in answer["lag"].items()]
    words += [f"parked {answer['parked']}", *(f"stopped {name}" for name in answer["stopped"])]
    tell(answer, "\n".join(words), as_json=as_json)


@projection.command(help="Dựng lại từ sổ, so sánh, rồi dùng bản mới. · Rebuild, compare, switch.")
def rebuild(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Exit code 1 when the rebuild failed, or when new and old differ."""
    remote = Remote(data, key)
    remote.post(service, "/v1/projections/rebuild")
    with Progress(disable=as_json) as progress:
        task = progress.add_task(service, total=None)
        while (answer := _standing(remote, service))["running"]:
            if (under_way := answer["rebuild"]) is not None:
                named = f"{service}: {STEPS.get(under_way['step'], under_way['step'])}"
                total = under_way["total"] or None
                progress.update(task, description=named, completed=under_way["done"], total=total)
            time.sleep(LOOK)
    last: dict[str, Any] = answer["last_rebuild"]
    differing = ", ".join(last.get("tables", {})) or last.get("reason") or "không khác · no difference"
    answers = [f"{answer}: {' '.join(things)}" for answer, things in last.get("answers", {}).items()]
    tell(last, "\n".join([f"{last['result']}: {differing}", *answers]), as_json=as_json)
    raise typer.Exit(0 if last["result"] == "switched" and not last["tables"] else 1)


@projection.command(help="Dùng lại bản trước. · Let the previous views serve again.")
def rollback(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """They catch up by themselves."""
    answer = Remote(data, key).post(service, "/v1/projections/rollback").json()
    tell(answer, f"bản {answer['generation']} · generation {answer['generation']}", as_json=as_json)


@projection.command(help="Chờ đến khi không còn trễ. · Wait until nothing lags.")
def wait(
    service: Service,
    *,
    seconds: Annotated[float, typer.Option(help="Tối đa. · At most.")] = 60,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when it still lags at the end."""
    remote, end = Remote(data, key), time.monotonic() + seconds
    while (behind := sum((lag := _standing(remote, service)["lag"]).values())) and time.monotonic() < end:
        time.sleep(LOOK)
    tell({"lag": lag}, f"còn trễ {behind} · events behind", as_json=as_json)
    raise typer.Exit(1 if behind else 0)


def _standing(remote: Remote, service: str) -> dict[str, Any]:
    answer: dict[str, Any] = remote.get(service, "/v1/projections").json()
    return answer
