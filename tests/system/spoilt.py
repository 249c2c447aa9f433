"""What can be posted that nobody would post? Golden samples at home in a real line, spoilt in every way we know."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from shared.contracts.event import contract
from shared.contracts.fields import named
from tests.contracts.golden import SAMPLES
from tests.system.lines import Line, fresh
from tests.system.reached import Json
from tests.web.odd import NOT_JSON, ODD
from tests.web.test_malformed import MUTATIONS

MARK: Final = "D4uHi3uKhongDuocVongLai"
"""A word that is in every request and may be in no answer and no log of a process."""
LONGEST_TEXT: Final = 10_000
SHORT: Final = [text for text in (*ODD.values(), *NOT_JSON.values()) if len(text) < LONGEST_TEXT]
PLACE: Final = "@here@"
DAYS: Final = ("1930-01-01", "2019-12-31", "2020-01-01", "2020-02-29", "2024-07-01", "2025-07-01", "9998-12-31")


@dataclass
class Spoiler:
    """Makes posts for one line; some of them are quite in order."""

    line: Line
    chance: Random
    ids: dict[str, list[str]] = field(default_factory=dict)
    """Ids that something real has, by what they name."""
    posted: list[Json] = field(default_factory=list)
    """Some of the events that were made before: repeated, corrected, voided."""

    def __post_init__(self) -> None:
        line = self.line
        self.ids = {
            "unit": [line.root, *line.branches, fresh()],
            "place": [line.district, line.hamlet, fresh()],
            "scope": [line.root, *line.branches, line.hamlet, line.district],
            "organisation": [line.organisation, fresh()],
            "person": [fresh() for _ in range(5)],
            "meeting": [fresh() for _ in range(3)],
            "rule-set": [fresh() for _ in range(2)],
        }

    def post(self, service: str) -> bytes:
        """One post for a service: a sample in one of many states."""
        sample = self.chance.choice([each for each in SAMPLES if each.contract.service == service])
        event = self._at_home(json.loads(json.dumps(sample.posted)))
        for _ in range(self.chance.choice((0, 0, 0, 1, 2))):
            self.chance.choice((self._exchange_id, self._exchange_day, self._exchange_value))(event)
        self.posted = [*self.posted[-30:], event]
        body = json.dumps(event, ensure_ascii=False)
        if self.chance.random() < 0.4:
            body = self._odd(event)
        raw = body.encode(errors="surrogatepass")
        return self.chance.choice(MUTATIONS)(self.chance, raw) if self.chance.random() < 0.2 else raw

    def _at_home(self, event: Json) -> Json:
        """Its ids name what exists, most of them."""
        event["id"], event["declaredactor"] = fresh(), MARK
        cls = contract(event["type"])
        fact = event["data"]["fact"]
        if cls is not None and "corrects" not in event:
            for path, kind, _ in list(named(cls.model_validate_json(json.dumps(fact)))):
                _put(fact, path.split("."), self.chance.choice(self.ids.get(kind, [fresh()])))
            event["subject"] = self._subject(cls.aggregate, fact)
        elif self.posted:
            self._correct(event, self.chance.choice(self.posted))
        return event

    def _subject(self, aggregate: str, fact: Json) -> str:
        if "unit" in fact and self.chance.random() < 0.9:
            unit: str = fact["unit"]
            return unit
        pools = {
            "unit": "scope",
            "branch": "unit",
            "person": "person",
            "cadre": "person",
            "organisation": "organisation",
        }
        return self.chance.choice([*self.ids.get(pools.get(aggregate, ""), []), fresh()])

    def _correct(self, event: Json, root: Json) -> None:
        latest = self.chance.choice((root["id"], fresh()))
        event["corrects"] = f"{self.line.organisation}/{root['id']}/{latest}"
        event["subject"] = root["subject"]
        event["data"]["fact"]["type"] = root["type"]
        if "fact" in event["data"]["fact"]:
            event["data"]["fact"]["fact"] = root["data"]["fact"]

    def _exchange_id(self, event: Json) -> None:
        everything = [each for pool in self.ids.values() for each in pool]
        for path in self._leaves(event, lambda value: isinstance(value, str) and len(value) == len(fresh())):
            _put(event, path, self.chance.choice(everything))

    def _exchange_day(self, event: Json) -> None:
        for path in self._leaves(event, lambda value: isinstance(value, str) and value[:2] in {"19", "20"}):
            _put(event, path, self.chance.choice(DAYS))

    def _exchange_value(self, event: Json) -> None:
        for path in self._leaves(event, lambda value: isinstance(value, int)):
            _put(event, path, self.chance.choice((0, 1, 2, 7, 10**9)))

    def _leaves(self, event: Json, wanted: Any) -> list[list[str]]:
        """At most one place that holds what is wanted."""
        found = [path for path, value in _walk(event, []) if path != ["id"] and wanted(value)]
        return [self.chance.choice(found)] if found else []

    def _odd(self, event: Json) -> str:
        """One value is another JSON text, or none at all."""
        copy = json.loads(json.dumps(event))
        path = self.chance.choice([path for path, _ in _walk(copy, [])])
        _put(copy, path, PLACE)
        return json.dumps(copy, ensure_ascii=False).replace(f'"{PLACE}"', self.chance.choice(SHORT), 1)


def _walk(value: Any, path: list[str]) -> list[tuple[list[str], Any]]:
    if isinstance(value, dict):
        return [each for name, child in value.items() for each in _walk(child, [*path, name])]
    if isinstance(value, list):
        return [each for number, child in enumerate(value) for each in _walk(child, [*path, str(number)])]
    return [(path, value)]


def _put(value: Any, path: list[str], new: object) -> None:
    *way, last = path
    for step in way:
        value = value[int(step)] if isinstance(value, list) else value[step]
    if isinstance(value, list):
        value[int(last)] = new
    else:
        value[last] = new
