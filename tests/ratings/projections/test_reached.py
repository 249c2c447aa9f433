"""Is a figure asked as of a position, not only of a moment? Of listed logs up to a sequence, else by the clock."""

from __future__ import annotations

from dataclasses import replace

from shared.contracts.meetings import Roll
from tests.support.tale import Tale, id_of, land
from tests.support.views import Views, asked

X, WOMEN = id_of("x"), id_of("women")


def held() -> tuple[Tale, int]:
    """Three meetings in two years, and the number of events of meetings before the third; the first corrected later."""
    tale = land()
    first = tale.met("x", "2021-01-15", present=10)
    tale.met("x", "2021-02-15", present=10)
    before = len(tale.logs.chains["meetings", WOMEN])
    tale.met("x", "2021-03-15", present=10)
    tale.logs.correct(first, first.fact.model_copy(update={"roll": Roll(expected=9, present=9)}), "2021-01-15")
    return tale, before


def test_a_listed_log_counts_up_to_its_sequence_whatever_the_moment(views: Views) -> None:
    tale, before = held()
    views.feed(tale.logs)
    year = replace(asked(X, "2021-01-01", "2022-01-01"), known=tale.logs.clock)
    assert views.ask("attendance", year).rows == {(): (29, 29)}
    listed = replace(year, reached={("meetings", WOMEN): before})
    assert views.ask("attendance", listed).rows == {(): (20, 20)}
    assert len(views.ask("attendance", listed).events) == 2
    # A moment before all of it: what is listed counts none the less, what is not listed does not.
    early = replace(listed, known=0, reached={("meetings", WOMEN): before, ("membership", WOMEN): 10_000})
    assert views.ask("meetings-held", early).rows == {(): (2, None)}
    assert views.ask("meetings-held", replace(early, reached={("membership", WOMEN): 10_000})).rows == {(): (0, None)}


def test_corrections_of_a_listed_log_count_up_to_its_sequence_too(views: Views) -> None:
    tale, before = held()
    views.feed(tale.logs)
    whole = replace(asked(X, "2021-01-01", "2022-01-01"), known=tale.logs.clock)
    one_less = replace(whole, reached={("meetings", WOMEN): before + 1})
    assert views.ask("attendance", one_less).rows == {(): (30, 30)}
    assert views.ask("attendance", replace(whole, reached={("meetings", WOMEN): before + 2})).rows == {(): (29, 29)}
    assert views.ask("attendance", replace(whole, reached={("ratings", WOMEN): 0})).rows == {(): (29, 29)}
