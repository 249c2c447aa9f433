"""When may a unit or place begin, be renamed, be moved, and be dissolved?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.membership.domain.unit import (
    AlreadyFounded,
    ForUnitsOnly,
    NothingAbove,
    OtherOrganisation,
    ParentMissing,
    ParentNotAbove,
    StandsAboveItself,
    TerritoryMissing,
    TwoTerritories,
)
from shared.contracts.event import calendar_day
from shared.contracts.membership import (
    BranchHeadTookOffice,
    Level,
    PlaceReclassified,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMoved,
    UnitRenamed,
    UnitSplit,
)
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAPlace, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMUNE,
    DISTRICT,
    HAMLET,
    LAN,
    NOWHERE,
    OPERATOR,
    OTHER_BRANCH,
    OTHER_COMMUNE,
    OTHER_HAMLET,
    PROVINCE,
    SUB_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    WOMEN_PROVINCE,
    YOUTH,
    YOUTH_PROVINCE,
    declared,
    dissolved,
    founded,
    merged,
    says,
)
from tests.support.posts import Post, again, corrected, id_of, voided

NEW = id_of("unit/new")


def renamed(unit: UUID, on: str, by: UUID = WOMEN) -> Post:
    return says(UnitRenamed(title="Tên mới", effective=calendar_day(on)), unit, on=on, by=by)


def moved(unit: UUID, parent: UUID, on: str, *, territory: UUID | None = None, by: UUID = WOMEN) -> Post:
    return says(UnitMoved(parent=parent, territory=territory, effective=calendar_day(on)), unit, on=on, by=by)


# ── Beginning ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_is_founded_under_a_unit_of_its_organisation() -> None:
    given().when(founded(NEW, "branch", WOMEN_COMMUNE)).then(UnitFounded)


def test_the_root_of_an_organisation_stands_under_nothing() -> None:
    given().when(founded(NEW, "province-body", None)).then(UnitFounded)


def test_a_legal_day_may_lie_ahead_of_the_decision() -> None:
    fact = founded(NEW, "branch", WOMEN_COMMUNE, since="2023-01-01").fact
    given().when(says(fact, NEW, on="2022-12-20")).then(UnitFounded)


@pytest.mark.parametrize("since", ["2014-01-01", "2016-01-01"])
def test_a_unit_is_founded_once_whatever_the_day(since: str) -> None:
    given().when(founded(BRANCH, "branch", WOMEN_COMMUNE, since=since)).then(AlreadyFounded, "subject")


def test_what_is_a_place_is_not_founded_as_a_unit() -> None:
    given().when(founded(HAMLET, "branch", WOMEN_COMMUNE, since="2016-01-01")).then(AlreadyFounded, "subject")


def test_a_founding_is_corrected_in_its_place() -> None:
    post = founded(NEW, "branch", WOMEN_COMMUNE)
    right = founded(NEW, "base-branch", WOMEN_COMMUNE).fact
    given(post).when(corrected(post, right)).then(UnitFounded)


def test_a_voided_founding_may_be_posted_anew() -> None:
    post = founded(NEW, "branch", WOMEN_COMMUNE)
    given(post, voided(post)).when(again(post)).then(UnitFounded)


def test_the_parent_is_known() -> None:
    given().when(founded(NEW, "branch", NOWHERE)).then(UnknownUnit, "parent")


def test_the_parent_lives_on_that_day() -> None:
    given(dissolved(OTHER_BRANCH, "2020-01-01")).when(
        founded(NEW, "sub-branch", OTHER_BRANCH, since="2020-01-01")
    ).then(NotAlive, "parent")


def test_the_day_before_its_end_the_parent_lives() -> None:
    given(dissolved(OTHER_BRANCH, "2020-01-01")).when(
        founded(NEW, "sub-branch", OTHER_BRANCH, since="2019-12-31")
    ).then(UnitFounded)


def test_a_unit_does_not_stand_under_a_place() -> None:
    given().when(founded(NEW, "branch", HAMLET)).then(NotAUnit, "parent")


def test_a_unit_does_not_stand_under_another_organisation() -> None:
    given().when(founded(NEW, "branch", YOUTH_PROVINCE)).then(OtherOrganisation, "parent")


def test_a_founding_is_not_corrected_to_stand_under_its_own_child() -> None:
    post = founded(NEW, "base-unit", WOMEN_DISTRICT)
    child = founded(id_of("unit/child"), "branch", NEW)
    wrong = founded(NEW, "base-unit", id_of("unit/child")).fact
    given(post, child).when(corrected(post, wrong)).then(StandsAboveItself, "parent")


@pytest.mark.parametrize("kind", ["branch", "base-branch"])
def test_a_branch_works_in_a_place(kind: str) -> None:
    given().when(founded(NEW, kind, WOMEN_COMMUNE, territory=None)).then(TerritoryMissing, "territory")


def test_a_sub_branch_works_where_its_branch_does() -> None:
    given().when(founded(NEW, "sub-branch", BRANCH, territory=None)).then(UnitFounded)


def test_other_units_need_no_place() -> None:
    given().when(founded(NEW, "base-unit", WOMEN_DISTRICT, territory=None)).then(UnitFounded)


def test_the_territory_is_a_place() -> None:
    given().when(founded(NEW, "branch", WOMEN_COMMUNE, territory=BRANCH)).then(NotAPlace, "territory")


def test_the_territory_lives_on_that_day() -> None:
    given().when(founded(NEW, "branch", None, since="2014-01-01")).then(NotAlive, "territory")


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_place_lies_in_a_larger_place() -> None:
    given().when(declared(NEW, Level.LOCALITY, COMMUNE)).then(TerritoryDeclared)


def test_levels_between_may_be_missing() -> None:
    given().when(declared(NEW, Level.COMMUNE, PROVINCE)).then(TerritoryDeclared)


def test_only_a_province_lies_in_nothing() -> None:
    given().when(declared(NEW, Level.PROVINCE, None)).then(TerritoryDeclared)
    given().when(declared(NEW, Level.COMMUNE, None)).then(ParentMissing, "parent")


def test_a_place_is_declared_once() -> None:
    given().when(declared(HAMLET, Level.LOCALITY, OTHER_COMMUNE)).then(AlreadyFounded, "subject")


@pytest.mark.parametrize("level", [Level.PROVINCE, Level.DISTRICT, Level.COMMUNE])
def test_the_place_above_is_of_a_higher_level(level: Level) -> None:
    given().when(declared(NEW, level, COMMUNE)).then(ParentNotAbove, "parent")


def test_the_place_above_is_known_and_a_place_and_lives() -> None:
    given().when(declared(NEW, Level.LOCALITY, NOWHERE)).then(UnknownUnit, "parent")
    given().when(declared(NEW, Level.LOCALITY, BRANCH)).then(NotAPlace, "parent")
    given().when(declared(NEW, Level.LOCALITY, COMMUNE, since="2014-12-31")).then(NotAlive, "parent")


# ── Names and positions ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_is_renamed_while_it_lives() -> None:
    given().when(renamed(BRANCH, "2020-01-01")).then(UnitRenamed)
    given().when(renamed(HAMLET, "2020-01-01", OPERATOR)).then(UnitRenamed)
    given().when(renamed(BRANCH, "2014-12-31")).then(NotAlive, "subject")
    given().when(renamed(NOWHERE, "2020-01-01")).then(UnknownUnit, "subject")


@pytest.mark.parametrize(
    "end",
    [
        dissolved(BRANCH, "2020-01-01"),
        merged(OTHER_BRANCH, BRANCH, since="2020-01-01"),
        says(UnitSplit(parts=(OTHER_BRANCH,), whole=True, effective=calendar_day("2020-01-01")), BRANCH),
    ],
    ids=["dissolved", "merged", "divided"],
)
def test_what_has_ended_is_neither_renamed_nor_moved_nor_ended_again(end: Post) -> None:
    for post in (renamed(BRANCH, "2020-01-01"), moved(BRANCH, WOMEN_DISTRICT, "2021-01-01")):
        given(end).when(post).then(NotAlive, "subject")
    given(end).when(dissolved(BRANCH, "2021-01-01")).then(NotAlive, "subject")
    given(end).when(renamed(BRANCH, "2019-12-31")).then(UnitRenamed)


def test_what_only_gave_parts_away_lives_on() -> None:
    part = says(UnitSplit(parts=(OTHER_BRANCH,), whole=False, effective=calendar_day("2020-01-01")), BRANCH)
    given(part).when(renamed(BRANCH, "2020-01-02")).then(UnitRenamed)


def test_the_day_of_an_end_is_corrected_to_a_later_one() -> None:
    post = dissolved(BRANCH, "2020-01-01")
    given(post).when(corrected(post, UnitDissolved(effective=calendar_day("2020-02-01")))).then(UnitDissolved)


def test_a_unit_moves_under_a_unit_of_its_organisation() -> None:
    given().when(moved(BRANCH, WOMEN_DISTRICT, "2020-01-01")).then(UnitMoved)
    given().when(moved(BRANCH, WOMEN_DISTRICT, "2020-01-01", territory=OTHER_HAMLET)).then(UnitMoved)
    given().when(moved(BRANCH, YOUTH_PROVINCE, "2020-01-01")).then(OtherOrganisation, "parent")
    given().when(moved(BRANCH, NOWHERE, "2020-01-01")).then(UnknownUnit, "parent")
    given().when(moved(BRANCH, WOMEN_DISTRICT, "2020-01-01", territory=BRANCH)).then(NotAPlace, "territory")


def test_a_unit_moves_into_another_place() -> None:
    given().when(moved(BRANCH, OTHER_HAMLET, "2020-01-01")).then(UnitMoved)
    given().when(moved(BRANCH, OTHER_HAMLET, "2020-01-01", territory=HAMLET)).then(TwoTerritories, "territory")


def test_a_unit_does_not_move_under_itself_or_what_stands_below_it() -> None:
    given().when(moved(WOMEN_COMMUNE, WOMEN_COMMUNE, "2020-01-01")).then(StandsAboveItself, "parent")
    given().when(moved(WOMEN_COMMUNE, SUB_BRANCH, "2020-01-01")).then(StandsAboveItself, "parent")


def test_a_place_moves_into_a_larger_place_and_has_no_other_territory() -> None:
    given().when(moved(HAMLET, OTHER_COMMUNE, "2020-01-01", by=OPERATOR)).then(UnitMoved)
    given().when(moved(COMMUNE, PROVINCE, "2025-07-01", by=OPERATOR)).then(UnitMoved)
    given().when(moved(COMMUNE, OTHER_COMMUNE, "2020-01-01", by=OPERATOR)).then(ParentNotAbove, "parent")
    given().when(moved(HAMLET, WOMEN_COMMUNE, "2020-01-01", by=OPERATOR)).then(NotAPlace, "parent")
    given().when(moved(HAMLET, OTHER_COMMUNE, "2020-01-01", territory=COMMUNE, by=OPERATOR)).then(
        ForUnitsOnly, "territory"
    )


def test_a_late_fact_is_judged_on_its_own_day() -> None:
    given(moved(WOMEN_COMMUNE, WOMEN_PROVINCE, "2021-01-01")).when(moved(BRANCH, WOMEN_DISTRICT, "2020-01-01")).then(
        UnitMoved
    )


# ── Dissolution ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("unit", [BRANCH, WOMEN_COMMUNE, SUB_BRANCH])
def test_a_unit_is_dissolved_and_its_children_fall_to_the_unit_above(unit: UUID) -> None:
    given().when(dissolved(unit, "2020-01-01")).then(UnitDissolved)


def test_what_stands_under_nothing_ends_only_without_living_children() -> None:
    given().when(dissolved(WOMEN_PROVINCE, "2020-01-01")).then(NothingAbove, "subject")
    given().when(dissolved(PROVINCE, "2020-01-01", by=OPERATOR)).then(NothingAbove, "subject")
    given(dissolved(id_of("unit/tn/chi-doan"), "2019-01-01", by=YOUTH)).when(
        dissolved(YOUTH_PROVINCE, "2020-01-01", by=YOUTH)
    ).then(UnitDissolved)


def test_a_place_is_dissolved_and_those_in_it_fall_to_the_place_above() -> None:
    given().when(dissolved(DISTRICT, "2025-07-01", by=OPERATOR)).then(UnitDissolved)


def test_facts_of_other_aggregates_in_the_stream_change_nothing() -> None:
    head = says(BranchHeadTookOffice(branch=BRANCH, person=LAN, title="head"), BRANCH, on="2019-01-01")
    given(head).when(renamed(BRANCH, "2020-01-01")).then(UnitRenamed)


# ── Kind ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def reclassified(place: UUID, on: str, by: UUID = OPERATOR) -> Post:
    return says(PlaceReclassified(kind="phuong", effective=calendar_day(on)), place, on=on, by=by)


def test_a_place_becomes_one_of_another_kind() -> None:
    given().when(reclassified(COMMUNE, "2021-01-01")).then(PlaceReclassified)


def test_a_unit_stays_of_the_kind_that_it_was_founded_as() -> None:
    given().when(reclassified(BRANCH, "2021-01-01", by=WOMEN)).then(NotAPlace, "subject")


def test_what_is_not_known_has_no_kind() -> None:
    given().when(reclassified(NOWHERE, "2021-01-01")).then(UnknownUnit, "subject")


@pytest.mark.parametrize(("on", "outcome"), [("2019-12-31", PlaceReclassified), ("2020-01-01", NotAlive)])
def test_a_place_that_has_ended_becomes_nothing_else(on: str, outcome: type) -> None:
    ended = given(dissolved(COMMUNE, "2020-01-01", by=OPERATOR))
    verdict = ended.when(reclassified(COMMUNE, on))
    verdict.then(outcome, *(["subject"] if outcome is NotAlive else []))
