"""When may a directive stand in the register? Once for each organisation, under the id that its paper gives it."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.membership import DirectiveIssued
from shared.contracts.membership.records import directive_id
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class DirectiveAlreadyRegistered(Refused):
    """The organisation has that number, issuer and date in its register."""

    vi = "Văn bản cùng số, cơ quan ban hành và ngày này đã có trong sổ."


class NotItsId(Refused):
    """The subject is not the id that follows from number, issuer and date; a wrong paper is voided and posted anew."""

    vi = "Mã văn bản không khớp với số, cơ quan ban hành và ngày ban hành."


class UnknownDirective(Refused):
    """No directive of that id is in the register."""

    vi = "Văn bản được nêu chưa có trong sổ."


class ReplacesLaterOne(Refused):
    """A directive replaces what was issued before it, so that none ever replaces itself, however long the way."""

    vi = "Văn bản chỉ thay thế văn bản ban hành trước nó."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a directive, or raise why not."""
    match said.fact:
        case DirectiveIssued(number=number, issuer=issuer, issued=issued, replaces=replaces):
            if said.subject != directive_id(number, issuer, issued):
                raise NotItsId("subject")
            if any(other.organisation == said.organisation for other in world.others(said)):
                raise DirectiveAlreadyRegistered("subject")
            if replaces is not None and require_directive("replaces", replaces, world).issued >= issued:
                raise ReplacesLaterOne("replaces")


def require_directive(field: str, directive: UUID, world: World) -> DirectiveIssued:
    """A directive that somebody has registered, whichever day the register says. UnknownDirective."""
    for said in world.stream(directive).standing():
        if isinstance(said.fact, DirectiveIssued):
            return said.fact
    raise UnknownDirective(field)


DECIDER = decider_without_state(decide, DirectiveIssued)
