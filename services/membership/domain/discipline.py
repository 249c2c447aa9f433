"""When may a member be disciplined, and when is that lifted? Below expulsion; removal is for those who hold office."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.membership.domain import branch_head, officer
from services.membership.domain.life import Life, decider_of_life, require_above, require_member
from services.membership.domain.states import Kind
from shared.contracts.membership import DisciplineDecided, DisciplineLevel, DisciplineLifted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class NotAnOfficer(Refused):
    """Only who holds office is removed from it (cách chức): the person holds none there on that day."""

    vi = "Chỉ cách chức người đang giữ chức; ngày đó người này không giữ chức vụ nào ở đơn vị nêu ra."


class NotDisciplined(Refused):
    """No discipline of the organisation is in force against the person on that day."""

    vi = "Ngày đó người này không chịu hình thức kỷ luật nào của tổ chức."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept a discipline or its end, or raise why not. A new decision takes the place of the one in force."""
    match said.fact:
        case DisciplineDecided(branch=branch, level=level, decided_by=body, office=office):
            require_member(life, branch, said, world)
            require_above("decided_by", body, branch, said, world)
            if office is not None:
                world.require_in_line("office", office)
            if level is DisciplineLevel.REMOVAL and not _in_office(office or branch, said, world):
                raise NotAnOfficer("level")
        case DisciplineLifted(branch=branch):
            require_member(life, branch, said, world)
            if not life.held(world.tree, Kind.DISCIPLINED, said.day, organisation=said.organisation):
                raise NotDisciplined("branch")


def _in_office(unit: UUID, said: Said, world: World) -> bool:
    """Whether the person heads the unit, or holds a post of it, on the fact's day."""
    facts = [each for each in world.stream(unit).standing() if each.day <= said.day]
    head: UUID | None = branch_head.DECIDER.fold(facts).head
    return head == said.subject or officer.DECIDER.fold(facts).holds(said.subject)


DECIDER: Final = decider_of_life(decide, DisciplineDecided, DisciplineLifted)
