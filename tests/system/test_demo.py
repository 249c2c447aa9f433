"""Does the demo reach what was printed, whatever is killed while it posts? And again, corrected, and rebuilt?

One demo is run as its user runs it. While its posters post, each service and the courier are killed once and the
courier is emptied once, at moments that a seed chooses; everything else is asked of what is then still running.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import msgspec
import pytest

from shared.operations.demo.calibration import Calibration, load
from shared.operations.demo.history import history
from shared.operations.demo.ids import Ids
from shared.operations.demo.posters import Totals, post
from shared.operations.demo.posting import OPERATOR, Posting
from shared.operations.demo.scribe import Scribe, encode
from shared.operations.demo.table import FiguresOverHttp, Table, compare
from tests.support.seeds import SEEDS, drawn
from tests.support.sources import ROOT
from tests.support.waiting import until
from tests.system.lines import fresh
from tests.system.reached import DEAR, PATIENCE, SERVICES, Json, Reached
from tests.system.typed import environment, ran, typed

WITHIN: Final = 900.0
"""Seconds for the demo on a machine that others use too."""
KILLS: Final = ("membership", "meetings", "ratings", "courier")
FLUSH: Final = "flush"
WOMEN: Final = "tra-vinh/womens-union"

Receipts = dict[tuple[str, str], dict[str, tuple[int, str]]]
"""(service, organisation) → event id → sequence and hash."""


@dataclass
class Demo:
    """A demo that has shown its table and stays up."""

    reached: Reached
    process: subprocess.Popen[str]
    seed: int
    said: Path
    heads: Mapping[str, Mapping[str, tuple[int, str]]]
    """The ends of all chains after the first posting."""

    @cached_property
    def calibration(self) -> Calibration:
        """What the articles print."""
        return load()

    @cached_property
    def ids(self) -> Ids:
        """The ids of the demo's things."""
        return Ids(self.calibration.seed)

    @cached_property
    def postings(self) -> list[Posting]:
        """What the demo has posted."""
        return history(self.calibration)

    @property
    def keys(self) -> dict[str, str]:
        """Every poster's key, and the operator's."""
        kept: dict[str, str] = json.loads((self.reached.data / "demo-keys.json").read_text())
        return {**kept, OPERATOR: self.reached.operator}

    def table(self) -> Table:
        """The table as the figures answer now, once all has arrived."""
        self.reached.settle()
        return asyncio.run(self._compared())

    async def _compared(self) -> Table:
        headers = {"Authorization": f"Bearer {self.keys['reader']}"}
        url = self.reached.urls["ratings"]
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False) as client:
            return await compare(self.calibration, FiguresOverHttp(client))

    def differing(self) -> set[str]:
        """The rows of the table that are not as printed."""
        return {line.row.id for line in self.table().differing}

    def post(self, poster: str, service: str, *events: Json) -> httpx.Response:
        """Post with a key of the demo."""
        client, url = self.reached.client(self.keys[poster]), self.reached.url(service, "/v1/events")
        body = b"\n".join(map(encode, events))
        return client.post(url, content=body, headers={"Content-Type": "application/x-ndjson"})

    def events(self, poster: str, service: str) -> Iterator[Json]:
        """What a poster has posted to a service, as JSON has it."""
        for posting in self.postings:
            if (posting.poster, posting.service) == (poster, service):
                yield from (msgspec.json.decode(encode(event)) for event in posting.events())


def harass(reached: Reached, volume: Mapping[str, int], chance: Random) -> None:
    """Kill each process once, and empty the courier once, each when so much of its service has been recorded."""
    due = {name: chance.uniform(0.05, 0.85) for name in (*KILLS, FLUSH)}
    watched = {name: name if name in SERVICES else "meetings" for name in due}
    while due:
        name = min(due, key=lambda each: due[each])
        service, wanted = watched[name], due.pop(name) * volume[watched[name]]
        until(lambda service=service, wanted=wanted: _recorded(reached, service) >= wanted, WITHIN, longest=DEAR)  # type: ignore[misc]
        if name == FLUSH:
            reached.empty_courier()
        else:
            reached.kill_one(name)


def _recorded(reached: Reached, service: str) -> int:
    """How many events a service's log holds; none while it is being started anew."""
    try:
        return sum(sequence for sequence, _ in reached.heads(service).values())
    except httpx.HTTPError:
        return 0


@pytest.fixture(scope="module", params=SEEDS)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo after its table; ended as with Ctrl-C."""
    seed = drawn(request.param)
    data, said = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("said") / "said.txt"
    command = [sys.executable, "-m", "services", "demo", "--data", str(data)]
    reached = Reached(data)
    with said.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment({})
        )
    try:
        until(lambda: process.poll() is not None or (data / "run.json").exists(), PATIENCE)
        harass(reached, load().volume, Random(seed))
        until(lambda: process.poll() is not None or "Ctrl-C" in said.read_text(), WITHIN)
        assert process.poll() is None, said.read_text()
        reached.settle()
        yield Demo(reached, process, seed, said, {service: reached.heads(service) for service in SERVICES})
    finally:
        reached.close()
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def test_the_table_equals_what_was_printed(demo: Demo) -> None:
    assert demo.differing() == set(), f"seed {demo.seed}"
    said = " ".join(demo.said.read_text().split())
    assert "23/23" in said
    # The cycle of one branch: two scores of one criterion, of which the verifier's counts.
    assert "tự chấm ngày 10/11/2014: 20 điểm" in said
    assert "thẩm định ngày 28/11/2014: 17,5 điểm" in said
    assert "người chấm, 17,5/20 điểm." in said
    for name in ("demo.html", "demo.xlsx"):
        assert (demo.reached.data / name).stat().st_size > 0


def test_everything_posted_again_adds_nothing_and_has_its_place(demo: Demo) -> None:
    """The ledger of the demo: each posted id stands in its log once, where its receipt says, and nothing else does."""
    receipts: Receipts = defaultdict(dict)

    async def everything() -> Totals:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.AsyncClient, "post", _keeping(receipts))
            return await post(demo.postings, demo.reached.urls, demo.keys)

    totals = asyncio.run(everything())
    assert totals.recorded.total() == 0
    assert totals.already == demo.calibration.volume
    assert {service: demo.reached.heads(service) for service in SERVICES} == demo.heads
    own = 0
    for service in SERVICES:
        for organisation in demo.heads[service]:
            stand = chained(demo.reached.log(service, organisation))
            posted = receipts[service, organisation]
            assert posted.items() <= stand.items(), f"{service}/{organisation}"
            assert len(stand) == demo.heads[service][organisation][0]
            own += len(stand) - len(posted)
    assert own == len(demo.keys) - 1 + OPERATORS_OWN


def chained(lines: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Event id → sequence and hash; each line continues the one before. Hashes are computed anew by a rebuild."""
    events = [json.loads(line) for line in lines]
    assert [event["previoushash"] for event in events[1:]] == [event["hash"] for event in events[:-1]]
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    return {event["id"]: (int(event["sequence"]), event["hash"]) for event in events}


OPERATORS_OWN: Final = 2
"""The operator's registration and first credential, made at the first start; each other key is one fact more."""


def _keeping(receipts: Receipts) -> Callable[..., Awaitable[httpx.Response]]:
    """The client's way to post, which keeps every receipt by service and organisation."""
    send = httpx.AsyncClient.post

    async def keep(client: httpx.AsyncClient, url: str, **more: Any) -> httpx.Response:
        answer = await send(client, url, **more)
        for outcome in answer.json().get("outcomes", ()):
            receipt = outcome["receipt"]
            places = receipts[receipt["service"], receipt["organisation"]]
            places[outcome["id"]] = (receipt["sequence"], receipt["hash"])
        return answer

    return keep


def test_after_the_second_posting_the_table_is_the_same(demo: Demo) -> None:
    assert demo.differing() == set()


def test_an_exported_chain_verifies_and_no_longer_once_a_bit_is_changed(demo: Demo, tmp_path: Path) -> None:
    """One log of middling length of each service."""
    for service in SERVICES:
        heads = demo.heads[service]
        organisation = sorted(heads, key=lambda each: heads[each][0])[len(heads) // 2]
        file = tmp_path / f"{service}.ndjson"
        data = ["--data", str(demo.reached.data)]
        assert typed("log", "export", service, organisation, str(file), *data).returncode == 0
        told = typed("log", "verify", str(file), "--json")
        assert (told.returncode, json.loads(told.stdout)) == (
            0,
            {"events": heads[organisation][0], "first_wrong": None},
        )
        content = file.read_bytes()
        place = content.index(b'"fact":{') + len(b'"fact":{"')
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert typed("log", "verify", str(file)).returncode == 1


# ── What is put right, and back ──────────────────────────────────────────────────────────────────────────────────


def versions(demo: Demo, poster: str, service: str, event: str) -> list[str]:
    """The ids of all versions of a fact, as its poster sees them."""
    answer = demo.reached.get(service, f"/v1/events/{event}", key=demo.keys[poster]).raise_for_status().json()
    assert answer["event"]["id"] == event
    return [version["event"] for version in answer["versions"]]


def latest_versions(demo: Demo, poster: str, service: str) -> Iterator[tuple[Json, Json, Json]]:
    """Root, last version and standing fact of everything that a poster recorded and did not void."""
    roots: dict[str, Json] = {}
    chains: dict[str, Json] = {}
    for event in demo.events(poster, service):
        root = event["corrects"].split("/")[1] if "corrects" in event else event["id"]
        roots.setdefault(root, event)
        chains[root] = event
    for root, last in chains.items():
        fact = last["data"]["fact"]
        if last is roots[root]:
            yield roots[root], last, fact
        elif "fact" in fact:
            yield roots[root], last, fact["fact"]


def test_a_corrected_roll_changes_the_rate_and_correcting_back_restores_it(demo: Demo) -> None:
    """Of a branch whose rolls bear names, a person who just attends regularly is put among the absent."""
    root, last, right = _roll_on_which_somebody_is_just_regular(demo)
    wrong = json.loads(json.dumps(right))
    roll, names = wrong["roll"], wrong["roll"]["named"]
    names["absent"] = [*names["absent"], *names["present"]]
    names["present"] = []
    roll["present"], roll["absent"] = 0, roll["absent"] + roll["present"]
    scribe = Scribe(demo.ids, WOMEN)
    spoilt = scribe.corrects(root, last, wrong, "wrong-roll")
    demo.post(WOMEN, "meetings", spoilt).raise_for_status()
    assert demo.differing() == {"002-regular"}
    restored = scribe.corrects(root, spoilt, right, "wrong-roll")
    demo.post(WOMEN, "meetings", restored).raise_for_status()
    assert demo.differing() == set()
    seen = versions(demo, WOMEN, "meetings", root["id"])
    assert seen[0] == root["id"]
    assert seen[-2:] == [spoilt["id"], restored["id"]]
    assert versions(demo, WOMEN, "meetings", restored["id"]) == seen


def _roll_on_which_somebody_is_just_regular(demo: Demo) -> tuple[Json, Json, Json]:
    rows = [row for row in demo.calibration.row if row.id == "002-regular"]
    start, end, threshold = str(rows[0].ask.start), str(rows[0].ask.end), rows[0].part[0].threshold or 0
    rolls: dict[str, list[tuple[bool, tuple[Json, Json, Json]]]] = defaultdict(list)
    for found in latest_versions(demo, WOMEN, "meetings"):
        root, _, fact = found
        if names := fact.get("roll", {}).get("named"):
            for mark, persons in names.items():
                for person in persons if start <= root["occurred"] < end else ():
                    rolls[person].append((mark == "present", found))
    for held in rolls.values():
        present = sum(came for came, _ in held)
        if 100 * present >= threshold * len(held) > 100 * (present - 1):
            return next(found for came, found in held if came)
    pytest.fail("nobody is just regular")


def test_a_voided_visit_changes_its_tier_and_posting_it_anew_restores_it(demo: Demo) -> None:
    poster = "tra-vinh/party-committee"
    root, last, _ = next(
        found
        for found in latest_versions(demo, poster, "meetings")
        if found[2].get("tier") == "commune" and "meeting" in found[2] and found[0]["occurred"] > "2013"
    )
    voiding = Scribe(demo.ids, poster).voids(root, last, "never-visited")
    demo.post(poster, "meetings", voiding).raise_for_status()
    assert demo.differing() == {"002-commune"}
    demo.post(poster, "meetings", {**root, "id": fresh()}).raise_for_status()
    assert demo.differing() == set()
    assert versions(demo, poster, "meetings", root["id"]) == [root["id"], voiding["id"]]


def test_a_voided_rating_changes_its_row_and_posting_it_anew_restores_it(demo: Demo) -> None:
    poster = "dong-thap/farmers-union"
    branches = {demo.ids(f"unit:{poster}/chau-thanh")}
    root, last, _ = next(
        found
        for found in latest_versions(demo, poster, "ratings")
        if found[2].get("rater") in branches and found[2]["grade"]["rank"] == 1 and found[0]["id"] == found[1]["id"]
    )
    voiding = Scribe(demo.ids, poster).voids(root, last, "wrong-grade")
    demo.post(poster, "ratings", voiding).raise_for_status()
    assert demo.differing() in ({"000-branches"}, {"000-base-units"})
    again = demo.post(poster, "ratings", {**root, "id": fresh()})
    assert again.status_code == 201
    assert demo.differing() == set()
    assert versions(demo, poster, "ratings", root["id"]) == [root["id"], voiding["id"]]


def test_views_rebuilt_from_history_differ_in_nothing(demo: Demo) -> None:
    """Those of ratings, which hears everything."""
    demo.reached.settle()
    told = ran("projection", "rebuild", "ratings", "--json", "--data", str(demo.reached.data))
    assert told.returncode == 0, told.stdout
    rebuilt = json.loads(told.stdout)
    assert 0 <= rebuilt.pop("longest_pause") < 60
    assert rebuilt == {"result": "switched", "tables": {}, "examples": {}, "answers": {}, "complete": True}
    assert demo.reached.standing("ratings")["parked"] == 0
    assert demo.differing() == set()


def test_asked_to_stop_it_ends_with_0(demo: Demo) -> None:
    """The last test of this file: afterwards nothing answers any more."""
    demo.reached.close()
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(PATIENCE) == 0
    assert not (demo.reached.data / "run.json").exists()
