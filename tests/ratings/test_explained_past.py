"""Which facts moved a grade, and on what did a decision rest? Told as decided, and beside it as it is now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

import pytest

from services.ratings.projections.explaining import Explaining, adopted, asked_by
from services.ratings.projections.judging import Cited
from services.ratings.projections.proposals import Views
from shared.contracts.envelope import recorded_text
from shared.contracts.fields import Grade
from shared.contracts.meetings import Every, MeetingHeld, Roll
from shared.contracts.ratings import RatingDecided
from shared.history.figures import Question
from shared.history.past import views_then
from shared.history.replay.without import Place, Without
from tests.history.replay.kept import RULES, adopt
from tests.ratings.answering import Answering
from tests.support.logs import Told
from tests.support.tale import Tale, day, id_of, land, year

WHERE = f"unit={id_of('x')}&rule_set={RULES}&year=2022"
NOW = 2**62
STRANGER = UUID(int=5)


@dataclass
class Story:
    """What was told, and the facts that tests look at."""

    tale: Tale
    ratings: Answering
    decision: Told
    before: int
    """The moment before anything was said late."""
    late: Told
    corrected: Told
    voided: Told
    first: Told


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Eight months met by the decision; afterwards one is added, one put right, one voided; y has facts of its own."""
    tale = land()
    tale.every("branch", Every.MONTH, "2021-01-01")
    met = [tale.met("x", f"2022-{month:02}-15", present=30, absent=10) for month in range(1, 9)]
    adopt(tale.logs, RULES, "2021-01-01", by=id_of("women"))
    decided = RatingDecided(
        unit=id_of("x"),
        rater=id_of("b1"),
        axis="vertical",
        period=year(2022),
        rule_set=RULES,
        grade=Grade(scale="strength", rank=2, label="loại 2"),
    )
    decision = tale.say(decided, "x", "2023-01-15")
    before = tale.logs.clock
    late = tale.met("x", "2022-09-15", present=40)
    assert isinstance(met[0].fact, MeetingHeld)
    whole = Roll(expected=40, present=40)
    tale.logs.correct(met[0], met[0].fact.model_copy(update={"roll": whole}), "2022-01-15")
    tale.logs.void(met[1])
    tale.met("y", "2022-05-15", present=4)
    for told in (decision, late):
        stranger(tale, told)
    tale.logs.chains = dict(sorted(tale.logs.chains.items(), key=lambda each: each[0][1] != STRANGER))
    ratings = Answering(tale, tmp_path_factory.mktemp("ratings"))
    yield Story(tale, ratings, decision, before, late, met[0], met[1], met[2])
    ratings.close()


def stranger(tale: Tale, told: Told) -> None:
    """Another organisation, heard first, has an event of the same id: ids are each organisation's own."""
    fact = told.fact.model_copy(update={"unit" if isinstance(told.fact, RatingDecided) else "branch": id_of("w")})
    content = told.root.envelope.content
    event = {
        "id": str(told.root.envelope.id),
        "type": fact.name,
        "subject": str(id_of("w")),
        "occurred": content.occurred,
        "data": {"fact": fact.model_dump(mode="json", exclude_none=True)},
    }
    tale.logs.post(event, STRANGER)


async def test_each_fact_recorded_between_is_named_with_its_criteria_and_points(story: Story) -> None:
    """8 of 12 and 240/320 before; then a month more, one voided, and 10 more came: 8 of 12 and 260/320."""
    path = f"/v1/explanations/moved?{WHERE}&known={recorded_text(story.before)}"
    told = await story.ratings.told(path)
    assert [line["numerator"] for line in told["then"]["criteria"]] == [8, 240]
    assert [line["numerator"] for line in told["now"]["criteria"]] == [8, 260]
    assert told["said"]["vi"] == "loại 2, 70/100 điểm → loại 2, 72,5/100 điểm."
    events = {story.late.last: "recorded", story.corrected.last: "corrected", story.voided.last: "voided"}
    named = {str(each.envelope.id) for each in events}
    assert [each["act"] for each in told["facts"]] == ["recorded", "corrected", "voided"]
    assert {each["event"] for each in told["facts"][:2]} <= named
    late, corrected, voided = told["facts"]
    assert {each["code"]: each["points"] for each in late["criteria"]} == {"meetings": 500, "attendance": 107}
    assert {each["code"]: each["points"] for each in corrected["criteria"]} == {"attendance": 125}
    assert {each["code"]: each["points"] for each in voided["criteria"]} == {"meetings": -500, "attendance": 28}
    assert late["vi"] == "x sinh hoạt định kỳ (trực tiếp): có mặt 40/40, vắng có phép 0, không phép 0, khách 5."
    assert voided["vi"].startswith("x sinh hoạt định kỳ (trực tiếp): có mặt 30/40")


async def test_between_two_past_moments_only_what_lies_between_is_named(story: Story) -> None:
    after = story.late.last.envelope.recorded
    path = f"/v1/explanations/moved?{WHERE}&known={recorded_text(story.before)}&and={recorded_text(after)}"
    told = await story.ratings.told(path)
    assert [each["event"] for each in told["facts"]] == [str(story.late.last.envelope.id)]
    refused = await story.ratings.ask(f"/v1/explanations/moved?{WHERE}")
    assert (refused.status_code, refused.json()["field"]) == (422, "known")
    backwards = await story.ratings.ask(f"{path.partition('&and')[0]}&and=1970-01-01T00:00:00Z")
    assert (backwards.status_code, backwards.json()["field"]) == (422, "and")


async def test_a_decision_is_explained_as_decided_with_the_present_beside_it(story: Story) -> None:
    path = f"/v1/explanations/decided?organisation={id_of('women')}&event={story.decision.root.envelope.id}"
    told = await story.ratings.told(path)
    assert [line["numerator"] for line in told["criteria"]] == [8, 240], "as known when it was decided"
    assert told["decision"]["said"]["vi"] == "Quyết định: loại 2; bộ tiêu chí tính trên cùng căn cứ: loại 2."
    beside = told["beside"]
    assert (beside["same"], beside["said"]["vi"]) == (False, "loại 2, 70/100 điểm → loại 2, 72,5/100 điểm.")
    differs = {
        each["criterion"]: {fact["root"]["event"]: fact["how"] for fact in each["facts"]} for each in beside["differs"]
    }
    late, corrected, voided = (str(each.root.envelope.id) for each in (story.late, story.corrected, story.voided))
    assert differs["attendance"] == {late: "counted-now", corrected: "corrected", voided: "no-longer-counted"}
    text = (await story.ratings.ask(path, Accept="text/plain")).text
    assert "Khi quyết định → nay: loại 2, 70/100 điểm → loại 2, 72,5/100 điểm." in text
    # Who decided what, with its receipt; the day until which it was known by the clock of Viet Nam; titles, no codes.
    assert f"  {told['decision']['vi']}  [ratings/" in text
    assert re.search(r"^Như đã biết đến: \d\d:\d\d:\d\d ngày \d\d/\d\d/\d{4}$", text, re.MULTILINE)
    assert "  Chuyên cần: sự việc khác đi từ đó\n" in text
    page = (await story.ratings.ask(path, Accept="text/html")).text
    assert "<p>Chuyên cần: sự việc khác đi từ đó</p>" in page
    assert (told["decision"]["event"] in page, told["known"] in page) == (True, False)
    assert "Decided: loại 2; by the rules on the same basis: loại 2." in page
    unknown = [f"organisation={id_of('women')}&event={id_of('none')}", f"organisation={RULES}&event={RULES}"]
    answers = [await story.ratings.ask(f"/v1/explanations/decided?{other}") for other in unknown]
    # What is out of reach is as what is nowhere.
    answers.append(await story.ratings.ask(path, "other"))
    assert {(each.status_code, each.json()["code"], each.json()["title"]) for each in answers} == {
        (404, "not-found", answers[0].json()["title"])
    }


def places(ratings: Answering, roots: set[tuple[UUID, UUID]], *, others: bool) -> list[Place]:
    """Every version of these facts, and what voids them; or of all facts of the same types that are not among them."""
    facts, found = ratings.runner.facts, list[Place]()
    with ratings.runner.generation.store.read() as connection:
        for cls, table in facts.tables.items():
            for row in connection.execute(table.table.select()):
                if ((row.organisation, row.root_id) in roots) != others:
                    found.append((cls.service, row.poster, row.poster_sequence))
        for row in connection.execute(facts.correction.select()):
            if ((row.organisation, row.root_id) in roots) != others:
                found.append((row.type.split(".")[2], row.poster, row.poster_sequence))
    return found


def test_without_any_named_fact_the_figure_is_another_and_without_all_others_it_is_the_same(story: Story) -> None:
    """What is counted, and what it rests on: the founding and the rule that says what is due."""
    ratings, chance = story.ratings, Random(7)
    found = adopted(Views(ratings.runner), Cited(RULES))
    assert found is not None
    question = Question(id_of("x"), day("2022-01-01"), day("2023-01-01"))
    explaining = Explaining(ratings.runner, lambda *_: None, lambda _: True)
    told = explaining.explained(found, question, 1_000)
    rests = {(UUID(each["root"]["organisation"]), UUID(each["root"]["event"])) for each in told["rests_on"]}
    assert len(rests) == 2
    asked = asked_by(found, question)
    tried = 0
    for line in told["criteria"]:
        figure, wanted = asked[line["indicator"]]
        named = {(UUID(each["root"]["organisation"]), UUID(each["root"]["event"])) for each in line["facts"]["shown"]}
        assert len(named) == line["facts"]["of"] == 8
        with (
            ratings.runner.generation.store.read() as reader,
            views_then(reader, ratings.runner.facts, figure.hears, figure.state, NOW) as views,
        ):
            now = Without(views, figure, replace(wanted, known=None))
            whole = now.answer()
            unnamed = [
                place
                for place in places(ratings, named | rests, others=True)
                if place[0] != "membership" or place[1] != id_of("operator")
            ]
            alone = now.answer_without([place for place in unnamed if not _holds_up(place)])
            assert alone.rows == whole.rows
            for root in [*chance.sample(sorted(named), 3), *sorted(rests)]:
                less = now.answer_without(places(ratings, {root}, others=False))
                needed = root in named or figure.name == "meetings-met" or root != _due(story)
                assert (less.rows != whole.rows) == needed, (figure.name, root)
                tried += 1
    assert tried == 10


def _holds_up(place: Place) -> bool:
    """Whether a fact makes the tree above the unit, without which it stands nowhere."""
    return place[0] == "membership" and place[1] == id_of("women")


def _due(story: Story) -> tuple[UUID, UUID]:
    every = next(told for told in story.tale.logs.told if type(told.fact).__name__ == "PeriodicitySet")
    return every.by, every.root.envelope.id
