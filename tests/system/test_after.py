"""What if one service has not heard yet what another has recorded? The sender waits or comes again; nobody loses."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh, meeting, register, says
from tests.system.reached import PATIENCE, Json

WAITED = 10
"""Organisations that found a unit and post its meeting at once."""


@pytest.fixture
def cut(deployment: Deployment) -> Iterator[Deployment]:
    """The deployment; whatever the test did to the courier, it runs again afterwards."""
    yield deployment
    courier = deployment.supervisor.redis
    assert courier is not None
    if courier.pid is None:
        courier.start()
    deployment.settle()


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field of the only line."""
    found: Json = answer.json()["outcomes"][0]["problem"]
    return answer.status_code, found["code"], found.get("field")


def test_who_has_just_founded_a_unit_posts_its_meeting_to_the_other_service_at_once(line: Line) -> None:
    for _ in range(WAITED):
        event = meeting(line.found())
        answer = line.post("meetings", event, Nennep_After=line.after)
        if answer.status_code != 201:
            assert (answer.status_code, answer.json()["code"]) == (503, "not-seen-yet")
            assert answer.headers["Retry-After"] == "1"
            until(lambda event=event: line.post("meetings", event, Nennep_After=line.after).is_success, PATIENCE)  # type: ignore[misc]


def test_without_naming_the_receipt_the_unit_is_not_seen_yet_or_known_and_never_refused_while_it_is_new(
    line: Line,
) -> None:
    """Heads tell that membership has recorded more than was seen here: a refusal would be a guess."""
    for _ in range(WAITED):
        event = meeting(line.found())
        answer = line.post("meetings", event)
        if answer.status_code != 201:
            assert problem(answer) in {
                (503, "not-seen-yet", "data.fact.branch"),
                (422, "unknown-unit", "data.fact.branch"),
            }
        until(lambda event=event: line.post("meetings", event).is_success, PATIENCE)  # type: ignore[misc]


def test_a_brand_new_organisation_with_a_brand_new_key_is_heard_within_the_wait(deployment: Deployment) -> None:
    line = register(deployment)
    event = meeting(line.branches[0])
    statuses = []

    def post() -> bool:
        statuses.append(line.post("meetings", event, Nennep_After=line.after).status_code)
        return statuses[-1] == 201

    until(post, PATIENCE)
    assert set(statuses) <= {201, 401, 503}


def test_a_receipt_that_never_was_is_waited_for_and_then_not_seen_yet(line: Line) -> None:
    nowhere = f"membership/{line.organisation}/999999/{'0' * 64}"
    answer = line.post("meetings", meeting(line.branches[0]), Nennep_After=nowhere)
    assert (answer.status_code, answer.json()["code"]) == (503, "not-seen-yet")


def test_a_receipt_of_another_chain_under_the_same_number_is_not_taken_for_seen(line: Line) -> None:
    sequence = line.receipt["sequence"]
    forged = f"membership/{line.organisation}/{sequence}/{'0' * 64}"
    answer = line.post("meetings", meeting(line.branches[0]), Nennep_After=forged)
    assert (answer.status_code, answer.json()["code"]) == (503, "not-seen-yet")


@pytest.mark.parametrize("text", ["membership", "membership/x/1/y", "membership/1/2/3/4", ",", "../../etc/passwd"])
def test_a_receipt_that_is_none_is_named_by_its_header(line: Line, text: str) -> None:
    answer = line.post("meetings", meeting(line.branches[0]), Nennep_After=text)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "bad-position", "Nennep-After")


def test_a_figure_waits_for_the_fact_behind_it(line: Line) -> None:
    receipt = line.post("meetings", meeting(line.branches[0], 7, 3)).json()["outcomes"][0]["receipt"]
    after = "/".join(str(receipt[name]) for name in ("service", "organisation", "sequence", "hash"))
    asked = {"unit": line.branches[0], "start": "2020-01-01", "end": "2021-01-01"}

    def figure() -> httpx.Response:
        client, url = line.deployment.client(line.key), line.deployment.url("ratings", "/v1/figures/attendance")
        return client.get(url, params=asked, headers={"Nennep-After": after})

    answer = until(lambda: found if (found := figure()).status_code != 503 else None, PATIENCE)
    assert answer is not None
    row = answer.json()["rows"][0]
    assert (row["numerator"], row["denominator"]) == (7, 10)


def test_an_unknown_unit_is_refused_by_name_while_heads_are_fresh(line: Line) -> None:
    line.deployment.settle()
    before = line.deployment.heads("meetings")
    assert problem(line.judged("meetings", meeting(fresh()))) == (422, "unknown-unit", "data.fact.branch")
    unit = fresh()
    rating = {"unit": unit, "rater": line.root, "axis": "vertical", "grade": GRADE, "period": YEAR}
    answer = line.judged("ratings", says("ratings.rating-decided", unit, rating, "2021-01-15"))
    assert problem(answer) == (422, "unknown-unit", "data.fact.unit")
    assert line.deployment.heads("meetings") == before


GRADE = {"scale": "strength", "rank": 1, "label": "mạnh"}
YEAR = {"start": "2020-01-01", "end": "2021-01-01"}


def test_while_the_courier_is_away_facts_about_known_units_go_on_and_arrive_afterwards(
    cut: Deployment, line: Line
) -> None:
    known, courier = line.branches[0], cut.supervisor.redis
    assert courier is not None
    cut.settle()
    courier.stop()
    until(lambda: not cut.readiness("meetings")["courier"], PATIENCE)
    until(lambda: not cut.readiness("meetings")["relay"], PATIENCE)
    until(lambda: not cut.readiness("membership")["relay"], PATIENCE)
    assert cut.get("meetings", "/readyz").status_code == 503
    until(lambda: "Redis" in cut.get("meetings", "/readyz").json()["checks"]["courier"]["reason"], PATIENCE)
    assert cut.get("meetings", "/livez").status_code == 200

    assert line.post("meetings", meeting(known, 5, 5)).status_code == 201
    new = line.found("Chi hội ấp 3")
    until(lambda: problem(line.post("meetings", meeting(fresh()))) == NOT_SEEN, PATIENCE)
    late = meeting(new, 1, 0)
    assert problem(line.post("meetings", late)) == NOT_SEEN
    assert line.post("meetings", late, Nennep_After=line.after).json()["code"] == "not-seen-yet"
    figures = cut.figure("attendance", unit=known, **YEAR)
    assert figures[0]["denominator"] is None

    courier.start()
    until(lambda: line.post("meetings", late, Nennep_After=line.after).is_success, PATIENCE)
    cut.settle()
    for service in ("meetings", "ratings"):
        until(lambda service=service: all(cut.readiness(service).values()), PATIENCE)  # type: ignore[misc]
    rows = cut.figure("attendance", unit=line.root, **YEAR)
    assert (rows[0]["numerator"], rows[0]["denominator"]) == (6, 11)
    assert problem(line.judged("meetings", meeting(fresh()))) == (422, "unknown-unit", "data.fact.branch")


NOT_SEEN = (503, "not-seen-yet", "data.fact.branch")


def test_an_emptied_courier_is_filled_again_from_the_logs(cut: Deployment, line: Line) -> None:
    line.post("meetings", meeting(line.branches[0], 4, 4)).raise_for_status()
    cut.empty_courier()
    line.post("meetings", meeting(line.found("Chi hội ấp 4"), 2, 0), Nennep_After=line.after)
    cut.settle()
    for service in ("meetings", "ratings"):
        assert cut.rebuilt(service)["result"] == "switched"
        assert cut.standing(service)["last_rebuild"]["tables"] == {}
