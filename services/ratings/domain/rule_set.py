"""When may a rule set be adopted? Once, if it is sound in itself, for a day at least, after what it supersedes."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.ratings.domain.rules.lint import lint
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


class SupersedesAnothers(Refused):
    """Only whoever posted a rule set, or goes on in its place, supersedes it: others' rules end by others' word."""

    vi = "Chỉ tổ chức đã ban hành, hoặc tổ chức kế tục, mới thay được bộ tiêu chí này."

    foreign = True


class RulesUnsound(Refused):
    """The rules contradict themselves or name what does not exist; `findings` says what and where, line by line."""

    vi = "Bộ tiêu chí tự mâu thuẫn hoặc nêu tên không có; xem từng chỗ trong `findings`."


MOST_TOLD: Final = 50
"""Findings told in one answer."""


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a rule set, or raise why not. It may take effect before it was issued: policies are at times so."""
    match said.fact:
        case RuleSetAdopted() as adopted:
            if world.holds(said, RuleSetAdopted):
                raise AlreadyAdopted("subject")
            _require_sound(adopted)
            if adopted.effective_to is not None and adopted.effective_to <= adopted.effective_from:
                raise EndsBeforeItBegins("effective_to")
            if adopted.supersedes == said.subject:
                raise SupersedesItself("supersedes")
            if adopted.supersedes is not None:
                _require_own(adopted.supersedes, said, world)


def _require_own(superseded: UUID, said: Said, world: World) -> None:
    """UnknownRuleSet, SupersedesAnothers."""
    posters = {other.organisation for other in world.stream(superseded).standing()}
    if not posters:
        raise UnknownRuleSet("supersedes")
    if not any(world.tree.follows(said.organisation, poster) for poster in posters):
        raise SupersedesAnothers("supersedes")


def _require_sound(adopted: RuleSetAdopted) -> None:
    """RulesUnsound at the first place, with all of them as `rules.thresholds.1 grade-unreachable`."""
    grave = [found._replace(path=("rules", *found.path)) for found in lint(adopted.rules) if found.grave]
    if grave:
        told = "\n".join(f"{found.place()} {found.code}" for found in grave[:MOST_TOLD])
        raise RulesUnsound(".".join(map(str, grave[0].path)), findings=told)


def adoptions(rule_set: UUID, world: World) -> list[RuleSetAdopted]:
    """The adoption that stands under that id, or nothing."""
    return [said.fact for said in world.stream(rule_set).standing() if isinstance(said.fact, RuleSetAdopted)]


DECIDER = decider_without_state(decide, RuleSetAdopted)
