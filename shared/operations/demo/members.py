"""How do people enter the book, and leave it? The facts about persons that several histories share."""

from __future__ import annotations

import datetime as dt
from random import Random

from shared.contracts.membership import (
    MemberAdmittedToParty,
    MemberEntered,
    MemberJoined,
    MemberReferredToParty,
)
from shared.operations.demo.scribe import Posted, Scribe


def entered(scribe: Scribe, person: str, branch: str, day: dt.date, chance: Random) -> Posted:
    """Already a member when the book is opened: the day of admission is known, only its year, or neither."""
    fact: dict[str, object] = {"branch": branch}
    year = day.year - chance.randint(1, 6)
    known = chance.randint(1, 3)
    if known == 1:
        fact["admitted_on"] = dt.date(year, chance.randint(1, 12), chance.randint(1, 28))
    elif known == 2:  # noqa: PLR2004 — one case in three
        fact["admitted_year"] = year
    return scribe.says(MemberEntered, person, day, fact)


def joined(scribe: Scribe, person: str, branch: str, day: dt.date) -> Posted:
    """Admitted by the branch."""
    return scribe.says(MemberJoined, person, day, {"branch": branch})


def referred(scribe: Scribe, person: str, branch: str, day: dt.date) -> Posted:
    """Recommended to the Party by the branch."""
    return scribe.says(MemberReferredToParty, person, day, {"branch": branch})


def to_party(scribe: Scribe, person: str, branch: str, day: dt.date) -> Posted:
    """Admitted to the Party."""
    return scribe.says(MemberAdmittedToParty, person, day, {"branch": branch})
