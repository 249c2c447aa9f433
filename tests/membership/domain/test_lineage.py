"""When may units be merged, and when divided?"""

from __future__ import annotations

from uuid import UUID

from services.membership.domain.lineage import (
    BelowItsSource,
    NamesItself,
    NotAmongTheParts,
    NotBelowTheWhole,
    OtherDimension,
)
from services.membership.domain.unit import OtherOrganisation
from shared.contracts.event import calendar_day
from shared.contracts.membership import Side, UnitMerged, UnitSplit
from shared.units.scope import UnknownUnit
from shared.units.world import NamedTwice, NotAlive
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMUNE,
    HAMLET,
    NOWHERE,
    OPERATOR,
    OTHER_BRANCH,
    OTHER_COMMUNE,
    OTHER_HAMLET,
    SUB_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    YOUTH_BRANCH,
    dissolved,
    founded,
    merged,
    says,
)
from tests.support.posts import Post, corrected, id_of

ON = "2020-01-01"
FIRST, SECOND = id_of("unit/part/1"), id_of("unit/part/2")
PARTS = (
    founded(FIRST, "base-unit", WOMEN_DISTRICT, since=ON),
    founded(SECOND, "base-unit", WOMEN_DISTRICT, since=ON),
)


def split(unit: UUID, parts: tuple[UUID, ...], *sides: tuple[UUID, UUID], whole: bool = True, by: UUID = WOMEN) -> Post:
    fact = UnitSplit(
        parts=parts,
        whole=whole,
        sides=tuple(Side(child=child, part=part) for child, part in sides),
        effective=calendar_day(ON),
    )
    return says(fact, unit, on=ON, by=by)


# ── Mergers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_units_of_one_line_are_merged() -> None:
    given().when(merged(BRANCH, OTHER_BRANCH, since=ON)).then(UnitMerged)


def test_places_are_merged() -> None:
    given().when(merged(COMMUNE, OTHER_COMMUNE, since=ON, by=OPERATOR)).then(UnitMerged)


def test_a_unit_founded_on_that_day_may_be_the_target() -> None:
    given(*PARTS).when(merged(FIRST, WOMEN_COMMUNE, since=ON)).then(UnitMerged)


def test_the_target_lives_on_that_day() -> None:
    given().when(merged(NOWHERE, BRANCH, since=ON)).then(UnknownUnit, "subject")
    given(dissolved(BRANCH, ON)).when(merged(BRANCH, OTHER_BRANCH, since=ON)).then(NotAlive, "subject")


def test_the_sources_live_until_that_day() -> None:
    given().when(merged(BRANCH, OTHER_BRANCH, NOWHERE, since=ON)).then(UnknownUnit, "sources.1")
    given(dissolved(OTHER_BRANCH, ON)).when(merged(BRANCH, OTHER_BRANCH, since=ON)).then(NotAlive, "sources.0")
    given(merged(WOMEN_COMMUNE, OTHER_BRANCH, since="2019-06-01")).when(merged(BRANCH, OTHER_BRANCH, since=ON)).then(
        NotAlive, "sources.0"
    )


def test_a_merger_is_corrected_to_another_day_with_the_same_sources() -> None:
    post = merged(BRANCH, OTHER_BRANCH, since=ON)
    later = merged(BRANCH, OTHER_BRANCH, since="2020-03-01").fact
    given(post).when(corrected(post, later)).then(UnitMerged)


def test_a_unit_is_not_merged_into_itself() -> None:
    given().when(merged(BRANCH, BRANCH, since=ON)).then(NamesItself, "sources.0")


def test_a_source_is_named_once() -> None:
    given().when(merged(BRANCH, OTHER_BRANCH, OTHER_BRANCH, since=ON)).then(NamedTwice, "sources.1")


def test_a_unit_is_not_merged_with_a_place() -> None:
    given().when(merged(BRANCH, HAMLET, since=ON)).then(OtherDimension, "sources.0")


def test_a_unit_of_another_organisation_is_not_merged() -> None:
    given().when(merged(BRANCH, YOUTH_BRANCH, since=ON)).then(OtherOrganisation, "sources.0")


def test_a_unit_is_not_merged_into_what_stands_below_it() -> None:
    given().when(merged(SUB_BRANCH, WOMEN_COMMUNE, since=ON)).then(BelowItsSource, "sources.0")


def test_what_stands_below_is_merged_into_the_unit_above() -> None:
    given().when(merged(WOMEN_COMMUNE, BRANCH, since=ON)).then(UnitMerged)


# ── Divisions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_is_divided_and_its_children_are_named_a_part() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (BRANCH, FIRST), (OTHER_BRANCH, SECOND))).then(UnitSplit)


def test_children_may_wait() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (BRANCH, FIRST))).then(UnitSplit)


def test_a_child_may_stay_with_what_goes_on() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST,), (BRANCH, WOMEN_COMMUNE), whole=False)).then(UnitSplit)
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (BRANCH, WOMEN_COMMUNE))).then(
        NotAmongTheParts, "sides.0.part"
    )


def test_places_are_divided() -> None:
    given().when(
        split(COMMUNE, (OTHER_COMMUNE,), (HAMLET, OTHER_COMMUNE), (OTHER_HAMLET, COMMUNE), whole=False, by=OPERATOR)
    ).then(UnitSplit)


def test_what_works_in_a_divided_place_may_be_named_a_part() -> None:
    given().when(split(COMMUNE, (OTHER_COMMUNE,), (WOMEN_COMMUNE, OTHER_COMMUNE), whole=False, by=OPERATOR)).then(
        UnitSplit
    )


def test_what_is_divided_lives_on_that_day() -> None:
    given(dissolved(WOMEN_COMMUNE, ON), *PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND))).then(NotAlive, "subject")


def test_the_parts_are_founded() -> None:
    given(PARTS[0]).when(split(WOMEN_COMMUNE, (FIRST, SECOND))).then(UnknownUnit, "parts.1")
    late = founded(SECOND, "base-unit", WOMEN_DISTRICT, since="2020-01-02")
    given(PARTS[0], late).when(split(WOMEN_COMMUNE, (FIRST, SECOND))).then(NotAlive, "parts.1")


def test_the_parts_are_others_and_each_is_named_once() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, WOMEN_COMMUNE))).then(NamesItself, "parts.1")
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, FIRST))).then(NamedTwice, "parts.1")


def test_the_parts_are_of_the_same_dimension_and_organisation() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, HAMLET))).then(OtherDimension, "parts.1")
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, YOUTH_BRANCH))).then(OtherOrganisation, "parts.1")


def test_the_parts_of_what_ends_do_not_stand_below_it() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, BRANCH))).then(BelowItsSource, "parts.1")
    given(*PARTS).when(split(WOMEN_COMMUNE, (BRANCH,), whole=False)).then(UnitSplit)


def test_sides_are_taken_by_living_children_each_once() -> None:
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (SUB_BRANCH, FIRST))).then(
        NotBelowTheWhole, "sides.0.child"
    )
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (BRANCH, FIRST), (BRANCH, SECOND))).then(
        NamedTwice, "sides.1"
    )
    given(*PARTS).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (NOWHERE, FIRST))).then(UnknownUnit, "sides.0.child")
    given(*PARTS, dissolved(BRANCH, ON)).when(split(WOMEN_COMMUNE, (FIRST, SECOND), (BRANCH, FIRST))).then(
        NotAlive, "sides.0.child"
    )
