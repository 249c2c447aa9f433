"""When may an organisation be registered? Once, and for a province that is one."""

from __future__ import annotations

from shared.contracts.membership import Level, OrganisationRegistered
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyRegistered(Refused):
    """An organisation of that id stands in the log."""

    vi = "Tổ chức mang mã này đã có trong sổ."


class NoProvince(Refused):
    """The place named is not a province or a city under the centre."""

    vi = "Nơi nêu ra không phải tỉnh, thành phố trực thuộc trung ương."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a registration, or raise why not."""
    match said.fact:
        case OrganisationRegistered(province=province):
            if world.holds(said, OrganisationRegistered):
                raise AlreadyRegistered("subject")
            if province is not None:
                world.require_known("province", province)
                if world.tree.level(province) is not Level.PROVINCE:
                    raise NoProvince("province")


DECIDER = decider_without_state(decide, OrganisationRegistered)
