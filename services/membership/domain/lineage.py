"""When may units be merged, and when may one be divided? The rules for facts that join the lives of several units."""

from __future__ import annotations

from uuid import UUID

from services.membership.domain.unit import OtherOrganisation
from shared.contracts.membership import UnitMerged, UnitSplit
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state, each_once


class NamesItself(Refused):
    """A unit is not merged into itself, and is no part of itself."""

    vi = "Đơn vị không thể sáp nhập vào chính mình hay là một phần của chính mình."


class OtherDimension(Refused):
    """Units of a line and places of the territory do not go on in one another."""

    vi = "Đơn vị và địa bàn không thể nhập vào nhau."


class BelowItsSource(Refused):
    """What goes on in another must not stand above it: its children would stand above themselves."""

    vi = "Đơn vị nhận sáp nhập không được nằm dưới đơn vị bị sáp nhập."


class NotBelowTheWhole(Refused):
    """The child does not stand directly under the divided unit on that day, and does not work there."""

    vi = "Ngày đó đơn vị con không trực thuộc đơn vị bị tách."


class NotAmongTheParts(Refused):
    """A child goes to one of the parts, or stays with what goes on beside them."""

    vi = "Đơn vị con phải về một trong các phần được tách."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a merger or a division, or raise why not."""
    before = world.before(said)
    match said.fact:
        case UnitMerged(sources=sources):
            before.require_living("subject", said.subject, said.day)
            for field, source in each_once("sources", sources):
                _require_kin(field, source, said, before)
                _require_not_under(field, said.subject, source, said, before)
        case UnitSplit() as split:
            before.require_living("subject", said.subject, said.day)
            for field, part in each_once("parts", split.parts):
                _require_kin(field, part, said, before)
                if split.whole:
                    _require_not_under(field, part, said.subject, said, before)
            _require_sides(split, said, before)


def _require_kin(field: str, unit: UUID, said: Said, world: World) -> None:
    """Another living unit of the same dimension and owner."""
    tree = world.tree
    if unit == said.subject:
        raise NamesItself(field)
    world.require_living(field, unit, said.day)
    if tree.is_place(unit) != tree.is_place(said.subject):
        raise OtherDimension(field)
    if tree.owner(unit, said.day) != tree.owner(said.subject, said.day):
        raise OtherOrganisation(field)


def _require_not_under(field: str, heir: UUID, source: UUID, said: Said, world: World) -> None:
    if world.tree.under(heir, source, said.day):
        raise BelowItsSource(field)


def _require_sides(split: UnitSplit, said: Said, world: World) -> None:
    """Each side takes one child of the divided unit to one of the parts."""
    goals = set(split.parts) if split.whole else {*split.parts, said.subject}
    children = [side.child for side in split.sides]
    for (path, child), side in zip(each_once("sides", children), split.sides, strict=True):
        _require_child(f"{path}.child", child, said, world)
        goal = f"{path}.part"
        if side.part not in goals:
            raise NotAmongTheParts(goal)


def _require_child(field: str, child: UUID, said: Said, world: World) -> None:
    """It stands directly under the divided unit on that day, or works directly in the divided place."""
    world.require_living(field, child, said.day)
    if said.subject not in (world.tree.parent(child, said.day), world.tree.territory(child, said.day)):
        raise NotBelowTheWhole(field)


DECIDER = decider_without_state(decide, UnitMerged, UnitSplit)
