"""When may a decision be objected to, or its unit ordered to be rated again? While nothing of the kind is open.

How long and how often is the organisation's own rule; where it has posted none, there is no limit.
"""

from __future__ import annotations

import datetime as dt

from services.ratings.domain.authority import over
from services.ratings.domain.decided import Stood, require_its_rules, stood
from services.ratings.domain.order import last_day
from shared.contracts.ratings import ObjectionRaised, RatingReverified, ReratingOrdered, Step
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class NotYetPublished(Refused):
    """By the posted rule the decision is published first."""

    vi = "Theo quy trình phải công bố kết quả trước."


class ObjectionOpen(Refused):
    """An objection, or an order to rate again, waits to be settled."""

    vi = "Đang có kiến nghị hoặc yêu cầu xếp loại lại chưa giải quyết."


class NoMoreObjections(Refused):
    """The posted rule allows no further objection to this decision."""

    vi = "Theo quy định, quyết định này không được kiến nghị thêm lần nữa."


class ObjectionTooLate(Refused):
    """The time that the posted rule gives for an objection is over."""

    vi = "Đã quá thời hạn kiến nghị theo quy định."


class NotAbove(Refused):
    """Only a body above the one that decided may order that."""

    vi = "Chỉ cơ quan cấp trên của nơi quyết định mới có quyền yêu cầu."

    foreign = True


class NothingToReverify(Refused):
    """By that day no objection and no order to rate again waits to be verified."""

    vi = "Ngày đó không có kiến nghị hay yêu cầu nào chờ thẩm định lại."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept an objection, an order or a verification, or raise why not."""
    match said.fact:
        case ObjectionRaised() as raised:
            _require_open_to_objection(stood(raised, said, world), said.day)
        case ReratingOrdered(body=body) as ordered:
            of = stood(ordered, said, world)
            if not over(body, of.rater, world.tree, said.day):
                raise NotAbove("body")
            if of.after.open > 0:
                raise ObjectionOpen("decision")
        case RatingReverified(rule_set=rule_set, grade=grade) as verified:
            of = stood(verified, said, world)
            if of.after.open <= 0 or of.after.reverified:
                raise NothingToReverify("decision")
            require_its_rules(rule_set, grade, of, world)


def _require_open_to_objection(of: Stood, day: dt.date) -> None:
    rule = of.rule
    if rule is not None:
        published = of.after.published
        if Step.PUBLISHED in rule.steps and published is None:
            raise NotYetPublished("decision")
        days = {Step.DECIDED: of.after.decision.day} | ({} if published is None else {Step.PUBLISHED: published.day})
        last = last_day(rule, Step.OBJECTION_RAISED, of.fact.period, days)
        if last is not None and day > last:
            raise ObjectionTooLate("decision")
        if rule.objections is not None and len(of.after.of(ObjectionRaised)) >= rule.objections:
            raise NoMoreObjections("decision")
    if of.after.open > 0:
        raise ObjectionOpen("decision")


DECIDER = decider_without_state(decide, ObjectionRaised, ReratingOrdered, RatingReverified)
