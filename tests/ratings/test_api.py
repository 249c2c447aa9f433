"""Which questions about figures are refused? Those that no calendar answers, by name and never by a fault."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from services.ratings.api.asked import question
from services.ratings.api.everywhere import COMPARABLE, _marked, _seen
from services.ratings.api.ratings import _of_the_line
from shared.contracts.membership import Role
from shared.eventsourcing.draft import Poster
from shared.history.columns.everywhere import WITHIN
from shared.history.comparable import Lacking
from shared.units.knowledge import Knowledge
from shared.units.reach import Reach
from shared.web.problem import TurnedAway
from tests.support.tale import id_of, land
from tests.support.views import asked

UNIT = UUID(int=1)


@pytest.mark.parametrize("field", ["on", "start", "end"])
@pytest.mark.parametrize("day", [dt.date.min, dt.date(1929, 12, 31), dt.date.max])
def test_a_day_on_which_no_fact_can_lie_is_refused(field: str, day: dt.date) -> None:
    days = {"start": dt.date(2022, 1, 1), "end": dt.date(2023, 1, 1)} if field != "on" else {}
    days[field] = day
    with pytest.raises(TurnedAway) as refused:
        question("attendance", UNIT, days.get("start"), days.get("end"), days.get("on"))
    assert (refused.value.problem.status, refused.value.problem.code) == (422, "year-out-of-range")
    assert refused.value.problem.field == field


@pytest.mark.parametrize(("organisation", "seen"), [("women", ["x"]), ("others", [])])
def test_of_all_units_one_is_told_of_those_of_ones_own_line(organisation: str, seen: list[str]) -> None:
    """Columns give ids as text."""
    knowledge = Knowledge().told(told.said for told in land().logs.told)
    poster = Poster(organisation=id_of(organisation), credential=UUID(int=3), role=Role.READER)
    found = [{WITHIN: str(id_of(name)), "numerator": 1, "denominator": None, COMPARABLE: True} for name in ("x", "c1")]
    rows = _seen(found, asked(id_of("root"), "2022-01-01", "2023-01-01"), Reach(poster, knowledge, dt.date(2023, 1, 1)))
    assert [row["unit"] for row in rows] == [str(id_of(name)) for name in seen]


def test_bodies_that_a_rule_names_may_be_of_the_organisation_before_or_after_its_own() -> None:
    tale = land()
    women, heir = id_of("women"), id_of("heir")
    tale.logs.close(women, heir, dt.date(2022, 7, 1))
    tree = Knowledge().told(told.said for told in tale.logs.told).tree
    for named in (women, heir):
        assert _of_the_line(tree, [(named, "district-body")]) == {women, heir}
    assert _of_the_line(tree, [(id_of("others"), "district-body")]) == {id_of("others")}


def test_of_all_units_each_row_says_whether_it_compares() -> None:
    """A cell of which everything is held back is told of, too, as nothing that compares."""
    whole, part, emptied = (id_of(name) for name in ("whole", "part", "emptied"))
    found = [{WITHIN: str(unit), "numerator": 1, "denominator": None} for unit in (whole, part)]
    lacking = Lacking({part: {UNIT}, emptied: {UNIT}}, {part: {()}, emptied: {()}})
    told = {str(row[WITHIN]): (row["numerator"], row[COMPARABLE]) for row in _marked(found, lacking)}
    assert told == {str(whole): (1, True), str(part): (1, False), str(emptied): (0, False)}


def test_only_the_keys_that_lack_something_do_not_compare() -> None:
    found = [{WITHIN: UNIT, "month": month, "numerator": 1, "denominator": 2} for month in ("2025-07", None)]
    for lacked, compares in (("2025-07", [False, True]), ("2025-08", [True, True])):
        marked = _marked(found, Lacking({UNIT: {UNIT}}, {UNIT: {(lacked,)}}))
        assert [row[COMPARABLE] for row in marked] == compares, "no row is made up for a key"
