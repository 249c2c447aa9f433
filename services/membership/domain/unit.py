"""When may a unit or place begin, bear another name, stand elsewhere, and end without going on in another?

Units of a line and places of the territory are two dimensions of one aggregate. Who may speak of a unit at all is a
question of scope; here stands what may truly be said of it. The tree is the state: it knows the facts of every stream
that began, moved or ended a unit.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shared.contracts.membership import (
    Level,
    PlaceReclassified,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMoved,
    UnitRenamed,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import BRANCH_KINDS, World, decider_without_state

DEPTH: Final = {level: depth for depth, level in enumerate(Level)}
"""How far below the centre a level lies."""


class AlreadyFounded(Refused):
    """A unit or place of that id stands in the log."""

    vi = "Đơn vị hoặc địa bàn mang mã này đã có trong sổ."


class ParentMissing(Refused):
    """Only a province lies directly under the centre; every other place names the place above it."""

    vi = "Phải nêu địa bàn cấp trên; chỉ tỉnh, thành phố trực thuộc trung ương là không."


class ParentNotAbove(Refused):
    """The place above must be of a higher level."""

    vi = "Địa bàn cấp trên phải ở cấp cao hơn."


class OtherOrganisation(Refused):
    """The unit belongs to the line of another organisation."""

    vi = "Đơn vị thuộc tổ chức khác."


class TerritoryMissing(Refused):
    """A branch names the place in which it works; a sub-branch works where its branch does."""

    vi = "Chi đoàn, chi hội phải ghi địa bàn hoạt động."


class StandsAboveItself(Refused):
    """The unit would come to stand above itself."""

    vi = "Đơn vị sẽ nằm trên chính mình."


class ForUnitsOnly(Refused):
    """A place lies under a place; it has no territory beside that."""

    vi = "Địa bàn chỉ nằm dưới một địa bàn khác, không kèm nơi hoạt động."


class TwoTerritories(Refused):
    """The unit is moved into one place by `parent` and into another by `territory`."""

    vi = "Nêu hai nơi hoạt động khác nhau."


class NothingAbove(Refused):
    """Living units stand under it, and nothing above it could take them over."""

    vi = "Còn đơn vị trực thuộc mà không có cấp trên tiếp nhận."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a fact about one unit, or raise why not."""
    match said.fact:
        case TerritoryDeclared() as declared:
            _require_free(said, world)
            _require_ground(declared, said, world)
        case UnitFounded() as founded:
            _require_free(said, world)
            _require_position(founded, said, world)
        case UnitRenamed():
            world.before(said).require_living("subject", said.subject, said.day)
        case PlaceReclassified():
            world.before(said).require_place("subject", said.subject, said.day)
        case UnitMoved() as moved:
            world.before(said).require_living("subject", said.subject, said.day)
            _require_destination(moved, said, world)
        case UnitDissolved():
            before = world.before(said)
            before.require_living("subject", said.subject, said.day)
            _require_heir(said, before)


def _require_free(said: Said, world: World) -> None:
    if world.holds(said, UnitFounded, TerritoryDeclared):
        raise AlreadyFounded("subject")


def _require_ground(declared: TerritoryDeclared, said: Said, world: World) -> None:
    """A place lies in a larger one that exists on that day."""
    if declared.parent is not None:
        _require_larger(declared.parent, declared.level, said, world)
    elif declared.level is not Level.PROVINCE:
        raise ParentMissing("parent")


def _require_larger(parent: UUID, level: Level, said: Said, world: World) -> None:
    world.require_place("parent", parent, said.day)
    above = world.tree.level(parent)
    if above is None or DEPTH[above] >= DEPTH[level]:
        raise ParentNotAbove("parent")
    _require_no_ring(parent, said, world)


def _require_position(founded: UnitFounded, said: Said, world: World) -> None:
    """A unit stands under a unit of its own organisation, and a branch works somewhere."""
    if founded.parent is not None:
        _require_own_line(founded.parent, said, world)
    if founded.territory is not None:
        world.require_place("territory", founded.territory, said.day)
    elif founded.kind in BRANCH_KINDS - {"sub-branch"}:
        raise TerritoryMissing("territory")


def _require_own_line(parent: UUID, said: Said, world: World) -> None:
    world.require_unit("parent", parent, said.day)
    if not world.tree.answers_for(said.organisation, parent, said.day):
        raise OtherOrganisation("parent")
    _require_no_ring(parent, said, world)


def _require_no_ring(parent: UUID, said: Said, world: World) -> None:
    if world.tree.would_cycle(said.subject, parent, said.day):
        raise StandsAboveItself("parent")


def _require_destination(moved: UnitMoved, said: Said, world: World) -> None:
    """A place moves under a larger place; a unit under a unit, or into a place without leaving its line."""
    level = world.tree.level(said.subject)
    if level is not None:
        _require_larger(moved.parent, level, said, world)
        if moved.territory is not None:
            raise ForUnitsOnly("territory")
    elif world.tree.is_place(moved.parent):
        world.require_place("parent", moved.parent, said.day)
        if moved.territory is not None:
            raise TwoTerritories("territory")
    else:
        _require_own_line(moved.parent, said, world)
        if moved.territory is not None:
            world.require_place("territory", moved.territory, said.day)


def _require_heir(said: Said, world: World) -> None:
    """Children fall to the unit above; where there is none, the unit may end only without living children."""
    tree = world.tree
    if tree.parent(said.subject, said.day) is None and tree.children(said.subject, said.day):
        raise NothingAbove("subject")


DECIDER = decider_without_state(
    decide, TerritoryDeclared, UnitFounded, UnitRenamed, PlaceReclassified, UnitMoved, UnitDissolved
)
