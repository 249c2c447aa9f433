"""Is a written rule set fit to be adopted? Read, held against the contract, linted; each finding with its line."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from services.ratings.domain.rules.findings import SAYS, Finding, Path
from services.ratings.domain.rules.lint import lint
from services.ratings.domain.rules.page import IN_HUNDREDTHS, Page, Unreadable, read_page
from shared.contracts.event import ValidationError
from shared.contracts.ratings import RuleSetAdopted

NAMED: Final = "rule_set"
"""Beside the fields of the fact: the id under which the rule set is adopted."""
_COHERENT: Final = {
    "grades": ("grades-mixed", ("rules", "grades")),
    "a criterion": ("duplicate", ("rules", "criteria")),
    "thresholds": ("thresholds-overlap", ("rules", "thresholds")),
}
"""By the first words of what the contract says of a whole document."""


class Told(NamedTuple):
    """A finding as it is told: where, what, and whether it keeps the rule set from being adopted."""

    line: int
    place: str
    code: str
    vi: str
    en: str
    grave: bool


class Sheet(NamedTuple):
    """A written rule set that was looked at."""

    findings: tuple[Told, ...]
    rule_set: UUID | None = None
    fact: RuleSetAdopted | None = None
    """None where it does not keep the contract."""

    @property
    def sound(self) -> bool:
        """Whether it can be adopted."""
        return self.fact is not None and not any(found.grave for found in self.findings)


def read_sheet(content: bytes) -> Sheet:
    """A rule set as somebody wrote it, with all that is wrong. Never raises, whatever the bytes."""
    try:
        page = read_page(content)
    except Unreadable as error:
        return Sheet((_told(error.finding, error.line),))
    if not isinstance(page.value, dict):
        return Sheet((_told(Finding("not-a-fact", ()), 1),))
    said = {name: value for name, value in page.value.items() if name != NAMED}
    rule_set = _id(page.value.get(NAMED))
    wrong = [Finding("not-a-fact", (NAMED,))] if rule_set is None and NAMED in page.value else []
    try:
        fact = RuleSetAdopted.model_validate_json(msgspec.json.encode(said))
    except ValidationError as error:
        return Sheet(_all(page, [*wrong, *_broken(error)]), rule_set)
    except UnicodeEncodeError:
        # Half of a pair of code units, written as an escape: no text at all.
        return Sheet((_told(Finding("unreadable", ()), 1),))
    found = [finding._replace(path=("rules", *finding.path)) for finding in lint(fact.rules)]
    return Sheet(_all(page, [*wrong, *found]), rule_set, fact)


def schema() -> dict[str, Any]:
    """The JSON Schema of a written rule set: the fact, its id, and numbers as people write them."""
    written = RuleSetAdopted.model_json_schema()
    for part in (written, *written["$defs"].values()):
        for name, field in part.get("properties", {}).items():
            if name in IN_HUNDREDTHS:
                readable = {"type": "string", "pattern": "^[0-9]{1,9}([.,][0-9]{1,2})? ?(%|điểm|points)$"}
                part["properties"][name] = {"anyOf": [field, readable]}
    written["properties"] = {NAMED: {"type": "string", "format": "uuid"}, **written["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **written, "title": "Bộ tiêu chí · A rule set"}


def _broken(error: ValidationError) -> list[Finding]:
    """What the contract says, each at its field; a whole document that does not fit says where by its words."""
    found = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        words = each["msg"].removeprefix("Value error, ")
        coherent = next((says for start, says in _COHERENT.items() if words.startswith(start)), None)
        code, path = coherent if coherent is not None and each["loc"] == ("rules",) else ("not-a-fact", each["loc"])
        found.append(Finding(code, path))
    return found


def _all(page: Page, findings: list[Finding]) -> tuple[Told, ...]:
    return tuple(sorted((_told(each, page.line(each.path), page) for each in findings), key=lambda each: each.line))


def _told(finding: Finding, line: int, page: Page | None = None) -> Told:
    """Unknown names are the writer's own text: the path ends before them."""
    known = finding._replace(path=_known(finding.path)) if page is not None else finding
    return Told(line, known.place(), finding.code, *SAYS[finding.code], grave=finding.grave)


def _known(path: Path) -> Path:
    for end, step in enumerate(path):
        if isinstance(step, str) and step not in FIELDS:
            return path[:end]
    return path


def _fields(schema: dict[str, Any]) -> frozenset[str]:
    parts = [schema, *schema["$defs"].values()]
    return frozenset(name for part in parts for name in part.get("properties", {}))


FIELDS: Final = _fields(RuleSetAdopted.model_json_schema()) | {NAMED}
"""Every name that a written rule set may use."""


def _id(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
