"""What did the service answer? A receipt for each fact, or a problem with a name; an error of its own for each kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

Json = dict[str, Any]
TRY_AGAIN: Final = frozenset({408, 424, 429, 500, 502, 503, 504})
"""Answers that leave a fact as it was: it may be sent again unchanged."""
_KNOWN: Final = ("status", "code", "title", "title_en", "field", "type")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a fact stands for ever: the service, the organisation's log, its place there and the event's hash."""

    service: str
    organisation: str
    sequence: int
    hash: str

    @property
    def after(self) -> str:
        """As `Nennep-After` names it."""
        return f"{self.service}/{self.organisation}/{self.sequence}/{self.hash}"

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Receipt:
        """As a service writes it. KeyError or ValueError for anything else."""
        return cls(str(said["service"]), str(said["organisation"]), int(said["sequence"]), str(said["hash"]))

    def as_json(self) -> Json:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Posted:
    """A fact that stands: its id, its receipt, and whether it had been there before."""

    id: str
    receipt: Receipt
    already: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not done (RFC 9457): `code` never changes and is what programs compare."""

    status: int
    code: str
    title: str = ""
    """In Vietnamese, for users."""
    title_en: str = ""
    field: str | None = None
    """The path of the field that is to blame."""
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, said: object, status: int) -> Problem:
        """What a body says; of a body that is none of ours, the status alone."""
        if not isinstance(said, dict) or not isinstance(said.get("code"), str):
            return cls(status, f"http-{status}")
        named, stated = said.get("field"), said.get("status")
        return cls(
            stated if isinstance(stated, int) else status,
            said["code"],
            str(said.get("title", "")),
            str(said.get("title_en", "")),
            named if isinstance(named, str) else None,
            {name: value for name, value in said.items() if name not in _KNOWN},
        )

    @property
    def passes(self) -> bool:
        """Whether the same fact may be sent again unchanged, later."""
        return self.status in TRY_AGAIN

    def as_json(self) -> Json:
        """As it is kept."""
        shown = {"status": self.status, "code": self.code, "title": self.title, "title_en": self.title_en}
        return {**shown, **({} if self.field is None else {"field": self.field}), **self.more}

    def error(self) -> Refused:
        """The error that says it."""
        kinds = {400: Unreadable, 401: NotAllowed, 403: NotAllowed, 409: Conflict, 412: Stale, 413: Unreadable}
        return (Again if self.passes else kinds.get(self.status, Refused))(self)


class Refused(Exception):
    """The service said no; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        words = (problem.status, problem.code, problem.title, problem.title_en, problem.field)
        super().__init__(" · ".join(str(word) for word in words if word))
        self.problem = problem


class Unreadable(Refused):
    """What was sent cannot be read, or is too large (400, 413)."""


class NotAllowed(Refused):
    """The key is missing, unknown, revoked, or has no right to this (401, 403)."""


class Conflict(Refused):
    """The id stands with other content, or a fact was replaced already (409)."""


class Stale(Refused):
    """The stream is not at the expected version (412)."""


class Again(Refused):
    """The service is busy, or has not seen something yet, beyond all patience (408, 429, 5xx)."""


class Unreachable(Exception):
    """No answer came, beyond all patience; whether the facts stand is unknown, and sending them again is harmless."""
