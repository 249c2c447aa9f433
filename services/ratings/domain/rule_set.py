"""When may a rule set be adopted? Once, for at least one day, after the one that it supersedes, if any."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.ratings import RuleSetAdopted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyAdopted(Refused):
    """A rule set of that id stands in the log; another version is another rule set."""

    vi = "Bộ tiêu chí này đã có trong sổ; bản khác phải mang mã khác."


class EndsBeforeItBegins(Refused):
    """The first day on which the rules no longer hold lies after the first on which they do."""

    vi = "Ngày kết thúc phải sau ngày bắt đầu."


class UnknownRuleSet(Refused):
    """No rule set of that id stands in the log."""

    vi = "Không có bộ tiêu chí này trong sổ."


class SupersedesItself(Refused):
    """A rule set supersedes another one."""

    vi = "Bộ tiêu chí không thể thay chính nó."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a rule set, or raise why not. It may take effect before it was issued: policies are at times so."""
    match said.fact:
        case RuleSetAdopted() as adopted:
            if world.holds(said, RuleSetAdopted):
                raise AlreadyAdopted("subject")
            if adopted.effective_to is not None and adopted.effective_to <= adopted.effective_from:
                raise EndsBeforeItBegins("effective_to")
            if adopted.supersedes == said.subject:
                raise SupersedesItself("supersedes")
            if adopted.supersedes is not None and not adoptions(adopted.supersedes, world):
                raise UnknownRuleSet("supersedes")


def adoptions(rule_set: UUID, world: World) -> list[RuleSetAdopted]:
    """The adoption that stands under that id, or nothing."""
    return [said.fact for said in world.stream(rule_set).standing() if isinstance(said.fact, RuleSetAdopted)]


DECIDER = decider_without_state(decide, RuleSetAdopted)
