"""How is an event told in plain words? By a sentence for each type, Vietnamese first, its values put in.

The sentences are data, beside this file; the words for codes come from the contracts' own docstrings.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.docstrings import documented, modules, terms
from shared.contracts.event import Event, Part
from shared.contracts.fields import Grade, Period
from shared.history.replay.named_codes import Named, nameless
from shared.units.calendar import Language, day_text, number_text

NAMED_AT_MOST: Final = 4
"""Of a list, so many are named; the rest are counted."""
SHORT: Final = 8
"""Characters of an id that stand for it where it has no name."""
HUNDREDTHS, PLAIN, TITLED = "hundredths", "plain", "titled"

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_VALUE = re.compile(r"\{(?P<path>[a-z_.]+)(?::(?P<form>[a-z]+))?\}")

Titles = Callable[[UUID, dt.date], str | None]
"""The name of a unit, place or organisation on a day; none where it has none."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence in both languages."""

    vi: str
    en: str

    def told(self) -> dict[str, str]:
        """As an answer has it."""
        return {"vi": self.vi, "en": self.en}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a sentence says beside the fact's own values."""

    subject: UUID
    by: UUID
    day: dt.date
    fact: Spoken | None = None
    """Of a correction or voiding: what it says, or what it undoes."""
    named: Named = nameless
    """The titles of criteria in rule sets."""


@cache
def templates() -> Mapping[str, Mapping[Language, str]]:
    """`service.fact` → its sentence in each language."""
    read = tomllib.loads(files(__package__).joinpath("sentences.toml").read_text(encoding="utf-8"))
    return {
        f"{service}.{fact}": {language: said[language.value] for language in Language}
        for service, facts in read.items()
        for fact, said in facts.items()
    }


def key_of(name: str) -> str:
    """`meetings.meeting-held` of an event's permanent name."""
    return ".".join(name.split(".")[2:4])


def values_in(template: str) -> list[str]:
    """The paths of the values that a sentence asks for."""
    return [match["path"] for match in _VALUE.finditer(template)]


def spoken(fact: Event, about: Circumstances, titles: Titles) -> Spoken:
    """The sentence of a fact. What has no name is told by the end of its id."""
    said = templates()[key_of(fact.name)]
    return Spoken(*(_Sentence(fact, about, titles, language).told(said[language]) for language in Language))


@dataclass(frozen=True, slots=True)
class _Sentence:
    fact: Event
    about: Circumstances
    titles: Titles
    language: Language

    def told(self, template: str) -> str:
        whole = _OPTIONAL.sub(lambda match: self._filled(match[1]) if self._given(match[1]) else "", template)
        return self._filled(whole)

    def _given(self, part: str) -> bool:
        return all(self._value(path) not in {None, ()} for path in values_in(part))

    def _filled(self, part: str) -> str:
        return _VALUE.sub(lambda match: self._text(match["path"], match["form"]), part)

    def _value(self, path: str) -> Any:  # noqa: ANN401 — whatever a fact holds
        match path:
            case "subject":
                return self.about.subject
            case "by":
                return self.about.by
            case "fact" if isinstance(self.fact, FactCorrected | FactVoided):
                return "" if self.about.fact is None else getattr(self.about.fact, self.language.value)
        found: Any = self.fact
        for step in path.split("."):
            found = None if found is None else getattr(found, step)
        return found

    def _text(self, path: str, form: str | None) -> str:
        value = self._value(path)
        if form == HUNDREDTHS:
            return hundredths(value, self.language)
        if form == PLAIN:
            return str(value)
        if form == TITLED:
            return self._titled(path, value)
        if isinstance(value, tuple):
            return self._listed(path, value)
        return self._one(path, value)

    def _listed(self, path: str, values: tuple[Any, ...]) -> str:
        named = ", ".join(self._one(path, value) for value in values[:NAMED_AT_MOST])
        rest = len(values) - NAMED_AT_MOST
        return named if rest <= 0 else f"{named} … (+{rest})"

    def _one(self, path: str, value: Any) -> str:  # noqa: ANN401, PLR0911 — as above; one return a kind of value
        match value:
            case UUID():
                return self.titles(value, self.about.day) or f"…{value.hex[-SHORT:]}"
            case dt.date():
                return day_text(value)
            case Period(start=start, end=end):
                return f"{day_text(start)} – {day_text(end - dt.timedelta(days=1))}"
            case Grade(label=label):
                return label
            case Enum():
                return self._word(path, str(value.value))
            case bool() | None:
                return ""
            case int():
                return number_text(value, self.language)
            case _:
                return self._word(path, str(value))

    def _titled(self, path: str, code: str) -> str:
        """A code by its title in the rule set that the fact cites, which is in Vietnamese; the code behind it."""
        rule_set = getattr(self.fact, "rule_set", None)
        title = None if rule_set is None else self.about.named(rule_set, code)
        return self._word(path, code) if title is None else f"“{title}” ({code})"

    def _word(self, path: str, code: str) -> str:
        """The users' word for a code, where the contract's docstrings have one; in English the code's own words."""
        if not _CODE.fullmatch(code):
            return code
        if self.language is Language.ENGLISH:
            return code.replace("-", " ")
        name = path.rpartition(".")[2]
        return words().get((name, code)) or words().get(("", code)) or code


_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def hundredths(value: int, language: Language) -> str:
    """12,5 for 1250 in Vietnamese, 12.5 in English."""
    whole, rest = divmod(value, 100)
    comma = "," if language is Language.VIETNAMESE else "."
    return number_text(whole, language) + (f"{comma}{rest:02}".rstrip("0") if rest else "")


@cache
def words() -> Mapping[tuple[str, str], str]:
    """(field or nothing, code) → the Vietnamese word, as the contracts' docstrings explain open lists and choices."""
    found: dict[tuple[str, str], str] = {}
    for module in modules():
        choices = {name: cls for name, cls in vars(module).items() if isinstance(cls, type) and issubclass(cls, Enum)}
        for name, text in documented(module).items():
            owner, _, member = name.rpartition(".")
            for term in terms(text):
                if owner in choices:
                    _learn(found, "", str(choices[owner][member].value), term.vietnamese)
                elif term.word:
                    _learn(found, member, term.word, term.vietnamese)
    return found


def _learn(found: dict[tuple[str, str], str], field: str, code: str, word: str) -> None:
    first = word.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip() if not field else word
    found.setdefault((field, code), first)
    found.setdefault(("", code), first)


__all__ = [
    "Circumstances",
    "Part",
    "Spoken",
    "Titles",
    "hundredths",
    "key_of",
    "spoken",
    "templates",
    "values_in",
    "words",
]
