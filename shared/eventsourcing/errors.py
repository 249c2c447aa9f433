"""What can go wrong, and whose turn is it then? One tree; the web maps it to answers in one place."""

from __future__ import annotations

import re
from typing import ClassVar


class Answered(Exception):
    """Base of all that is answered to a sender: a status, a stable code, and the field it is about."""

    status: ClassVar[int]
    code: ClassVar[str]
    vi: ClassVar[str] = ""
    """The sentence for users in Vietnamese; the first line of the docstring is the English one."""

    def __init_subclass__(cls) -> None:
        """Derive the code from the class's name: `BranchNotAlive` is `branch-not-alive`."""
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()

    def __init__(self, field: str | None = None, **values: str) -> None:
        super().__init__(self.code, field)
        self.field = field
        self.values = values
        """What the answer says beside the code; never what the sender had sent."""


class Refused(Answered):
    """A rule said no. Nothing is stored or remembered; the same id may come again."""

    status = 422
    foreign: ClassVar[bool] = False
    """True when the rule rests on what another service said: without its newest events, ask again instead."""


class Conflict(Answered):
    """Somebody, or the sender himself, was there before."""

    vi = "Đã có người ghi trước."

    status = 409


class IdTaken(Conflict):
    """The id stands in the log with other content; `digest` is that of the first."""


class AlreadyReplaced(Conflict):
    """The event that the correction names is not the last of its chain."""


class StaleVersion(Conflict):
    """The stream is not at the version that the sender expected."""

    status = 412


class NotSeenYet(Answered):
    """Rests on an event of another log that has not arrived here; try again."""

    status = 503


class Busy(Answered):
    """The organisation's queue is full, or the store is locked or out of space; try again."""

    status = 503


class Unreadable(Exception):
    """A stored event does not decode. An audit replay stops at it; live it is parked."""


class UnknownVersion(Unreadable):
    """A version of a known event that this program is too old for."""


class ChainBroken(Exception):
    """A hash, a previous hash or a sequence does not fit: whoever reads stops here."""
