"""When may a pool be closed? With as many at the capped grade as the rules allow, or with a reason for more.

Nothing here lowers a grade: who is left out is for the raters to say. An empty pool is closed too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from services.ratings.domain.authority import (
    NoDistrictAnyMore,
    SubjectNotTheAxis,
    governing_of,
    no_district,
    require_rater,
)
from services.ratings.domain.rated import OtherKindOfUnit, UnknownGrade, kind_of
from services.ratings.domain.rule_set import UnknownRuleSet, adoptions
from services.ratings.domain.rules.caps import allowed
from shared.contracts.fields import Grade
from shared.contracts.ratings import (
    Cap,
    CapOf,
    PoolMember,
    RatingAuthoritySet,
    RatingDecided,
    RatingPoolClosed,
    RuleDocument,
    Step,
    authority_id,
    pool_id,
    rated_id,
)
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state, each_once


class UnknownPool(Refused):
    """The rule set has no pool of that name."""

    vi = "Bộ tiêu chí không có nhóm này."


class OverTheCap(Refused):
    """More units are given the capped grade than the rules allow; a reason is asked for, no grade is lowered."""

    vi = "Số được xếp mức này vượt tỷ lệ khống chế; phải nêu lý do, hệ thống không tự hạ mức của ai."


class InAnotherPool(Refused):
    """The unit stands in another group of the rater for that period."""

    vi = "Đơn vị đã nằm trong nhóm khác của cùng bên xếp loại trong kỳ này."


class PoolNotYetClosed(Refused):
    """By the posted rule the pool is closed first, with the unit in it."""

    vi = "Theo quy trình phải chốt nhóm có đơn vị này trước."


class OtherThanInThePool(Refused):
    """The pool was closed with another grade for the unit; close it again, for the cap counts."""

    vi = "Nhóm đã chốt mức khác cho đơn vị này; phải chốt lại nhóm để xét tỷ lệ khống chế."


class PoolsItself(Refused):
    """Nobody signs a list on which he stands."""

    vi = "Người ký không được chốt nhóm có chính mình."


class Tested(NamedTuple):
    """A cap held against a pool."""

    cap: Cap
    pool: int
    """Units at the grade below the capped one, or better."""
    given: int
    """Units at the capped grade, or better."""
    allowed: int

    @property
    def over(self) -> int:
        """How many too many."""
        return max(0, self.given - self.allowed)

    def read(self, of: CapOf, *, exceptional: bool) -> int:
        """How many the same cap would allow under a reading of its denominator."""
        return allowed(self.pool, self.cap.model_copy(update={"of": of}), exceptional=exceptional)


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a closed pool, or raise why not."""
    match said.fact:
        case RatingPoolClosed() as closed:
            if said.subject != pool_id(closed.rater, closed.axis, closed.period):
                raise SubjectNotTheAxis("subject")
            world.require_unit("rater", closed.rater, said.day)
            world.require_begun("period", closed.period, said)
            if no_district(closed.rater, world.tree, said.day):
                raise NoDistrictAnyMore("rater")
            rules = _require_members(closed, said, world)
            if closed.over_because is None and any(each.over for each in tested(closed, rules)):
                raise OverTheCap("over_because")


def _require_members(closed: RatingPoolClosed, said: Said, world: World) -> RuleDocument:
    """Each unit or person once, in no other group, of the rules' kind, with one of their grades, the rater's own."""
    adopted = adoptions(closed.rule_set, world)
    if not adopted:
        raise UnknownRuleSet("rule_set")
    rules, kind = adopted[0].rules, adopted[0].subject_kind
    if closed.pool not in {pool.code for pool in rules.pools}:
        raise UnknownPool("pool")
    elsewhere = {
        subject_of(member)
        for each in last_of_each(world.others(said))
        if (each.pool, each.group) != (closed.pool, closed.group)
        for member in each.members
    }
    rated = [subject_of(member) for member in closed.members]
    posted = list(world.stream(authority_id(closed.axis)).standing())
    for (path, subject), member in zip(each_once("members", rated), closed.members, strict=True):
        unit, person = member.unit, member.person
        field, grade = f"{path}.unit", f"{path}.grade"
        world.require_in_line(field, unit)
        world.require_lived(field, unit, closed.period)
        if kind_of(unit, person, world.tree) != kind:
            raise OtherKindOfUnit(field)
        if person is not None and person.person == closed.signer.person:
            raise PoolsItself("signer")
        if rules.grades and member.grade not in rules.grades:
            raise UnknownGrade(grade)
        if subject in elsewhere:
            raise InAnotherPool(field)
        rule = governing_of(posted, world.tree, unit, said.day, closed.rater, person=person)
        require_rater(closed.rater, unit, rule, said, world, person=person)
    return rules


def subject_of(member: PoolMember) -> UUID:
    """Whose rating a line of the list is about: the subject of its facts."""
    return rated_id(member.unit, member.person)


def last_of_each(facts: Iterable[Said]) -> list[RatingPoolClosed]:
    """The last list of each group."""
    return [closed for _, closed in _last(facts)]


def pooled(facts: Iterable[Said]) -> Mapping[UUID, dt.date]:
    """Each rated unit or person (`rated_id`) in one of a rater's last lists, with the day on which it was closed."""
    return {subject_of(member): day for day, closed in _last(facts) for member in closed.members}


def _last(facts: Iterable[Said]) -> list[tuple[dt.date, RatingPoolClosed]]:
    found: dict[tuple[str, str], tuple[dt.date, RatingPoolClosed]] = {}
    for said in in_order(facts):
        if isinstance(said.fact, RatingPoolClosed):
            found[said.fact.pool, said.fact.group] = said.day, said.fact
    return list(found.values())


def tested(closed: RatingPoolClosed, rules: RuleDocument) -> list[Tested]:
    """Every cap of the pool, held against the list."""
    caps = [each for each in rules.caps if each.pool == closed.pool]
    ranks = [member.grade.rank for member in closed.members]
    return [held_against(each, ranks, exceptional=closed.exceptional) for each in caps]


def held_against(rule: Cap, ranks: Collection[int], *, exceptional: bool) -> Tested:
    """A cap, held against the ranks that are given in a group of its pool."""
    pool = sum(rank <= rule.below for rank in ranks)
    most = allowed(pool, rule, exceptional=exceptional)
    return Tested(rule, pool, sum(rank <= rule.rank for rank in ranks), most)


def require_pooled(rating: RatingDecided, rule: RatingAuthoritySet | None, said: Said, world: World) -> None:
    """Where the rule asks for pools: one was closed by the day with the unit in it, at the decided grade."""
    if rule is None or Step.POOL_CLOSED not in rule.steps:
        return
    facts = [each for each in _pools(rating, world) if each.day <= said.day]
    held = [grade for each in last_of_each(facts) if (grade := _grade(rating, each)) is not None]
    if not held:
        raise PoolNotYetClosed("period")
    if rating.grade not in held:
        raise OtherThanInThePool("grade")


def _pools(rating: RatingDecided, world: World) -> list[Said]:
    return list(world.stream(pool_id(rating.rater, rating.axis, rating.period)).standing())


def _grade(rating: RatingDecided, closed: RatingPoolClosed) -> Grade | None:
    subject = rated_id(rating.unit, rating.person)
    return next((member.grade for member in closed.members if subject_of(member) == subject), None)


DECIDER = decider_without_state(decide, RatingPoolClosed)
