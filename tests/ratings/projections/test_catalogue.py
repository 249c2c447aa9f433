"""Is the catalogue whole? Every figure is recounted somewhere, and says of itself what is so."""

from __future__ import annotations

from services.ratings.projections import FIGURES, INDICATORS, PROJECTIONS
from shared.contracts.event import registered
from tests.ratings.projections.expected import ANSWERS, SPLITS
from tests.support.sayings import history

BY_HAND = {"grades-proposed", "figures-reported"}
"""Figures of which the definitions say nothing; they stand in tests of their own."""
COUNTED_NOWHERE = {
    *(
        "unit-renamed",
        "place-reclassified",
        "credential-issued",
        "credential-revoked",
        "mandate-granted",
        "mandate-withdrawn",
        "reader-granted",
        "reader-revoked",
    ),
    *("rule-set-adopted", "figure-reported", "criterion-scored", "votes-counted"),
    *("rating-authority-set", "rating-period-opened", "unit-self-rated", "rating-verified", "rating-pool-closed"),
    *("rating-published", "objection-raised", "rerating-ordered", "rating-reverified"),
    *("rating-upheld", "rating-changed", "rating-cancelled"),
    *("identity-admitted", "signing-key-registered", "signing-key-revoked", "book-opened"),
    *("person-described", "person-forgotten", "hold-placed", "hold-released"),
    *("person-request-received", "person-request-acknowledged", "person-request-extended", "person-request-answered"),
    "plan-assessed",
    *("review-opened", "member-reviewed", "review-closed"),
    *("directive-issued", "pledge-signed", "inspection-held", "finding-remedied", "support-granted"),
    *("reporting-set", "report-sent", "report-received"),
}


def test_every_figure_is_compared_with_the_independent_recount() -> None:
    assert set(FIGURES) == set(ANSWERS) | BY_HAND
    assert set(SPLITS) <= set(ANSWERS)


def test_every_figure_speaks_both_languages_and_names_only_kept_state() -> None:
    for figure in FIGURES.values():
        assert figure.vi.endswith("."), figure.name
        assert figure.en.endswith("."), figure.name
        assert set(figure.state) <= set(PROJECTIONS), figure.name
        assert list(figure.state) == [each for each in PROJECTIONS if each in figure.state], figure.name
        assert set(figure.apart) <= set(figure.splits), figure.name
    assert set(INDICATORS.values()) <= set(FIGURES)


def test_random_histories_tell_of_everything_that_is_counted() -> None:
    told = {each.fact.name.split(".")[3] for seed in range(12) for each in history(seed).logs.told}
    every = {name.split(".")[3] for name in registered()} - {"fact-corrected", "fact-voided"}
    assert told == every - COUNTED_NOWHERE
