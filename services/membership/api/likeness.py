"""Which ids may be one person, and how many persons stand in the books of several organisations at once?

Both need what is said of persons, which is read in the clear, compared, and dropped: nothing is kept. Duplicates are
named by ids to those who may read personal details anyway, for a purpose that is written down. Overlap is a count:
identity numbers are compared as hashes under a key that is drawn for one answer and forgotten with it. Whose a book is
is asked of the day: a closed organisation and the one that went on in it are not two.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from services.membership.domain.alike import Described, candidates, overlap
from services.membership.projections.asking import reading
from services.membership.projections.owners import OnBook, on_books
from shared.eventsourcing.errors import Busy, Refused
from shared.personal.details import Known, known
from shared.units.folding import folded
from shared.units.reach import OutOfReach
from shared.units.rights import Right
from shared.web.access import Caller, Needs, Reached
from shared.web.days import plausible_day
from shared.web.personal import Asked, Reader, Why
from shared.web.producer import Producer

MOST: Final = 20_000
"""Persons whose details one question compares."""
FEWEST: Final = 3
"""Fewer persons in common than that are not counted out: in a hamlet a count of one names somebody."""
OVERLAP: Final = Why("overlap", None, sensitive=False)
ONE_DAY: Final = dt.timedelta(days=1)
On = Annotated[dt.date | None, Query(description="Vào ngày; không nêu: hôm nay · On this day; none: today")]

_encode: Final = msgspec.json.Encoder().encode


class TooManyPersons(Refused):
    """More persons than are compared at once: ask for a smaller unit or place."""

    vi = "Quá nhiều người để so trong một lần; hãy hỏi đơn vị hoặc địa bàn nhỏ hơn."


def likeness_router(reader: Reader, producer: Producer) -> APIRouter:
    """`/v1/duplicates` and `/v1/overlap`."""
    door = [Depends(producer.access), Depends(producer.after)]
    router = APIRouter(tags=["members"], dependencies=door)

    @router.get(
        "/v1/duplicates",
        dependencies=[Depends(Needs(Right.PERSONAL))],
        summary="Hồ sơ có thể là một người · Ids that may be one person",
    )
    def duplicates(unit: UUID, poster: Caller, reach: Reached, why: Asked, on: On = None) -> Response:
        day = plausible_day(on or reach.today, "on")
        reach.require_figure(unit, day, day + ONE_DAY)
        stays = [each for each in _stays(reader, unit, day) if reach.opens(each.organisation)]
        kept = {each.person: each.kept for each in stays}
        holders = reader.record(poster, list(kept), why, "duplicates", str(unit))
        described = _described(_known(reader, holders), unit)
        pairs = [pair for pair in candidates(described) if kept[pair[0]] != kept[pair[1]]]
        found = [{"persons": [str(one), str(other)]} for one, other in pairs]
        return _json({"unit": str(unit), "day": day.isoformat(), "compared": len(kept), "candidates": found})

    @router.get(
        "/v1/overlap",
        dependencies=[Depends(Needs(Right.FIGURES))],
        summary="Số người ở nhiều tổ chức cùng lúc · How many persons are in several organisations at once",
    )
    def overlapping(place: UUID, poster: Caller, reach: Reached, on: On = None) -> Response:
        day = plausible_day(on or reach.today, "on")
        if not reach.knowledge.tree.is_place(place) or not (reach.everything or reach.by_territory):
            raise OutOfReach("place")
        reach.require_figure(place, day, day + ONE_DAY)
        stays = _stays(reader, place, day)
        reader.custody.readings.record(OVERLAP.reading(poster, "overlap", str(place), len(stays)))
        found = _described_to(reader, stays)
        counted = overlap(_marks(found))
        return _json(
            {
                "place": str(place),
                "day": day.isoformat(),
                "memberships": _lines(stays),
                "without_identity_number": sum(_number(each) is None for persons in found.values() for each in persons),
                "overlap": [
                    _shared(organisations, count) for organisations, count in sorted(counted.items(), key=_order)
                ],
            }
        )

    return router


def _stays(reader: Reader, above: UUID, day: dt.date) -> list[OnBook]:
    """Who stands on a book under a unit or place on a day, each in each organisation's once. TooManyPersons."""
    with reading(reader.service.runner) as views:
        found = on_books(views, above, day, MOST + 1)
    if len(found) > MOST:
        raise TooManyPersons("unit")
    return found


def _described_to(reader: Reader, stays: Iterable[OnBook]) -> dict[UUID, list[Known]]:
    """Organisation → what it knows of those on its book, also by those that went on in it."""
    persons: dict[UUID, list[UUID]] = defaultdict(list)
    for each in stays:
        persons[each.organisation].append(each.person)
    return {own: _known(reader, reader.heritage.holders(own, theirs)) for own, theirs in persons.items()}


def _known(reader: Reader, holders: Mapping[UUID, Sequence[UUID]]) -> list[Known]:
    """What the holders' logs say of these persons. Busy where this process has no log."""
    log = reader.service.log
    if log is None:
        raise Busy
    return known(log, reader.custody.keys, holders, sensitive=False)


def _described(found: Iterable[Known], unit: UUID) -> Iterator[Described]:
    for each in found:
        if name := each.details.get("full_name"):
            born = each.details.get("birth_year") or _year(each.details.get("birth_date"))
            yield Described(each.person, folded(name), born, unit)


def _year(day: str | None) -> int | None:
    return None if day is None else int(day[:4])


def _marks(found: Mapping[UUID, Sequence[Known]]) -> Iterable[tuple[bytes, UUID]]:
    """The hash of each identity number beside the organisation in whose book it stands, under a key for this once."""
    key = secrets.token_bytes(32)
    return {
        (hmac.digest(key, number.encode(), hashlib.sha256), organisation)
        for organisation, persons in found.items()
        for number in map(_number, persons)
        if number is not None
    }


def _number(person: Known) -> str | None:
    return person.details.get("identity_number")


def _lines(stays: Iterable[OnBook]) -> dict[str, int]:
    """How many persons stand on each organisation's book; ids of one person count once."""
    return dict(sorted(Counter(str(own) for own, _ in {(each.organisation, each.kept) for each in stays}).items()))


def _order(counted: tuple[frozenset[UUID], int]) -> list[UUID]:
    return sorted(counted[0])


def _shared(organisations: frozenset[UUID], count: int) -> dict[str, Any]:
    """How many persons these organisations have in common; a small number is not said."""
    told = {"persons": count} if count >= FEWEST else {"persons": None, "fewer_than": FEWEST}
    return {"organisations": [str(each) for each in sorted(organisations)], **told}


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
