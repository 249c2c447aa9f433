"""What is answered to a post? Statuses, receipts and outcomes, exactly."""

from __future__ import annotations

import json

import pytest

from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Busy, IdTaken, NotSeenYet, Refused, StaleVersion
from shared.eventsourcing.submission import Outcome, Receipt
from shared.web.posting import Media
from tests.web.door import ORGANISATION, Door, Json, meeting, named


class BranchNotAlive(Refused):
    """A rule of some domain."""


def already(poster: Poster, draft: Draft) -> Outcome:
    return Receipt(poster.organisation, 7, draft.id.bytes * 2, recorded=False)


async def test_one_event_is_answered_with_its_receipt() -> None:
    door = Door()
    response = await door.post(meeting())
    assert response.status_code == 201
    answer = response.json()
    assert answer["id"] == str(named("meeting"))
    assert answer["status"] == 201
    assert answer["receipt"].keys() == {"service", "organisation", "sequence", "hash"}
    assert answer["receipt"]["service"] == "meetings"
    assert answer["receipt"]["organisation"] == str(ORGANISATION)
    assert answer["receipt"]["sequence"] == 1
    assert len(answer["receipt"]["hash"]) == 64


async def test_what_was_there_already_is_answered_200() -> None:
    assert (await Door(judge=already).post(meeting())).status_code == 200
    batch = await Door(judge=already).post([meeting("a"), meeting("b")], Media.BATCH)
    assert batch.status_code == 200
    assert [outcome["status"] for outcome in batch.json()["outcomes"]] == [200, 200]


async def test_the_organisation_is_that_of_the_key() -> None:
    posters: list[Poster] = []

    def judge(poster: Poster, draft: Draft) -> Outcome:
        posters.append(poster)
        return already(poster, draft)

    await Door(judge=judge).post(meeting())
    assert posters[0].organisation == ORGANISATION


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (BranchNotAlive("branch"), 422, "branch-not-alive"),
        (IdTaken("id", digest="ab" * 32), 409, "id-taken"),
        (StaleVersion("expectedversion"), 412, "stale-version"),
        (NotSeenYet("branch"), 503, "not-seen-yet"),
        (Busy(), 503, "busy"),
    ],
)
async def test_a_rule_answers_with_its_own_status(answer: Refused, status: int, code: str) -> None:
    response = await Door(judge=lambda *_: answer).post(meeting())
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code
    assert problem["type"] == f"urn:nennep:problem:{code}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["title_en"]
    assert ("retry-after" in response.headers) == (status == 503)


async def test_a_rules_field_is_named_where_it_stands_in_the_post() -> None:
    refused = await Door(judge=lambda *_: BranchNotAlive("roll.named.present.0")).post(meeting())
    assert refused.json()["field"] == "data.fact.roll.named.present.0"
    stale = await Door(judge=lambda *_: StaleVersion("expectedversion")).post(meeting())
    assert stale.json()["field"] == "expectedversion"
    correction = corrected(meeting()["data"]["fact"])
    inside = await Door(judge=lambda *_: BranchNotAlive("branch")).post(correction)
    assert inside.json()["field"] == "data.fact.fact.branch"


def corrected(fact: object, name: str = "correction") -> Json:
    """A post that corrects a meeting."""
    root = named("root")
    return meeting(
        name,
        type="vn.nennep.meetings.fact-corrected.v1",
        corrects=f"{ORGANISATION}/{root}/{root}",
        fact={"type": "vn.nennep.meetings.meeting-held.v1", "fact": fact},
    )


async def test_the_digest_of_the_first_content_is_named_when_an_id_is_taken() -> None:
    response = await Door(judge=lambda *_: IdTaken("id", digest="ab" * 32)).post(meeting())
    assert response.json()["digest"] == "ab" * 32
    assert response.json()["field"] == "id"


async def test_a_batch_with_an_unreadable_line_is_not_judged_at_all() -> None:
    door = Door()
    response = await door.post([meeting("a"), {"id": str(named("b"))}, 7], Media.BATCH)
    assert response.status_code == 400
    assert not door.posted
    first, second, third = response.json()["outcomes"]
    assert first == {"id": str(named("a")), "status": 424, "problem": first["problem"]}
    assert first["problem"]["code"] == "not-stored-because-of-others"
    assert second["id"] == str(named("b"))
    assert (second["status"], second["problem"]["field"]) == (422, "specversion")
    assert (third["status"], third["problem"]["code"]) == (400, "not-an-object")
    assert "id" not in third


async def test_a_batch_in_which_a_rule_refuses_a_line_says_that_nothing_was_stored() -> None:
    def judge(poster: Poster, draft: Draft) -> Outcome:
        return BranchNotAlive("branch") if draft.id == named("b") else already(poster, draft)

    response = await Door(judge=judge).post([meeting("a"), meeting("b"), meeting("c")], Media.BATCH)
    assert response.status_code == 422
    assert [outcome["status"] for outcome in response.json()["outcomes"]] == [424, 422, 424]
    assert "receipt" not in response.text


async def test_line_by_line_each_line_has_its_own_fate() -> None:
    door = Door()
    lines = "\n".join([json.dumps(meeting("a")), "{", json.dumps(meeting("c"))]) + "\n"
    response = await door.post(lines, Media.LINES, headers={"Prefer": "respond-async, handling=lenient"})
    assert response.status_code == 207
    assert [outcome["status"] for outcome in response.json()["outcomes"]] == [201, 400, 201]
    assert [draft.id for draft in door.posted] == [named("a"), named("c")]


async def test_lines_of_which_all_are_refused_have_the_status_of_their_problems() -> None:
    lenient = {"Prefer": "handling=lenient"}
    stale = Door(judge=lambda *_: StaleVersion("expectedversion"))
    assert (await stale.post([meeting("a"), meeting("b")], Media.BATCH, headers=lenient)).status_code == 412
    busy = await Door(judge=lambda *_: Busy()).post([meeting()], Media.BATCH)
    assert busy.status_code == 503
    assert busy.headers["retry-after"] == "1"

    def several(_: Poster, draft: Draft) -> Outcome:
        return StaleVersion() if draft.id == named("a") else BranchNotAlive()

    assert (await Door(judge=several).post([meeting("a"), meeting("b")], Media.BATCH)).status_code == 422


async def test_a_full_queue_answers_busy() -> None:
    door = Door()

    def full(*_: object, **__: object) -> None:
        raise Busy

    door.submit = full  # type: ignore[assignment]
    response = await door.post(meeting())
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


async def test_the_bytes_of_the_fact_are_kept_as_they_came() -> None:
    door = Door()
    branch = str(named("x")).upper()
    fact = f'{{ "kind" : "regular",\t"branch":"{branch}", "roll":{{"present":1 ,"expected":1}}}}'
    whole = json.dumps(meeting(fact="FACT")).replace('"FACT"', f"\r\n {fact} \n")
    assert (await door.post(whole)).status_code == 201
    assert door.posted[0].content.fact == fact.encode()


async def test_four_spellings_of_an_id_are_one_event() -> None:
    door = Door()
    plain = str(named("one"))
    for spelling in (plain, plain.upper(), plain.replace("-", ""), f"urn:uuid:{plain}", f"{{{plain}}}"):
        assert (await door.post(meeting(id=spelling, subject=spelling))).status_code == 201
    assert {draft.id for draft in door.posted} == {named("one")}
    assert len({draft.content.digest() for draft in door.posted}) == 1


async def test_null_is_as_good_as_absent() -> None:
    door = Door()
    assert (await door.post(meeting(reason=None, organisation=None, time=None))).status_code == 201
    assert (await door.post(meeting(source=None))).json()["field"] == "source"


async def test_the_positions_named_are_waited_for_before_anything_is_judged() -> None:
    receipt = f"membership/{ORGANISATION}/12/{'ab' * 32}"
    door = Door()
    assert (await door.post(meeting(), headers={"Nennep-After": f"{receipt}, {receipt}"})).status_code == 201
    assert [(after.service, after.organisation, after.sequence) for after in door.waited] == [
        ("membership", ORGANISATION, 12)
    ] * 2
    late = Door(seen=False)
    response = await late.post(meeting(), headers={"Nennep-After": receipt})
    assert (response.status_code, response.json()["code"]) == (503, "not-seen-yet")
    assert response.headers["retry-after"] == "1"
    assert not late.posted


@pytest.mark.parametrize(
    "position", ["", "x", "membership/1/1/1", f"membership/{ORGANISATION}/0/{'ab' * 32}", "a," * 40]
)
async def test_a_position_that_cannot_be_read_is_refused(position: str) -> None:
    response = await Door().post(meeting(), headers={"Nennep-After": position})
    assert (response.status_code, response.json()["code"]) == (400, "bad-position")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "text/plain",
        "application/cloudevents+json; charset=utf-16",
        "application/cloudevents+xml",
    ],
)
async def test_any_other_content_type_is_refused(content_type: str) -> None:
    response = await Door().post(meeting(), headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["code"]) == (415, "unknown-media-type")


async def test_a_compressed_body_is_refused() -> None:
    response = await Door().post(meeting(), headers={"Content-Encoding": "gzip"})
    assert (response.status_code, response.json()["code"]) == (415, "encoded")


async def test_a_charset_that_is_utf8_is_taken() -> None:
    response = await Door().post(meeting(), headers={"Content-Type": 'application/cloudevents+json; charset="UTF-8"'})
    assert response.status_code == 201


async def test_who_only_reads_may_not_post() -> None:
    for key in ("reader", "auditor"):
        response = await Door().post(meeting(), key=key)
        assert (response.status_code, response.json()["code"]) == (403, "role-may-not")


async def test_an_event_without_an_attribute_names_it() -> None:
    for name in ("specversion", "id", "source", "type", "subject", "occurred", "data"):
        response = await Door().post({each: value for each, value in meeting().items() if each != name})
        assert (response.status_code, response.json()["code"], response.json()["field"]) == (422, "required", name)
