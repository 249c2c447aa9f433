"""In which small country do rules meet their cases? One province, three organisations, an operator and a committee.

Everything stands since 2015 unless a test adds to it. The Women's Union has a line of five levels: province, district,
commune, two branches in two hamlets, and a sub-branch in the first; the Youth Union one branch; the Front one board.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shared.contracts.event import Event, calendar_day
from shared.contracts.membership import (
    Body,
    Level,
    MemberJoined,
    OrganisationRegistered,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
)
from tests.support.posts import Post, id_of

SINCE: Final = "2015-01-01"
DAY: Final = "2022-05-31"
"""The day of most facts in tests."""

OPERATOR, WOMEN, YOUTH, FRONT, PARTY = (id_of(f"organisation/{name}") for name in ("van-hanh", "pn", "tn", "mt", "cu"))

PROVINCE, DISTRICT, COMMUNE, OTHER_COMMUNE, HAMLET, OTHER_HAMLET = (
    id_of(f"place/{name}") for name in ("tinh", "huyen", "xa-1", "xa-2", "ap-1", "ap-2")
)
WOMEN_PROVINCE, WOMEN_DISTRICT, WOMEN_COMMUNE, BRANCH, OTHER_BRANCH, SUB_BRANCH = (
    id_of(f"unit/pn/{name}") for name in ("tinh", "huyen", "xa", "chi-hoi-1", "chi-hoi-2", "to-1")
)
YOUTH_PROVINCE, YOUTH_BRANCH = id_of("unit/tn/tinh"), id_of("unit/tn/chi-doan")
FRONT_PROVINCE, FRONT_BOARD = id_of("unit/mt/tinh"), id_of("unit/mt/ban-cong-tac")
COMMITTEE: Final = id_of("unit/cu/huyen")
NOWHERE: Final = id_of("unit/unknown")
"""A unit that nobody has founded."""
LAN, HOA = id_of("person/lan"), id_of("person/hoa")


def says(fact: Event, about: UUID, *, on: str = DAY, by: UUID = WOMEN) -> Post:
    """Post a fact."""
    return Post(fact, about, on, by)


def registered(organisation: UUID, kind: str, body: Body = Body.ORGANISATION) -> Post:
    """An organisation of the province."""
    fact = OrganisationRegistered(title="Hội", kind=kind, body=body, province=PROVINCE)
    return says(fact, organisation, on=SINCE, by=OPERATOR)


def declared(place: UUID, level: Level, parent: UUID | None, *, since: str = SINCE) -> Post:
    """A place of the territory."""
    fact = TerritoryDeclared(title="Nơi", level=level, kind="noi", parent=parent, effective=calendar_day(since))
    return says(fact, place, on=since, by=OPERATOR)


def founded(
    unit: UUID,
    kind: str,
    parent: UUID | None,
    *,
    territory: UUID | None = HAMLET,
    since: str = SINCE,
    by: UUID = WOMEN,
) -> Post:
    """A unit of a line."""
    day = calendar_day(since)
    fact = UnitFounded(title="Đơn vị", kind=kind, parent=parent, territory=territory, effective=day)
    return says(fact, unit, on=since, by=by)


def dissolved(unit: UUID, since: str, *, by: UUID = WOMEN) -> Post:
    """The end of a unit."""
    return says(UnitDissolved(effective=calendar_day(since)), unit, on=since, by=by)


def merged(target: UUID, *sources: UUID, since: str, by: UUID = WOMEN) -> Post:
    """Units that go on in another."""
    return says(UnitMerged(sources=sources, effective=calendar_day(since)), target, on=since, by=by)


def joined(person: UUID, branch: UUID, on: str, *, by: UUID = WOMEN) -> Post:
    """An admission."""
    return says(MemberJoined(branch=branch), person, on=on, by=by)


LANDSCAPE: Final[tuple[Post, ...]] = (
    declared(PROVINCE, Level.PROVINCE, None),
    declared(DISTRICT, Level.DISTRICT, PROVINCE),
    declared(COMMUNE, Level.COMMUNE, DISTRICT),
    declared(OTHER_COMMUNE, Level.COMMUNE, DISTRICT),
    declared(HAMLET, Level.LOCALITY, COMMUNE),
    declared(OTHER_HAMLET, Level.LOCALITY, COMMUNE),
    registered(OPERATOR, "operator", Body.OPERATOR),
    registered(WOMEN, "womens-union"),
    registered(YOUTH, "youth-union"),
    registered(FRONT, "fatherland-front"),
    registered(PARTY, "party-committee", Body.TERRITORIAL_BODY),
    founded(WOMEN_PROVINCE, "province-body", None, territory=PROVINCE),
    founded(WOMEN_DISTRICT, "district-body", WOMEN_PROVINCE, territory=DISTRICT),
    founded(WOMEN_COMMUNE, "base-unit", WOMEN_DISTRICT, territory=COMMUNE),
    founded(BRANCH, "branch", WOMEN_COMMUNE),
    founded(OTHER_BRANCH, "branch", WOMEN_COMMUNE, territory=OTHER_HAMLET),
    founded(SUB_BRANCH, "sub-branch", BRANCH),
    founded(YOUTH_PROVINCE, "province-body", None, territory=PROVINCE, by=YOUTH),
    founded(YOUTH_BRANCH, "branch", YOUTH_PROVINCE, by=YOUTH),
    founded(FRONT_PROVINCE, "province-body", None, territory=PROVINCE, by=FRONT),
    founded(FRONT_BOARD, "front-board", FRONT_PROVINCE, by=FRONT),
    founded(COMMITTEE, "committee", None, territory=DISTRICT, by=PARTY),
)
