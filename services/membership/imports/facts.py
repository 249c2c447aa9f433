"""Which facts does a row become? Events as any sender would post them, with ids that a repeat gives again."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from services.membership.imports.layout import CAUSES
from services.membership.imports.register import Job
from services.membership.imports.rows import Row

ENTERED: Final = "vn.nennep.membership.member-entered.v1"
JOINED: Final = "vn.nennep.membership.member-joined.v1"
DESCRIBED: Final = "vn.nennep.membership.person-described.v1"
CORRECTED: Final = "vn.nennep.membership.fact-corrected.v1"
VOIDED: Final = "vn.nennep.membership.fact-voided.v1"
SOURCE: Final = "/nennep/import"

_encode = msgspec.json.Encoder().encode


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent of a row, as much as it takes to take it back."""

    sheet: int
    place: int
    id: UUID
    subject: UUID
    type: str
    occurred: str
    before: dict[str, Any] | None = None
    """Of a correction: the fact as it was."""
    root: UUID | None = None
    """Of a correction: the event at the root of its chain."""
    organisation: UUID | None = None
    """Of a correction: in whose log the root stands; none: the poster's own."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event to be posted."""

    sent: Sent
    body: bytes


def id_of(job: UUID, row: Row, what: str) -> UUID:
    """The id of one thing of a row: the same whenever the import is done again."""
    return uuid5(job, f"{row.sheet}/{row.place}/{what}")


def arrival(job: Job, row: Row, person: UUID, *, personal: bool) -> Line:
    """The member is on the book, or was admitted on the day that the row says."""
    fact: dict[str, Any] = {"branch": str(row.branch)}
    if row.joined and isinstance(row.admitted, dt.date):
        name, day = JOINED, row.admitted
    else:
        name, day = ENTERED, job.day
        fact |= admission(row)
    return _line(job, row, "arrival", person, name, day.isoformat(), fact, row.details if personal else None)


def admission(row: Row) -> dict[str, Any]:
    """What a row says of when the member was admitted."""
    match row.admitted:
        case dt.date():
            return {"admitted_on": row.admitted.isoformat()}
        case int():
            return {"admitted_year": row.admitted}
        case _:
            return {}


def departure(job: Job, row: Row, person: UUID) -> Line:
    """The membership ended as the row says."""
    if row.left is None or row.cause is None:
        message = "a departure without day or cause"
        raise ValueError(message)
    cause = CAUSES[row.cause]
    fact = {"branch": str(row.branch)} | ({} if cause.code is None else {"cause": cause.code})
    return _line(job, row, "departure", person, f"vn.nennep.membership.{cause.fact}.v1", row.left.isoformat(), fact)


def description(job: Job, row: Row, person: UUID) -> Line:
    """What is personal has changed."""
    fact = {"branch": str(row.branch)}
    return _line(job, row, "description", person, DESCRIBED, job.day.isoformat(), fact, row.details)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The fact by which somebody is on the book, and what a correction of it must name."""

    organisation: UUID
    root: UUID
    last: UUID
    type: str
    occurred: str
    fact: dict[str, Any]


def correction(job: Job, row: Row, person: UUID, entry: Standing) -> Line:
    """The book says another day of admission than the row."""
    fact = {"branch": entry.fact["branch"], **admission(row)}
    return corrected(job, row, person, entry, fact, "correction")


def corrected(job: Job, row: Row, person: UUID, entry: Standing, fact: dict[str, Any], what: str) -> Line:
    """The whole new fact in the place of the old one."""
    id = id_of(job.id, row, what)
    sent = Sent(
        sheet=row.sheet, place=row.place, id=id, subject=person, type=CORRECTED, occurred=entry.occurred,
        before=entry.fact, root=entry.root, organisation=entry.organisation,
    )  # fmt: skip
    chain = f"{entry.organisation}/{entry.root}/{entry.last}"
    return Line(sent=sent, body=_body(job, sent, {"type": entry.type, "fact": fact}, corrects=chain))


def voiding(job: Job, sent: Sent) -> bytes:
    """What was sent no longer counts."""
    again = msgspec.structs.replace(sent, id=uuid5(sent.id, "undo"), type=VOIDED)
    chain = f"{job.poster.organisation}/{sent.id}/{sent.id}"
    return _body(job, again, {"type": sent.type}, corrects=chain)


def restoring(job: Job, sent: Sent) -> bytes:
    """The fact is again what it was before the import corrected it."""
    again = msgspec.structs.replace(sent, id=uuid5(sent.id, "undo"))
    chain = f"{sent.organisation or job.poster.organisation}/{sent.root}/{sent.id}"
    return _body(job, again, {"type": ENTERED, "fact": sent.before or {}}, corrects=chain)


def _line(  # noqa: PLR0913, PLR0917 — the attributes of an event
    job: Job, row: Row, what: str, person: UUID, name: str, day: str, fact: dict[str, Any],
    details: dict[str, str | int] | None = None,
) -> Line:  # fmt: skip
    id = id_of(job.id, row, what)
    sent = Sent(sheet=row.sheet, place=row.place, id=id, subject=person, type=name, occurred=day)
    return Line(sent=sent, body=_body(job, sent, fact, details))


def _body(
    job: Job, sent: Sent, fact: dict[str, Any], details: dict[str, str | int] | None = None, **more: str
) -> bytes:
    data: dict[str, Any] = {"fact": fact}
    if details:
        data["personal"] = {str(sent.subject): details}
    return _encode(
        {
            "specversion": "1.0",
            "id": str(sent.id),
            "source": SOURCE,
            "type": sent.type,
            "subject": str(sent.subject),
            "occurred": sent.occurred,
            "correlation": str(job.id),
            **more,
            "data": data,
        }
    )
