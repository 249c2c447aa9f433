"""Who are the persons of an answer? Names, years of birth, telephones: for a stated purpose, to those with the right.

The views know opaque ids alone. With a purpose the ids of one answer are looked up in the log, all at once, after the
reading was written down; what is not the caller's to read, and what was forgotten, stays an id or bears the mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends

from services.membership.projections.asking import Reading
from services.membership.projections.book import Column
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Busy
from shared.personal.details import FORGOTTEN, Known, known
from shared.units.rights import Right
from shared.web.access import Caller, require_right
from shared.web.personal import Reader, Remark, StatedPurpose, Why, reason

PERSON: Final = "person"
"""The column in which a person stands."""
BIRTH_YEAR: Final = Column("birth_year", "Năm sinh", "Born in")
PHONE: Final = Column("phone", "Điện thoại", "Telephone")
NOT_STORED: Final = {"Cache-Control": "no-store"}


def stated(poster: Caller, purpose: StatedPurpose = None, remark: Remark = None) -> Why | None:
    """A dependency of answers that may name persons: why; none where nobody is to be named."""
    if purpose is None:
        return None
    require_right(poster, Right.PERSONAL)
    return reason(poster, purpose, remark)


Stated = Annotated[Why | None, Depends(stated)]


@dataclass(frozen=True, slots=True)
class Named:
    """What an answer says of a person."""

    full_name: str | None = None
    birth_year: int | None = None
    phone: str | None = None
    forgotten: bool = False

    def shown(self) -> dict[str, Any]:
        """For an answer; who was forgotten bears the mark."""
        if self.forgotten:
            return {"forgotten": True, "mark": FORGOTTEN}
        names = ("full_name", "birth_year", "phone")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def look_up(
    reader: Reader, poster: Poster, ids: Mapping[UUID, Sequence[UUID]], why: Why, what: tuple[str, UUID]
) -> dict[UUID, Named]:
    """Who these persons are, as far as the poster's organisation knows; the reading is recorded first. Busy, blocks.

    `ids`: person → every id under which facts may speak of the person, the one that is kept last. `what` was asked for.
    """
    log = reader.service.log
    if log is None:
        raise Busy
    every = list(dict.fromkeys(each for told in ids.values() for each in told))
    holders = reader.record(poster, every, why, what[0], str(what[1]), count=len(ids))
    found = {each.person: each for each in known(log, reader.custody.keys, holders, sensitive=False)}
    return {person: _named([found[each] for each in told]) for person, told in ids.items()}


def same(views: Reading, persons: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Each of these persons with every id that stands for the same one, the kept id last."""
    found: dict[UUID, list[UUID]] = {person: [] for person in sorted(persons)}
    for given_up, kept in sorted(views.given_up.items()):
        if kept in found and given_up != kept:
            found[kept].append(given_up)
    return {person: [*given_up, person] for person, given_up in found.items()}


def with_names(columns: Sequence[Column], named: Mapping[UUID, Named] | None) -> tuple[Column, ...]:
    """The columns of a table, with year of birth and telephone behind whoever is named in it."""
    more = () if named is None else (BIRTH_YEAR, PHONE)
    return tuple(each for column in columns for each in ((column, *more) if column.name == PERSON else (column,)))


def _named(known_as: Sequence[Known]) -> Named:
    details: dict[str, Any] = {}
    for each in known_as:
        details |= each.details
    if not details:
        return Named(forgotten=any(each.forgotten for each in known_as))
    born = details.get("birth_year") or int(details.get("birth_date", "0")[:4]) or None
    return Named(details.get("full_name"), born, details.get("phone"))
