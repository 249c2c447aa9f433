"""Can anything that is logged forge a line, or show a key? Whatever it holds, it stays one JSON object."""

from __future__ import annotations

import json
import logging
import random
from uuid import uuid4

import pytest
import structlog

from shared.web.access import new_key
from shared.web.logs import BLOT, LONGEST
from tests.web.conftest import Journal
from tests.web.door import Door, meeting
from tests.web.odd import ODD

SEED = 20260302
FORGED = json.dumps({"event": "forged", "level": "critical"})
INJECTIONS = [
    f"a\n{FORGED}",
    f"a\r\n{FORGED}",
    f"a\r{FORGED}",
    f"a\u2028{FORGED}",
    f"a\u2029{FORGED}",
    f"a\x85{FORGED}",
    f"a\x0b\x0c{FORGED}",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    '"}\n' + FORGED,
    '", "level": "critical", "x": "',
    FORGED,
    "\ud800",
    "\x00",
    "%s %d %(x)s {0} {x!r}",
    "N" * 2**20,
]


@pytest.mark.parametrize("number", range(len(INJECTIONS)))
def test_one_record_is_one_line_whatever_it_holds(journal: Journal, number: int) -> None:
    text = INJECTIONS[number]
    structlog.get_logger("a").warning("seen", value=text, inside={"list": [text], text: text})
    logging.getLogger("b").error("seen %s", text)
    logging.getLogger("c").error(text)
    fault = RuntimeError(text)
    structlog.get_logger("d").error("failed", cause=text, exc_info=fault)
    logging.getLogger("e").error("failed", exc_info=fault)
    assert len(journal.records) == 5
    assert journal.text.count("\n") == 5
    assert journal.text.isascii()
    assert all(record["event"] != "forged" for record in journal.records)
    assert {record["level"] for record in journal.records} <= {"warning", "error"}
    assert all(len(line) < 60 * LONGEST for line in journal.text.split("\n"))


def test_five_thousand_random_texts_forge_nothing(journal: Journal) -> None:
    chance = random.Random(SEED)
    log = structlog.get_logger("a")
    for number in range(5_000):
        text = "".join(chr(chance.choice([chance.randrange(32), chance.randrange(0x110000)])) for _ in range(20))
        log.info("seen", number=number, value=text)
    records = journal.records
    assert [record["number"] for record in records] == list(range(5_000))


def test_a_key_is_blotted_out_wherever_it_stands(journal: Journal) -> None:
    key, _ = new_key(uuid4())
    log = structlog.get_logger("a")
    log.info("key %s", key, value=key, header=f"Bearer {key}", inside={"x": [f"({key})", {key: key}]}, raw=key.encode())
    logging.getLogger("b").warning("sent %s with %r", key, {"authorization": f"Bearer {key}"})
    log.error("failed", error=RuntimeError(key), exc_info=RuntimeError(key))
    assert key[36:] not in journal.text
    assert key[3:35] not in journal.text
    assert len(journal.records) == 3
    assert BLOT in journal.records[0]["value"]


async def test_no_post_and_no_fault_leaves_a_key_or_a_fact_in_the_journal(journal: Journal) -> None:
    door = Door()
    for odd in ODD.values():
        await door.post(odd)

    def broken(*_: object, **__: object) -> None:
        message = f"it was {door.keys['recorder']}"
        raise RuntimeError(message)

    door.submit = broken  # type: ignore[assignment]  # the log fails
    response = await door.post(meeting(declaredactor="Nguyễn Thị Tám"))
    assert response.status_code == 500
    assert door.keys["recorder"][36:] not in journal.text
    assert "Nguy" not in journal.text
    faults = [record for record in journal.records if record["event"] == "request failed"]
    assert [record["level"] for record in faults] == ["error"]
    assert "RuntimeError" in faults[0]["exception"]


def test_records_of_the_server_are_json_too(journal: Journal) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.access").info("GET /?key=1")
    assert [record["event"] for record in journal.records] == ["Invalid HTTP request received."]
