"""How does the demo run? Everything embedded: start, give keys, post, ask, show; then stay, or end with 0 or 1."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from shared.operations.demo.calibration import Calibration, load
from shared.operations.demo.cycle import HUMAN, ORGANISATION, YEAR, Cycle, rule_set_of
from shared.operations.demo.history import history
from shared.operations.demo.ids import Ids
from shared.operations.demo.posters import NotPosted, Totals, post, proposer_of
from shared.operations.demo.posting import OPERATOR, SETUP, Posting
from shared.operations.demo.render import show, write_page, write_workbook
from shared.operations.demo.table import FigureNotAnswered, FiguresOverHttp, Table, compare
from shared.operations.demo.world import World
from shared.operations.machine import write_private
from shared.operations.supervisor import Supervisor

READER: Final = "reader"
LOOK: Final = 0.2
FRESH: Final = 3.0
"""Seconds: older heads say nothing of what has been recorded lately."""
TRIES: Final = 180.0
"""Seconds within which the ratings service has taken in all that was posted."""


def run(data: Path, *, once: bool) -> int:
    """Show the whole way in a data folder: 0 when every published figure is equal, 1 when one differs."""
    console = Console()
    calibration = load()
    supervisor = Supervisor(data)
    with supervisor:
        try:
            table = asyncio.run(_play(supervisor, calibration, console))
        except (NotPosted, FigureNotAnswered) as error:
            console.print(f"[red]nennep demo: {error}[/red]")
            return 1
        show(console, table)
        write_page(table, data / "demo.html")
        write_workbook(table, data / "demo.xlsx")
        _tell(supervisor, data, console)
        if not once:
            _stay(console)
    return 1 if table.differing else 0


async def _play(supervisor: Supervisor, calibration: Calibration, console: Console) -> Table:
    postings = history(calibration)
    keys = await _keys(supervisor, calibration, postings)
    with _bar(console, calibration) as watch:
        totals = await post(postings, supervisor.urls, keys, watch)
    console.print(_sum(totals))
    async with httpx.AsyncClient(
        base_url=supervisor.urls["ratings"], headers=_bearer(keys[READER]), timeout=60, trust_env=False
    ) as client:
        await _caught_up(client)
        table = await compare(calibration, FiguresOverHttp(client))
    async with httpx.AsyncClient(
        base_url=supervisor.urls["ratings"], headers=_bearer(keys[ORGANISATION]), timeout=60, trust_env=False
    ) as client:
        console.print(await explained(client, Cycle(World(calibration))))
    return table


async def explained(client: httpx.AsyncClient, cycle: Cycle) -> str:
    """Why one branch was rated as it was: the grade, and the criterion that people scored. FigureNotAnswered."""
    asked: dict[str, str | int] = {"unit": cycle.branch, "rule_set": rule_set_of(cycle.ids), "year": YEAR, "facts": 0}
    answer = await client.get("/v1/explanations", params=asked)
    if answer.is_error:
        message = f"explanations: {answer.status_code}"
        raise FigureNotAnswered(message)
    told = answer.json()
    (line,) = (each for each in told["criteria"] if each["code"] == HUMAN)
    said = (told["said"], line["said"], *line["people"])
    return "\n".join(each[name] for name in ("vi", "en") for each in said)


async def _keys(supervisor: Supervisor, calibration: Calibration, postings: Sequence[Posting]) -> dict[str, str]:
    """A key for every poster and one to read with: issued at the first run, kept in the data folder."""
    operator = (supervisor.data / "membership" / "operator.key").read_text()
    kept = supervisor.data / "demo-keys.json"
    keys: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    ids = Ids(calibration.seed)
    setup = [posting for posting in postings if posting.name == SETUP]
    await post(setup, supervisor.urls, {OPERATOR: operator})
    async with httpx.AsyncClient(
        base_url=supervisor.urls["membership"], headers=_bearer(operator), timeout=60, trust_env=False
    ) as client:
        posters = sorted({posting.poster for posting in postings} - {OPERATOR})
        recorder: dict[str, str | list[str]] = {"role": "recorder"}
        territory = [ids(f"place:{province.key}") for province in calibration.province]
        reader: dict[str, str | list[str]] = {"role": "territorial-reader", "roots": territory}
        proposers = sorted({posting.poster for posting in postings if posting.service == "ratings"})
        wanted_keys = (
            *((each, each, recorder) for each in posters),
            *((proposer_of(each), each, recorder) for each in proposers),
            (READER, posters[0], reader),
        )
        for name, poster, right in wanted_keys:
            if name not in keys:
                wanted = {"organisation": ids(f"organisation:{poster}"), **right}
                answer = await client.post("/v1/credentials", json=wanted)
                if answer.is_error:
                    message = f"{poster}: {answer.status_code} {answer.json().get('code')}"
                    raise NotPosted(message)
                keys[name] = answer.json()["key"]
    write_private(kept, json.dumps(keys, indent=1))
    return {**keys, OPERATOR: operator}


async def _caught_up(client: httpx.AsyncClient) -> None:
    """Wait until ratings has nothing left to take in. NotPosted when it has not after `TRIES` seconds."""
    end = time.monotonic() + TRIES
    lag: dict[str, int] = {}
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            answer = await client.get("/v1/projections")
            if answer.is_success:
                standing = answer.json()
                lag = standing["lag"]
                if standing["head_age"] < FRESH and not any(lag.values()):
                    return
        await asyncio.sleep(LOOK)
    message = f"ratings chưa nhận hết / has not taken in everything: {lag}"
    raise NotPosted(message)


class _Rate(ProgressColumn):
    """Facts a second."""

    def render(self, task: Task) -> Text:
        """The rate, once there is one."""
        return Text("" if task.speed is None else f"{task.speed:.0f}/s", justify="right")


class _Bar:
    """Shows each service's postings with rate and time left."""

    def __init__(self, progress: Progress, tasks: dict[str, TaskID]) -> None:
        self._progress, self._tasks = progress, tasks

    def posted(self, service: str, count: int) -> None:
        """A batch was accepted."""
        self._progress.advance(self._tasks[service], count)


@contextmanager
def _bar(console: Console, calibration: Calibration) -> Iterator[_Bar]:
    columns = (
        TextColumn("{task.description:>12}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        volume = calibration.volume.items()
        yield _Bar(progress, {service: progress.add_task(service, total=total) for service, total in volume})


def _sum(totals: Totals) -> str:
    recorded, already = sum(totals.recorded.values()), sum(totals.already.values())
    return f"Đã ghi {recorded} sự việc, {already} đã có sẵn · {recorded} facts recorded, {already} already there"


def _tell(supervisor: Supervisor, data: Path, console: Console) -> None:
    console.print()
    for name, url in supervisor.urls.items():
        console.print(f"[bold]{name:>12}[/bold]  {url}/docs")
    console.print(f"Trang bảng · the table as a page: {data / 'demo.html'} · {data / 'demo.xlsx'}")
    console.print(f"Khóa truy cập · keys: {data / 'demo-keys.json'}; {data / 'membership' / 'operator.key'}")


def _stay(console: Console) -> None:
    console.print("Ctrl-C để dừng · stops everything")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print()


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
