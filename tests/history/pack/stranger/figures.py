"""What do the facts come to? Section 9."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from tests.history.pack.stranger.facts import Fact, Said
from tests.history.pack.stranger.spelling import Unsure, sha
from tests.history.pack.stranger.units import Country

Item = tuple[Fact, str, Mapping[str, str]]


def _meetings(said: Said) -> Iterator[Item]:
    for fact in said.facts("meetings", "meeting-held"):
        if fact.body["kind"] == "regular":
            yield fact, fact.body["branch"], {}


def _visits(said: Said) -> Iterator[Item]:
    for fact in said.facts("meetings", "visit-completed"):
        keys = {"tier": fact.body["tier"], "cadre": fact.body["cadre"], "organisation": fact.organisation}
        yield fact, fact.body["unit"], keys


Numbers = Callable[[Sequence[Fact]], tuple[int, int | None]]


def _how_many(facts: Sequence[Fact]) -> tuple[int, int | None]:
    return len(facts), None


def _present(facts: Sequence[Fact]) -> tuple[int, int | None]:
    rolls = Counter[str]()
    for fact in facts:
        rolls.update({"present": fact.body["roll"]["present"], "expected": fact.body["roll"]["expected"]})
    return rolls["present"], rolls["expected"] if facts else None


def _sittings(facts: Sequence[Fact]) -> tuple[int, int | None]:
    return len({(fact.body["meeting"]["organisation"], fact.body["meeting"]["meeting"]) for fact in facts}), None


FIGURES: Mapping[str, tuple[Callable[[Said], Iterator[Item]], Numbers, tuple[str, ...]]] = {
    "meetings-held": (_meetings, _how_many, ()),
    "attendance": (_meetings, _present, ()),
    "visits": (_visits, _how_many, ("tier", "cadre", "organisation")),
    "sittings-visited": (_visits, _sittings, ("tier", "cadre", "organisation")),
}


def recounted(said: Said, country: Country, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and events of a figure."""
    if name not in FIGURES:
        raise Unsure(name)
    items, numbers, more = FIGURES[name]
    by = list(dict.fromkeys(asked["by"]))
    if any(key not in ("month", "unit", *more) for key in by):
        raise Unsure("key")
    counted = []
    for fact, unit, keys in items(said):
        above = country.above(unit, asked["tree"] or fact.day, fact.day)
        if asked["start"] <= fact.day < asked["end"] and asked["unit"] in above:
            values = {"month": fact.day[:7], "unit": unit, **keys}
            counted.append(([values[key] for key in by], fact))
    counted.sort(key=lambda each: each[0])
    groups = [(keys, [fact for _, fact in group]) for keys, group in groupby(counted, key=lambda each: each[0])]
    rows = []
    for values, facts in groups if by or groups else [([], [])]:
        numerator, denominator = numbers(facts)
        keys = dict(zip(by, values, strict=True))
        rows.append({"keys": keys, "numerator": numerator, "denominator": denominator})
    behind = sorted({f"{fact.organisation}/{fact.root}\n" for _, fact in counted})
    return {"rows": rows, "events": {"count": len(behind), "digest": sha("".join(behind).encode()).hex()}}
