"""Does the oracle count grades as the definitions say? Each case counted by hand in its first lines."""

from __future__ import annotations

from typing import Any

from tests.oracle.ratings import grades
from tests.oracle.story import Story, branches, date, rate, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))


def graded(
    story: Story, unit: str, rank: int, on: str = "2022-12-20", name: str = "rating-decided", **more: Any
) -> str:
    """u1, a district body, decides a grade for the year of the decision, unless said otherwise."""
    year = int(on[:4])
    period = {"start": f"{year}-01-01", "end": f"{year + 1}-01-01"}
    label = {1: "mạnh", 2: "khá", 3: "trung bình"}[rank]
    grade = {"scale": "old", "rank": rank, "label": label}
    fact: dict[str, Any] = {"unit": unit, "rater": "u1", "axis": "vertical", "period": period, "grade": grade, **more}
    return story.say(name, unit, on, **fact)


def test_grades_are_a_share_of_all_decided_in_the_group() -> None:
    """grades: x and y mạnh, z khá, b1 (a base unit) mạnh; z proposed mạnh too: 2/3 and 1/3 of branches, 1/1 above."""
    story = branches()
    behind = [graded(story, "x", 1), graded(story, "y", 1), graded(story, "z", 2)]
    graded(story, "b1", 1)
    graded(story, "z", 1, name="rating-proposed")
    rows = grades(story.recount(), "d1", *YEAR)
    group = ("u1", "vertical", "2022-01-01/2023-01-01", "old")
    assert {keys: rate(row.figure) for keys, row in rows.items()} == {
        ("branch", *group, "1"): (2, 3),
        ("branch", *group, "2"): (1, 3),
        ("base-unit", *group, "1"): (1, 1),
    }
    top = rows["branch", *group, "1"]
    assert top.labels == {"mạnh"}
    assert top.counts == "units"
    assert top.figure.events == refs(*behind)


def test_raters_axes_periods_and_scales_stand_apart() -> None:
    """grades: x is rated on two axes, by two raters, in two years and on two scales: five groups of 1/1."""
    story = branches()
    graded(story, "x", 1)
    graded(story, "x", 1, axis="party-committee")
    graded(story, "x", 1, rater="root")
    graded(story, "x", 1, on="2023-12-20")
    new = {"scale": "new", "rank": 1, "label": "hoàn thành xuất sắc nhiệm vụ"}
    graded(story, "x", 1, grade=new)
    rows = grades(story.recount(), "p", date("2022-01-01"), date("2024-01-01"))
    assert len(rows) == 5
    assert {rate(row.figure) for row in rows.values()} == {(1, 1)}


def test_several_years_of_one_unit_are_unit_years() -> None:
    """grades: x mạnh in 2022 and khá in 2023, y mạnh in 2022, put together: mạnh 2/3, khá 1/3, of unit-years."""
    story = branches()
    graded(story, "x", 1)
    graded(story, "y", 1)
    graded(story, "x", 2, on="2023-12-20")
    rows = grades(story.recount(), "p", date("2022-01-01"), date("2024-01-01"), by=("level", "rater", "axis"))
    assert {keys[-1]: (rate(row.figure), row.counts) for keys, row in rows.items()} == {
        "1": ((2, 3), "unit-years"),
        "2": ((1, 3), "unit-years"),
    }


def test_a_grade_counts_by_the_day_of_its_decision_or_by_the_period_it_is_for() -> None:
    """grades: decided on 10 January 2023 for 2022: by its day it is of 2023, by its own period of 2022."""
    story = branches()
    period = {"start": "2022-01-01", "end": "2023-01-01"}
    graded(story, "x", 1, on="2023-01-10", period=period)
    history = story.recount()
    assert grades(history, "p", *YEAR) == {}
    assert len(grades(history, "p", date("2023-01-01"), date("2024-01-01"))) == 1
    assert len(grades(history, "p", *YEAR, rated_periods=True)) == 1


def test_a_voided_grade_leaves_numerator_and_denominator() -> None:
    """grades: x mạnh, y khá; y's is voided: 1/2 becomes 1/1."""
    story = branches()
    graded(story, "x", 1)
    wrong = graded(story, "y", 2)
    top = [row.figure for keys, row in grades(story.recount(), "p", *YEAR).items() if keys[-1] == "1"]
    assert rate(top[0]) == (1, 2)
    story.void(wrong, wrong)
    assert [rate(row.figure) for row in grades(story.recount(), "p", *YEAR).values()] == [(1, 1)]


def test_scales_are_never_put_together() -> None:
    """Grades: x is mạnh on the old scale and y xuất sắc on the new one: asked for by level alone, still 1/1 and 1/1."""
    story = branches()
    graded(story, "x", 1)
    graded(story, "y", 1, grade={"scale": "new", "rank": 1, "label": "hoàn thành xuất sắc nhiệm vụ"})
    rows = grades(story.recount(), "p", *YEAR, by=("level",))
    assert {keys: rate(row.figure) for keys, row in rows.items()} == {
        ("branch", "old", "1"): (1, 1),
        ("branch", "new", "1"): (1, 1),
    }
