"""What if a sender is killed between delivery and mark? Sent again under the same id, in order, none left out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.web.webhooks.acts import Act, What
from shared.web.webhooks.registry import Registry, Webhook
from shared.web.webhooks.sending import MARK
from tests.support.grounds import OpenGround, draft, poster
from tests.support.history import meeting
from tests.support.sources import ROOT
from tests.support.waiting import PATIENCE, until
from tests.web.door import ORGANISATION, named

BRANCH = UUID(int=9)


class Killer(BaseHTTPRequestHandler):
    """Takes what is delivered, and at times kills the sender before it can hear of it."""

    def do_POST(self) -> None:
        """Keep id and body."""
        house: Receiving = self.server.house  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        house.received.append((UUID(self.headers["webhook-id"]), body))
        if house.kills and len(house.received) >= house.kills[0]:
            house.kills.pop(0)
            os.kill(house.pid, signal.SIGKILL)
            house.killed.set()
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Receiving:
    """Somebody who receives, and kills at these numbers of deliveries."""

    def __init__(self, kills: list[int]) -> None:
        self.received: list[tuple[UUID, bytes]] = []
        self.kills, self.pid, self.killed = kills, 0, threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Killer)
        self.server.house = self  # type: ignore[attr-defined]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@contextmanager
def sending(folder: Path, receiving: Receiving) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.support.webhook_process", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as child:
        receiving.pid = child.pid
        try:
            yield child
        finally:
            child.terminate()


def posted(folder: Path, url: str, count: int) -> list[UUID]:
    """So many events in a log, and a webhook that has been sent none of them."""
    store = open_store(f"sqlite:///{folder / 'log.sqlite'}")
    intake = Intake(Log("meetings", store), OpenGround(), after_commit=lambda: None)
    intake.start()
    drafts = [draft(meeting(BRANCH, number, 1_000), uuid4(), uuid4()) for number in range(count)]
    intake.submit(poster(ORGANISATION), drafts, lenient=False).result(90)
    intake.stop()
    store.close()
    hooks = Registry(open_store(f"sqlite:///{folder / 'webhooks.sqlite'}"))
    hook = Webhook(uuid4(), ORGANISATION, named("credential recorder"), url, (), 0, tries=0, due=0, trouble=None)
    act = Act(0, ORGANISATION, hook.credential, "recorder", hook.id, What.BEGUN, {})
    assert hooks.register(hook, act)
    hooks.store.close()
    return [each.id for each in drafts]


def position(folder: Path) -> int:
    hooks = Registry(open_store(f"sqlite:///{folder / 'webhooks.sqlite'}"))
    try:
        return hooks.of(ORGANISATION)[0].position
    finally:
        hooks.store.close()


def killed_and_begun_again(folder: Path, events: int, kills: list[int]) -> None:
    lives = len(kills)
    receiving = Receiving(kills)
    ids = posted(folder, f"http://127.0.0.1:{receiving.server.server_port}/nhan", events)
    for _ in range(lives):
        receiving.killed.clear()
        with sending(folder, receiving) as child:
            assert receiving.killed.wait(PATIENCE)
            assert child.wait(PATIENCE) == -signal.SIGKILL
    with sending(folder, receiving):
        until(lambda: position(folder) == events, PATIENCE)
    receiving.server.shutdown()
    receiving.server.server_close()
    came = [each for each, _ in receiving.received]
    assert list(dict.fromkeys(came)) == ids, "none is left out, and each first came in its place"
    again = len(came) - events
    assert lives <= again <= lives * (MARK + 1), "each kill sends again what it left unmarked, and no more"
    assert len(dict(receiving.received)) == len(set(receiving.received)), "under one id always the same bytes"


def test_a_sender_killed_between_delivery_and_mark_sends_again_under_the_same_id(tmp_path: Path) -> None:
    killed_and_begun_again(tmp_path, 30, [14])


@pytest.mark.battery
def test_a_sender_killed_thirty_times_loses_nothing(tmp_path: Path) -> None:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 — to run it again
    chance, kills = Random(seed), list[int]()
    for _ in range(30):
        kills.append((kills[-1] if kills else 0) + chance.randint(MARK + 1, 25))
    killed_and_begun_again(tmp_path, 600, kills)
