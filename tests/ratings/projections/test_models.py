"""Which models run, and which hamlets have none, or no branch? Counted by hand in a small country."""

from __future__ import annotations

from shared.contracts.meetings import CommunityModelDiscontinued, CommunityModelLaunched
from shared.contracts.membership import Body, Level
from tests.support.logs import Told
from tests.support.tale import Tale, id_of, land, roots, text
from tests.support.views import Views, on

P = id_of("p")
LATE = "2022-12-31"


def launched(
    tale: Tale,
    name: str,
    at: str,
    hamlets: str = "",
    field: str | None = None,
    *,
    type: str = "club",
    tied: bool = False,
    place: str = "c1",
) -> Told:
    """A model is launched in hamlets named by words."""
    fact = CommunityModelLaunched(
        title=name,
        type=type,
        field=field,
        place=id_of(place),
        hamlets=tuple(map(id_of, hamlets.split())),
        in_charge=(id_of("women"),),
        skilful_mobilisation=tied,
    )
    return tale.say(fact, name, at)


def discontinued(tale: Tale, name: str, at: str) -> Told:
    """A model no longer runs."""
    return tale.say(CommunityModelDiscontinued(cause="not-suitable"), name, at)


def test_models_are_established_for_good_and_run_until_they_are_discontinued(views: Views) -> None:
    tale = land()
    club = launched(tale, "club", "2022-01-05", field="order")
    guild = launched(tale, "guild", "2022-02-05", type="hoi-quan", place="c3")
    launched(tale, "later", "2023-01-01")
    discontinued(tale, "club", "2022-06-01")
    views.feed(tale.logs)
    every = views.ask("models-established", on(P, LATE, "type", "field"))
    assert every.rows == {("club", "order"): (1, None), ("hoi-quan", "-"): (1, None)}
    assert every.events == roots(club, guild)
    running = views.ask("models-running", on(P, LATE))
    assert (running.rows, running.events) == ({(): (1, None)}, roots(guild))
    assert views.ask("models-running", on(P, "2022-05-31")).rows == {(): (2, None)}
    assert views.ask("models-running", on(id_of("d1"), "2022-05-31")).rows == {(): (1, None)}


def test_a_model_that_two_posters_launch_is_one_as_it_was_first(views: Views) -> None:
    tale = land()
    launched(tale, "club", "2022-03-05", place="c3")
    first = launched(tale, "club", "2022-01-05")
    views.feed(tale.logs)
    given = views.ask("models-established", on(P, LATE))
    assert (given.rows, given.events) == ({(): (1, None)}, roots(first))


def test_a_hamlet_has_the_running_models_that_name_it_or_what_merged_into_it(views: Views) -> None:
    tale = land()
    launched(tale, "club", "2022-01-05", "h1", tied=True)
    launched(tale, "stopped", "2022-01-05", "h3")
    discontinued(tale, "stopped", "2022-06-01")
    launched(tale, "nowhere", "2022-01-05")
    tale.merge("h2", "h1", on="2022-09-01", by="operator")
    views.feed(tale.logs)
    before, after = (views.ask("hamlets-without-model", on(P, at, "unit")).rows for at in ("2022-06-01", "2022-09-01"))
    assert before == {text("h1"): (0, 1), text("h2"): (1, 1), text("h3"): (1, 1), text("h4"): (1, 1)}
    assert after == {text("h2"): (0, 1), text("h3"): (1, 1), text("h4"): (1, 1)}
    assert views.ask("hamlets-without-model", on(id_of("d1"), LATE)).rows == {(): (1, 2)}


def test_only_models_tied_to_skilful_mobilisation_make_the_second_list(views: Views) -> None:
    tale = land()
    launched(tale, "tied", "2022-01-05", "h1", tied=True)
    launched(tale, "loose", "2022-01-05", "h2")
    views.feed(tale.logs)
    assert views.ask("hamlets-without-model", on(P, LATE)).rows == {(): (2, 4)}
    given = views.ask("hamlets-without-mobilisation-model", on(P, LATE))
    assert given.rows == {(): (3, 4)}
    assert len(given.events) == 4, "behind it stand the declarations of the hamlets"


def test_a_hamlet_is_without_a_branch_of_each_organisation_of_its_province(views: Views) -> None:
    tale = land()
    tale.organisation("youth")
    tale.organisation("party", body=Body.TERRITORIAL_BODY)
    tale.unit("youth root", "province-body", None, "p", by="youth")
    tale.unit("v", "base-branch", "youth root", "h1", by="youth")
    tale.dissolve("w", "2022-06-01")
    views.feed(tale.logs)
    given = views.ask("hamlets-without-branch", on(P, LATE, "organisation"))
    assert given.rows == {text("women"): (1, 4), text("youth"): (3, 4)}
    assert views.ask("hamlets-without-branch", on(P, "2022-05-31", "organisation")).rows[text("women")] == (0, 4)


def test_hamlets_and_branches_go_on_where_they_were_merged_and_provinces_too(views: Views) -> None:
    tale = land()
    other = tale.place("q", Level.PROVINCE)
    tale.merge("h2", "h1", on="2022-06-01", by="operator")
    tale.merge("q", "p", on="2022-09-01", by="operator")
    views.feed(tale.logs)
    given = views.ask("hamlets-without-branch", on(id_of("q"), LATE))
    assert given.rows == {(): (0, 3)}
    assert roots(other).isdisjoint(given.events)


def test_without_hamlets_there_is_no_denominator(views: Views) -> None:
    tale = land()
    views.feed(tale.logs)
    for name in ("hamlets-without-model", "hamlets-without-branch"):
        assert views.ask(name, on(id_of("elsewhere"), LATE)).rows == {(): (0, None)}, name
