"""When may a grade be proposed, and when decided? By another body than the rated one, once, in the posted order.

Where an organisation has posted who decides and in which steps, that is asked; else whoever posts answers for it. A
decision that the subject's own organisation posts for another's body is *reported by the subject*: of it no steps are
asked, and it stands beside what that body says itself.
"""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

from services.ratings.domain.authority import NoDistrictAnyMore, governing, is_of, no_district, require_rater
from services.ratings.domain.basis import require_basis
from services.ratings.domain.course import cancelled_by, decisions, named, reported, root_of
from services.ratings.domain.order import require_steps, require_undecided
from services.ratings.domain.pool import require_pooled
from services.ratings.domain.rated import Rating as Rated
from services.ratings.domain.rated import require_by_rules, require_rated
from shared.contracts.fields import EventReference
from shared.contracts.ratings import RatingAuthoritySet, RatingDecided, RatingProposed, RuleSetAdopted, Signer, Step
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state

Rating: TypeAlias = RatingProposed | RatingDecided


class RatesItself(Refused):
    """No body decides its own rating; it may propose one (tự xếp loại)."""

    vi = "Không đơn vị nào tự quyết định xếp loại của mình; chỉ tự đề xuất."


class AlreadyDecided(Refused):
    """The rating was decided on that axis, for that period, by that rule set; what was wrong is corrected."""

    vi = "Đã có quyết định xếp loại cho kỳ này; nếu sai thì đính chính."


class MayNotPropose(Refused):
    """By the posted rule units of another kind propose."""

    vi = "Theo quy định, cấp này không có thẩm quyền đề xuất xếp loại."

    foreign = True


class NothingToConfirm(Refused):
    """No report of that decision stands: same unit, rater, axis and period, told by another organisation."""

    vi = "Không có báo cáo nào về quyết định này (cùng đơn vị, bên xếp loại, trục và kỳ) để xác nhận."


class ConfirmsOtherGrade(Refused):
    """The report that is confirmed says another grade: post the decision without confirming it."""

    vi = "Báo cáo được xác nhận ghi mức khác; hãy ghi quyết định mà không xác nhận báo cáo đó."


class NotCancelled(Refused):
    """The decision in whose place this one is made stands, and is of another axis or period, or not cancelled."""

    vi = "Quyết định được thay chưa bị hủy, hoặc thuộc trục hay kỳ khác."


def require_another(rating: Rated, body: UUID, signer: Signer | None, *, field: str) -> None:
    """Raise unless another acts than who is rated: another body than the unit, another signer than the person."""
    if rating.person is None and body == rating.unit:
        raise RatesItself(field)
    if rating.person is not None and signer is not None and signer.person == rating.person.person:
        raise RatesItself("signer")


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a proposal or a decision, or raise why not. Proposals may repeat; the later word counts."""
    match said.fact:
        case RatingProposed() as rating:
            _require_sound(rating, said, world)
            _require_proposable(rating, said, world)
        case RatingDecided() as rating:
            adopted = _require_sound(rating, said, world)
            require_another(rating, rating.rater, rating.signer, field="rater")
            told = reported(said, rating.rater, world.tree)
            rule = governing(world, rating.unit, rating.axis, said.day, rating.rater, person=rating.person)
            _require_may(rating, rule, said, world, told=told)
            _require_confirmed(rating, said, world, told=told)
            _require_first(rating, rule, said, world, told=told)
            require_basis(rating.basis, rating.period, adopted, said, world)


def _require_sound(rating: Rating, said: Said, world: World) -> RuleSetAdopted | None:
    require_rated(rating, said, world)
    world.require_unit("rater", rating.rater, said.day)
    return require_by_rules(rating.rule_set, rating, rating.grade, world)


def _require_proposable(rating: RatingProposed, said: Said, world: World) -> None:
    rule = governing(world, rating.unit, rating.axis, said.day, rating.rater, person=rating.person)
    if rule is None:
        return
    key = (rating.axis, rating.period)
    if rule.proposes is not None and not is_of(rule.proposes, rating.rater, world.tree):
        raise MayNotPropose("rater")
    require_undecided(key, said, world)
    require_steps(rule, Step.PROPOSED, key, said, world)


def _require_may(
    rating: RatingDecided, rule: RatingAuthoritySet | None, said: Said, world: World, *, told: bool
) -> None:
    """The right body, after the steps that the rule asks for. Of another's act that is only told: no district."""
    if told:
        if no_district(rating.rater, world.tree, said.day):
            raise NoDistrictAnyMore("rater")
        return
    require_rater(rating.rater, rating.unit, rule, said, world, person=rating.person)
    require_steps(rule, Step.DECIDED, (rating.axis, rating.period), said, world)
    require_pooled(rating, rule, said, world)


def _require_first(
    rating: RatingDecided, rule: RatingAuthoritySet | None, said: Said, world: World, *, told: bool
) -> None:
    """Once, or in the place of one that was cancelled. Where a rule says who decides, no second rater either."""
    facts = list(world.others(said))
    made = decisions(facts, (rating.axis, rating.period))
    if rating.instead_of is not None and not _cancelled(rating.instead_of, made, facts, said):
        raise NotCancelled("instead_of")
    for other in made:
        fact = other.fact
        if not isinstance(fact, RatingDecided) or reported(other, fact.rater, world.tree) != told:
            continue
        same = (fact.rule_set, fact.instead_of) == (rating.rule_set, rating.instead_of)
        if same and (fact.rater == rating.rater or (rule is not None and not told)):
            raise AlreadyDecided("period")


def _cancelled(reference: EventReference, made: list[Said], facts: list[Said], said: Said) -> bool:
    found = [each for each in made if root_of(each) == named(reference)]
    return bool(found) and cancelled_by(found[0], facts, said.day)


def _require_confirmed(rating: RatingDecided, said: Said, world: World, *, told: bool) -> None:
    """What is confirmed is another organisation's report of this very decision, with the same grade."""
    if rating.confirms is None:
        return
    for other in decisions(world.others(said), (rating.axis, rating.period)):
        fact = other.fact
        if root_of(other) == named(rating.confirms) and isinstance(fact, RatingDecided) and not told:
            if fact.rater != rating.rater or not reported(other, fact.rater, world.tree):
                break
            if fact.grade != rating.grade:
                raise ConfirmsOtherGrade("confirms")
            return
    raise NothingToConfirm("confirms")


DECIDER = decider_without_state(decide, RatingProposed, RatingDecided)
