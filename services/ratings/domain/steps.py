"""When does a unit rate itself, and when is that verified? In a period that has begun, before it is decided."""

from __future__ import annotations

from services.ratings.domain.authority import NoDistrictAnyMore, governing, is_of, no_district
from services.ratings.domain.course import by_day, taken
from services.ratings.domain.order import require_steps, require_undecided
from services.ratings.domain.rated import require_by_rules, require_rated
from shared.contracts.ratings import RatingVerified, Step, UnitSelfRated
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class NothingToVerify(Refused):
    """By that day neither a self-rating nor a proposal stands for that axis and period."""

    vi = "Ngày đó chưa có tự xếp loại hay đề xuất nào cho trục và kỳ này để thẩm định."


class MayNotVerify(Refused):
    """By the posted rule units of another kind verify."""

    vi = "Theo quy định, cấp này không có thẩm quyền thẩm định."

    foreign = True


class RatesAnother(Refused):
    """A person's self-rating is signed by that person."""

    vi = "Bản tự xếp loại của cá nhân phải do chính cá nhân đó ký."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a step before the decision, or raise why not."""
    match said.fact:
        case UnitSelfRated(unit=unit, axis=axis, period=period) as rated:
            require_rated(rated, said, world)
            require_by_rules(rated.rule_set, rated, rated.grade, world)
            if rated.person is not None and rated.signer.person not in {None, rated.person.person}:
                raise RatesAnother("signer")
            require_undecided((axis, period), said, world)
            rule = governing(world, unit, axis, said.day, person=rated.person)
            require_steps(rule, Step.SELF_RATED, (axis, period), said, world)
        case RatingVerified(unit=unit, body=body, axis=axis, period=period) as verified:
            key = (axis, period)
            require_rated(verified, said, world)
            world.require_unit("body", body, said.day)
            if no_district(body, world.tree, said.day):
                raise NoDistrictAnyMore("body")
            require_by_rules(verified.rule_set, verified, verified.grade, world)
            require_undecided(key, said, world)
            rule = governing(world, unit, axis, said.day, body, person=verified.person)
            if rule is not None and rule.verifies is not None and not is_of(rule.verifies, body, world.tree):
                raise MayNotVerify("body")
            require_steps(rule, Step.VERIFIED, key, said, world)
            stands = by_day(world.others(said), said.day, key)
            if not any(taken(step, stands) for step in (Step.SELF_RATED, Step.PROPOSED)):
                raise NothingToVerify("period")


DECIDER = decider_without_state(decide, UnitSelfRated, RatingVerified)
