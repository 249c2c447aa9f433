"""Which step may be taken? One for which nothing that the posted rule asks is missing, of a rating not yet decided.

Without a posted rule no step is asked for: an organisation that posts its decisions alone goes on doing so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from services.ratings.domain.course import BEFORE, Key, by_day, cancelled_by, decisions, opened, taken
from shared.contracts.fields import Period
from shared.contracts.ratings import RatingAuthoritySet, Step, period_id
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class NotYetOpened(Refused):
    """By the posted rule the period is opened first."""

    vi = "Theo quy trình phải mở đợt xếp loại trước."


class NotYetSelfRated(Refused):
    """By the posted rule the unit rates itself first."""

    vi = "Theo quy trình đơn vị phải tự xếp loại trước."


class NotYetProposed(Refused):
    """By the posted rule the base proposes first."""

    vi = "Theo quy trình cơ sở phải đề xuất trước."


class NotYetVerified(Refused):
    """By the posted rule the rating is verified first."""

    vi = "Theo quy trình phải thẩm định trước."


class DecidedBefore(Refused):
    """The rating was decided before that day; what follows is an objection or an order to rate again."""

    vi = "Kỳ này đã có quyết định trước ngày đó; tiếp theo là kiến nghị hoặc yêu cầu xếp loại lại."


IN_ORDER: Final = (Step.OPENED, Step.SELF_RATED, Step.PROPOSED, Step.VERIFIED, Step.POOL_CLOSED, Step.DECIDED)
"""The steps up to the decision."""
MISSING: Final[Mapping[Step, type[Refused]]] = {
    Step.OPENED: NotYetOpened,
    Step.SELF_RATED: NotYetSelfRated,
    Step.PROPOSED: NotYetProposed,
    Step.VERIFIED: NotYetVerified,
}
"""What is said where a step is missing; that of the pool stands with the pools."""


def require_steps(rule: RatingAuthoritySet | None, before: Step, key: Key, said: Said, world: World) -> None:
    """Raise what names the first step that the rule asks for before this one and that does not stand by the day."""
    if rule is None:
        return
    stands = by_day(world.others(said), said.day, key)
    for step in IN_ORDER[: IN_ORDER.index(before)]:
        if step in rule.steps and step in MISSING:
            there = taken(step, stands) if step in BEFORE else _opened(key, said, world)
            if not there:
                raise MISSING[step]("period")


def _opened(key: Key, said: Said, world: World) -> bool:
    unit, person = getattr(said.fact, "unit", said.subject), getattr(said.fact, "person", None)
    openings = world.stream(period_id(*key)).standing()
    return opened(openings, unit, key, world.tree, said.day, person=person) is not None


def last_day(
    rule: RatingAuthoritySet | None, step: Step, period: Period, days: Mapping[Step, dt.date]
) -> dt.date | None:
    """The last day for a step, others standing since these days; none: no limit is set, or it has not begun to run."""
    limit = next((each for each in rule.deadlines if each.step is step), None) if rule is not None else None
    if limit is None:
        return None
    start = period.end - dt.timedelta(days=1) if limit.after is None else days.get(limit.after)
    return None if start is None else start + dt.timedelta(days=limit.days)


def require_undecided(key: Key, said: Said, world: World) -> None:
    """Raise DecidedBefore where a decision that was not cancelled stands before the day."""
    facts = list(world.others(said))
    for decision in decisions(facts, key):
        if decision.day < said.day and not cancelled_by(decision, facts, said.day):
            raise DecidedBefore("period")
