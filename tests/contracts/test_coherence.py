"""Does a fact fit together? What one field says must not contradict another; the refusal names the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.event import contract, registered
from tests.contracts.golden import Sample


def sample(name: str) -> Sample:
    """The sample of that event."""
    cls = contract(f"vn.nennep.{name}.v1")
    assert cls is not None
    return Sample(cls)


def refused_at(name: str, **changed: object) -> list[tuple[str | int, ...]]:
    """Where the sample is refused after these fields of the fact are changed."""
    one = sample(name)
    with pytest.raises(ValidationError) as refusal:
        one.contract.model_validate_json(json.dumps(one.fact | changed))
    return [error["loc"] for error in refusal.value.errors()]


def roll(**changed: object) -> dict[str, Any]:
    """The roll of the sample meeting with these fields changed."""
    value: dict[str, Any] = sample("meetings.meeting-held").fact["roll"] | changed
    return value


@pytest.mark.parametrize(
    "changed",
    [
        {"present": 4},
        {"expected": 5},
        {"present": 7, "excused": 0, "absent": 0, "named": None},
        {"excused": 0, "absent": 0},
    ],
)
def test_a_roll_that_does_not_add_up_is_refused(changed: dict[str, Any]) -> None:
    assert refused_at("meetings.meeting-held", roll=roll(**changed)) == [("roll",)]


def test_the_names_on_a_roll_are_as_many_as_the_counts_and_each_stands_once() -> None:
    named = roll()["named"]
    twice = named | {"excused": [named["present"][0], named["excused"][1]]}
    fewer = named | {"absent": []}
    assert refused_at("meetings.meeting-held", roll=roll(named=twice)) == [("roll",)]
    assert refused_at("meetings.meeting-held", roll=roll(named=fewer)) == [("roll",)]


def test_guests_stand_apart_from_the_members_expected() -> None:
    one = sample("meetings.meeting-held")
    one.contract.model_validate_json(json.dumps(one.fact | {"roll": roll(guests=400)}))


@pytest.mark.parametrize("end", ["2022-01-01", "2021-12-31"])
def test_a_period_ends_after_it_starts(end: str) -> None:
    assert refused_at("membership.target-set", period={"start": "2022-01-01", "end": end}) == [("period",)]


def test_the_admission_of_a_member_on_the_book_has_a_day_or_a_year_never_both() -> None:
    one = sample("membership.member-entered")
    branch = {"branch": one.fact["branch"]}
    for admission in ({}, {"admitted_year": 2009}, {"admitted_on": "2009-10-20"}):
        one.contract.model_validate_json(json.dumps(branch | admission))
    assert refused_at("membership.member-entered", admitted_year=2009) == [("admitted_year",)]


@pytest.mark.parametrize("year", [1929, 9999, True, "2009", 2009.0])
def test_a_year_of_admission_is_a_whole_number_from_1930(year: object) -> None:
    assert refused_at("membership.member-entered", admitted_on=None, admitted_year=year) == [("admitted_year",)]


@pytest.mark.parametrize(
    "changed",
    [
        {"grades": [{"scale": "a", "rank": 1, "label": "Mạnh"}, {"scale": "a", "rank": 1, "label": "Khá"}]},
        {"grades": [{"scale": "a", "rank": 1, "label": "Mạnh"}, {"scale": "b", "rank": 2, "label": "Khá"}]},
        {"criteria": [{"code": "a", "title": "A", "clause": "1", "points": 1}] * 2},
        {"thresholds": [{"at_least": 9000, "rank": 9}]},
        {"thresholds": [{"at_least": 5000, "rank": 1}, {"at_least": 9000, "rank": 2}]},
        {"thresholds": [{"at_least": 5000, "rank": 1}, {"at_least": 5000, "rank": 2}]},
    ],
)
def test_a_rule_document_that_contradicts_itself_is_refused(changed: dict[str, Any]) -> None:
    rules = sample("ratings.rule-set-adopted").fact["rules"] | changed
    assert refused_at("ratings.rule-set-adopted", rules=rules) == [("rules",)]


@pytest.mark.parametrize("score", [{}, {"points": 100, "met": True}, {"met": False, "mark": None, "points": 0}])
def test_a_score_is_just_one_of_points_yes_or_no_and_a_mark(score: dict[str, Any]) -> None:
    assert refused_at("ratings.criterion-scored", score=score) == [("score",)]


@pytest.mark.parametrize("changed", [{"in_favour": 25}, {"present": 26}, {"present": 32}, {"blank": 2}])
def test_no_more_votes_are_counted_than_people_were_there(changed: dict[str, Any]) -> None:
    votes = sample("ratings.votes-counted").fact["votes"] | changed
    assert refused_at("ratings.votes-counted", votes=votes) == [("votes",)]


def test_no_refusal_of_a_contract_is_without_a_place() -> None:
    """A validator of a whole fact would refuse it without saying where."""
    validators = {cls.name: cls.__pydantic_decorators__.model_validators for cls in registered().values()}
    assert {name for name, found in validators.items() if found} == set()
