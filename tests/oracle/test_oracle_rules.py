"""Does the recount of rule sets do what the page on them says? Each case counted by hand in its first lines."""

from __future__ import annotations

from typing import Any

from tests.oracle.rules import capped, recount

Json = dict[str, Any]


def test_a_recount_of_what_is_counted_by_hand() -> None:
    # 30 + 70 points: 27 given of 30 and 9/10 of 70 are 27 + 63 = 90: rank 1 if three in ten tasks were exceeded.
    rules: Json = {
        "grades": [{"rank": 1}, {"rank": 2}, {"rank": 3}],
        "criteria": [
            {"code": "general", "points": 3000},
            {"code": "tasks", "points": 7000, "indicator": "tasks-done"},
        ],
        "thresholds": [{"rank": 1, "at_least": 9000}, {"rank": 2, "at_least": 7000}, {"rank": 3, "at_least": 0}],
        "conditions": [{"rank": 1, "when": "tasks-exceeded >= 30 %"}],
    }
    said: Json = {"scores": {"general": {"points": 2700}}, "votes": {}, "life": None, "children": None}
    for exceeded, rank in (((3, 10), 1), ((29, 100), 2), (None, None)):
        measured = {"tasks-done": (9, 10)} | ({"tasks-exceeded": exceeded} if exceeded else {})
        found = recount(rules, {**said, "measured": measured})
        assert (found.points, found.least, found.most) == ({"general": 2700, "tasks": 6300}, 9000, 9000)
        assert found.rank == rank
    open_ = recount(rules, {**said, "scores": {}, "measured": {"tasks-done": (1, 100)}})
    assert (open_.least, open_.most, open_.rank) == (70, 3070, 3)


def test_the_recount_of_the_cap_is_the_published_table() -> None:
    cap = {"share": 2000, "rounding": "down"}
    table = [
        (n, capped(n, {**cap, "of": "left"}), capped(n, {**cap, "of": "all"})) for n in (0, 5, 10, 12, 20, 100, 144)
    ]
    assert table == [(0, 0, 0), (5, 0, 1), (10, 1, 2), (12, 2, 2), (20, 3, 4), (100, 16, 20), (144, 24, 28)]
