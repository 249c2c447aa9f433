"""When may an organisation close its log in a service? Once, for successors that go on; the same rules everywhere.

Nobody closes another's log. For an organisation of which nobody is left, the operator issues a key for it, and the
closing is posted under that key into its own log, like every other fact of it.
"""

from __future__ import annotations

from shared.contracts.closings import LogClosed
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state, each_once


class OperatorGoesOn(Refused):
    """Who runs the deployment keeps its log open: credentials end by facts in it."""

    vi = "Đơn vị vận hành không đóng sổ của mình."


class SucceedsItself(Refused):
    """An organisation does not go on in itself."""

    vi = "Tổ chức không thể kế thừa chính mình."


class SuccessorClosed(Refused):
    """The successor has closed its own log before."""

    vi = "Tổ chức kế thừa đã đóng sổ từ trước."


class NotASuccessor(Refused):
    """A portion goes to one of the successors named."""

    vi = "Phần bàn giao phải về một trong các tổ chức kế thừa đã nêu."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a closing, or raise why not."""
    closing = said.fact
    if not isinstance(closing, LogClosed):
        return
    if world.directory.is_operator(said.organisation):
        raise OperatorGoesOn("subject")
    for path, successor in each_once("successors", closing.successors):
        if successor == said.organisation:
            raise SucceedsItself(path)
        world.require_organisation(path, successor)
        if world.tree.closing(successor) is not None:
            raise SuccessorClosed(path)
    units = [portion.unit for portion in closing.portions]
    for (path, unit), portion in zip(each_once("portions", units), closing.portions, strict=True):
        world.require_in_line(f"{path}.unit", unit)
        field = f"{path}.successor"
        if portion.successor not in closing.successors:
            raise NotASuccessor(field)


def closing_decider(contract: type[LogClosed]) -> Decider[None, World]:
    """The decider of a service's closing."""
    return decider_without_state(decide, contract)
