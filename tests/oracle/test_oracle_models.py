"""Does the oracle count models and hamlets as the definitions say? Each case counted by hand."""

from __future__ import annotations

from tests.oracle import Closing
from tests.oracle.models import (
    established,
    hamlets_without_branch,
    hamlets_without_model,
    model_items,
    running,
    without_branch,
    without_model,
)
from tests.oracle.story import Story, date, land, rate

MAY, JUNE, JULY = "2022-05-01", "2022-06-01", "2022-07-01"


def launch(story: Story, model: str, on: str, *hamlets: str, by: str = "org", **more: object) -> str:
    """A self-managed model of environment in c1, unless said otherwise."""
    fact = {"title": model, "type": "self-managed", "field": "environment", "place": "c1", "in_charge": [by], **more}
    return story.say("community-model-launched", model, on, by=by, hamlets=list(hamlets), **fact)


def test_models_are_established_for_ever_and_run_until_discontinued() -> None:
    """models: 3 launched in May, one stopped on 1 June: 31 May 3 and 3, 1 June 3 and 2, 1 July 4 and 3.

    By type and field on 1 July: self-managed/environment 3, hoi-quan/- 1.
    """
    story = land()
    for model in ("m1", "m2"):
        launch(story, model, MAY, "h1")
    launch(story, "m3", MAY, place="d1", type="hoi-quan", field=None)
    story.say("community-model-discontinued", "m1", JUNE, cause="unfit")
    launch(story, "m4", JULY, "h2", by="other")
    story.closed["other"] = Closing(date(JULY), "heir")
    history = story.recount()
    found = [
        (established(history, "d1", date(day)).numerator, running(history, "d1", date(day)).numerator)
        for day in ("2022-04-30", "2022-05-31", JUNE, JULY)
    ]
    assert found == [(0, 0), (3, 3), (3, 2), (4, 3)]
    rows = history.rows("p", model_items(history, date(JULY), running=False), "type", "field")
    assert {keys: figure.numerator for keys, figure in rows.items()} == {
        ("self-managed", "environment"): 3,
        ("hoi-quan", "-"): 1,
    }


def test_a_hamlet_without_a_model_has_none_of_any_organisation() -> None:
    """Hamlet without a model: 4 hamlets; h1 by org, h2 by other, h3 by a model that stopped: without are h3 and h4."""
    story = land()
    launch(story, "m1", MAY, "h1")
    launch(story, "m2", MAY, "h2", by="other", skilful_mobilisation=True)
    launch(story, "m3", MAY, "h3", place="c2")
    story.say("community-model-discontinued", "m3", JUNE, cause="unfit")
    history = story.recount()
    assert without_model(history, "p", date(MAY)) == {"h4"}
    assert without_model(history, "p", date(JUNE)) == {"h3", "h4"}
    assert without_model(history, "p", date(JUNE), tied=True) == {"h1", "h3", "h4"}
    assert rate(hamlets_without_model(history, "p", date(JUNE))) == (2, 4)
    assert rate(hamlets_without_model(history, "c1", date(JUNE), tied=True)) == (1, 2)


def test_merged_hamlets_inherit_models() -> None:
    """Hamlet without a model: h1 (with a model) and h2 (without) merge into n: 2 of 4 without become 2 of 3, not n."""
    story = land()
    launch(story, "m1", MAY, "h1")
    story.place("n", "locality", "c1", on=JUNE)
    story.merge("n", ["h1", "h2"], JUNE, by="operator")
    history = story.recount()
    assert without_model(history, "p", date(MAY)) == {"h2", "h3", "h4"}
    assert without_model(history, "p", date(JUNE)) == {"h3", "h4"}
    assert rate(hamlets_without_model(history, "p", date(JUNE))) == (2, 3)


def test_a_hamlet_without_a_branch_is_seen_for_each_organisation() -> None:
    """Hamlet without a branch: of 4 hamlets org has branches in h1 and h2 (a base-branch) and a sub-branch in h3.

    Without: h3, h4 = 2 of 4; for other, whose branch is in h4: 3 of 4. h1's branch is dissolved in June: 3 of 4.
    """
    story = land()
    story.say("organisation-registered", "other", by="operator", title="other", province="p")
    story.unit("x", "branch", "b1", "h1")
    story.unit("y", "base-branch", "b1", "h2")
    story.unit("z", "branch", "b2", None)  # no place of its own: it works in c2, which is no hamlet
    story.unit("s", "sub-branch", "z", "h3")
    story.unit("o", "branch", None, "h4", by="other")
    story.say("unit-dissolved", "x", JUNE, effective=JUNE)
    history = story.recount()
    assert without_branch(history, "org", "p", date(MAY)) == {"h3", "h4"}
    assert rate(hamlets_without_branch(history, "org", "p", date(MAY))) == (2, 4)
    assert rate(hamlets_without_branch(history, "org", "d2", date(MAY))) == (1, 1)
    assert rate(hamlets_without_branch(history, "other", "p", date(MAY))) == (3, 4)
    assert rate(hamlets_without_branch(history, "org", "p", date(JUNE))) == (3, 4)


def test_hamlets_of_another_province_are_not_asked_for() -> None:
    """Hamlet without a branch: q's hamlet is org's only from when p and q merge into r: 4 of 4, then 5 of 5."""
    story = land()
    story.place("q", "province")
    story.place("h9", "locality", "q")
    story.place("r", "province", on=JUNE)
    story.merge("r", ["p", "q"], JUNE, by="operator")
    history = story.recount()
    assert rate(hamlets_without_branch(history, "org", "p", date(MAY))) == (4, 4)
    assert rate(hamlets_without_branch(history, "org", "q", date(MAY))) == (0, None)
    assert rate(hamlets_without_branch(history, "org", "r", date(JUNE))) == (5, 5)
    assert rate(hamlets_without_branch(history, "nobody", "r", date(JUNE))) == (0, None)


def test_merged_hamlets_inherit_branches() -> None:
    """Hamlet without a branch: h1 with x and h2 without merge into n: n has x; without are h3 and h4."""
    story = land()
    story.unit("x", "branch", "b1", "h1")
    story.place("n", "locality", "c1", on=JUNE)
    story.merge("n", ["h1", "h2"], JUNE, by="operator")
    assert without_branch(story.recount(), "org", "p", date(JUNE)) == {"h3", "h4"}
