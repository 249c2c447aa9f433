"""What does the whole service take in over HTTP? Meetings under its supervisor: key, rules, log, answers by line."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import httpx

from bench.history import ORGANISATIONS, SERVICE, History, branches, cloudevent, pages
from bench.rounds import Lap, NotRun, require
from shared.contracts.event import Event
from shared.contracts.membership import Body, Level, OrganisationRegistered, Role, TerritoryDeclared, UnitFounded
from shared.operations.machine import CannotStart
from shared.operations.supervisor import Supervisor

OWNER = "membership"
ORGANISATION, PROVINCE, ROOT = ORGANISATIONS[0], UUID(int=3 << 64), UUID(int=(3 << 64) + 1)
LINES = {"Content-Type": "application/x-ndjson"}
SINCE = dt.date(2020, 1, 1)
BATCH = 1_000
PATIENCE = 120.0
"""Seconds within which meetings has learnt of the units that membership has recorded."""


class Door:
    """Two services and their courier on free ports, with one organisation that may post."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._closing = ExitStack()
        self._client: httpx.Client | None = None

    def ready(self, count: int) -> Lap:
        """Bodies of so many meetings; the services are started at the first call."""
        if self._client is None:
            self._client = self._start()
        posts = History(uuid4().int).meetings(ORGANISATION, count)
        bodies = [b"\n".join(post.cloudevent() for post in page) for page in pages(posts, BATCH)]
        return partial(self._post, self._client, bodies, count)

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the services."""
        self._closing.close()

    @staticmethod
    def _post(client: httpx.Client, bodies: Iterable[bytes], count: int) -> int:
        for body in bodies:
            answer = client.post("/v1/events", content=body, headers=LINES)
            require(answer.status_code == HTTPStatus.CREATED, f"{answer.status_code} {answer.text[:300]}")
        return count

    def _start(self) -> httpx.Client:
        supervisor = Supervisor(self._folder, services=[OWNER, SERVICE])
        try:
            self._closing.enter_context(supervisor)
            return self._let_in(supervisor)
        except (CannotStart, httpx.HTTPError) as reason:
            raise NotRun(str(reason)) from reason

    def _let_in(self, supervisor: Supervisor) -> httpx.Client:
        """Register an organisation, give it a key, found its branches; a client that may post for it."""
        operator = (self._folder / OWNER / "operator.key").read_text()
        with _client(supervisor.urls[OWNER], operator) as client:
            _send(client, [_event(PROVINCE_DECLARED, PROVINCE), _event(REGISTERED, ORGANISATION)])
            wanted = {"organisation": str(ORGANISATION), "role": Role.RECORDER.value}
            key = client.post("/v1/credentials", json=wanted).raise_for_status().json()["key"]
        with _client(supervisor.urls[OWNER], key) as client:
            _send(client, [_event(_unit("province-body", None), ROOT)])
            _send(client, [_event(_unit("branch", ROOT), branch) for branch in branches(ORGANISATION)])
        meetings = self._closing.enter_context(_client(supervisor.urls[SERVICE], key))
        _send(meetings, [post.cloudevent() for post in History(uuid4().int).meetings(ORGANISATION, 1)])
        return meetings


PROVINCE_DECLARED = TerritoryDeclared(title="Tỉnh", level=Level.PROVINCE, kind="tinh", effective=SINCE)
REGISTERED = OrganisationRegistered(title="Hội", kind="womens-union", body=Body.ORGANISATION, province=PROVINCE)


def _unit(kind: str, parent: UUID | None) -> UnitFounded:
    return UnitFounded(title="Đơn vị", kind=kind, parent=parent, territory=PROVINCE, effective=SINCE)


def _event(fact: Event, subject: UUID) -> bytes:
    raw = fact.model_dump_json(exclude_none=True).encode()
    return cloudevent(fact, raw, uuid4(), subject, SINCE.isoformat())


def _client(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False)


def _send(client: httpx.Client, lines: Sequence[bytes]) -> None:
    """Post until it is taken: a service that has just started may not have seen yet what the other one recorded."""
    body, end = b"\n".join(lines), time.monotonic() + PATIENCE
    while (answer := client.post("/v1/events", content=body, headers=LINES)).is_error:
        if time.monotonic() > end:
            reason = f"{answer.status_code} {answer.text[:200]}"
            raise NotRun(reason)
        time.sleep(0.2)
