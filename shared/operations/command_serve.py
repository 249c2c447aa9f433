"""Which command runs the product? `serve`: everything under a supervisor, or one service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.operations import beside
from shared.operations.discovery import known
from shared.operations.options import Data
from shared.operations.supervisor import Supervisor


def serve(
    service: Annotated[str | None, typer.Argument(help="Tên dịch vụ. · Name of a service.")] = None,
    data: Data = Path("var"),
    redis: Annotated[str | None, typer.Option(envvar="NENNEP_REDIS", help="URL của Redis. · URL of a Redis.")] = None,
    port: Annotated[int, typer.Option(envvar="NENNEP_PORT", help="Cổng đầu tiên; 0: tự chọn. · 0: free.")] = 0,
) -> None:
    """Without a name everything runs under one supervisor until Ctrl-C; with one, beside what runs in the folder."""
    if service is None:
        supervisor = Supervisor(data, first_port=port, courier=redis)
        supervisor.run(started=lambda: _show_addresses(supervisor))
        return
    # Only a service's own process needs the kit; the supervisor's and every other command's start without it.
    from shared.operations.serving import serve as serve_one  # noqa: PLC0415
    from shared.operations.settings import read_settings  # noqa: PLC0415

    run = beside.running(data) if redis is None else None
    if run is not None:
        told = read_settings(data=data, port=port, **beside.settings(data, run))
        serve_one(known(service), told, lambda url: beside.announced(data, service, url, run["pid"]))
        return
    serve_one(known(service), read_settings(data=data, port=port, **({} if redis is None else {"redis": redis})))


def _show_addresses(supervisor: Supervisor) -> None:
    console = Console()
    for name, url in supervisor.urls.items():
        console.print(f"[bold]{name}[/bold]  {url}/docs")
    console.print("Ctrl-C để dừng · stops everything")
