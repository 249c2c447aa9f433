"""Which files of tests take longest? In this order they are begun, so that what is left to the end is short."""

from __future__ import annotations

from typing import Final

LONGEST_FIRST: Final = (
    "tests/system/test_demo.py",
    "tests/system/test_kills.py",
    "tests/system/test_rebuild.py",
    "tests/system/test_long_history.py",
    "tests/bench/test_bench_smoke.py",
    "tests/ratings/projections/test_random_histories.py",
    "tests/system/test_cli.py",
    "tests/system/test_personal.py",
    "tests/system/test_once.py",
    "tests/history/replay/test_traces.py",
    "tests/system/test_personal_dictionary.py",
    "tests/history/replay/test_same_bytes.py",
    "tests/history/columns/test_three_engines.py",
    "tests/system/test_imports.py",
    "tests/system/test_newcomer.py",
    "tests/system/test_pages.py",
    "tests/system/test_independence.py",
    "tests/system/test_grants.py",
    "tests/ratings/test_persons.py",
    "tests/history/columns/test_trusted.py",
    "tests/demo/test_published_figures.py",
    "tests/history/pack/test_contradicting.py",
    "tests/ratings/test_api_history.py",
    "tests/personal/test_keys.py",
    "tests/ratings/projections/test_individuals.py",
    "tests/history/test_reconciling.py",
    "tests/units/test_interleavings.py",
    "tests/system/test_fuzz.py",
    "tests/ratings/domain/test_completeness.py",
    "tests/history/pack/test_pack.py",
    "tests/system/test_bad_input.py",
    "tests/ratings/test_drafts.py",
    "tests/eventsourcing/subscription/test_redis_fails.py",
    "tests/history/replay/test_report.py",
    "tests/eventsourcing/test_replicas.py",
    "tests/system/test_client.py",
    "tests/system/test_personal_postgres.py",
)
"""From the repository's root; `make test ARGS=--durations=60` says them anew."""
