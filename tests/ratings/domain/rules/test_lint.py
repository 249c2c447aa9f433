"""What is found in a rule document, where, and is it kept from adoption? Each finding once, from one small change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from services.ratings.domain.rules.findings import SAYS, WARNINGS
from services.ratings.domain.rules.lint import lint
from services.ratings.domain.rules.sheet import read_sheet
from shared.contracts.ratings import RuleDocument

GRADES = [{"scale": "s", "rank": rank, "label": f"Mức {rank}"} for rank in (1, 2, 3)]
SOUND: dict[str, Any] = {
    "schema_version": 2,
    "grades": GRADES,
    "total": 10000,
    "groups": [{"code": "first", "title": "Nhóm", "clause": "I", "most": 6000}],
    "criteria": [
        {"code": "held", "group": "first", "title": "A", "clause": "I.1", "points": 4000, "indicator": "meetings-held"},
        {"code": "content", "group": "first", "title": "B", "clause": "I.2", "points": 2000},
        {"code": "trust", "title": "C", "clause": "II", "points": 4000, "by": "votes"},
    ],
    "thresholds": [{"rank": 1, "at_least": 9000}, {"rank": 2, "at_least": 5000}, {"rank": 3, "at_least": 0}],
    "conditions": [{"rank": 1, "title": "Đ", "clause": "III", "when": "attendance >= 80 %"}],
    "vetoes": [{"code": "v", "title": "K", "clause": "IV", "when": "age < 6", "best": 2}],
    "pools": [{"code": "p", "title": "P", "clause": "V", "same": ["rater"]}],
    "caps": [
        {"pool": "p", "rank": 1, "below": 2, "share": 2000, "of": "all", "rounding": "down", "clause": "V"},
    ],
}


def changed(change: Callable[[dict[str, Any]], object]) -> RuleDocument:
    document = copy.deepcopy(SOUND)
    change(document)
    return RuleDocument.model_validate(document, strict=False)


def when(text: str) -> Callable[[dict[str, Any]], object]:
    return lambda d: d["conditions"][0].update(when=text)


def held(**more: Any) -> Callable[[dict[str, Any]], object]:
    return lambda d: d["criteria"][0].update(more)


def bands(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"at_least": at_least, "points": points} for at_least, points in pairs]


UNDER_NAMES = {
    "version": (lambda d: d.update(schema_version=1), "total", "needs-version-2"),
    "version of a criterion": (lambda d: d.update(schema_version=1), "criteria.0.group", "needs-version-2"),
    "total": (lambda d: d.update(total=9999), "total", "points-do-not-add-up"),
    "group": (lambda d: d["groups"][0].update(most=5999), "groups.0.most", "points-do-not-add-up"),
    "too much of a bonus": (
        lambda d: d["groups"][0].update(most=6001, bonus=True),
        "groups.0.most",
        "points-do-not-add-up",
    ),
    "threshold": (
        lambda d: d["thresholds"][0].update(at_least=10001),
        "thresholds.0.at_least",
        "threshold-above-total",
    ),
    "gap": (lambda d: d["thresholds"][2].update(at_least=1), "thresholds", "thresholds-gap"),
    "unreachable": (lambda d: d["thresholds"].pop(), "grades.2.rank", "grade-unreachable"),
    "not public": (
        lambda d: d["thresholds"].pop() and d.update(not_public=["Mức 3"]),
        "grades.2.rank",
        "grade-not-public",
    ),
    "points only": (lambda d: d.update(thresholds=[], conditions=[]), "thresholds", "points-only"),
    "indicator": (held(indicator="happiness"), "criteria.0.indicator", "unknown-indicator"),
    "nobody posts it": (held(indicator="books-kept"), "criteria.0.indicator", "not-measured"),
    "no share": (held(indicator="referrals"), "criteria.0.indicator", "no-share"),
    "no parameter": (held(threshold=60), "criteria.0.threshold", "no-threshold-parameter"),
    "two judges": (held(by="votes"), "criteria.0.by", "judged-by-two"),
    "bands of people": (lambda d: d["criteria"][1].update(bands=bands((1, 2000))), "criteria.1.bands", "judged-by-two"),
    "mark of a figure": (held(mark="yes-no"), "criteria.0.mark", "mark-not-fitting"),
    "rank with points": (lambda d: d["criteria"][1].update(mark="rank"), "criteria.1.points", "mark-not-fitting"),
    "no bands": (held(indicator="referrals", counts=True), "criteria.0.counts", "needs-bands"),
    "one place": (held(bands=bands((5000, 1000), (5000, 4000))), "criteria.0.bands.1.at_least", "bands-overlap"),
    "falling": (held(bands=bands((8000, 4000), (5000, 4000))), "criteria.0.bands.0.points", "bands-fall"),
    "not full": (held(bands=bands((8000, 3999))), "criteria.0.bands.0.points", "bands-never-full"),
    "no group": (held(group="second"), "criteria.0.group", "unknown-group"),
    "nobody in it": (
        lambda d: d["groups"].append({"code": "empty", "title": "T", "clause": "C"}),
        "groups.1.code",
        "empty-group",
    ),
    "one word for two": (lambda d: d["groups"][0].update(code="trust"), "groups.0.code", "duplicate"),
    "no rank": (lambda d: d.update(otherwise=9), "otherwise", "unknown-rank"),
    "bars nothing": (lambda d: d["vetoes"][0].update(best=1), "vetoes.0.best", "bars-nothing"),
    "veto of no rank": (lambda d: d["vetoes"][0].update(best=7), "vetoes.0.best", "unknown-rank"),
    "floor of no rank": (
        lambda d: d["groups"][0].update(floor={"share": 5000, "best": 4}),
        "groups.0.floor.best",
        "unknown-rank",
    ),
    "name": (when("attendence >= 80 %"), "conditions.0.when:1", "unknown-name"),
    "name further on": (when("age > 3 and points.third > 5"), "conditions.0.when:13", "unknown-name"),
    "sense": (when("attendance >= >= 80 %"), "conditions.0.when:15", "not-understood"),
    "share of an age": (when("age >= 80 %"), "conditions.0.when:1", "not-comparable"),
    "rank of a figure": (when("attendance is rank 1"), "conditions.0.when:1", "not-comparable"),
    "a figure alone": (when("attendance"), "conditions.0.when:1", "not-comparable"),
    "never": (when("points > 100"), "conditions.0.when", "never-holds"),
    "never both": (when("attendance >= 50 % and attendance < 50 %"), "conditions.0.when", "never-holds"),
    "always": (when("children.rank-1 <= 100 %"), "conditions.0.when", "always-holds"),
    "unposted name": (when("books-kept = 100 %"), "conditions.0.when:1", "not-measured"),
    "no pool": (lambda d: d["caps"][0].update(pool="q"), "caps.0.pool", "unknown-pool"),
    "idle pool": (lambda d: d["caps"].pop(), "pools.0.code", "pool-unused"),
    "below itself": (lambda d: d["caps"][0].update(below=1), "caps.0.below", "cap-below-itself"),
    "smaller exception": (lambda d: d["caps"][0].update(exception=1999), "caps.0.exception", "exception-smaller"),
    "cap of no rank": (lambda d: d["caps"][0].update(rank=7, below=8), "caps.0.rank", "unknown-rank"),
}


def test_a_sound_document_has_no_findings() -> None:
    assert lint(changed(lambda _: None)) == []


@pytest.mark.parametrize(("change", "place", "code"), UNDER_NAMES.values(), ids=UNDER_NAMES)
def test_each_flaw_is_found_where_it_is(change: Callable[[dict[str, Any]], object], place: str, code: str) -> None:
    found = [(each.place(), each.code) for each in lint(changed(change))]
    assert (place, code) in found


def test_a_floor_and_an_otherwise_close_what_would_be_open() -> None:
    document = changed(lambda d: (d["thresholds"].pop(), d.update(otherwise=3)))
    assert lint(document) == []


WRITTEN = """\
title: T
subject_kind: branch
issuer: I
legal_reference: L
issued: 2025-08-30
effective_from: 2025-08-30
rules:
  schema_version: 2
  grades: [{scale: s, rank: 1, label: Mạnh}]
  criteria:
    - {code: a, title: A, clause: "1", points: "12,5 điểm", full_at: 85 %}
  thresholds: []
"""
UNREADABLE = {
    "alias": ("a: &x [1]\nb: *x", 1, "alias"),
    "tag": ("a: !!python/object/apply:os.system [id]", 1, "alias"),
    "merge": ("a: 1\nb:\n  <<: {c: 1}", 1, "not-a-fact"),
    "twice": ("title: 1\ntitle: 2", 2, "duplicate-key"),
    "two documents": ("a: 1\n---\nb: 1", 2, "unreadable"),
    "a list as key": ("? [1]\n: 2", 1, "not-a-text"),
    "deep": ("[" * 100_000, 1, "too-deep"),
    "broken": ("a: [1\nb: }", 2, "unreadable"),
    "empty": ("", 1, "unreadable"),
    "long number": ("title: 1\nissued: " + "9" * 5_000, 2, "not-a-fact"),
}


def test_a_page_is_written_as_people_write() -> None:
    sheet = read_sheet(WRITTEN.encode())
    assert sheet.fact is not None
    assert [each.code for each in sheet.findings] == ["points-only"]
    assert (sheet.fact.rules.criteria[0].points, sheet.fact.rules.criteria[0].full_at) == (1250, 8500)
    assert sheet.fact.issued.isoformat() == "2025-08-30"


@pytest.mark.parametrize(("text", "line", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_a_page_is_refused_with_its_line(text: str, line: int, code: str) -> None:
    found = read_sheet(text.encode()).findings
    assert (found[0].code, found[0].line) == (code, line)


def test_not_even_bytes_make_it_fail() -> None:
    assert read_sheet(b"title: \xff").findings[0].code == "not-utf8"
    assert read_sheet(b"x" * 300_000).findings[0].code == "too-large"
    assert read_sheet(b'{"title": "\\ud800"}').findings[0].grave


def test_each_finding_names_its_line_and_never_what_was_written() -> None:
    text = WRITTEN.replace("thresholds: []", "secret-word: 1\n  thresholds: [{rank: 1, at_least: 13 điểm}]")
    found = read_sheet(text.encode()).findings
    assert [(each.line, each.place, each.code) for each in found] == [(12, "rules", "not-a-fact")]
    above = read_sheet(text.replace("  secret-word: 1\n", "").encode()).findings
    assert (12, "rules.thresholds.0.at_least", "threshold-above-total") in [each[:3] for each in above]


def test_thresholds_that_overlap_and_codes_that_repeat_are_named() -> None:
    steps = "thresholds: [{rank: 1, at_least: 5 điểm}, {rank: 1, at_least: 6 điểm}]"
    assert read_sheet(WRITTEN.replace("thresholds: []", steps).encode()).findings[0][:3] == (
        12,
        "rules.thresholds",
        "thresholds-overlap",
    )


def test_every_finding_says_what_it_means_and_every_warning_is_one() -> None:
    assert set(WARNINGS) <= set(SAYS)
    shown = {code for _, _, code in UNDER_NAMES.values()} | {code for _, _, code in UNREADABLE.values()}
    assert set(SAYS) - shown == {"not-utf8", "too-large", "grades-mixed", "thresholds-overlap"}


def test_defaults_that_are_written_out_ask_for_no_version() -> None:
    plain = {"schema_version": 1, "grades": GRADES, "criteria": [{**SOUND["criteria"][1], "group": None}]}
    document = RuleDocument.model_validate(plain, strict=False)
    whole = RuleDocument.model_validate_json(document.model_dump_json())
    assert [each.code for each in lint(whole)] == ["points-only"]
