"""Who may have events sent where, sees whose webhooks, and what of it stays on record?"""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.meetings import MeetingHeld
from shared.web.webhooks.registry import MOST
from tests.web.door import Json
from tests.web.webhooks.house import House


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
