"""Which organisations, places and units are there? What founds, names, moves, merges, splits and ends them.

Every change has a day of legal effect, and may have a later first day of operation.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import (
    Code,
    Day,
    Name,
    PlaceId,
    ScopeId,
    UnitId,
)


class Body(StrEnum):
    """What sort of body owns a log."""

    OPERATOR = "operator"
    """Who runs the deployment: registers organisations, issues their first credentials (đơn vị vận hành)."""
    ORGANISATION = "organisation"
    """A mass organisation with a line of its own (tổ chức, đoàn thể)."""
    TERRITORIAL_BODY = "territorial-body"
    """A body that rates, visits, commends across organisations (cấp ủy, UBND, Ban Dân vận, MTTQ)."""


@event("vn.nennep.membership.organisation-registered.v1", aggregate="organisation")
class OrganisationRegistered(Event):
    """An organisation may post from now on (tổ chức, đoàn thể; cấp ủy, UBND, Dân vận, MTTQ). Subject: its id.

    Posted by the operator.
    """

    title: Name
    kind: Code
    """Open list: womens-union, youth-union, farmers-union, veterans, trade-union, party-committee …"""
    body: Body
    province: PlaceId | None = None


class Level(StrEnum):
    """Where a place stands in the territory; which levels exist between is a matter of the date."""

    PROVINCE = "province"
    """Province or city under the centre (tỉnh, thành phố trực thuộc trung ương)."""
    DISTRICT = "district"
    """Until 30 June 2025 (huyện, thị xã, thành phố thuộc tỉnh)."""
    COMMUNE = "commune"
    """Rural commune, ward, township, special zone (xã, phường, thị trấn, đặc khu)."""
    LOCALITY = "locality"
    """What lies below the commune (ấp, khóm, thôn, tổ dân phố, khu phố)."""


@event("vn.nennep.membership.territory-declared.v1", aggregate="unit", effect="effective", order_keys=("parent",))
class TerritoryDeclared(Event):
    """A place exists from a day on: province … hamlet, khu phố (địa bàn). Subject: the place's id."""

    title: Name
    level: Level
    kind: Code
    """Vietnamese, an open list: tinh, huyen, xa, phuong, thi-tran, dac-khu, ap, khom, thon, ban, buon, khu-pho …"""
    parent: PlaceId | None = None
    """The place around it; none for a province."""
    effective: Day
    code: Code | None = None
    """The code under which reference data know it."""
    decree: Name | None = None
    """The legal act, in the users' words."""


@event("vn.nennep.membership.unit-founded.v1", aggregate="unit", effect="effective", order_keys=("parent",))
class UnitFounded(Event):
    """A unit of an organisation's line exists (thành lập chi đoàn, chi hội, đoàn/hội cơ sở …). Subject: its id."""

    title: Name
    kind: Code
    """Open list: province-body, district-body, base-unit (đoàn cơ sở, hội cơ sở), branch (chi đoàn, chi hội),
    base-branch (chi đoàn cơ sở), sub-branch (tổ hội, phân hội, phân đoàn), front-board (Ban công tác Mặt trận) …"""
    parent: UnitId | None = None
    """The unit above; none for the root of the organisation."""
    territory: PlaceId | None = None
    """The place in which it works: a hamlet for most branches."""
    effective: Day
    operating: Day | None = None
    """First day of operation, where it is not the day of legal effect (ngày đi vào hoạt động)."""


@event("vn.nennep.membership.unit-renamed.v1", aggregate="unit", effect="effective")
class UnitRenamed(Event):
    """A unit or a place bears another name from a day on (đổi tên)."""

    title: Name
    effective: Day


@event("vn.nennep.membership.place-reclassified.v1", aggregate="unit", effect="effective")
class PlaceReclassified(Event):
    """A place is of another kind from a day on, at the same level (xã thành phường, tỉnh thành thành phố).

    Its name is another matter, told by `unit-renamed`. Subject: the place's id.
    """

    kind: Code
    """As in `territory-declared`."""
    effective: Day


@event("vn.nennep.membership.unit-moved.v1", aggregate="unit", effect="effective", order_keys=("parent",))
class UnitMoved(Event):
    """A unit stands under another unit, or works in another place, from a day on (chuyển về trực thuộc)."""

    parent: ScopeId
    territory: PlaceId | None = None
    """The new place; none leaves the place as it was."""
    effective: Day
    operating: Day | None = None


@event("vn.nennep.membership.unit-merged.v1", aggregate="unit", effect="effective", order_keys=("sources",))
class UnitMerged(Event):
    """The sources end and go on in the subject, which exists on that day (sáp nhập, hợp nhất)."""

    sources: Annotated[tuple[ScopeId, ...], Field(min_length=1, max_length=200)]
    effective: Day
    operating: Day | None = None


class Side(Part):
    """Which part of a split a child goes to."""

    child: ScopeId
    """A unit or place below the one that is split."""
    part: ScopeId
    """One of the parts."""


@event("vn.nennep.membership.unit-split.v1", aggregate="unit", effect="effective", order_keys=("parts",))
class UnitSplit(Event):
    """The subject is divided into parts (chia tách). A child that names no side waits above the parts."""

    parts: Annotated[tuple[ScopeId, ...], Field(min_length=1, max_length=200)]
    whole: bool
    """True: the subject ends. False: it goes on beside the parts that were taken out of it."""
    sides: Annotated[tuple[Side, ...], Field(max_length=2000)] = ()
    effective: Day
    operating: Day | None = None


@event("vn.nennep.membership.unit-dissolved.v1", aggregate="unit", effect="effective")
class UnitDissolved(Event):
    """The subject ends without going on in another (giải thể)."""

    effective: Day
