"""Which events are there? A page of the whole published language: what, when, who posts, fields, sample, who listens.

Everything but samples and listeners comes from the contracts themselves; these two stand in `published.json`, which
`python -m shared.operations.specs` writes, so that a service shows them without the tests and without the others.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from shared.contracts.catalogue import Catalogue
from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.docstrings import annotation, readable
from shared.contracts.event import Event, Part, decode, known_versions
from shared.contracts.upcasting import steps
from shared.history.replay.sentences import Circumstances, key_of, spoken, templates

PUBLISHED: Final = Path(__file__).with_name("published.json")
NOBODY: Final = UUID(int=0)
Document = dict[str, Any]


@cache
def catalogue_document() -> Document:
    """The page's content: services with their events, then the parts and lists inside facts."""
    known = json.loads(PUBLISHED.read_bytes())
    language = Catalogue()
    entries = [_entry(language, cls, known) for cls in language.events.values()]
    services = sorted({each["service"] for each in entries})
    return {
        "services": {name: [each for each in entries if each["service"] == name] for name in services},
        "parts": [
            {"name": part.__name__, "meaning": language.words[part.__name__], "fields": _fields(language, part)}
            for part in language.parts
        ],
        "choices": [
            {
                "name": choice.__name__,
                "meaning": language.words[choice.__name__],
                "values": [(one.value, language.words[f"{choice.__name__}.{one.name}"]) for one in choice],
            }
            for choice in language.choices
        ],
    }


def _entry(language: Catalogue, cls: type[Event], known: Document) -> Document:
    sample = known["samples"].get(cls.name)
    return {
        "name": cls.name,
        "service": cls.service,
        "title": cls.__name__,
        "vietnamese": language.vietnamese(cls),
        "what": language.words[cls.__name__],
        "day": "corrects" if issubclass(cls, FactCorrected | FactVoided) else cls.effect or "occurred",
        "act": cls.act,
        "stream": cls.aggregate,
        "order_keys": cls.order_keys,
        "correctable": cls.correctable,
        "personal": cls.personal,
        "versions": [*known_versions(cls.name), cls.name],
        "read_as": steps().get(cls.name),
        "listeners": known["listeners"].get(cls.name, []),
        "sentences": _sentences(cls, sample),
        "fields": _fields(language, cls),
        "sample": None if sample is None else json.dumps(sample, ensure_ascii=False, indent=2),
    }


def _sentences(cls: type[Event], sample: Document | None) -> dict[str, str]:
    """How the sample reads in words; without one the sentence with its gaps."""
    said = templates().get(key_of(cls.name))
    if said is None:
        return {}
    if sample is None or issubclass(cls, FactCorrected | FactVoided):
        return {language.value: text for language, text in said.items()}
    fact = decode(cls, json.dumps(sample["data"]["fact"]).encode())
    day = fact.effect_day(sample.get("occurred") or sample["time"])
    about = Circumstances(UUID(sample["subject"]), NOBODY, day)
    return {name: text.replace("…00000000", "…") for name, text in spoken(fact, about, _nameless).told().items()}


def _nameless(_id: UUID, _day: object) -> str | None:
    return None


def _fields(language: Catalogue, cls: type[Part]) -> list[Document]:
    return [
        {
            "name": name,
            "kind": readable(ast.parse(annotation(cls, name), mode="eval").body).replace("`", ""),
            "required": info.is_required(),
            "default": None if info.is_required() or info.default is None else json.dumps(info.default),
            "meaning": language.meaning(cls, name),
        }
        for name, info in cls.model_fields.items()
    ]
