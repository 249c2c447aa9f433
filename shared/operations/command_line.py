"""What can be typed? `nennep …`, also `python -m services …`.

Exit codes: 0 done, 1 contradiction or refusal, 2 cannot judge or wrong use.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.operations import beside
from shared.operations.command_access import credential
from shared.operations.command_archive import archive
from shared.operations.command_audit import audit
from shared.operations.command_columns import columns
from shared.operations.command_draft import try_draft
from shared.operations.command_evidence import add_to as add_evidence
from shared.operations.command_explain import explain
from shared.operations.command_export import export
from shared.operations.command_history import timeline
from shared.operations.command_import import imports
from shared.operations.command_log import log
from shared.operations.command_parked import parked
from shared.operations.command_person import person
from shared.operations.command_post import mapping, post
from shared.operations.command_reader import reader
from shared.operations.command_reminders import reminders
from shared.operations.command_replay import compare, replay
from shared.operations.command_report import report
from shared.operations.command_rules import rules
from shared.operations.command_service import new_service
from shared.operations.command_territory import territory
from shared.operations.command_views import projection
from shared.operations.doctor import examine
from shared.operations.machine import CannotStart
from shared.operations.options import Data, Json, Key
from shared.operations.remote import Refusal
from shared.operations.serving import known
from shared.operations.serving import serve as serve_one
from shared.operations.settings import read_settings
from shared.operations.supervisor import Supervisor

app = typer.Typer(
    name="nennep",
    help="Nền Nếp: sổ sự kiện của các chi hội, chi đoàn. · The book of facts of grassroots branches.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(help="Chạy một dịch vụ, hoặc tất cả. · Run one service, or all of them with their courier.")
def serve(
    service: Annotated[str | None, typer.Argument(help="Tên dịch vụ. · Name of a service.")] = None,
    data: Data = Path("var"),
    redis: Annotated[str | None, typer.Option(envvar="NENNEP_REDIS", help="URL của Redis. · URL of a Redis.")] = None,
    port: Annotated[int, typer.Option(envvar="NENNEP_PORT", help="Cổng đầu tiên; 0: tự chọn. · 0: free.")] = 0,
) -> None:
    """Without a name everything runs under one supervisor until Ctrl-C; with one, beside what runs in the folder."""
    run = beside.running(data) if service is not None and redis is None else None
    if service is not None and run is not None:
        told = read_settings(data=data, port=port, **beside.settings(data, run))
        serve_one(known(service), told, lambda url: beside.announced(data, service, url, run["pid"]))
        return
    if service is not None:
        serve_one(known(service), read_settings(data=data, port=port, **({} if redis is None else {"redis": redis})))
        return
    supervisor = Supervisor(data, first_port=port, courier=redis)
    supervisor.run(started=lambda: _show_addresses(supervisor))


@app.command(help="Khám máy này và đối chiếu sổ. · Can the product run here, and is every event accounted for?")
def doctor(*, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """Exit code 1 when anything is not as it must be."""
    findings = examine(data, key)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'✓' if finding.good else '✗'} {finding.name}: {finding.said}")
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


@app.command(help="Chạy thử toàn bộ với dữ kiện giả định. · See the whole way once, with synthetic facts.")
def demo(
    *,
    data: Data = Path("var/demo"),
    once: Annotated[bool, typer.Option("--once", help="Kết thúc sau bảng. · End after the table.")] = False,
) -> None:
    """Exit code 1 when a figure differs from the published one."""
    raise typer.Exit(importlib.import_module("shared.operations.demo.stage").run(data, once=once))


app.add_typer(credential, name="credential")
app.add_typer(imports, name="import")
app.add_typer(log, name="log")
app.add_typer(archive, name="archive")
app.add_typer(audit, name="audit")
app.add_typer(columns, name="columns")
app.add_typer(projection, name="projection")
app.add_typer(parked, name="parked")
app.add_typer(person, name="person")
app.add_typer(reader, name="reader")
app.add_typer(report, name="report")
app.command(help="Thư nhắc và lịch việc đến hạn ra tệp. · Letters and calendars of what is due.")(reminders)
rules.command("try", help="Chạy thử dự thảo trên các năm đã qua. · Try a draft on past years.")(try_draft)
app.add_typer(rules, name="rules")
app.add_typer(territory, name="territory")
app.command(help="Gửi sự việc từ một tệp. · Post facts from a file.")(post)
app.add_typer(mapping, name="mapping")
app.add_typer(export, name="export")
app.command(name="new-service", help="Tạo một dịch vụ báo cáo mới. · Begin a new reporting service.")(new_service)
add_evidence(app)


app.command(help="Diễn biến của một đơn vị, người, cuộc họp. · What has happened to a thing.")(timeline)
app.command(help="Vì sao xếp loại như vậy. · Why a grade is what it is, down to the facts.")(explain)
app.command(help="Hai thời điểm khác nhau ở đâu. · What moved a figure between two moments.")(compare)
app.command(help="Phát lại: báo cáo như đã biết ngày nào. · Ask history again, as known then.")(replay)


def main() -> None:
    """Run the command that was typed; what stands in the way is one line, and exit code 2."""
    try:
        app()
    except CannotStart as error:
        print(f"nennep: {error}", file=sys.stderr)
        sys.exit(2)
    except Refusal as refusal:
        print(f"nennep: {refusal}", file=sys.stderr)
        sys.exit(1)


def _show_addresses(supervisor: Supervisor) -> None:
    console = Console()
    for name, url in supervisor.urls.items():
        console.print(f"[bold]{name}[/bold]  {url}/docs")
    console.print("Ctrl-C để dừng · stops everything")


if __name__ == "__main__":
    main()
