"""Do events get out? Signed, in order, to whom may read them, again until they arrive, and at nobody's expense."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.client import NotGenuine, verify
from shared.contracts.envelope import Recorded
from shared.contracts.meetings import MeetingHeld, ParticipationCounted
from shared.contracts.membership import CredentialRevoked
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.lease import FileLease, Lease, TableLease
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import Store, open_store
from shared.units.knowledge import Knowledge
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.webhooks import sending
from shared.web.webhooks.acts import Act, What
from shared.web.webhooks.registry import MOST, MOST_TRIES, Registry
from shared.web.webhooks.routes import webhooks_router
from shared.web.webhooks.sending import OF_ONE, Webhooks
from tests.support.grounds import OpenGround, draft, poster
from tests.support.history import meeting
from tests.support.waiting import PATIENCE, until_async
from tests.web.door import ORGANISATION, OTHER, PEPPER, TODAY, Door, Json, named, told

BRANCH = UUID(int=9)


def act_on(hook: UUID, what: What) -> Act:
    """What a recorder does to a webhook."""
    return Act(0, ORGANISATION, named("credential recorder"), "recorder", hook, what, {})


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted, and answers as the test wants."""

    def do_POST(self) -> None:
        """Keep the request; its status is the next of the list, else 200."""
        house: House = self.server.house  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        house.received.append((dict(self.headers), body))
        if house.slow is not None and not self.path.startswith("/nhanh"):
            house.slow.wait(PATIENCE)
        status = house.statuses.pop(0) if house.statuses else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", house.url + "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class House:
    """A log with its intake, the part that sends its events out, and somebody who receives them."""

    def __init__(self, store: str, folder: Path) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.slow: threading.Event | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.server.house = self  # type: ignore[attr-defined]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.opened = open_store(store)
        self.log = Log("meetings", self.opened)
        self.intake = Intake(self.log, OpenGround(), after_commit=lambda: self.webhooks.wake())  # noqa: PLW0108 — made below
        self.intake.start()
        self.door = Door()
        self.moment = 1_800_000_000.0
        own = open_store(f"sqlite:///{folder}/webhooks.sqlite" if self.opened.on_sqlite else store)
        lease: Lease = FileLease(folder / "hooks") if own.on_sqlite else TableLease(own, "webhooks", "test")
        self.webhooks = Webhooks(
            self.log,
            Registry(own),
            lease,
            knowledge=self.knowledge,
            pepper=PEPPER,
            allowed={"127.0.0.1"},
            clock=lambda: self.moment,
            today=lambda: TODAY,
        )
        router = webhooks_router(self.webhooks, self.log, self.door.access)
        app = create_app(About("meetings", "Sinh hoạt", "1"), Parts(routers=[router]))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")

    def knowledge(self) -> Knowledge:
        """What is known now."""
        return Knowledge().told(self.door.facts)

    def post(self, organisation: UUID, *facts: MeetingHeld | ParticipationCounted) -> list[UUID]:
        drafts = [draft(fact, uuid4(), uuid4()) for fact in facts]
        self.intake.submit(poster(organisation), drafts, lenient=False).result(90)
        self.webhooks.wake()
        return [each.id for each in drafts]

    async def asked(self, method: str, path: str, body: Json | None = None, *, key: str = "recorder") -> Json:
        headers = {"Authorization": f"Bearer {self.door.keys[key]}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        said: Json = answer.json()
        return {**said, "http": answer.status_code}

    async def registered(self, **wanted: object) -> Json:
        said = await self.asked("POST", "/v1/webhooks", {"url": self.url + "/nhan", "after": 0, **wanted})
        assert said["http"] == 201, said
        return said

    @property
    def ids(self) -> list[UUID]:
        return [UUID(headers["webhook-id"]) for headers, _ in self.received]

    async def until_received(self, count: int) -> None:
        def there() -> bool:
            self.webhooks.wake()
            return len(self.received) >= count

        await until_async(there)

    async def standing(self) -> Json:
        (found,) = (await self.asked("GET", "/v1/webhooks"))["webhooks"]
        return dict(found)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.intake.stop()
        self.webhooks.registry.store.close()
        self.opened.close()


@asynccontextmanager
async def running(house: House) -> AsyncIterator[House]:
    task = asyncio.create_task(house.webhooks.run())
    try:
        yield house
    finally:
        house.webhooks.stop()
        await task
        await house.http.aclose()


@pytest.fixture
def house(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # However slowly a busy machine lets the receiver answer, it has answered.
    monkeypatch.setattr(sending, "SECONDS", PATIENCE)
    house = House(store, tmp_path)
    yield house
    house.close()


async def test_events_arrive_in_order_signed_as_they_stand_in_the_log_and_only_ones_own(house: House) -> None:
    first = house.post(ORGANISATION, *(meeting(BRANCH, n) for n in range(3)))
    house.post(OTHER, meeting(BRANCH, 9))
    async with running(house):
        hook = await house.registered()
        await house.until_received(3)
        later = house.post(ORGANISATION, meeting(BRANCH, 7))
        await house.until_received(4)
        assert house.ids == [*first, *later]
        for headers, body in house.received:
            assert verify(hook["secret"], headers, body, now=house.moment + 299) == headers["webhook-id"]
            for wrong in ({"now": house.moment + 301}, {"now": house.moment - 301}):
                with pytest.raises(NotGenuine):
                    verify(hook["secret"], headers, body, **wrong)
            with pytest.raises(NotGenuine):
                verify(hook["secret"], headers, body + b" ", now=house.moment)
            with pytest.raises(NotGenuine):
                verify(hook["secret"], {**headers, "webhook-id": str(uuid4())}, body, now=house.moment)
        stands = [json.loads(body) for _, body in house.received]
        assert [each["sequence"] for each in stands] == ["1", "2", "3", "4"]
        assert {each["organisation"] for each in stands} == {str(ORGANISATION)}
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 4)


async def test_what_has_begun_in_a_store_ends_before_the_stores_are_closed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()
    before = list[bool]()

    def slow(*_: object) -> list[Recorded]:
        begun.set()
        may_end.wait(PATIENCE)
        ended.set()
        return []

    house.post(ORGANISATION, meeting(BRANCH, 1))
    monkeypatch.setattr(house.log, "slice", slow)
    monkeypatch.setattr(Store, "close", lambda _: before.append(ended.is_set()))
    async with running(house):
        await house.registered()
        await until_async(begun.is_set)
        threading.Timer(0.2, may_end.set).start()
    monkeypatch.undo()
    assert before == [True]


def tried(house: House, tries: int) -> bool:
    house.webhooks.wake()
    return house.webhooks.registry.of(ORGANISATION)[0].tries == tries


async def test_an_event_that_does_not_arrive_is_sent_again_after_pauses_that_double_and_keeps_its_place(
    house: House,
) -> None:
    ids = house.post(ORGANISATION, meeting(BRANCH, 1), meeting(BRANCH, 2))
    house.statuses = [500, 302, 503]
    async with running(house):
        await house.registered()
        for tries, pause in ((1, 1), (2, 2), (3, 4)):
            await until_async(partial(tried, house, tries))
            assert len(house.received) == tries
            hook = house.webhooks.registry.of(ORGANISATION)[0]
            assert hook.due == (house.moment + pause) * 1_000_000
            house.moment += pause
        await house.until_received(5)
        assert house.ids == [ids[0]] * 4 + [ids[1]]
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 2)
        assert (await house.standing())["trouble"] is None


async def test_what_never_arrives_is_parked_the_next_has_its_turn_and_it_is_tried_once_more_when_asked(
    house: House,
) -> None:
    ids = house.post(ORGANISATION, meeting(BRANCH, 1), meeting(BRANCH, 2))
    house.statuses = [500] * MOST_TRIES
    async with running(house):
        hook = await house.registered()
        path = f"/v1/webhooks/{hook['webhook']}/parked"

        def through() -> bool:
            house.moment += 700
            house.webhooks.wake()
            return len(house.received) > MOST_TRIES

        await until_async(through)
        assert house.ids == [ids[0]] * MOST_TRIES + [ids[1]]
        parked = (await house.asked("GET", path))["parked"]
        assert parked == [{"sequence": 1, "tries": MOST_TRIES, "trouble": "status-500"}]
        assert (await house.asked("POST", f"{path}/retry", {}))["tried"] == 1
        await house.until_received(MOST_TRIES + 2)
        assert house.ids[-1] == ids[0]
        await until_async(lambda: not house.webhooks.registry.parked(UUID(hook["webhook"])))


async def test_history_is_delivered_again_from_a_position(house: House) -> None:
    ids = house.post(ORGANISATION, *(meeting(BRANCH, n) for n in range(4)))
    async with running(house):
        hook = await house.registered()
        await house.until_received(4)
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 4)
        assert (await house.asked("POST", f"/v1/webhooks/{hook['webhook']}/replay", {"after": 2}))["http"] == 200
        await house.until_received(6)
        assert house.ids == [*ids, *ids[2:]]


async def test_only_the_types_that_were_asked_for_are_sent(house: House) -> None:
    wanted = ParticipationCounted.name
    house.post(ORGANISATION, meeting(BRANCH, 1), meeting(BRANCH, 2))
    async with running(house):
        await house.registered(types=[wanted])
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 2)
        assert house.received == []


async def test_nothing_is_sent_once_the_key_is_revoked_and_it_waits_for_nobody(house: House) -> None:
    credential = house.door.access.poster([f"Bearer {house.door.keys['recorder']}"]).credential
    async with running(house):
        hook = await house.registered()
        house.door.facts.append(told(CredentialRevoked(), credential))
        house.post(ORGANISATION, meeting(BRANCH, 1))
        other = await house.asked("GET", "/v1/webhooks", key="reader")
        assert [each["webhook"] for each in other["webhooks"]] == [hook["webhook"]]
        looked = [house.webhooks.registry.of(ORGANISATION)[0].position]
        house.webhooks.wake()
        removed = await house.asked("DELETE", f"/v1/webhooks/{hook['webhook']}", key="reader")
        assert (removed["http"], looked, house.received) == (200, [0], [])


async def test_a_receiver_that_never_answers_holds_up_no_other_and_no_fact(house: House) -> None:
    house.slow = threading.Event()
    async with running(house):
        await house.registered()
        house.post(ORGANISATION, meeting(BRANCH, 1))
        await house.until_received(1)
        before = len(house.log.slice(ORGANISATION, 0, 10))
        house.post(ORGANISATION, meeting(BRANCH, 2))
        assert len(house.log.slice(ORGANISATION, 0, 10)) == before + 1
        quick = await house.asked("POST", "/v1/webhooks", {"url": house.url + "/nhanh", "after": 0})
        assert quick["http"] == 201
        await house.until_received(2)
        house.slow.set()


async def test_slow_receivers_of_one_organisation_leave_others_their_turn(house: House) -> None:
    house.slow = threading.Event()
    house.post(ORGANISATION, meeting(BRANCH, 1))
    (theirs,) = house.post(OTHER, meeting(BRANCH, 2))
    async with running(house):
        for _ in range(MOST):
            await house.registered()
        await house.until_received(OF_ONE)
        quick = {"url": house.url + "/nhanh", "after": 0}
        assert (await house.asked("POST", "/v1/webhooks", quick, key="other"))["http"] == 201
        await until_async(lambda: theirs in house.ids)
        assert len(house.received) == OF_ONE + 1, "no more than four of the first are being waited for"
        house.slow.set()

        def through() -> bool:
            house.webhooks.wake()
            return all(each.position == 1 for each in house.webhooks.registry.every())

        await until_async(through)
    assert len(house.received) == MOST + 1


async def test_a_name_server_that_never_answers_is_waited_for_on_threads_of_its_own_and_not_for_long(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    threads, silence = list[str](), threading.Event()

    def never(_name: str, _port: int) -> list[str]:
        threads.append(threading.current_thread().name)
        silence.wait(PATIENCE)
        return []

    house.post(ORGANISATION, meeting(BRANCH, 1))
    async with running(house):
        await house.registered()
        house.webhooks.resolve = never
        (hook,) = house.webhooks.registry.of(ORGANISATION)
        house.webhooks.registry.replay(hook.id, 0, act_on(hook.id, What.REPLAYED))

        def troubled() -> bool:
            house.webhooks.wake()
            return house.webhooks.registry.of(ORGANISATION)[0].trouble == "TimeoutError"

        await until_async(troubled)
        silence.set()
    assert {name.partition("_")[0] for name in threads} == {"webhooks"}


async def test_what_is_parked_waits_as_long_as_its_key_may_not_read(house: House) -> None:
    house.post(ORGANISATION, meeting(BRANCH, 1))
    house.statuses = [500] * MOST_TRIES
    credential = house.door.access.poster([f"Bearer {house.door.keys['recorder']}"]).credential
    async with running(house):
        hook = UUID((await house.registered())["webhook"])

        def parked() -> bool:
            house.moment += 700
            house.webhooks.wake()
            return bool(house.webhooks.registry.parked(hook))

        await until_async(parked)
        house.door.facts.append(told(CredentialRevoked(), credential))
        assert house.webhooks.registry.retry(hook, (), act_on(hook, What.RETRIED)) == 1
        async with httpx.AsyncClient() as http:
            await house.webhooks._serve(http, house.webhooks.registry.of(ORGANISATION)[0])  # noqa: SLF001 — one turn, now
        assert len(house.webhooks.registry.parked(hook)) == 1


async def test_nothing_is_passed_over_that_is_not_there_yet(house: House) -> None:
    house.post(ORGANISATION, meeting(BRANCH, 1))
    async with running(house):
        hook = await house.registered()
        await house.until_received(1)
        again = await house.asked("POST", f"/v1/webhooks/{hook['webhook']}/replay", {"after": 2**40})
        assert (again["http"], again["after"]) == (200, 1)
        house.post(ORGANISATION, meeting(BRANCH, 2))
        await house.until_received(2)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"url": "https://127.0.0.2/x"}, "address-refused"),
        ({"url": "http://nhan.example/x"}, "address-refused"),
        ({"url": "https://10.0.0.1/x"}, "address-refused"),
        ({"url": "https://127.0.0.2/x", "types": ["vn.nennep.meetings.nothing.v1"]}, "unknown-event-type"),
        ({"url": "http://127.0.0.1/x", "types": ["vn.nennep.membership.member-joined.v1"]}, "unknown-event-type"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused_by_name(house: House, wanted: Json, code: str) -> None:
    said = await house.asked("POST", "/v1/webhooks", wanted)
    assert (said["http"], said["code"]) == (422, code)
    assert "10.0.0.1" not in json.dumps(said)


async def test_each_looks_after_his_own_and_an_organisation_has_so_many(house: House) -> None:
    hook = await house.registered()
    assert (await house.asked("GET", "/v1/webhooks", key="other"))["webhooks"] == []
    for method, path, body in (("DELETE", "", None), ("GET", "/parked", None), ("POST", "/replay", {"after": 0})):
        said = await house.asked(method, f"/v1/webhooks/{hook['webhook']}{path}", body, key="other")
        assert (said["http"], said["code"]) == (404, "not-found")
    assert "secret" not in json.dumps(await house.standing())
    for _ in range(MOST - 1):
        await house.registered()
    assert (await house.asked("POST", "/v1/webhooks", {"url": house.url}))["code"] == "too-many-webhooks"
    await house.http.aclose()


async def test_who_had_events_sent_where_stays_on_record_and_cannot_be_changed(house: House) -> None:
    hook = (await house.registered(url=house.url + "/nhan?token=bi-mat", types=[MeetingHeld.name]))["webhook"]
    await house.asked("POST", f"/v1/webhooks/{hook}/replay", {"after": 0})
    await house.asked("POST", f"/v1/webhooks/{hook}/parked/retry", {"sequences": [7]})
    await house.asked("DELETE", f"/v1/webhooks/{hook}")
    refused = await house.asked("POST", "/v1/webhooks", {"url": "http://10.0.0.1/"})
    assert refused["http"] == 422
    said = await house.asked("GET", "/v1/webhooks/acts", key="auditor")
    assert said["http"] == 200
    began = {"url": house.url + "/nhan", "types": [MeetingHeld.name], "after": 0}
    assert [(each["act"], each["how"]) for each in said["acts"]] == [
        ("begun", began),
        ("replayed", {"after": 0}),
        ("retried", {"sequences": [7]}),
        ("stopped", {"url": house.url + "/nhan"}),
    ]
    assert {(each["webhook"], each["role"]) for each in said["acts"]} == {(hook, "recorder")}
    number = said["acts"][1]["number"]
    assert len((await house.asked("GET", f"/v1/webhooks/acts?after={number}&limit=1", key="auditor"))["acts"]) == 1
    assert (await house.asked("GET", "/v1/webhooks/acts"))["http"] == 403
    for statement in ("UPDATE webhook_act SET role = 'operator'", "DELETE FROM webhook_act"):
        with pytest.raises(SQLAlchemyError), house.webhooks.registry.store.write() as connection:
            connection.execute(text(statement))
