"""Do the golden samples still say what they said, and do they say everything?"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Correction
from shared.contracts.event import Part, contract, decode, local_day
from tests.contracts.golden import FOLDER, SAMPLES, Sample, every_sample

POSTED = {
    *("specversion", "id", "source", "type", "subject", "occurred", "time", "reason", "docnumber", "docissuer"),
    *("docdate", "docmedia", "doclength", "docsha256", "corrects", "causation", "correlation", "declaredactor"),
    *("expectedversion", "datacontenttype", "data"),
}
"""Every attribute that a poster may send."""

NEVER_BESIDE = {
    "FigureReported.scope_said": "added beside a sample that stands; test_beside.py shows it",
    "FigureReported.document": "added beside a sample that stands; test_beside.py shows it",
    "FigureReported.received_by": "added beside a sample that stands; test_beside.py shows it",
    "FigureReported.only_rate": "added beside a sample that stands; test_beside.py shows it",
    "FigureReported.split": "added beside a sample that stands; test_beside.py shows it",
    "MemberEntered.admitted_year": "the day of admission is given, and never both",
    "MemberStruckOff.decided_by": "added beside a sample that stands; StrikeOffProposed shows its like",
    "MemberStruckOff.grounds": "added beside a sample that stands; StrikeOffProposed shows it",
    "Basis.proposal_digest": "RatingDecided.basis was added beside a sample that stands",
    "Basis.reached": "RatingDecided.basis was added beside a sample that stands",
    "Basis.rules_digest": "RatingDecided.basis was added beside a sample that stands",
    "RatingDecided.basis": "added beside a sample that stands; tests/ratings/domain/test_basis.py shows it",
    "RatingDecided.instead_of": "added beside a sample that stands; it is read like RatingDecided.confirms",
    **dict.fromkeys(
        [
            f"{cls}.person"
            for cls in (
                "UnitSelfRated",
                "RatingVerified",
                "RatingPublished",
                "PoolMember",
                "_Rating",
                "_After",
                "_Judged",
            )
        ],
        "added beside samples of units; tests/ratings/test_persons.py shows it",
    ),
    "Score.mark": "just one of points, met and mark is given; tests/ratings/domain/test_scoring.py shows it",
    "Score.met": "just one of points, met and mark is given; tests/ratings/domain/test_scoring.py shows it",
    "TaskAssigned.person": "added beside a sample of a unit; tests/ratings/projections/test_individuals.py shows it",
    "_Rating.signer": "added beside a sample that stands; RatingVerified shows its like",
}
"""Optional fields that no sample shows, with the reason."""

OF_RULES = {
    *("Cap.exception", "Cap.least", "CriteriaGroup.bonus", "CriteriaGroup.floor", "CriteriaGroup.most"),
    *("Criterion.bands", "Criterion.by", "Criterion.counts", "Criterion.evidence", "Criterion.group"),
    *("Criterion.mark", "Criterion.months", "Criterion.scored_by", "Criterion.threshold", "RuleDocument.caps"),
    *("RuleDocument.children_first", "RuleDocument.conditions", "RuleDocument.groups", "RuleDocument.not_public"),
    *("RuleDocument.otherwise", "RuleDocument.pools", "RuleDocument.sources", "RuleDocument.total"),
    *("RuleDocument.vetoes", "RuleDocument.youngest", "YoungestAge.after_change"),
}
"""Optional fields of rule documents, added beside a sample that stands; the examples of rule sets show them."""


def test_each_event_has_exactly_one_sample() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(sample.path.name for sample in SAMPLES)


@every_sample
def test_a_sample_is_posted_for_its_own_contract(sample: Sample) -> None:
    assert sample.posted["type"] == sample.contract.name
    assert sample.posted["specversion"] == "1.0"
    assert ("occurred" in sample.posted) != ("time" in sample.posted)
    assert local_day(sample.content().occurred) < dt.date(2026, 1, 1)


@every_sample
def test_a_sample_decodes_and_says_the_same_when_written_again(sample: Sample) -> None:
    fact = sample.contract.model_validate_json(sample.raw)
    assert json.loads(fact.model_dump_json(exclude_unset=True)) == sample.fact
    assert decode(sample.contract, sample.raw) == fact


@every_sample
def test_a_sample_fits_the_published_schema(sample: Sample) -> None:
    schema = sample.contract.model_json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(sample.fact)


@every_sample
def test_a_sample_has_a_day_that_counts(sample: Sample) -> None:
    fact = sample.contract.model_validate_json(sample.raw)
    if sample.contract.effect is None:
        assert fact.effect_day("2022-05-31T17:00:00Z") == local_day("2022-06-01")
    else:
        assert fact.effect_day("1931-01-01") == getattr(fact, sample.contract.effect)


def test_the_samples_show_every_attribute_that_may_be_posted() -> None:
    assert {attribute for sample in SAMPLES for attribute in sample.posted} == POSTED


def test_the_samples_show_every_optional_field() -> None:
    shown = {name for sample in SAMPLES for name in _shown(sample.contract, sample.fact)}
    missing = {name for sample in SAMPLES for name in _optional(sample.contract)} - shown
    assert missing == NEVER_BESIDE.keys() | OF_RULES


def test_a_correction_carries_a_whole_fact_of_a_contract() -> None:
    corrections = [sample for sample in SAMPLES if issubclass(sample.contract, FactCorrected)]
    for sample in corrections:
        inner = contract(sample.fact["type"])
        assert inner is not None
        assert inner.service == sample.contract.service
        inner.model_validate_json(json.dumps(sample.fact["fact"]))


def test_corrections_name_what_they_replace_and_other_events_do_not() -> None:
    for sample in SAMPLES:
        if issubclass(sample.contract, FactCorrected | FactVoided):
            assert str(Correction.parse(sample.posted["corrects"])) == sample.posted["corrects"]
        else:
            assert "corrects" not in sample.posted


def test_samples_never_change() -> None:
    """A line of DIGESTS is written once, with its sample; a contract that no longer reads it needs a new version."""
    lines = (FOLDER / "DIGESTS").read_text(encoding="utf-8").splitlines()
    committed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert committed == {s.path.name: hashlib.sha256(s.path.read_bytes()).hexdigest() for s in SAMPLES}


def _shown(part: type[Part], fact: Mapping[str, Any]) -> Iterator[str]:
    for field, value in fact.items():
        yield f"{_owner(part, field)}.{field}"
        for inner in _inner(part.model_fields[field].annotation) if field in part.model_fields else ():
            for item in value if isinstance(value, list) else [value]:
                yield from _shown(inner, item)


def _optional(part: type[Part]) -> Iterator[str]:
    for field, info in part.model_fields.items():
        if not info.is_required():
            yield f"{_owner(part, field)}.{field}"
        for inner in _inner(info.annotation):
            yield from _optional(inner)


def _owner(part: type[Part], field: str) -> str:
    return next(cls.__name__ for cls in reversed(part.__mro__) if field in getattr(cls, "__annotations__", {}))


def _inner(annotation: object) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _inner(argument)
