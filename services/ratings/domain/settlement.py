"""How does an objection end? Upheld, changed or cancelled by another body than the unit; a new fact beside the old.

A body above the one that decided may also cancel of its own accord. Only people change a grade.
"""

from __future__ import annotations

from typing import TypeAlias

from services.ratings.domain.authority import is_of, over
from services.ratings.domain.decided import Stood, require_its_rules, stood
from services.ratings.domain.effects import require_effects
from services.ratings.domain.rating import require_another
from shared.contracts.ratings import (
    RatingCancelled,
    RatingChanged,
    RatingUpheld,
    Step,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state

Outcome: TypeAlias = RatingUpheld | RatingChanged | RatingCancelled
OUTCOMES = (RatingUpheld, RatingChanged, RatingCancelled)


class NothingToSettle(Refused):
    """By that day no objection and no order to rate again waits to be settled."""

    vi = "Ngày đó không có kiến nghị hay yêu cầu nào chờ giải quyết."


class MayNotSettle(Refused):
    """By the posted rule another kind of body settles it; without one, who decided or a body above."""

    vi = "Cơ quan này không có thẩm quyền giải quyết kiến nghị về quyết định này."

    foreign = True


class NotYetReverified(Refused):
    """By the posted rule it is verified again first."""

    vi = "Theo quy trình phải thẩm định lại trước."


class NothingChanged(Refused):
    """The grade is the one that holds already: then the decision is upheld."""

    vi = "Mức này đang có hiệu lực; nếu giữ nguyên thì ghi là giữ nguyên."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept how an objection ends, or raise why not."""
    fact = said.fact
    if not isinstance(fact, OUTCOMES):
        return
    of = stood(fact, said, world)
    require_another(fact, fact.body, fact.signer, field="body")
    above = over(fact.body, of.rater, world.tree, said.day)
    if not (isinstance(fact, RatingCancelled) and above):
        _require_called(fact, of, said, world, above=above)
    if isinstance(fact, RatingChanged):
        require_its_rules(fact.rule_set, fact.grade, of, world)
        if fact.grade == of.after.grade:
            raise NothingChanged("grade")
        published = of.after.published is not None
        require_effects(fact.effects, of.rule if published else None, fact.grade)


def _require_called(fact: Outcome, of: Stood, said: Said, world: World, *, above: bool) -> None:
    """Something waits to be settled, and by this body."""
    if of.after.open <= 0:
        raise NothingToSettle("decision")
    if of.rule is not None and of.rule.settles is not None:
        may = is_of(of.rule.settles, fact.body, world.tree) and (
            over(fact.body, fact.unit, world.tree, said.day) or (fact.person is not None and fact.body == fact.unit)
        )
    else:
        may = fact.body == of.rater or above
    if not may:
        raise MayNotSettle("body")
    if of.rule is not None and Step.REVERIFIED in of.rule.steps and not of.after.reverified:
        raise NotYetReverified("decision")


DECIDER = decider_without_state(decide, *OUTCOMES)
