"""Does one organisation's trouble stay its own? Five others post and read beside a flood, poison, and the like.

Nothing of theirs may be refused or lost. How much slower they become is measured in the battery, in quiet and disturbed
rounds by turns, and judged where the machine itself is quiet enough.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.compared import BOUNDS, Compared, compared
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.disturbing import EXPECTED, Trouble, spot
from tests.system.lines import Line, register
from tests.system.neighbours import Fared, all_stand, fared

NEIGHBOURS = 5
PAIRS = 5
"""Disturbed rounds of each trouble, each between two quiet ones."""
BRIEF, LONG = 0.3, 12.0
"""Seconds of one round."""


def neighbourhood(deployment: Deployment, size: int) -> tuple[list[Line], Line]:
    lines = [register(deployment, f"Hội số {number}") for number in range(size + 1)]
    for line in lines:
        line.heard_of("meetings", "ratings")
    return lines[:-1], lines[-1]


def require_expected(trouble: Trouble) -> None:
    """The troublemaker was answered, and only as it should be."""
    assert bool(trouble.answers) == bool(EXPECTED[trouble.way]), trouble.way
    assert set(trouble.answers) <= EXPECTED[trouble.way], (trouble.way, trouble.answers)


def test_nothing_of_the_neighbours_is_refused_or_lost(deployment: Deployment) -> None:
    lines, loud = neighbourhood(deployment, 1)
    posted: dict[str, list[str]] = {}
    for way in EXPECTED:
        trouble = Trouble(way, spot(loud, way))
        with trouble.under_way():
            beside = fared(lines, BRIEF, posted)
        assert beside.refused == [], way
        require_expected(trouble)
    assert all_stand(lines, posted)


@pytest.mark.battery
@pytest.mark.parametrize("way", EXPECTED)
def test_neighbours_beside_a_trouble_are_hardly_slower(
    tmp_path: Path, tally: Tally, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    with Deployment(tmp_path) as deployment:
        lines, loud = neighbourhood(deployment, NEIGHBOURS)
        posted: dict[str, list[str]] = {}
        trouble = Trouble(way, spot(loud, way))
        fared(lines, LONG / 2, posted)
        """What a service does only the first time is not the trouble's doing."""
        quiet, disturbed = [fared(lines, LONG, posted)], list[Fared]()
        for _ in range(PAIRS):
            with trouble.apart():
                disturbed.append(fared(lines, LONG, posted))
            deployment.settle()
            quiet.append(fared(lines, LONG, posted))
        assert [each.refused for each in (*quiet, *disturbed) if each.refused] == []
        require_expected(trouble)
        assert all_stand(lines, posted)
    found = compared(quiet, disturbed)
    with capsys.disabled():
        print(f"\n{way}: {'; '.join(map(str, found))}; answers {dict(trouble.answers)}")  # noqa: T201 — what was measured
    unjudged = [f"{way}, {each}" for each in found if not each.judged]
    broken = [f"{way}, {each}" for each in found if each.judged and not each.held]
    tally("S-19", not unjudged, len(broken), "; ".join(unjudged))
    assert broken == []


# ── The comparison itself ────────────────────────────────────────────────────────────────────────────────────────────

FIGURE = "p99 of posts"


@pytest.mark.parametrize(
    ("quiet", "disturbed", "said"),
    [
        ([10, 10, 10, 10], [19, 20, 21], "x2.00 (quiet x1.00, held)"),
        ([10, 10, 10, 10], [21, 22, 400], "x2.20 (quiet x1.00, BROKEN)"),
        ([10, 10, 10, 10], [10, 10, 400], "x1.00 (quiet x1.00, held)"),
        ([10, 20, 10, 20], [15, 15, 15], "x1.00 (quiet x2.00, not judged: noise)"),
        ([10, 14, 10, 14], [12, 36, 36], "x3.00 (quiet x1.40, BROKEN)"),
    ],
)
def test_a_bound_is_judged_by_medians_and_only_on_a_quiet_machine(
    quiet: list[float], disturbed: list[float], said: str
) -> None:
    assert str(Compared.of(FIGURE, quiet, disturbed)) == f"{FIGURE} {said}"


def test_a_tenth_of_the_throughput_may_be_lost_and_no_more() -> None:
    def rounds(*counts: int) -> list[Fared]:
        return [Fared(10.0, [0.01] * count, [0.01] * count) for count in counts]

    assert [each.figure for each in compared(rounds(100, 100), rounds(90))] == list(BOUNDS)
    assert all(each.judged and each.held for each in compared(rounds(100, 100), rounds(90)))
    assert not compared(rounds(100, 100), rounds(89))[0].held
    assert not compared(rounds(100, 80), rounds(90))[0].judged
