"""Which ratings of persons wait for whom? The yearly review of two branches, each list written down by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts import membership
from shared.contracts.fields import EventReference, Grade
from shared.contracts.membership import Body
from shared.contracts.ratings import (
    Deadline,
    ObjectionRaised,
    PeriodKind,
    RatedPerson,
    RatingAuthoritySet,
    RatingDecided,
    RatingPeriodOpened,
    RatingPublished,
    RatingUpheld,
    Signer,
    Step,
    UnitSelfRated,
    authority_id,
    period_id,
    rated_id,
)
from tests.ratings.cycling import Cycling
from tests.support.tale import day, id_of, land, year

X, Y, Z, BASE = (id_of(name) for name in ("x", "y", "z", "b1"))
CHAIR, GOOD, Y2022 = Signer(office="chair"), Grade(scale="person", rank=2, label="Tốt"), year(2022)
RULE = RatingAuthoritySet(
    axis="vertical",
    subject_kind="member",
    decides="base-unit",
    steps=(Step.OPENED, Step.SELF_RATED, Step.PUBLISHED),
    deadlines=(Deadline(step=Step.SELF_RATED, days=20, after=Step.OPENED), Deadline(step=Step.DECIDED, days=5)),
    legal_reference="20-HD/BTV",
    issued=day("2022-01-01"),
    effective_from=day("2022-01-01"),
)
OPENED = RatingPeriodOpened(
    body=BASE, axis="vertical", period=Y2022, kind=PeriodKind.YEAR, subject_kind="member", signer=CHAIR
)


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycling]:
    """Lan, Hoa and Tam on the book of x, Sau gone from it in summer, Tu on that of y; Lan heads x; no vote of the base.

    The Party's committee works around the same places and keeps a list of its own.
    """
    tale = land()
    for member in ("lan", "hoa", "tam", "sau"):
        tale.joined(member, "x", "2021-01-05")
    tale.joined("tu", "y", "2022-11-30")
    tale.say(membership.MemberResigned(branch=X), "sau", "2022-07-01")
    tale.say(membership.BranchHeadTookOffice(branch=X, person=id_of("lan"), title="head"), "x", "2021-01-05")
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.unit("committee", "committee", None, "d1", by="party")
    found = Cycling(tale, tmp_path_factory.mktemp("due"))
    for rule in (RULE, RULE.model_copy(update={"subject_kind": "officer", "steps": (), "deadlines": ()})):
        found.say(rule, authority_id("vertical"), "2022-01-01")
    for opening in (OPENED, OPENED.model_copy(update={"subject_kind": "officer"})):
        found.say(opening, period_id("vertical", Y2022), "2022-11-10")
    yield found
    found.close()


def about(name: str, kind: str = "member") -> dict[str, Any]:
    rated = RatedPerson(person=id_of(name), kind=kind)
    return {"unit": X, "person": rated, "axis": "vertical", "period": Y2022}


def subject(name: str, kind: str = "member") -> Any:
    return rated_id(X, RatedPerson(person=id_of(name), kind=kind))


async def lines(it: Cycling, body: str, on: str, key: str = "operator") -> list[tuple[Any, ...]]:
    """Unit, standing, who, step, last day; soonest due first, then by the unit's name in this file."""
    told = (await it.told(f"/v1/rating-work?body={id_of(body)}&day={on}", key))["waiting"]
    names = {str(id_of(name)): name for name in ("lan", "hoa", "tam", "sau", "tu", "x", "y", "z", "b1")}
    found = []
    for each in told:
        persons = None if each["persons"] is None else sorted(names[one] for one in each["persons"])
        assert persons is None or len(persons) == each["number"]
        found.append((names[each["unit"]], each["kind"], persons, each["number"], each["step"], each["due"]))
    return sorted(found, key=str)


async def test_each_step_of_each_person_waits_for_its_body(it: Cycling) -> None:
    officer = ("x", "officer", ["lan"], 1, "decided", None)
    assert await lines(it, "b1", "2022-11-09") == [], "nothing was opened yet"
    assert await lines(it, "x", "2022-11-11") == [("x", "member", ["hoa", "lan", "tam"], 3, "self-rated", "2022-11-30")]
    assert await lines(it, "b1", "2022-11-11") == [officer], "members rate themselves first"
    for name in ("hoa", "tam"):
        signer = Signer(person=id_of(name))
        it.say(UnitSelfRated(**about(name), grade=GOOD, signer=signer), subject(name), "2022-11-20")
    assert await lines(it, "x", "2022-12-01") == [("x", "member", ["lan"], 1, "self-rated", "2022-11-30")]
    (late,) = (await it.told(f"/v1/rating-work?body={X}&day=2022-12-01"))["waiting"]
    assert late["overdue"]
    both = ("x", "member", ["hoa", "tam"], 2, "decided", "2023-01-05")
    assert await lines(it, "b1", "2022-12-01") == [both, officer]
    decided = {}
    for name in ("hoa", "tam"):
        fact = RatingDecided(**about(name), rater=BASE, grade=GOOD, signer=CHAIR)
        decided[name] = EventReference(
            organisation=id_of("women"), event=it.say(fact, subject(name), "2022-12-10", hand=8)
        )
    assert await lines(it, "b1", "2022-12-11") == [("x", "member", ["hoa", "tam"], 2, "published", None), officer]
    for name, decision in decided.items():
        public = RatingPublished(**about(name), decision=decision, body=BASE, signer=CHAIR)
        it.say(public, subject(name), "2022-12-12", hand=8)
    assert await lines(it, "b1", "2022-12-13") == [officer]
    objection = ObjectionRaised(**about("hoa"), decision=decided["hoa"], body=X, ground="fact-wrong", signer=CHAIR)
    it.say(objection, subject("hoa"), "2022-12-14")
    assert await lines(it, "b1", "2022-12-15") == [("x", "member", ["hoa"], 1, "settled", None), officer]
    upheld = RatingUpheld(**about("hoa"), decision=decided["hoa"], body=BASE, signer=CHAIR)
    it.say(upheld, subject("hoa"), "2022-12-16", hand=8)
    assert await lines(it, "b1", "2022-12-17") == [officer]
    assert await lines(it, "b1", "2022-12-01") == [both, officer], "asked of a day gone by it is as on that day"


async def test_who_came_after_the_period_is_not_rated_for_it(it: Cycling) -> None:
    """Tu came to y in the last month of the year; somebody who comes in January is next year's."""
    it.tale.joined("nam", "y", "2023-01-04")
    it.feed()
    assert await lines(it, "y", "2023-01-10") == [("y", "member", ["tu"], 1, "self-rated", "2022-11-30")]


async def test_where_the_asker_may_not_see_persons_they_are_only_counted(it: Cycling) -> None:
    """The committee rates around its place; the books of the women's branches are not its own."""
    axis = "party-committee"
    rule = RULE.model_copy(update={"axis": axis, "decides": "committee", "steps": (), "deadlines": ()})
    it.say(rule, authority_id(axis), "2022-01-01", by="party")
    opening = OPENED.model_copy(update={"axis": axis, "body": id_of("committee")})
    it.say(opening, period_id(axis, Y2022), "2022-11-10", by="party")
    counted = [("x", "member", None, 3, "decided", None), ("y", "member", None, 1, "decided", None)]
    assert await lines(it, "committee", "2022-12-31", "party") == counted
    answer = await it.ask(f"/v1/rating-work?body={id_of('committee')}&day=2022-12-31", "party")
    assert not any(str(id_of(name)) in answer.text for name in ("lan", "hoa", "tam", "tu"))
    seen = await lines(it, "committee", "2022-12-31")
    assert [each[2] for each in seen] == [["hoa", "lan", "tam"], ["tu"]]
    mine = await lines(it, "x", "2022-12-31", "reader")
    assert [each[2] for each in mine] == [["lan"]], "who reads the branch's facts reads of whom they are"


async def test_rows_of_persons_say_whose_they_are(it: Cycling) -> None:
    """The kept answers name unit, person and standing; the unit's own rating is another row."""
    table = it.runner.generation.metadata.tables["rating_standing"]
    with it.runner.generation.store.read() as connection:
        rows = {row.rated: (row.unit, row.person, row.person_kind) for row in connection.execute(table.select())}
    assert rows == {subject(name): (X, id_of(name), "member") for name in ("hoa", "tam")}
