"""When are two ids said to be one person, and when two again? Both stand in the organisation's books; never a ring.

Whether two ids are one person is true on every day or on none: figures count them once from the moment this is known,
and twice again when it is taken back. No fact is moved, so taking it back restores exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from services.membership.domain.life import Life, decider_of_life
from shared.contracts.membership import PersonsMerged, PersonsUnmerged
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.identity import merge_of
from shared.units.roster import standing
from shared.units.world import World


class SamePerson(Refused):
    """An id is given up for another one."""

    vi = "Phải gộp vào một hồ sơ khác."


class NotInTheBook(Refused):
    """No book of the organisation, or not that of the branch named, has ever held the id."""

    vi = "Hồ sơ này chưa từng có trong sổ của chi đoàn, chi hội nêu ra hoặc của tổ chức."


class AlreadyMerged(Refused):
    """The id has been given up for another one; name the one that is kept."""

    vi = "Hồ sơ này đã gộp vào hồ sơ khác; hãy dùng hồ sơ được giữ."


class NotMerged(Refused):
    """The id is not given up for that one."""

    vi = "Hồ sơ này không gộp vào hồ sơ nêu ra."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept that ids are one person or two, or raise why not."""
    match said.fact:
        case PersonsMerged(branch=branch, into=into):
            if into == said.subject:
                raise SamePerson("into")
            if merge_of(life.facts) is not None:
                raise AlreadyMerged("subject")
            other = list(world.stream(into).standing())
            if merge_of(each for each in other if each.place < said.place) is not None:
                raise AlreadyMerged("into")
            _require_book("branch", life.facts, world, branch=branch)
            _require_book("into", other, world, organisation=said.organisation)
        case PersonsUnmerged(branch=branch, into=into):
            _require_book("branch", life.facts, world, branch=branch)
            merge = merge_of(life.facts)
            if merge is None or merge.into != into:
                raise NotMerged("into")


def _require_book(
    field: str, facts: Iterable[Said], world: World, *, branch: UUID | None = None, organisation: UUID | None = None
) -> None:
    books = standing(facts, world.tree).memberships
    if not any(
        each.branch == branch or (organisation is not None and world.tree.follows(organisation, each.organisation))
        for each in books
    ):
        raise NotInTheBook(field)


DECIDER: Final = decider_of_life(decide, PersonsMerged, PersonsUnmerged)
