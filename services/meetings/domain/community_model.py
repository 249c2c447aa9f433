"""When may a community model be launched, and when discontinued? Launched once; ended by those who answer for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from shared.contracts.meetings import CommunityModelDiscontinued, CommunityModelLaunched
from shared.contracts.membership import Level
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, each_once


class AlreadyLaunched(Refused):
    """A model of that id stands in the log."""

    vi = "Mô hình mang mã này đã có trong sổ."


class NoLocality(Refused):
    """The place named is not a hamlet, quarter or residential group."""

    vi = "Nơi nêu ra không phải thôn, ấp, khóm, khu phố, tổ dân phố."

    foreign: ClassVar[bool] = True


class NotRunning(Refused):
    """The model was not launched by that day, or has been discontinued."""

    vi = "Mô hình chưa thành lập hoặc đã ngừng."


class NotInCharge(Refused):
    """Only the organisation that recorded the launch, and those in charge, discontinue a model."""

    vi = "Chỉ tổ chức đã ghi hoặc tổ chức phụ trách mới được ghi ngừng mô hình."


@dataclass(frozen=True, slots=True)
class Model:
    """Whether the model runs, and who answers for it."""

    running: bool = False
    answerable: frozenset[UUID] = frozenset()


def decide(state: Model, said: Said, world: World) -> None:
    """Accept the launch or the end of a model, or raise why not."""
    match said.fact:
        case CommunityModelLaunched() as launched:
            if world.holds(said, CommunityModelLaunched):
                raise AlreadyLaunched("subject")
            _require_ground(launched, said, world)
            for path, organisation in each_once("in_charge", launched.in_charge):
                world.require_organisation(path, organisation)
        case CommunityModelDiscontinued():
            if not state.running:
                raise NotRunning("subject")
            if said.organisation not in state.answerable:
                raise NotInCharge("subject")


def evolve(state: Model, said: Said) -> Model:
    """The model after one more fact of its stream."""
    match said.fact:
        case CommunityModelLaunched(in_charge=in_charge):
            return Model(running=True, answerable=frozenset({said.organisation, *in_charge}))
        case CommunityModelDiscontinued():
            return Model(answerable=state.answerable)
        case _:
            return state


def _require_ground(launched: CommunityModelLaunched, said: Said, world: World) -> None:
    world.require_place("place", launched.place, said.day)
    for path, hamlet in each_once("hamlets", launched.hamlets):
        world.require_place(path, hamlet, said.day)
        if world.tree.level(hamlet) is not Level.LOCALITY:
            raise NoLocality(path)


DECIDER = Decider(
    facts=frozenset({CommunityModelLaunched, CommunityModelDiscontinued}),
    initial=Model(),
    decide=decide,
    evolve=evolve,
)
