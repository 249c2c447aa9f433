"""Who may read what of a person? Named roles, within their own line, for a stated purpose; each reading is recorded.

The record of a reading is written before anything is decrypted: what fails half-way was read all the same.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row, select

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Busy
from shared.eventsourcing.service import Service
from shared.personal.custody import Custody
from shared.personal.details import Known, known
from shared.personal.documents import Filed
from shared.personal.keys import Holding
from shared.personal.readings import MOST, Reading
from shared.units.holders import Heritage
from shared.units.lasting import lasting
from shared.units.reach import OutOfReach
from shared.units.rights import Right
from shared.units.tree import Tree
from shared.web import values
from shared.web.access import Access, Caller, Needs, require_right
from shared.web.after import AfterSeen

_encode = msgspec.json.Encoder().encode

_CODE: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_LONGEST_CODE: Final = 60
Purpose = Annotated[
    str,
    Query(
        pattern=_CODE,
        max_length=_LONGEST_CODE,
        description="Mục đích: một từ của đơn vị, không dấu. · Why, as a code: card-printing, annual-review …",
    ),
]
StatedPurpose = Annotated[
    str | None,
    Query(
        pattern=_CODE,
        max_length=_LONGEST_CODE,
        description="Mục đích; có nêu thì hiện họ tên. · Why, as a code; with it persons are named, and it is recorded",
    ),
]
Remark = Annotated[str | None, Query(max_length=200, description="Không nêu tên ai. · Nothing personal.")]
IsSensitive = Annotated[bool, Query(description="Cả dữ liệu nhạy cảm. · Sensitive fields too.")]


@dataclass(frozen=True)
class Reader:
    """What reading needs: the log, its keys, the record, and who is where."""

    service: Service
    custody: Custody
    tree: Callable[[], Tree]
    today: Callable[[], dt.date]

    @property
    def heritage(self) -> Heritage:
        """Whose knowledge of whom went on to whom."""
        return Heritage(self.service.runner, self.tree)

    def person(self, poster: Poster, person: UUID, why: Why) -> Known:
        """One person, as far as the poster's own organisation holds or has inherited anything."""
        if not self.sees(poster, person):
            raise OutOfReach("person")
        return self._read(poster, [person], why, "person", person)[0]

    def scan(self, poster: Poster, sha256: str) -> tuple[UUID, Filed | None]:
        """A scan that the poster's organisation has filed, or one of a person whose details it has inherited; whose."""
        own, documents = poster.organisation, self.custody.documents
        if (filed := documents.find(own, sha256)) is not None:
            return own, filed
        for each in sorted(self.tree().predecessors(own)):
            filed = documents.find(each, sha256)
            if filed and filed.person and each in self.heritage.holders(own, [filed.person])[filed.person]:
                return each, filed
        return own, None

    def sees(self, poster: Poster, person: UUID) -> bool:
        """Whether the person is or was on a book within reach, or, for a whole line, is known to it at all."""
        holders = self.heritage.holders(poster.organisation, [person])[person]
        rows = self._stays(holders, poster, person)
        if poster.roots:
            return any(self._lies_within(poster, row) for row in rows)
        holdings, keys = [Holding(each, person) for each in holders], self.custody.keys
        return bool(rows or keys.keys(holdings) or keys.forgotten(holdings))

    def branch(
        self, poster: Poster, branch: UUID, day: dt.date, page: tuple[UUID | None, int], why: Why
    ) -> list[Known]:
        """Everybody on a branch's book on a day, by id; before it was taken over, too."""
        tree = self.tree()
        owner = None if tree.is_place(branch) else tree.owner(branch, day)
        own = poster.organisation == owner or (
            owner is not None
            and tree.follows(poster.organisation, owner)
            and tree.ever_owned(poster.organisation, branch)
        )
        if not own or not self._within(poster, branch, [day]):
            raise OutOfReach("branch")
        return self._read(poster, self._roster(branch, day, *page), why, "branch", branch)

    def _read(self, poster: Poster, persons: list[UUID], why: Why, what: str, scope: UUID) -> list[Known]:
        if self.service.log is None:
            raise Busy
        holders = self.record(poster, persons, why, what, str(scope))
        return known(self.service.log, self.custody.keys, holders, sensitive=why.sensitive)

    def record(
        self, poster: Poster, persons: Sequence[UUID], why: Why, what: str, scope: str, *, count: int | None = None
    ) -> dict[UUID, tuple[UUID, ...]]:
        """Write down that these are read, before they are; id → whose knowledge of the person is read.

        `count`: how many persons they are, where some ids are of one.
        """
        found = self.heritage.holders(poster.organisation, persons)
        holders = {person: found[person] for person in persons}
        inherited = sorted({each for told in holders.values() for each in told} - {poster.organisation})
        reading = why.reading(poster, what, scope, len(persons) if count is None else count)
        self.custody.readings.record(replace(reading, inherited=tuple(inherited)))
        return holders

    def _stays(self, holders: Sequence[UUID], poster: Poster, person: UUID) -> list[Row[Any]]:
        """The person's time on the books of its holders; of an inherited one only where that was taken over."""
        roster = self.service.runner.generation.metadata.tables["roster"]
        query = select(roster).where(roster.c.person == person, roster.c.organisation.in_(holders))
        with self.service.runner.generation.store.read() as connection:
            found = list(connection.execute(query))
        own, tree = poster.organisation, self.tree()
        return [each for each in found if each.organisation == own or tree.ever_owned(own, each.branch)]

    def _roster(self, branch: UUID, day: dt.date, after: UUID | None, limit: int) -> list[UUID]:
        roster = self.service.runner.generation.metadata.tables["roster"]
        query = select(roster.c.person).distinct().where(roster.c.branch == branch, lasting(roster, day))
        if after is not None:
            query = query.where(roster.c.person > after)
        with self.service.runner.generation.store.read() as connection:
            return list(connection.execute(query.order_by(roster.c.person).limit(limit)).scalars())

    def _lies_within(self, poster: Poster, stay: Row[Any]) -> bool:
        return self._within(poster, stay.branch, [stay.start_day, stay.end_day or self.today()])

    def _within(self, poster: Poster, branch: UUID, days: Iterable[dt.date]) -> bool:
        tree = self.tree()
        return not poster.roots or any(tree.under(branch, root, day) for root in poster.roots for day in days)


@dataclass(frozen=True, slots=True)
class Why:
    """What is asked for, and why."""

    purpose: str
    remark: str | None
    sensitive: bool

    def reading(self, poster: Poster, what: str, scope: str, persons: int) -> Reading:
        """The record of it, as of now."""
        return Reading(
            at=time.time_ns() // 1_000,
            organisation=poster.organisation,
            credential=poster.credential,
            role=str(poster.role),
            what=what,
            scope=scope,
            persons=persons,
            sensitive=self.sensitive,
            purpose=self.purpose,
            remark=self.remark,
        )


def reason(poster: Caller, purpose: Purpose, remark: Remark = None, *, sensitive: IsSensitive = False) -> Why:
    """A dependency of every reading: why, and whether sensitive fields are asked for by somebody who may see them."""
    if sensitive:
        require_right(poster, Right.SENSITIVE)
    return Why(purpose, None if remark is None else values.text(remark, "remark", longest=200), sensitive)


Asked = Annotated[Why, Depends(reason)]


def personal_router(reader: Reader, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/persons/…/details`, `/v1/branches/…/persons`, `/v1/access-log`."""
    router = APIRouter(tags=["personal"], dependencies=[Depends(access), Depends(after)])
    clear = [Depends(Needs(Right.PERSONAL))]

    @router.get(
        "/v1/persons/{person}/details", dependencies=clear, summary="Thông tin một người · What is held of one person"
    )
    def one(person: UUID, poster: Caller, why: Asked) -> Response:
        return _json({**reader.person(poster, person, why).shown(), "purpose": why.purpose})

    @router.get(
        "/v1/branches/{branch}/persons",
        dependencies=clear,
        summary="Danh sách chi đoàn, chi hội · A branch's list with details",
    )
    def listed(
        branch: UUID,
        poster: Caller,
        why: Asked,
        day: dt.date | None = None,
        after: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> Response:
        found = reader.branch(poster, branch, day or reader.today(), (after, limit), why)
        following = str(found[-1].person) if len(found) == limit else None
        return _json({"persons": [each.shown() for each in found], "next": following, "purpose": why.purpose})

    @router.get(
        "/v1/access-log",
        dependencies=[Depends(Needs(Right.READINGS))],
        summary="Ai đã xem dữ liệu cá nhân · Who has read personal fields, when and why",
    )
    def record(
        poster: Caller,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> Response:
        return _json(
            {"readings": [_shown(each) for each in reader.custody.readings.of(poster.organisation, after, limit)]}
        )

    @router.post(
        "/v1/person-keys/rewrap",
        dependencies=[Depends(Needs(Right.ADMINISTER))],
        summary="Bọc lại mọi khóa bằng khóa chủ mới · Wrap every key under the first master key",
    )
    def rewrap() -> Response:
        first, count = reader.custody.rotate()
        return _json({"master": first, "rewrapped": count})

    return router


def _shown(reading: Reading) -> dict[str, Any]:
    return {
        "number": reading.number,
        "at": recorded_text(reading.at),
        "credential": str(reading.credential),
        "role": reading.role,
        "what": reading.what,
        "scope": reading.scope,
        "persons": reading.persons,
        "sensitive": reading.sensitive,
        "purpose": reading.purpose,
        "remark": reading.remark,
        "inherited": [str(each) for each in reading.inherited],
    }


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
