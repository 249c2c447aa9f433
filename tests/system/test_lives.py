"""Does a member's whole life stand, in three organisations with rules of their own? And is the rest refused by name?

The rules are the files that are shipped as examples, posted by each organisation with its own key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.sources import ROOT
from tests.support.waiting import until
from tests.system.lines import Line, fresh, issue, register, says
from tests.system.reached import PATIENCE, Json, Reached

DECISIONS = {"member-struck-off", "strike-off-declined"}
"""What another hand posts than the one that proposed."""
RULES: Path = ROOT / "docs" / "examples" / "member-rules"


@dataclass
class Life:
    """One member of one organisation, and what is posted of that member."""

    line: Line
    base: str
    branch: str
    other: str
    person: str
    decider: str
    last: Json | None = None

    def post(self, name: str, on: str, *, about: str | None = None, branch: str | None = None, **fact: Any) -> str:
        """Post one fact; `recorded`, or the code of the refusal and the field that it names."""
        event = says(f"membership.{name}", about or self.person, {"branch": branch or self.branch, **fact}, on)
        key = self.decider if name in DECISIONS else None
        outcome = self.line.post("membership", event, key=key, Prefer="handling=lenient").json()["outcomes"][0]
        if "problem" in outcome:
            return f"{outcome['problem']['code']} {outcome['problem']['field'].removeprefix('data.fact.')}"
        self.last = outcome["receipt"]
        return "recorded"

    def ask(self, path: str, **asked: str) -> Json:
        """Read with the line's own key, after what was posted last."""
        last = self.last or self.line.receipt
        after = "/".join(str(last[name]) for name in ("service", "organisation", "sequence", "hash"))
        client, url = self.line.deployment.client(self.line.key), self.line.deployment.url("membership", path)

        def found() -> httpx.Response | None:
            answer = client.get(url, params=asked, headers={"Nennep-After": after})
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        answer = until(found, PATIENCE)
        assert answer is not None
        told: Json = answer.raise_for_status().json()
        return told

    def states(self, on: str) -> set[str]:
        """In which states the member is on a day."""
        return {each["kind"] for each in self.ask(f"/v1/members/{self.person}", on=on)["states"] if each["lasts"]}

    def waiting(self, work: str, on: str) -> list[str]:
        """Who waits on a list of the whole line."""
        return [each["person"] for each in self.ask(f"/v1/work/{work}", unit=self.line.root, on=on)["waiting"]]

    def book(self, on: str) -> tuple[int, int]:
        """Members of the branch, and how many of them a meeting expects."""
        told = self.ask(f"/v1/branches/{self.branch}/members", on=on)
        return told["members"], told["expected"]


def begin(deployment: Reached, title: str, kind: str, rules: str) -> Life:
    """An organisation with a base unit and two branches under it, and its rules adopted."""
    line = register(deployment, title, kind)
    base, branches = fresh(), (fresh(), fresh())
    units = [(base, "base-unit", line.root), *((branch, "branch", base) for branch in branches)]
    for unit, unit_kind, parent in units:
        fact = {
            "title": title,
            "kind": unit_kind,
            "parent": parent,
            "territory": line.hamlet,
            "effective": "2020-01-01",
        }
        line.post("membership", says("membership.unit-founded", unit, fact)).raise_for_status()
    adopted = json.loads((RULES / f"{rules}.json").read_text(encoding="utf-8"))
    line.post(
        "membership", says("membership.member-rules-adopted", line.organisation, adopted, "2020-01-01")
    ).raise_for_status()
    return Life(line, base, *branches, fresh(), issue(deployment, line.organisation, "decider"))


@pytest.fixture
def youth(deployment: Reached) -> Life:
    return begin(deployment, "Tỉnh đoàn Đồng Tháp", "youth-union", "youth-union")


@pytest.fixture
def veterans(deployment: Reached) -> Life:
    return begin(deployment, "Hội Cựu chiến binh tỉnh Đồng Tháp", "veterans-association", "veterans-association")


@pytest.fixture
def women(deployment: Reached) -> Life:
    return begin(deployment, "Hội LHPN tỉnh Đồng Tháp", "womens-union", "womens-union")


def test_a_life_in_the_youth_union(youth: Life) -> None:
    life = youth
    away = {"expected_return": "2023-12-31"}
    year, quarter = {"start": "2023-01-01", "end": "2023-08-01"}, {"start": "2023-01-01", "end": "2023-04-01"}
    told = [
        life.post("member-readmitted", "2023-01-01"),
        life.post("member-joined", "2023-01-02"),
        life.post("member-joined", "2023-01-03", branch=life.other),
        life.post("card-issued", "2023-01-04"),
        life.post("card-issued", "2023-01-05"),
        life.post("dues-exempted", "2023-01-06", period=year, ground="hardship"),
        life.post("dues-paid", "2023-04-01", period=quarter, amount=6000),
        life.post("dues-exempted", "2023-04-02", period=quarter, ground="hardship"),
        life.post("member-back", "2023-05-01"),
        life.post("member-away", "2023-05-02", **away),
        life.post("member-away", "2023-05-03", **away),
        life.post("member-struck-off", "2024-05-02", cause="not-attending"),
        life.post("member-struck-off", "2023-06-01", cause="own-request"),
        life.post("member-struck-off", "2023-06-01", cause="dues-unpaid", grounds={"months_unpaid": 2}),
        life.post("member-struck-off", "2023-06-01", cause="dues-unpaid", decided_by=life.base),
        life.post("discipline-decided", "2023-06-02", level="removal"),
        life.post("discipline-lifted", "2023-06-03"),
        life.post("discipline-decided", "2023-06-04", level="reprimand", decided_by=life.base),
    ]
    assert told == [
        *("never-a-member branch", "recorded", "already-member branch", "recorded", "holds-a-card branch"),
        *("exempt-too-long period", "recorded", "already-settled period"),
        *("not-away branch", "recorded", "already-away branch", "protected-while-away cause"),
        *("unknown-cause cause", "grounds-too-few grounds", "not-theirs-to-decide decided_by"),
        *("not-an-officer level", "not-disciplined branch", "recorded"),
    ]
    assert life.states("2023-06-10") == {"away", "card", "disciplined"}
    assert (life.book("2023-04-30"), life.book("2023-06-10")) == ((1, 1), (1, 0))
    assert (life.waiting("away", "2024-05-02"), life.waiting("away", "2024-05-03")) == ([], [life.person])
    assert life.ask(f"/v1/members/{life.person}")["dues_settled_to"] == {life.line.organisation: "2023-04-01"}
    told = [
        life.post("member-back", "2024-06-01"),
        life.post("transfer-introduced", "2024-07-01", destination=life.other),
    ]
    assert told == ["recorded", "recorded"]
    assert life.waiting("transfers", "2024-07-02") == [life.person]
    told = [
        life.post("transfer-received", "2024-07-10", branch=life.other, origin=life.branch),
        life.post("member-resigned", "2024-07-11"),
        life.post("maturity-deferred", "2024-08-01", branch=life.other, until="2024-08-01"),
        life.post("maturity-deferred", "2024-08-01", branch=life.other, until="2025-08-01"),
        life.post("member-matured", "2025-03-26", branch=life.other),
        life.post("member-matured", "2025-03-27", branch=life.other),
        life.post("card-withdrawn", "2025-04-01", branch=life.other),
    ]
    assert told == [
        *("recorded", "not-a-member branch", "before-the-day until", "recorded", "recorded", "not-a-member branch"),
        "recorded",
    ]
    assert life.waiting("transfers", "2024-07-10") == []
    assert (life.waiting("cards", "2025-03-30"), life.waiting("cards", "2025-04-01")) == ([life.person], [])
    contradictions = life.line.deployment.get("membership", "/v1/contradictions", key=life.line.key)
    assert contradictions.json()["contradictions"] == []


def test_a_life_in_the_veterans_association(veterans: Life) -> None:
    life = veterans
    both = {"months_absent": 12, "months_unpaid": 13, "consecutive": True}
    told = [
        life.post("member-entered", "2021-01-01", admitted_year=1995),
        life.post("strike-off-proposed", "2023-01-01", cause="gone-away"),
        life.post("strike-off-proposed", "2023-01-01", cause="not-attending", proposed_by=life.base),
        life.post("strike-off-proposed", "2023-01-01", cause="not-attending", grounds={**both, "consecutive": False}),
        life.post("member-struck-off", "2023-01-02", cause="not-attending", decided_by=life.base, grounds=both),
        life.post("strike-off-proposed", "2023-01-03", cause="not-attending", grounds=both),
        life.post("strike-off-proposed", "2023-01-04", cause="own-request"),
        life.post("member-struck-off", "2023-01-05", cause="not-attending", grounds=both),
        life.post("member-matured", "2023-01-06"),
    ]
    assert told == [
        *("recorded", "unknown-cause cause", "not-theirs-to-propose proposed_by", "grounds-too-few grounds"),
        *("not-proposed cause", "recorded", "already-proposed branch", "not-theirs-to-decide decided_by"),
        "only-youth-union branch",
    ]
    assert life.waiting("proposals", "2023-01-10") == [life.person]
    told = [
        life.post("strike-off-declined", "2023-02-01", decided_by=life.base),
        life.post("member-struck-off", "2023-02-02", cause="not-attending", decided_by=life.base, grounds=both),
        life.post("strike-off-proposed", "2023-12-01", cause="not-attending", grounds=both),
        life.post("member-struck-off", "2023-12-15", cause="not-attending", decided_by=life.base, grounds=both),
        life.post("member-readmitted", "2024-12-22"),
        life.post("member-died", "2025-02-02"),
        life.post("member-readmitted", "2025-03-03"),
    ]
    assert told == [
        *("recorded", "not-proposed cause", "recorded", "recorded", "recorded", "recorded", "recorded-dead subject"),
    ]
    assert life.waiting("proposals", "2023-02-01") == []
    stays = life.ask(f"/v1/members/{life.person}")["memberships"]
    assert [(each["start"], each["end"]) for each in stays] == [
        ("2021-01-01", "2023-12-15"),
        ("2024-12-22", "2025-02-02"),
    ]


def test_a_life_in_the_womens_union_where_no_rule_to_strike_off_is_known(women: Life) -> None:
    life, twin = women, fresh()
    temporary = {"branch": life.other, "kind": "temporary", "home": life.branch}
    told = [
        life.post("member-joined", "2021-03-08"),
        life.post("member-joined", "2021-03-09", about=twin),
        life.post("persons-merged", "2021-03-10", about=twin, into=twin),
        life.post("persons-merged", "2021-03-11", about=twin, into=life.person),
        life.post("persons-merged", "2021-03-12", into=twin),
        life.post("affiliation-ended", "2021-04-01", branch=life.other),
        life.post("affiliation-received", "2021-04-02", **temporary),
        life.post("affiliation-received", "2021-04-03", **temporary),
        life.post("affiliation-received", "2021-04-04", kind="residence"),
    ]
    assert told == [
        *("recorded", "recorded", "same-person into", "recorded", "already-merged into"),
        *("not-affiliated branch", "recorded", "already-affiliated branch", "already-member branch"),
    ]
    assert life.book("2021-03-09") == (1, 1), "two ids of one person count once, on every day"
    assert life.book("2021-04-10") == (1, 0)
    assert life.ask(f"/v1/branches/{life.other}/members", on="2021-04-10")["guests"] == 1
    told = [
        life.post("affiliation-ended", "2021-09-30", branch=life.other),
        life.post("persons-unmerged", "2021-10-01", about=twin, into=life.person),
        life.post("persons-unmerged", "2021-10-02", about=twin, into=life.person),
        life.post("member-struck-off", "2021-11-01", cause="married-elsewhere", decided_by=life.base),
        life.post("member-joined", "2022-03-08"),
        life.post("member-referred-to-party", "2022-05-19"),
        life.post("member-admitted-to-party", "2023-02-03"),
        life.post("member-admitted-to-party", "2023-02-04"),
        life.post("member-resigned", "2024-01-01"),
    ]
    assert told == [
        *("recorded", "recorded", "not-merged into", "recorded", "recorded", "recorded", "recorded"),
        *("already-in-party branch", "recorded"),
    ]
    assert life.book("2021-03-09") == (2, 2)
