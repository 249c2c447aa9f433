"""What does ratings answer of the past over HTTP? Figures as known then, what moved them, and whole reports."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from services.ratings.api import everywhere_router, figures_router, proposals_router
from services.ratings.domain import DECIDERS, related
from services.ratings.projections.replay import REPLAYED
from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import recorded_text
from shared.contracts.membership import UnitMoved
from shared.eventsourcing.courier import Stream
from shared.eventsourcing.service import Service, Whereabouts
from shared.history.archive.depot import open_depot
from shared.history.archive.sealer import Archiving
from shared.history.columns.columns import Columns
from shared.history.columns.live import live
from shared.history.evidence.publisher import Publishing
from shared.history.replay.report import Replay
from shared.history.replay.sources import Exported
from shared.operations.redis_server import RedisServer
from shared.units.ground import Rules
from shared.units.knowledge import Knowledge
from shared.units.seen_ground import SeenGround
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.producer import Producer
from shared.web.reports import DOCUMENT
from shared.web.waiting import waiting_router
from tests.history.replay.kept import RULES, adopt, exported
from tests.support.tale import Tale, id_of, land
from tests.web.door import PEPPER, Door

YEAR = "start=2022-01-01&end=2023-01-01"


class House:
    """Ratings with a story in it: the other services' events in their streams, its own in its log, all in its views."""

    def __init__(self, tale: Tale, folder: Path, url: str) -> None:
        self.tale = tale
        door = Door("ratings")
        self.knowledge = Knowledge().told(door.facts)
        where = Whereabouts(folder, url)

        def ground(service: Service) -> SeenGround:
            return SeenGround(Rules(DECIDERS, related), service.runner, lambda: ({}, 0.0))

        self.service = Service(REPLAYED.declaration, where, ground)
        archive = Archiving(open_depot(str(folder / "archive")))
        self.service.runner.guard(lambda _: 0)
        seen = SeenGround(Rules(DECIDERS, related), self.service.runner, lambda: ({}, 0.0))
        producer = Producer(
            About("ratings", "xếp loại", "1.0"),
            self.service,
            seen,
            lambda: self.knowledge,
            PEPPER,
            archive,
            Publishing(folder / "keys", "test"),
        )
        runner = self.service.runner
        self.columns = Columns(folder / "columns", REPLAYED.declaration, live(lambda: runner.generation))
        routers = [
            figures_router(runner, producer),
            everywhere_router(runner, producer, self.columns),
            proposals_router(runner, producer),
            waiting_router(runner, producer),
        ]
        self.app = create_app(producer.about, Parts(routers=routers))
        self.keys = door.keys
        self._client = redis.Redis.from_url(url)
        self._client.flushall()
        self.feed()

    def feed(self) -> None:
        """Whatever the story tells now."""
        for (service, _), chain in self.tale.logs.chains.items():
            if service == "ratings":
                self._record(chain)
            else:
                for each in chain:
                    self._client.xadd(str(Stream(service)), {"event": to_cloudevent(each)})
            self.service.runner.take(service, chain)

    def _record(self, chain: Any) -> None:
        log = self.service.log
        assert log is not None
        with log.store.write() as connection:
            log.write(connection, [(each, each.envelope.content.digest()) for each in chain])

    async def ask(self, path: str, key: str = "operator") -> httpx.Response:
        """A question."""
        headers = {"Authorization": f"Bearer {self.keys[key]}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://ratings") as client:
            return await client.get(path, headers=headers, timeout=60)

    def close(self) -> None:
        """Give everything back."""
        self._client.close()
        self.columns.close()
        self.service.runner.generation.store.close()
        self.service.generations.close()
        assert self.service.log is not None
        self.service.log.store.close()


@pytest.fixture
def tale() -> Tale:
    """Two meetings in 2022, one of them corrected later; rules."""
    tale = land()
    tale.met("x", "2022-01-31", present=3, absent=1)
    late = tale.met("y", "2022-02-28", present=1, absent=1)
    adopt(tale.logs, RULES, "2021-01-01", by=id_of("women"))
    tale.logs.correct(late, tale.logs.told[-2].fact, "2022-02-28")
    return tale


@pytest.fixture
def house(tale: Tale, tmp_path: Path, own_redis: RedisServer) -> Iterator[House]:
    """The story in its service."""
    house = House(tale, tmp_path / "house", own_redis.url)
    yield house
    house.close()


def before(tale: Tale) -> str:
    """The moment before the correction."""
    return recorded_text(tale.logs.clock - 1)


async def test_a_figure_is_told_as_known_then_with_its_basis_and_the_moment(house: House) -> None:
    path = f"/v1/figures/attendance?unit={id_of('p')}&{YEAR}"
    now, then = (await house.ask(path)).json(), (await house.ask(f"{path}&known={before(house.tale)}")).json()
    assert [(row["numerator"], row["denominator"]) for row in (*now["rows"], *then["rows"])] == [(4, 6), (4, 6)]
    assert (now["known"], then["known"]) == (None, before(house.tale))
    assert (then["basis"], then["tree"]) == ("as-it-was-then", None)
    assert then["position"]["meetings"][str(id_of("women"))] == 3
    empty = (await house.ask(f"{path}&known=1969-12-31")).json()
    assert [(row["numerator"], row["denominator"]) for row in empty["rows"]] == [(0, None)]
    assert empty["known"] == "1969-12-31T16:59:59.999999Z", "a day is known to its end in Viet Nam"


async def test_a_figure_is_told_under_the_tree_of_a_date(house: House) -> None:
    answer = await house.ask(f"/v1/figures/attendance?unit={id_of('p')}&{YEAR}&tree=2009-01-01")
    assert (answer.json()["basis"], answer.json()["tree"]) == ("tree-of-date", "2009-01-01")
    assert [row["denominator"] for row in answer.json()["rows"]] == [None], "nothing stood there then"


async def test_what_a_division_left_waiting_is_listed_and_marked(house: House) -> None:
    """b1 is divided into b2 and b3; x and y name no side. x meets afterwards, and both parts lack it."""
    before = house.tale.logs.clock
    house.tale.split("b1", "b2", "b3", on="2022-07-01")
    house.tale.met("x", "2022-08-31", present=5, absent=0)
    for (service, _), chain in house.tale.logs.chains.items():
        house.service.runner.take(service, [each for each in chain if each.envelope.recorded > before])
    house.knowledge = house.knowledge.told(told.said for told in house.tale.logs.told)
    waits = (await house.ask("/v1/units/waiting?day=2022-08-31")).json()
    assert {each["unit"] for each in waits["waiting"]} == {str(id_of("x")), str(id_of("y"))}
    assert {each["split"]["unit"] for each in waits["waiting"]} == {str(id_of("b1"))}
    assert [sorted(each["parts"]) for each in waits["waiting"]] == [sorted(map(str, (id_of("b2"), id_of("b3"))))] * 2
    assert (await house.ask("/v1/units/waiting?day=2022-06-30")).json()["waiting"] == []
    assert (await house.ask("/v1/units/waiting?day=9999-12-31")).json()["code"] == "year-out-of-range"
    for path, lacking in (
        (f"unit={id_of('b2')}&{YEAR}", ["x"]),
        (f"unit={id_of('u1')}&start=2022-01-01&end=2022-07-01", []),
    ):
        told = (await house.ask(f"/v1/figures/attendance?{path}")).json()
        assert told["held_back"] == [str(id_of(each)) for each in lacking]
        assert [row["comparable"] for row in told["rows"]] == [not lacking]
    split = (await house.ask(f"/v1/figures/attendance?unit={id_of('b2')}&{YEAR}&by=month&tree=2022-12-31")).json()
    assert split["held_back"] == sorted(str(id_of(each)) for each in ("x", "y"))
    for more in ("", "&tree=2022-12-31", "&tree=2022-06-30"):
        whole, lacked = (await house.ask(f"/v1/figures/attendance/everywhere?{YEAR}{more}")).json(), set[str]()
        for row in whole["rows"]:
            alone = (await house.ask(f"/v1/figures/attendance?unit={row['unit']}&{YEAR}{more}")).json()
            (line,) = alone["rows"]
            assert [row[each] for each in line if each in row] == [line[each] for each in line if each in row]
            lacked.update(alone["held_back"])
        assert whole["held_back"] == sorted(lacked)
        assert lacked <= whole["titles"].keys()
        marked = {row["unit"] for row in whole["rows"] if not row["comparable"]}
        assert marked >= {str(id_of(part)) for part in ("b2", "b3")} or "06-30" in more
    await _waited_as_known_then(house, before)


async def _waited_as_known_then(house: House, before: int) -> None:
    """Nobody before the division was recorded; both until x is moved to a part, and for those days ever after."""
    asked = "/v1/units/waiting?day=2022-08-31"
    both = {str(id_of("x")), str(id_of("y"))}
    divided, clock = recorded_text(before), house.tale.logs.clock
    moved = UnitMoved(parent=id_of("b2"), effective=dt.date(2022, 7, 1))
    house.tale.logs.tell(moved, id_of("x"), "2022-08-30", id_of("women"))
    for (service, _), chain in house.tale.logs.chains.items():
        house.service.runner.take(service, [each for each in chain if each.envelope.recorded > clock])
    known = {
        each: (await house.ask(f"{asked}&known={each}")).json()
        for each in (divided, recorded_text(clock), "1969-12-31", "2100-01-01")
    }
    waited = [{unit["unit"] for unit in told["waiting"]} for told in known.values()]
    assert waited == [set(), both, set(), both - {str(id_of("x"))}]
    assert known[divided]["known"] == divided
    assert (await house.ask(f"{asked}&known=2022-13-01")).json()["code"] == "bad-format"


@pytest.mark.parametrize("more", ["", "&by=month", "&tree=2022-02-01", "&known=2100-01-01"])
async def test_every_unit_at_once_is_told_what_each_is_told_by_itself(house: House, more: str) -> None:
    path = f"/v1/figures/attendance/everywhere?{YEAR}{more}"
    whole = (await house.ask(path)).json()
    assert whole["total"] == len(whole["rows"]) > 0
    for name in ("p", "d1", "c1", "x", "y"):
        alone = (await house.ask(f"/v1/figures/attendance?unit={id_of(name)}&{YEAR}{more}")).json()
        found = [row for row in whole["rows"] if row["unit"] == str(id_of(name))]
        cells = ("keys", "numerator", "denominator", "comparable")
        told = [{each: row[each] for each in cells} for row in found]
        assert told == [{each: row[each] for each in cells} for row in alone["rows"]], name
    pages = [(await house.ask(f"{path}&limit=2&offset={offset}")).json() for offset in range(0, whole["total"], 2)]
    assert [row for page in pages for row in page["rows"]] == whole["rows"]
    assert set(pages[0]["titles"]) <= {row["unit"] for row in pages[0]["rows"]} | set(pages[0]["held_back"])
    assert whole["basis"] == ("tree-of-date" if "tree" in more else "as-it-was-then")


@pytest.mark.parametrize("key", ["recorder", "other", "territorial-reader"])
async def test_of_all_units_nobody_is_told_of_those_of_others(house: House, key: str) -> None:
    answer = await house.ask(f"/v1/figures/attendance/everywhere?{YEAR}", key)
    assert (answer.status_code, answer.json()["total"], answer.json()["rows"]) == (200, 0, [])
    assert answer.json()["titles"] == {}


async def test_what_looks_at_the_asked_unit_is_not_told_of_all(house: House) -> None:
    refused = await house.ask(f"/v1/figures/grades/everywhere?{YEAR}")
    assert (refused.status_code, refused.json()["code"]) == (422, "one-unit-only")


async def test_the_events_behind_are_those_known_then(house: House) -> None:
    path = f"/v1/figures/meetings-held/events?unit={id_of('p')}&{YEAR}"
    assert len((await house.ask(path)).json()["events"]) == 2
    known = recorded_text(house.tale.logs.clock - 3)
    assert len((await house.ask(f"{path}&known={known}")).json()["events"]) == 1


async def test_what_moved_a_figure_is_told(house: House) -> None:
    path = f"/v1/figures/attendance/compare?unit={id_of('p')}&{YEAR}&known={recorded_text(house.tale.logs.clock - 3)}"
    found = (await house.ask(path)).json()
    assert found["rows"][0]["before"] == {"numerator": 3, "denominator": 4}
    assert found["rows"][0]["after"] == {"numerator": 4, "denominator": 6}
    assert [each["act"] for each in found["moved"]] == ["recorded", "corrected"]
    assert (await house.ask(f"{path}&and=1970-01-01T00:00:00Z")).json()["field"] == "and"
    assert (await house.ask(path.rpartition("&")[0])).json()["field"] == "known"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("known=yesterday--", "known"),
        ("known=2022-02-30", "known"),
        ("known=2022-05-31T00:00:00", "known"),
        ("known=1929-01-01", "known"),
        ("tree=1929-12-31", "tree"),
        ("tree=x", "tree"),
    ],
)
async def test_a_moment_or_day_that_cannot_be_read_is_refused_by_its_name(house: House, more: str, field: str) -> None:
    for path in ("figures/attendance", "figures/attendance/events", "reports/attendance"):
        answer = await house.ask(f"/v1/{path}?unit={id_of('p')}&{YEAR}&{more}")
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_report_over_http_is_the_very_bytes_of_a_replay_from_files(house: House, tmp_path: Path) -> None:
    exported(house.tale.logs, tmp_path / "files")
    replay = Replay(REPLAYED, lambda: [Exported([tmp_path / "files"])])
    for name, more, parameters in (
        ("ratings", {"rules": dt.date(2022, 1, 1)}, "&rules=2022-01-01"),
        (
            "meetings",
            {"tree": dt.date(2022, 1, 1), "known": house.tale.logs.clock - 1},
            f"&tree=2022-01-01&known={before(house.tale)}",
        ),
        ("attendance,members", {"by": ("month",)}, "&by=month"),
    ):
        answer = await house.ask(f"/v1/reports/{name}?unit={id_of('p')}&{YEAR}{parameters}")
        asked = REPLAYED.asked(name.split(","), id_of("p"), dt.date(2022, 1, 1), dt.date(2023, 1, 1), **more)
        assert (answer.status_code, answer.headers["content-type"]) == (200, DOCUMENT)
        assert answer.content == replay.document(asked).encode(), name


async def test_a_report_says_whether_it_is_superseded(house: House) -> None:
    path = f"/v1/reports/attendance/standing?unit={id_of('p')}&{YEAR}"
    assert (await house.ask(f"{path}&known={before(house.tale)}")).json()["superseded"] is False
    answer = (await house.ask(f"{path}&known={recorded_text(house.tale.logs.clock - 3)}")).json()
    assert answer["superseded"] is True


async def test_one_report_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()
    plain = Replay.document

    def slowly(self: Replay, asked: Any) -> Any:
        begun.set()
        assert go.wait(90)
        return plain(self, asked)

    monkeypatch.setattr(Replay, "document", slowly)
    path = f"/v1/reports/attendance?unit={id_of('p')}&{YEAR}"
    first = asyncio.create_task(house.ask(path))
    assert await asyncio.to_thread(begun.wait, 90)
    second = await house.ask(path)
    assert (second.status_code, second.json()["code"], second.headers["retry-after"]) == (503, "busy", "1")
    go.set()
    assert (await first).status_code == 200


async def test_history_that_does_not_reach_as_far_as_the_views_is_not_seen_yet(house: House) -> None:
    house._client.flushall()  # noqa: SLF001 — the courier loses everything
    answer = await house.ask(f"/v1/reports/attendance?unit={id_of('p')}&{YEAR}")
    assert (answer.status_code, answer.json()["code"]) == (503, "not-seen-yet")


async def test_the_reports_are_listed_and_the_unknown_refused(house: House) -> None:
    listed = (await house.ask("/v1/reports")).json()["reports"]
    assert {each["name"] for each in listed} == REPLAYED.reports.keys()
    answer = await house.ask(f"/v1/reports/no-such?unit={id_of('p')}&{YEAR}")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-figure")
    missing = await house.ask(f"/v1/reports/attendance?{YEAR}")
    assert (missing.status_code, missing.json()["field"]) == (422, "unit")
    assert json.loads(missing.content)["code"] == "required"


async def test_a_proposal_is_computed_as_known_then(house: House) -> None:
    path = f"/v1/proposals?branch={id_of('y')}&year=2022&rule_set={RULES}"
    assert (await house.ask(path)).status_code == 200
    assert (await house.ask(f"{path}&known=1970-01-01T00:00:00Z")).json()["code"] == "unknown-rule-set"
