"""Is a decision computed again to the byte, whatever came later? And is what differs now named, fact by fact?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ratings.projections.freezing import Freezing
from services.ratings.projections.proposals import Views
from shared.contracts.meetings import Every, Roll
from shared.contracts.ratings import Basis, RatingDecided
from tests.ratings.cycling import Cycling
from tests.ratings.yearly import GRADES, RULES, VERTICAL, WOMEN, X, rules
from tests.support.tale import Tale, id_of, land, year

NEXT_RULES = id_of("next rules")


async def test_a_year_decided_in_2021_is_computed_again_to_the_byte_whatever_came_later(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new rule set, a merger, 200 late facts, a correction and a rebuild; what differs now is named, fact by fact."""
    tale = land()
    tale.every("branch", Every.MONTH, "2020-01-01")
    held = [tale.met("x", f"2021-{month:02}-15", present=30, absent=10) for month in range(1, 8)]
    it = Cycling(tale, tmp_path_factory.mktemp("before"))
    it.say(rules("2021-01-01"), RULES, "2021-01-10")
    proposed = await it.told(f"/v1/proposals?branch={X}&year=2021&rule_set={RULES}")
    period = year(2021)
    fact = RatingDecided(
        unit=X,
        rater=id_of("u1"),
        axis=VERTICAL,
        period=period,
        rule_set=RULES,
        grade=GRADES[1],
        basis=Basis.model_validate_json(json.dumps(proposed["basis"])),
    )
    it.say(fact, X, "2021-12-20", hand=8)
    first = decision_of(await it.told(f"/v1/ratings/{X}?year=2021"))
    assert (first["as_frozen"], first["same"]) == (True, True)
    assert first["as_decided"]["digest"] == proposed["basis"]["proposal_digest"]

    # What comes later, all of it about that year too.
    it.say(rules("2022-01-01", RULES), NEXT_RULES, "2022-01-10")
    late = [
        tale.met(("x", "y")[number % 2], f"2021-{8 + number % 5:02}-{1 + number // 8:02}", present=20, absent=number)
        for number in range(200)
    ]
    fewer = Roll(expected=40, present=10, absent=30)
    tale.logs.correct(held[0], held[0].fact.model_copy(update={"roll": fewer}), "2021-01-15")
    tale.merge("x", "y", on="2022-06-01")
    it.feed()
    again = decision_of(await it.told(f"/v1/ratings/{X}?year=2021"))
    assert again["as_decided"] == first["as_decided"]
    assert (again["as_frozen"], again["same"], again["decided"]) == (True, False, first["decided"])
    mine = {f"{told.by}/{told.root.envelope.id}" for number, told in enumerate(late) if number % 2 == 0}
    differs = {each["criterion"]: each for each in again["differs"]}
    attendance = differs["attendance"]["facts"]
    assert {each["event"] for each in attendance if each["how"] == "counted-now"} == mine
    corrected = f"{WOMEN}/{held[0].root.envelope.id}"
    assert [each["event"] for each in attendance if each["how"] == "corrected"] == [corrected]
    assert [each for each in attendance if each["how"] == "no-longer-counted"] == []

    # A past of more facts than are held in memory for one question is said to be so, and the present stays.
    with monkeypatch.context() as smaller:
        smaller.setattr("shared.history.past.FACTS_AT_MOST", 5)
        large = decision_of(await it.told(f"/v1/ratings/{X}?year=2021"))
    assert (large["past_too_large"], large["as_decided"], large["as_frozen"]) == (True, None, None)
    assert (large["now"], large["same"], large["differs"]) == (again["now"], False, [])
    assert (again["past_too_large"], again["decided"]) == (False, large["decided"])

    # Rebuilt from the logs alone, in a service that has seen nothing before.
    anew = Cycling(Tale(), tmp_path_factory.mktemp("after"))
    for (service, _), chain in tale.logs.chains.items():
        anew.runner.take(service, chain)
    while events := it.log.after({each: anew.fed["ratings", each] for each in [WOMEN]}, 500):
        anew.runner.take("ratings", events)
        anew.fed["ratings", WOMEN] = events[-1].envelope.sequence
    rebuilt = Freezing(Views(anew.runner), anew.ground.knowledge.tree).again(fact, 0)
    assert rebuilt == first["as_decided"]
    anew.close()
    it.close()


def decision_of(told: Any) -> Any:
    """The one decision of the one axis."""
    (axis,) = told["axes"]
    (found,) = axis["decisions"]
    return found
