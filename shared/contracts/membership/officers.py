"""Who holds which post, and with which plan? Officers elected, their terms, and the plan that each registers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Period,
    PersonId,
    UnitId,
)

Year = Annotated[int, Field(ge=1930, le=9998)]
"""A calendar year."""


@event("vn.nennep.membership.officer-elected.v1", aggregate="officer", order_keys=("person",))
class OfficerElected(Event):
    """A person holds a post of a unit from this day (bầu, chỉ định vào ban chấp hành). Subject: the unit.

    One person may hold several posts. Who heads a branch is said by `branch-head-took-office`.
    """

    unit: UnitId
    person: PersonId
    post: Code
    """Open list: committee-member (ủy viên ban chấp hành), deputy (phó), secretary (bí thư), chair (chủ tịch) …"""
    term: Period | None = None
    """The term of the committee (nhiệm kỳ); its end ends no post by itself."""
    full_time: bool = False
    """Full-time cadre (chuyên trách)."""


@event("vn.nennep.membership.officer-left.v1", aggregate="officer", order_keys=("person",))
class OfficerLeft(Event):
    """The person no longer holds the post (thôi giữ chức vụ). Subject: the unit."""

    unit: UnitId
    person: PersonId
    post: Code


@event("vn.nennep.membership.plan-registered.v1", aggregate="plan", order_keys=("unit",))
class PlanRegistered(Event):
    """An officer registered the plan of a year (đăng ký kế hoạch tu dưỡng, rèn luyện). Subject: the officer."""

    unit: UnitId
    """Where the person heads or holds office."""
    year: Year


class Assessor(StrEnum):
    """Who assesses a plan; both words stand side by side."""

    SELF = "self"
    """The officer (tự đánh giá)."""
    SUPERIOR = "superior"
    """The direct superior (cấp trên trực tiếp đánh giá)."""


@event("vn.nennep.membership.plan-assessed.v1", aggregate="plan", order_keys=("unit",))
class PlanAssessed(Event):
    """The plan of a year was assessed (đánh giá kế hoạch); said again, the later word counts. Subject: the officer."""

    unit: UnitId
    year: Year
    assessor: Assessor
    result: Code
    """Open list: kept (thực hiện tốt), partly-kept (thực hiện một phần), not-kept (chưa thực hiện) …"""
