"""Who decides on a grade? By the rule that an organisation has posted for the axis and the kind of unit, on that day.

Where no rule was posted, whoever the posters say decides. One thing is no organisation's choice: since 1 July 2025
there is no district level, so that no district body decides any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from services.ratings.domain.rule_set import EndsBeforeItBegins
from shared.contracts.ratings import RatedPerson, RatingAuthoritySet, authority_id
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.tree import Tree
from shared.units.world import World, decider_without_state

NO_DISTRICTS_FROM: Final = dt.date(2025, 7, 1)
"""Local government of two levels: provinces and communes."""
DISTRICT_BODY: Final = "district-body"
ALSO: Final = {"base-branch": ("branch", "base-unit")}
"""A branch that is a base at once (chi đoàn cơ sở) acts as either."""


class SubjectNotTheAxis(Refused):
    """The subject is the id that follows from what the fact names."""

    vi = "Chủ thể phải là mã suy ra từ trục, kỳ hoặc bên xếp loại nêu trong sự việc."


class AuthorityAlreadySet(Refused):
    """The organisation has set who decides from that day on for that axis and kind; what was wrong is corrected."""

    vi = "Thẩm quyền từ ngày này cho trục và loại đơn vị này đã có; nếu sai thì đính chính."


class NotTheRater(Refused):
    """By the posted rule another body decides on that day."""

    vi = "Theo quy định đã ban hành, ngày đó cơ quan khác có thẩm quyền quyết định."

    foreign = True


class NoDistrictAnyMore(Refused):
    """Since 1 July 2025 there is no district level, and no district body decides."""

    vi = "Từ ngày 1/7/2025 không còn cấp huyện, không cơ quan cấp huyện nào quyết định xếp loại."

    foreign = True


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a rule on who decides, or raise why not."""
    match said.fact:
        case RatingAuthoritySet() as rule:
            if said.subject != authority_id(rule.axis):
                raise SubjectNotTheAxis("subject")
            if rule.effective_to is not None and rule.effective_to <= rule.effective_from:
                raise EndsBeforeItBegins("effective_to")
            if any(other.day == said.day and _same(rule, said, other) for other in world.others(said)):
                raise AuthorityAlreadySet("effective_from")


def _same(rule: RatingAuthoritySet, said: Said, other: Said) -> bool:
    match other.fact:
        case RatingAuthoritySet(axis=axis, subject_kind=kind):
            return (axis, kind, other.organisation) == (rule.axis, rule.subject_kind, said.organisation)
        case _:
            return False


# ── Which rule holds ─────────────────────────────────────────────────────────────────────────────────────────────


def governing(
    world: World,
    unit: UUID,
    axis: str,
    day: dt.date,
    rater: UUID | None = None,
    *,
    person: RatedPerson | None = None,
) -> RatingAuthoritySet | None:
    """The rule that holds for a unit, or a person in it, on an axis on a day; none: none was posted.

    The unit's own organisation says it; where that has set nothing on the axis, the rater's.
    """
    rules = world.stream(authority_id(axis)).standing()
    return governing_of(list(rules), world.tree, unit, day, rater, person=person)


def governing_of(
    rules: Iterable[Said],
    tree: Tree,
    unit: UUID,
    day: dt.date,
    rater: UUID | None = None,
    *,
    person: RatedPerson | None = None,
) -> RatingAuthoritySet | None:
    """The same, of the rules on one axis."""
    kind, rules = tree.kind(unit) if person is None else person.kind, list(rules)
    for body in (unit, rater):
        owner = None if body is None else tree.owner(body, day)
        held = [] if owner is None else _set_by(rules, tree, owner, kind, day)
        if held:
            return held[0] if all(each == held[0] for each in held) else None
    return None


def _set_by(rules: Iterable[Said], tree: Tree, owner: UUID, kind: str | None, day: dt.date) -> list[RatingAuthoritySet]:
    """What an organisation has set for a kind; until it sets anything what those set that went on in it."""
    last: dict[UUID, Said] = {}
    for said in rules:
        if isinstance(said.fact, RatingAuthoritySet) and said.fact.subject_kind == kind and said.day <= day:
            before = last.get(said.organisation)
            if before is None or before.place < said.place:
                last[said.organisation] = said
    if owner in last:
        return _lasting([last[owner]], day)
    closed = [said for each, said in last.items() if tree.follows(owner, each)]
    return _lasting(closed, day)


def _lasting(rules: Iterable[Said], day: dt.date) -> list[RatingAuthoritySet]:
    facts = [said.fact for said in rules if isinstance(said.fact, RatingAuthoritySet)]
    return [rule for rule in facts if rule.effective_to is None or day < rule.effective_to]


# ── Who that is ──────────────────────────────────────────────────────────────────────────────────────────────────


def is_of(kind: str, body: UUID, tree: Tree) -> bool:
    """Whether a body is of a kind, a branch that is a base at once being either."""
    own = tree.kind(body)
    return own is not None and kind in {own, *ALSO.get(own, ())}


def over(body: UUID, unit: UUID, tree: Tree, day: dt.date) -> bool:
    """Whether a body stands above a unit: in its line, or, of another organisation, around its place."""
    if body == unit:
        return False
    if body in tree.line(unit, day):
        return True
    place = tree.territory(body, day)
    return tree.owner(body, day) != tree.owner(unit, day) and place in tree.places(unit, day)


def rater_in_line(kind: str, unit: UUID, tree: Tree, day: dt.date, *, person: RatedPerson | None = None) -> UUID | None:
    """The nearest body of a kind above a unit in its own line; for a person in it the unit itself comes first."""
    line = tree.line(unit, day)
    bodies = line if person is None else (unit, *line)
    return next((each for each in bodies if is_of(kind, each, tree)), None)


def no_district(body: UUID, tree: Tree, day: dt.date) -> bool:
    """Whether it is a district body after the districts have ended."""
    return day >= NO_DISTRICTS_FROM and tree.kind(body) == DISTRICT_BODY


def require_rater(  # noqa: PLR0913 — the last two by name
    rater: UUID,
    unit: UUID,
    rule: RatingAuthoritySet | None,
    said: Said,
    world: World,
    *,
    field: str = "rater",
    person: RatedPerson | None = None,
) -> None:
    """Raise unless the body may decide on the unit on the fact's day. NoDistrictAnyMore, NotTheRater."""
    tree, day = world.tree, said.day
    if no_district(rater, tree, day):
        raise NoDistrictAnyMore(field)
    if rule is None:
        return
    nearest = rater_in_line(rule.decides, unit, tree, day, person=person)
    own = tree.owner(rater, day) == tree.owner(unit, day)
    above = over(rater, unit, tree, day) or (person is not None and rater == unit)
    if not is_of(rule.decides, rater, tree) or not above or (own and rater != nearest):
        raise NotTheRater(field)


DECIDER = decider_without_state(decide, RatingAuthoritySet)
