"""What is told to a sender whose request cannot be served? A problem: status, stable code, field, never his input."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from shared.eventsourcing.errors import Answered
from shared.web.titles import BY_A_RULE, TITLES, Title

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
TRY_AGAIN: Final = frozenset({429, 503})
"""Statuses after which the same request may succeed unchanged."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 9457 problem. `field` is a path in our own words; what the sender wrote never stands in it."""

    status: int
    code: str
    field: str | None = None
    line: int | None = None
    """On which line of a posted text of several lines the field stands."""
    event: UUID | None = None
    """The id of the posted line that it is about, where that could be read."""
    rule: Title | None = None
    """The sentence of a service's own rule, for codes that the catalogue does not know."""
    values: Mapping[str, str] = NOTHING
    """What the answer says beside the code, e.g. the digest of the content that holds an id."""

    def details(self) -> dict[str, str | int]:
        """The members of the answer, in their fixed order."""
        title = TITLES.get(self.code) or self.rule or BY_A_RULE
        details: dict[str, str | int] = {
            "type": f"urn:nennep:problem:{self.code}",
            "title": title.vietnamese,
            "title_en": title.english,
            "status": self.status,
            "code": self.code,
        }
        if self.field is not None:
            details["field"] = self.field
        if self.line is not None:
            details["line"] = self.line
        for name, value in self.values.items():
            details.setdefault(name, value)
        return details


class TurnedAway(Exception):
    """A request, or one line of it, ends here with a problem."""

    def __init__(
        self, status: int, code: str, field: str | None = None, *, headers: Mapping[str, str] = NOTHING
    ) -> None:
        super().__init__(code, field)
        self.problem = Problem(status=status, code=code, field=field)
        self.headers = headers


def problem_of(answer: Answered, *, field: str | None = None, event: UUID | None = None) -> Problem:
    """The problem that a rule's answer becomes; `field` overrides the path that the rule gave."""
    return Problem(
        status=answer.status,
        code=answer.code,
        field=answer.field if field is None else field,
        event=event,
        rule=_rule(answer),
        values=answer.values,
    )


def _rule(answer: Answered) -> Title | None:
    """A rule says itself what it says: in Vietnamese by `vi`, in English by its docstring's first line."""
    english = inspect.cleandoc(type(answer).__doc__ or "").partition("\n")[0]
    return Title(answer.vi or BY_A_RULE.vietnamese, english) if english else None
